from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.github_recordings import Recording, Recordings, serve_recordings
from tests.support.github_sites import MakeSite, sites

TOKEN = "gho_0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[MakeSite]:
    """Makes Sites whose answers are kept in `tmp_path`."""
    with sites(tmp_path / "answers") as make:
        yield make


@pytest.fixture
def played(shared: Path) -> Iterator[Callable[..., Recordings]]:
    """Serves recorded exchanges by their files' names."""
    with ExitStack() as stack:

        def play(*names: str, **how: object) -> Recordings:
            folder = shared / "github-payloads"
            recordings = [Recording(folder / f"{name}.json", **how) for name in names]
            return stack.enter_context(serve_recordings(*recordings))

        yield play
