"""Packages at git repositories, by the real command line: fetched, built in quarantine, locked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import command, write_repository
from tests.support.git_repos import make_origin
from tests.support.git_server import GitServer, serve_git
from tests.support.sdists import PYPROJECT, backend, bundled_pip
from tests.support.wheels import make_index, make_wheel

TOOL = "git+https://github.com/ada/tool"
TRAIN = "import tool\nprint('loss:', 0.5)\nassert tool.VERSION == '2.0'\n"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    """Has `ada/tool`, whose package lies in a folder of it."""
    files = {"src/pyproject.toml": PYPROJECT, "src/backend.py": backend("tool", "2.0", "")}
    origin = make_origin(tmp_path / "served" / "ada" / "tool", files)
    origin.git("config", "uploadpack.allowFilter", "true")
    origin.git("config", "uploadpack.allowAnySHA1InWant", "true")
    with serve_git(tmp_path / "served") as running:
        yield running


@pytest.fixture
def new_home(tmp_path: Path, server: GitServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """A home whose index has another `tool`; and the name of a repository that wants ours."""
    wheels = [bundled_pip(), make_wheel(tmp_path / "wheels", "tool", "1.0")]
    index = make_index(tmp_path / "simple", wheels)
    lines = [f'[indexes]\nindex_url = "{index}"', "[git.config]"]
    lines += [f'"url.{server.url}/.insteadOf" = "https://github.com/"', '"safe.directory" = "*"']
    home = tmp_path / "home"
    home.mkdir()
    (home / "sandbox.toml").write_text("\n".join(lines))
    monkeypatch.setenv("SANDBOX_HOME", str(home))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{home}/mlflow.db")
    asked = f"{TOOL}#subdirectory=src&egg=tool\n"
    files = {"requirements.txt": asked, "train.py": TRAIN}
    return str(write_repository(tmp_path / "repo", files))


def test_it_is_fetched_where_that_is_asked_and_from_then_on(
    new_home: str, server: GitServer, tmp_path: Path
) -> None:
    unasked = command("build", new_home, "--json")
    assert unasked.json["packages"]["tool"] == "1.0"
    assert any("--follow" in line for line in unasked.json["decisions"])
    assert not server.requests

    built = command("build", "repo", "--follow", "--json")
    assert built.code == 0, built.err
    assert built.json["packages"]["tool"] == "2.0"
    assert built.json["from_source"] == ["tool"]
    ran = command("run", "repo", "train.py", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["runs"][0]["metrics"] == {"loss": 0.5}

    lock = Path(built.json["lock"]).read_text()
    (line,) = [line for line in lock.splitlines() if line.startswith("tool==")]
    assert f"{TOOL}@" in line
    assert line.endswith("#subdirectory=src")
    kept = tmp_path / "lock.txt"
    kept.write_text(lock)
    again = command("build", "repo", "--no-follow", "--lock", str(kept), "--json")
    assert again.code == 0, again.err
    assert again.json["packages"]["tool"] == "2.0"


@pytest.mark.usefixtures("new_home")
def test_where_it_cannot_be_fetched_the_index_has_it_and_that_is_told(tmp_path: Path) -> None:
    files = {"requirements.txt": f"{TOOL}-absent#egg=tool\n", "train.py": TRAIN}
    target = str(write_repository(tmp_path / "absent", files))
    built = command("build", target, "--follow", "--json")
    assert built.json["packages"]["tool"] == "1.0"
    assert any("tool cannot be had from" in line for line in built.json["decisions"])
