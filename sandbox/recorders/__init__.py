"""Journal and MLflow: keeps what every run found; never runs, judges or compares anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lazily import lazily

if TYPE_CHECKING:
    from sandbox.recorders.artifacts import artifact_folder
    from sandbox.recorders.attaching import attach, kept_files, read_kept
    from sandbox.recorders.backends import untold
    from sandbox.recorders.journal import (
        Journal,
        JournalContents,
        is_settled,
        load,
        load_conclusion,
        load_sweep,
    )
    from sandbox.recorders.memory import MemoryRecorder
    from sandbox.recorders.notes import (
        Notes,
        add_note,
        has_pending,
        load_notes,
        notes_told,
        tell_notes,
    )
    from sandbox.recorders.pending import Conclude, Conclusion, conclude_sweep, record_pending
    from sandbox.recorders.reading import (
        SweepRuns,
        has_experiment,
        latest_experiment,
        latest_sweep,
        load_experiment,
        load_runs,
    )
    from sandbox.recorders.tracking import MlflowRecorder
    from sandbox.recorders.ui import serve_ui
    from sandbox.recorders.views import View, experiment_url, share_view

__all__ = [
    "Conclude",
    "Conclusion",
    "Journal",
    "JournalContents",
    "MemoryRecorder",
    "MlflowRecorder",
    "Notes",
    "SweepRuns",
    "View",
    "add_note",
    "artifact_folder",
    "attach",
    "conclude_sweep",
    "experiment_url",
    "has_experiment",
    "has_pending",
    "is_settled",
    "kept_files",
    "latest_experiment",
    "latest_sweep",
    "load",
    "load_conclusion",
    "load_experiment",
    "load_notes",
    "load_runs",
    "load_sweep",
    "notes_told",
    "read_kept",
    "record_pending",
    "serve_ui",
    "share_view",
    "tell_notes",
    "untold",
]

__getattr__ = lazily(
    __name__,
    {
        "sandbox.recorders.artifacts": "artifact_folder",
        "sandbox.recorders.attaching": "attach kept_files read_kept",
        "sandbox.recorders.backends": "untold",
        "sandbox.recorders.journal": (
            "Journal JournalContents is_settled load load_conclusion load_sweep"
        ),
        "sandbox.recorders.memory": "MemoryRecorder",
        "sandbox.recorders.notes": ("Notes add_note has_pending load_notes notes_told tell_notes"),
        "sandbox.recorders.pending": "Conclude Conclusion conclude_sweep record_pending",
        "sandbox.recorders.reading": "SweepRuns has_experiment latest_experiment latest_sweep"
        " load_experiment load_runs",
        "sandbox.recorders.tracking": "MlflowRecorder",
        "sandbox.recorders.ui": "serve_ui",
        "sandbox.recorders.views": "View experiment_url share_view",
    },
)
