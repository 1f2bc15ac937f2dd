"""Journal and MLflow: keeps what every run found; never runs, judges or compares anything."""

from __future__ import annotations

from sandbox.recorders.journal import Journal, JournalContents, load
from sandbox.recorders.memory import MemoryRecorder
from sandbox.recorders.pending import record_pending
from sandbox.recorders.reading import SweepRuns, latest_experiment, latest_sweep, load_runs
from sandbox.recorders.store import warm_up
from sandbox.recorders.tracking import MlflowRecorder
from sandbox.recorders.ui import experiment_url, serve_ui

__all__ = [
    "Journal",
    "JournalContents",
    "MemoryRecorder",
    "MlflowRecorder",
    "SweepRuns",
    "experiment_url",
    "latest_experiment",
    "latest_sweep",
    "load",
    "load_runs",
    "record_pending",
    "serve_ui",
    "warm_up",
]
