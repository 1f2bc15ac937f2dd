"""A home of its own for each module of tests, on the local engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import api
from sandbox.flows.context import Context


@pytest.fixture
def said() -> list[str]:
    """What was told to the user."""
    return []


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all of a module: the environment is the same."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def context(home: Path, tmp_path: Path, said: list[str]) -> Context:
    return api.connect(home, engine="local", environ={}, folder=tmp_path, tell=said.append)
