"""A GitHub made of the repositories that a test gives: GraphQL by GitHub's own schema, and REST."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.finding.site import (
    GITHUBS_SCHEMA,
    BareGit,
    InMemory,
    Metadata,
    Repository,
    Site,
    serve_site,
)

TOKEN = "token-of-me"
TOKENS = {TOKEN: "me"}

__all__ = ["TOKEN", "BareGit", "InMemory", "Metadata", "Repository", "Site", "serve_github"]


@contextlib.contextmanager
def serve_github(packages: Path, *repositories: Repository) -> Iterator[Site]:
    """A site that knows `TOKEN`, which is `me`.

    Args:
        packages: `node_modules`, for GitHub's schema.
    """
    with serve_site(repositories, schema=packages / GITHUBS_SCHEMA, tokens=TOKENS) as site:
        yield site
