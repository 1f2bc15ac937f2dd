"""GitHub's own contract as judge, started once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.github_contract import Judge, start_judge


@pytest.fixture(scope="session")
def judge(node_packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """Takes seconds to start, so what needs it is `slow`."""
    with start_judge(node_packages, tmp_path_factory.mktemp("judge")) as started:
        yield started
