"""Where one tinkers: a repository and a clone of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Repo:
    """Where code comes from.

    Attributes:
        source: a normalised https or ssh URL without credentials, or an absolute folder.
        name, full_name: a short one for workspaces; `owner/name` where a hosting site is known.
    """

    source: str
    name: str
    full_name: str | None = None

    @property
    def is_folder(self) -> bool:
        return self.source.startswith("/")


@dataclass(frozen=True)
class Workspace:
    """A named, persistent place to tinker in: a clone pinned to a commit.

    Attributes:
        root: absolute folder of the workspace; `paths.WorkspacePaths` knows what lies in it.
        commit: full SHA the workspace is pinned to.
        ref, committed_at: what was asked for, None = the default branch; author date, ISO 8601.
        notes: what the user should know of the clone (LFS pointers, skipped links, submodules).
    """

    name: str
    root: str
    repo: Repo
    commit: str
    ref: str | None
    committed_at: str
    notes: tuple[str, ...] = ()
    written_at: str | None = None
