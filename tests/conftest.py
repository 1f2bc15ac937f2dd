"""Fixtures for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sandbox.engines.docker import DockerEngine
from sandbox.engines.setup import DEFAULT_HOST, Answer, ask
from sandbox.environments import ensure_base
from tests.support.sessions import STORE
from tools.node_packages import FOLDER, is_current

ROOT = Path(__file__).resolve().parents[1]

# How fast examples are made says how busy the machine is, and nothing of the code.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's own folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Shared notes and payloads beside the project; a checkout without them skips."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no folder `shared` beside the project: its payloads cannot be read")
    return folder


@pytest.fixture(scope="session")
def node_packages() -> Path:
    """`node_modules` with the servers and descriptions of GitHub; installing is left to tools."""
    if not is_current():
        pytest.skip("the packages of tests/node are not installed: run `make test`")
    return FOLDER / "node_modules"


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[DockerEngine]:
    """An engine that answers; starting one is left to `make engine`."""
    host = os.environ.get("DOCKER_HOST", DEFAULT_HOST)
    answer, _ = ask(host)
    if answer is not Answer.yes:
        pytest.skip(f"no Docker engine answers at {host} ({answer}): run `make engine`")
    engine = DockerEngine(store=STORE)
    yield engine
    for volume in engine.client.volumes.list(filters={"name": STORE}):
        volume.remove(force=True)
    engine.client.close()


@pytest.fixture(scope="session")
def base_image(docker_engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A base with Python 3.11 and nothing else, made once and kept by the engine."""
    cache = tmp_path_factory.mktemp("cache")
    return ensure_base(docker_engine.workbench(), python="3.11", cache=cache)
