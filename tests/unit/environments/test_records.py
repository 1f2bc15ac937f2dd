from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.environments.store.records import Record, load_record, save_record


@pytest.mark.parametrize(
    "odd",
    [
        {"seen_at": "x"},
        {"imports": [1]},
        {"python": 3},
        {"python": ""},
        {"size": 1},
        {"packages": None},
        {"packages": [["six==1"]]},
        {"pins": 5},
        {"touched": []},
        {"touched": {"six": 5}},
        {"touched": {"six": [["six"]]}},
        {"touched": {"six": ["six", [1]]}},
    ],
    ids=str,
)
def test_a_record_of_another_shape_counts_as_none(tmp_path: Path, odd: dict[str, object]) -> None:
    path = tmp_path / "record.json"
    save_record(path, Record("here", "/store/environments/x/bin/python"))
    assert load_record(path, "here")
    path.write_text(json.dumps({**json.loads(path.read_text()), **odd}))
    assert load_record(path, "here") is None
    path.write_text(path.read_text()[:20])
    assert load_record(path, "here") is None
