"""Our own side of a GitHub that a test serves."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sandbox.github import Access, Answers, Site, Token

MakeSite = Callable[..., Site]


@contextmanager
def sites(folder: Path) -> Iterator[MakeSite]:
    """Makes Sites over base URLs whose answers are kept in a folder; closes them at the end."""
    with ExitStack() as stack:

        def make(base_url: str, *, token: str | None = None, refresh: bool = False) -> Site:
            site = Site(
                Access(
                    base_url,
                    base_url,
                    token=lambda: Token(token, "variable GITHUB_TOKEN") if token else None,
                    answers=functools.partial(Answers, folder, base_url),
                    refresh=refresh,
                )
            )
            stack.callback(site.close)
            return site

        yield make
