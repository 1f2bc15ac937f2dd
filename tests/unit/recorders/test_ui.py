from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.errors import StoreError
from sandbox.recorders import serve_ui


@pytest.mark.slow
def test_modules_that_lie_in_the_present_folder_are_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The present folder may be a stranger's clone."""
    for name in ("click", "flask", "mlflow", "uvicorn", "json"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    with serve_ui("sqlite:///here.db", tmp_path / "artifacts"):
        pass
    assert not (tmp_path / "ran").exists()
    assert (tmp_path / "here.db").exists(), "a relative store is that of the present folder"


@pytest.mark.slow
def test_a_server_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    """A database that is none: the server leaves at once, and nothing of it stays."""
    (tmp_path / "mlflow.db").write_text("this is a text and no database\n" * 100)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    before = _children()
    with pytest.raises(StoreError, match="did not start") as caught, serve_ui(uri, tmp_path):
        pass
    assert caught.value.hint
    assert not [pid for pid in _children() - before if _is_server(pid)]


def _children() -> set[str]:
    """Process ids; other tests' processes may be among them."""
    told = (path.read_text() for path in Path("/proc/self/task").glob("*/children"))
    return set("".join(told).split())


def _is_server(pid: str) -> bool:
    return b"mlflow" in Path(f"/proc/{pid}/cmdline").read_bytes()
