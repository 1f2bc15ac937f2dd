"""The main job through the real command line: one tiny repository for each behaviour.

`tests/repos/<case>/` holds the repository and, in `expect.toml`, what is typed and what follows.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.support.commands import Ended, command, make_repository
from tests.support.recorded import RecordedRun, recorded

CASES = Path(__file__).resolve().parents[1] / "repos"
OUTSIDE = ("*.patch",)
"""What of a case's files is the user's, not the repository's."""


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_a_repository_behaves_as_its_case_says(case: str, home: Path, tmp_path: Path) -> None:
    expected = tomllib.loads((CASES / case / "expect.toml").read_text())
    repository = make_repository(CASES / case, tmp_path / case, without=OUTSIDE)
    assert command("open", str(repository)).code == 0
    for one in expected["commands"]:
        for name, text in one.get("working", {}).items():
            (home / "workspaces" / case / "repo" / name).write_text(text)
        ended = command(*_words(one["words"], case))
        assert ended.code == one["exit_code"], ended.err
        for text in one.get("says", ()):
            assert text in ended.err
        assert "Traceback" not in ended.err
        if "error" in one:
            _check_error(ended, one)
        else:
            _check_runs(ended, one["runs"], home)


def _words(words: Sequence[str], case: str) -> list[str]:
    """`TARGET` and `CASE` filled in, `--json` added to our own words."""
    filled = [
        case if word == "TARGET" else word.replace("CASE", str(CASES / case)) for word in words
    ]
    end = filled.index("--") if "--" in filled else len(filled)
    return [*filled[:end], "--json", *filled[end:]]


def _check_error(ended: Ended, expected: Mapping[str, Any]) -> None:
    assert expected["error"] in ended.json["error"]
    assert expected["hint"] in ended.json["hint"]
    assert ended.err.startswith("error: ")
    assert "\nhint: " in ended.err


def _check_runs(ended: Ended, expected: Sequence[Mapping[str, Any]], home: Path) -> None:
    runs = {run["name"]: run for run in ended.json["runs"]}
    assert set(runs) >= {one["name"] for one in expected}
    for one in expected:
        run = runs[one["name"]]
        assert run["status"] == one["status"], run
        assert one.get("cause", "") in (run["cause"] or "")
        assert run["metrics"] == pytest.approx(one.get("metrics", {}))
        assert run["parameters"] == one.get("parameters", run["parameters"])
        assert run["exit_code"] == one.get("code", run["exit_code"])
        for note in one.get("notes", ()):
            assert any(note in told for told in run["notes"])
        _check_recorded(recorded(home, run["run_id"]), one)


def _check_recorded(run: RecordedRun, expected: Mapping[str, Any]) -> None:
    nbformat.validate(run.notebook)
    for name, value in expected.get("metrics", {}).items():
        assert value in run.values(name)
    for name, steps in expected.get("steps", {}).items():
        assert run.steps(name) == steps
    assert run.mime_types() >= set(expected.get("shows", ()))
    texts = {"log": "log.txt", "patch": "tweak.patch", "html": "notebook.html"}
    for key, file in texts.items():
        for text in expected.get(key, ()):
            assert text in run.text(file)
    for name, text in expected.get("kept", {}).items():
        assert text in run.kept_files[name].read_text()
    if "kept_count" in expected:
        assert len(run.kept_files) == expected["kept_count"], sorted(run.kept_files)
        assert all(path.stat().st_mode & 0o7111 == 0 for path in run.kept_files.values())
    for text in expected.get("notebook", ()):
        assert text in run.text("notebook.ipynb")
    for text in expected.get("lacks", ()):
        assert text not in run.text("notebook.ipynb")
