"""Fixtures for tests on a real Docker engine; where none answers they skip and say so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.engines.setup import DEFAULT_HOST, Answer, ask


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "docker" in item.path.parts:
            item.add_marker(pytest.mark.docker)


@pytest.fixture(scope="session")
def engine_host() -> str:
    """Address of an engine that answers; starting one is left to `make engine`."""
    host = os.environ.get("DOCKER_HOST", DEFAULT_HOST)
    answer, _ = ask(host)
    if answer is not Answer.yes:
        pytest.skip(f"no Docker engine answers at {host} ({answer}): run `make engine`")
    return host


@pytest.fixture(autouse=True)
def _needs_an_engine(engine_host: str) -> None:
    """Every test of this folder needs one."""


@pytest.fixture(scope="session")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One `SANDBOX_HOME` for all, so that each environment is resolved and built once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def home(shared_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`SANDBOX_HOME`, set for what runs in this process."""
    monkeypatch.setenv("SANDBOX_HOME", str(shared_home))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return shared_home
