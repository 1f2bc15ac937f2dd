from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

DIGITS = Path(__file__).resolve().parents[2] / "examples" / "digits"


@pytest.mark.slow
def test_the_examples_script_prints_the_metrics_that_its_recipe_names() -> None:
    command = [sys.executable, "train.py", "--C", "10", "--test-size", "0.9"]
    done = subprocess.run(command, cwd=DIGITS, capture_output=True, text=True, check=True)
    printed = dict(re.findall(r"^(.+): ([\d.]+)$", done.stdout, flags=re.MULTILINE))
    assert 0.8 < float(printed["accuracy"]) < 1
    assert {"accuracy", "f1", "train accuracy"} <= set(printed)


def test_the_examples_notebook_is_valid_and_comes_without_outputs() -> None:
    notebook = nbformat.read(DIGITS / "digits.ipynb", as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell for cell in code if cell.outputs] == []
    assert code[0].source.startswith("C = 1.0")
