"""Repositories served on loopback as GitHub serves them: GraphQL by its own schema, and REST.

It never reaches the network, and starts no thread until it is asked to serve.
"""

from __future__ import annotations

from .bare_git import BareGit
from .in_memory import InMemory
from .repositories import Entry, Head, Metadata, Repository
from .server import GITHUBS_SCHEMA, Site, serve_site

__all__ = [
    "GITHUBS_SCHEMA",
    "BareGit",
    "Entry",
    "Head",
    "InMemory",
    "Metadata",
    "Repository",
    "Site",
    "serve_site",
]
