"""MLflow's own UI, as a person meets it at the address that `sandbox ui` prints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.domain import Run, RunStatus, Sweep
from sandbox.recorders import MlflowRecorder, experiment_url, latest_experiment, serve_ui

pytestmark = pytest.mark.browser

SWEEP = Sweep("s-1", "digits", "repo", "c0ffee", "train.py", "env", 1, "sandbox sweep digits", 1e9)
RUN = Run("v1", "C=10", RunStatus.succeeded, "train.py", "env", "c0ffee", started_at=1e9)


def test_the_page_of_the_latest_sweep_lists_its_run(tmp_path: Path, chromium: Any) -> None:
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    recorder = MlflowRecorder(uri, tmp_path / "a", experiment="digits", lock=tmp_path / "lock")
    recorder.record(SWEEP, RUN)
    recorder.finish(SWEEP, "succeeded")
    with serve_ui(uri, tmp_path / "a") as url:
        context = chromium.new_context()
        page = context.new_page()
        page.goto(experiment_url(url, latest_experiment(uri) or ""))
        page.get_by_role("link", name="train.py s-1").wait_for()
        page.get_by_text("Model registry").wait_for()  # not there among traces of language models
        context.close()
