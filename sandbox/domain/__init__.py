"""The nouns of the product, frozen, knowing no file, network or library: read this room first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lazily import lazily

if TYPE_CHECKING:
    from sandbox.domain.digests import digest
    from sandbox.domain.environments import (
        FROM_SOURCE,
        Dropped,
        Environment,
        PackageIndexes,
        Requirements,
    )
    from sandbox.domain.runs import Limits, Note, Run, RunStatus, Scalar, Sweep
    from sandbox.domain.tweaks import Entry, EntryKind, Span, Tunable, TunableKind, Tweak, Variant
    from sandbox.domain.workspaces import Repo, Workspace

__all__ = [
    "FROM_SOURCE",
    "Dropped",
    "Entry",
    "EntryKind",
    "Environment",
    "Limits",
    "Note",
    "PackageIndexes",
    "Repo",
    "Requirements",
    "Run",
    "RunStatus",
    "Scalar",
    "Span",
    "Sweep",
    "Tunable",
    "TunableKind",
    "Tweak",
    "Variant",
    "Workspace",
    "digest",
]

__getattr__ = lazily(
    __name__,
    {
        "sandbox.domain.digests": "digest",
        "sandbox.domain.environments": (
            "FROM_SOURCE Dropped Environment PackageIndexes Requirements"
        ),
        "sandbox.domain.runs": "Limits Note Run RunStatus Scalar Sweep",
        "sandbox.domain.tweaks": "Entry EntryKind Span Tunable TunableKind Tweak Variant",
        "sandbox.domain.workspaces": "Repo Workspace",
    },
)
