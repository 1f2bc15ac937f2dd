"""What is said when something cannot be told of a sweep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import vl_convert

from sandbox import api, recorders
from sandbox.domain import Run, Sweep
from sandbox.flows.results.concluding import PICTURE, concluding
from tests.support.made_runs import make_run

if TYPE_CHECKING:
    import pytest

SWEEP = Sweep("20261120-210215-a1b2", "toy", "r", "c", "train.py", "e", 3, "sandbox sweep", 1e9)
RUNS = [make_run({"lr": str(value)} if value else {}, {"loss": 1.0 + value}) for value in range(3)]


def concluded(
    home: Path, runs: list[Run], **environ: str
) -> tuple[recorders.Conclusion, list[str]]:
    said: list[str] = []
    context = api.connect(home, engine="local", environ=environ, folder=home, tell=said.append)
    return concluding(context, "toy")(SWEEP, runs), said


def test_a_plot_that_cannot_be_drawn_is_said_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_spec: object, **_options: object) -> str:
        raise ValueError("no such font")

    with monkeypatch.context() as patch:  # the library that draws
        patch.setattr(vl_convert, "vegalite_to_svg", fail)
        conclusion, said = concluded(tmp_path, RUNS)
    assert conclusion.findings.picture is None
    assert PICTURE not in conclusion.findings.files
    assert conclusion.findings.summary
    assert "the plot of effects could not be drawn, and is not in MLflow: no such font" in said


def test_that_runs_get_no_description_on_a_server_is_said(tmp_path: Path) -> None:
    runs = [make_run({"lr": str(number)}, {"loss": 1.0 + number}) for number in range(1200)]
    _, said = concluded(tmp_path, runs, MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert any(line.startswith("201 of 1200 runs get no description") for line in said)
    assert concluded(tmp_path, runs)[1] == []
    assert concluded(tmp_path, RUNS, MLFLOW_TRACKING_URI="http://127.0.0.1:9")[1] == []
