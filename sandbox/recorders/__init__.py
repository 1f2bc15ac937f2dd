"""Journal and MLflow: keeps what every run found; never runs, judges or compares anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lazily import lazily

if TYPE_CHECKING:
    from sandbox.recorders.artifacts import artifact_folder
    from sandbox.recorders.attaching import attach, kept_files, read_kept
    from sandbox.recorders.journal import Journal, JournalContents, is_settled, load, load_sweep
    from sandbox.recorders.memory import MemoryRecorder
    from sandbox.recorders.pending import record_pending
    from sandbox.recorders.reading import (
        SweepRuns,
        has_experiment,
        latest_experiment,
        latest_sweep,
        load_experiment,
        load_runs,
    )
    from sandbox.recorders.tracking import MlflowRecorder
    from sandbox.recorders.ui import experiment_url, serve_ui

__all__ = [
    "Journal",
    "JournalContents",
    "MemoryRecorder",
    "MlflowRecorder",
    "SweepRuns",
    "artifact_folder",
    "attach",
    "experiment_url",
    "has_experiment",
    "is_settled",
    "kept_files",
    "latest_experiment",
    "latest_sweep",
    "load",
    "load_experiment",
    "load_runs",
    "load_sweep",
    "read_kept",
    "record_pending",
    "serve_ui",
]

__getattr__ = lazily(
    __name__,
    {
        "sandbox.recorders.artifacts": "artifact_folder",
        "sandbox.recorders.attaching": "attach kept_files read_kept",
        "sandbox.recorders.journal": "Journal JournalContents is_settled load load_sweep",
        "sandbox.recorders.memory": "MemoryRecorder",
        "sandbox.recorders.pending": "record_pending",
        "sandbox.recorders.reading": "SweepRuns has_experiment latest_experiment latest_sweep"
        " load_experiment load_runs",
        "sandbox.recorders.tracking": "MlflowRecorder",
        "sandbox.recorders.ui": "experiment_url serve_ui",
    },
)
