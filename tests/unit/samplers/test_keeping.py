"""What a model said of a sweep's tunables is kept with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.samplers import Importances, evaluate, evaluate_once

POINTS = [{"lr": str(at), "width": str(at * 7 % 5)} for at in range(24)]
VALUES = [float(at) for at in range(24)]


def test_what_is_kept_is_what_was_evaluated(tmp_path: Path) -> None:
    kept = tmp_path / "importances.json"
    first = evaluate_once(POINTS, VALUES, kept)
    assert first == evaluate(POINTS, VALUES)
    assert evaluate_once(POINTS, VALUES, kept) == first
    others = evaluate_once(POINTS, VALUES[::-1], kept)
    assert evaluate_once(POINTS, VALUES[::-1], kept) == others


def test_what_is_kept_is_read_without_loading_what_evaluates(tmp_path: Path) -> None:
    kept = tmp_path / "importances.json"
    evaluate_once(POINTS, VALUES, kept)
    code = (
        "import sys; from pathlib import Path; from sandbox.samplers import evaluate_once;"
        f"evaluate_once({POINTS!r}, {VALUES!r}, Path({str(kept)!r}));"
        "assert 'sklearn' not in sys.modules; assert 'optuna' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("damaged", ["", "[]", "{}", '{"key": 1}', "\x00", '{"key": null}'])
def test_a_damaged_file_is_evaluated_anew(tmp_path: Path, damaged: str) -> None:
    kept = tmp_path / "importances.json"
    kept.write_text(damaged)
    assert isinstance(evaluate_once(POINTS, VALUES, kept), Importances)
    assert kept.read_text() != damaged


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "gone" / "importances.json"
    assert evaluate_once(POINTS, VALUES, kept) == evaluate(POINTS, VALUES)
    assert not kept.parent.exists()
