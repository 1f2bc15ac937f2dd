"""The index goes away: what was built runs on, what was not is refused soon and in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.commands import command, write_repository
from tests.support.index_server import serve_index
from tests.support.wheels import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_without_network_what_was_built_runs_and_a_new_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BU-16: alpha comes from a folder, and of beta only the index could tell."""
    make_wheel(tmp_path / "wheels", "alpha", "1.0")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("SANDBOX_HOME", str(home))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{home}/mlflow.db")
    code = "import alpha\nprint('loss:', 0.5)\n"
    files = {"requirements.txt": "alpha\n", "train.py": code}
    built = str(write_repository(tmp_path / "built", files))
    new = str(write_repository(tmp_path / "new", {**files, "requirements.txt": "alpha\nbeta\n"}))
    with serve_index() as index:
        links = f'index_url = "{index.url}"\nfind_links = ["{tmp_path / "wheels"}"]\n'
        (home / "sandbox.toml").write_text(f"[indexes]\n{links}")
        assert command("build", built).code == 0
    ran = command("run", "built", "train.py", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["runs"][0]["metrics"] == {"loss": 0.5}
    refused = command("run", new, "train.py")
    assert refused.code == 4
    assert "does not answer" in refused.err.splitlines()[-2]
    assert not list((home / "workspaces" / "new").glob("lock.txt"))
