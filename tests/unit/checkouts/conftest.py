"""A home, an origin, a server, and workspaces cloned from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.checkouts import clone, parse_target
from sandbox.domain import Repo, Workspace
from sandbox.paths import Home
from tests.support.git_repos import Origin, make_origin
from tests.support.git_server import GitServer, serve_git


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    return make_origin(tmp_path / "served" / "ada" / "tiny")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    (tmp_path / "served").mkdir(exist_ok=True)
    with serve_git(tmp_path / "served") as running:
        yield running


@pytest.fixture
def served(server: GitServer) -> Callable[[str], Repo]:
    """The Repo at a path of the server."""

    def repo_at(path: str) -> Repo:
        address = f"{server.url}/{path}"
        return parse_target(address, known_hosts=[server.host], folder_base=Path("/nonexistent"))

    return repo_at


@pytest.fixture
def open_folder(home: Home) -> Callable[..., Workspace]:
    """Clone a folder as a workspace."""

    def open_it(folder: Path, name: str = "tiny", ref: str | None = None) -> Workspace:
        repo = parse_target(str(folder), folder_base=folder)
        return clone(repo, home.workspace(name), name=name, ref=ref)

    return open_it


@pytest.fixture
def workspace(open_folder: Callable[..., Workspace], origin: Origin) -> Workspace:
    return open_folder(origin.path)
