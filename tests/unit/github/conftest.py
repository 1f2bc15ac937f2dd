from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox.github import Access, Answers, Site, Token
from tests.support.github_recordings import Recording, Recordings, serve_recordings

MakeSite = Callable[..., Site]
TOKEN = "gho_0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[MakeSite]:
    """A Site over a base URL whose answers are kept in `tmp_path`; closed at the end."""
    with ExitStack() as stack:

        def make(base_url: str, *, token: str | None = None, refresh: bool = False) -> Site:
            site = Site(
                Access(
                    base_url,
                    base_url,
                    token=lambda: Token(token, "variable GITHUB_TOKEN") if token else None,
                    answers=functools.partial(Answers, tmp_path / "answers", base_url),
                    refresh=refresh,
                )
            )
            stack.callback(site.close)
            return site

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
