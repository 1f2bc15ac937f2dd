"""GitHub's own contract as judge, started once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.github_contract import Judge, start_judge
from tests.support.github_sites import MakeSite, sites


@pytest.fixture(scope="session")
def judge(node_packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """Takes seconds to start, so what needs it is `slow`."""
    with start_judge(node_packages, tmp_path_factory.mktemp("judge")) as started:
        yield started


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[MakeSite]:
    """Makes Sites whose answers are kept in `tmp_path`."""
    with sites(tmp_path / "answers") as make:
        yield make
