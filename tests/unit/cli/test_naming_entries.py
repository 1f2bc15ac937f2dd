"""Which entry a command takes."""

from __future__ import annotations

from pathlib import Path

from tests.support.commands import command, write_repository


def test_a_script_that_would_not_be_suggested_can_be_named(home: Path, tmp_path: Path) -> None:
    files = {"train.py": "print('loss 1')\n", "leave.py": "raise SystemExit(3)\n"}
    repository = write_repository(tmp_path / "studied", files)
    suggested = command("scan", str(repository), "--json").json
    assert [one["path"] for one in suggested["entries"]] == ["train.py"]
    found = command("scan", str(repository), "leave.py", "--json").json
    assert found["entry"] == "leave.py"
    assert [one["path"] for one in found["entries"]] == ["leave.py"]
    assert "train.py" not in command("scan", str(repository), "leave.py").out
