"""Brings foreign repositories here and makes variants of them; never runs anything they hold.

No hook, filter, submodule or option of a repository takes effect, no link is followed, no prompt
appears, and no credential reaches a file. Git is started in one place (`process.py`).
"""

from __future__ import annotations

from sandbox.checkouts.clone import clone, deepen
from sandbox.checkouts.folders import changed_since
from sandbox.checkouts.histories import Commit, make_repository
from sandbox.checkouts.objects import TreeEntry
from sandbox.checkouts.packing import open_tar, skipped
from sandbox.checkouts.patches import apply_patch, diff
from sandbox.checkouts.targets import KNOWN_HOSTS, parse_target, pasted_ref
from sandbox.checkouts.transport import CloneLimits, CloneOptions
from sandbox.checkouts.trees import GitTree
from sandbox.checkouts.variants import base_tree, commit_variant
from sandbox.checkouts.working import working_tree
from sandbox.checkouts.workspaces import (
    is_workspace_name,
    list_workspaces,
    load_workspace,
    remove_workspace,
    save_workspace,
)

__all__ = [
    "KNOWN_HOSTS",
    "CloneLimits",
    "CloneOptions",
    "Commit",
    "GitTree",
    "TreeEntry",
    "apply_patch",
    "base_tree",
    "changed_since",
    "clone",
    "commit_variant",
    "deepen",
    "diff",
    "is_workspace_name",
    "list_workspaces",
    "load_workspace",
    "make_repository",
    "open_tar",
    "parse_target",
    "pasted_ref",
    "remove_workspace",
    "save_workspace",
    "skipped",
    "working_tree",
]
