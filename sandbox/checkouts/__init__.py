"""Brings foreign repositories here and makes variants of them; never runs anything they hold.

No hook, filter, submodule or option of a repository takes effect, no link is followed, no prompt
appears, and no credential reaches a file. Git is started in one place (`process.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lazily import lazily

if TYPE_CHECKING:
    from sandbox.checkouts.bringing import add_worktree, bring_in, tree_of
    from sandbox.checkouts.cloning import clone, deepen
    from sandbox.checkouts.contributing import Person, changed_lines, commit_for_others
    from sandbox.checkouts.dates import commit_at
    from sandbox.checkouts.folders import changed_since
    from sandbox.checkouts.histories import Commit, make_repository
    from sandbox.checkouts.objects import TreeEntry
    from sandbox.checkouts.packing import open_tar, skipped
    from sandbox.checkouts.patches import apply_patch, diff, has_context
    from sandbox.checkouts.pushing import push
    from sandbox.checkouts.syncing import Synced, sync
    from sandbox.checkouts.targets import KNOWN_HOSTS, parse_target, pasted_ref
    from sandbox.checkouts.tracking import followed_branch, remote_url, set_remotes
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
    "Person",
    "Synced",
    "TreeEntry",
    "add_worktree",
    "apply_patch",
    "base_tree",
    "bring_in",
    "changed_lines",
    "changed_since",
    "clone",
    "commit_at",
    "commit_for_others",
    "commit_variant",
    "deepen",
    "diff",
    "followed_branch",
    "has_context",
    "is_workspace_name",
    "list_workspaces",
    "load_workspace",
    "make_repository",
    "open_tar",
    "parse_target",
    "pasted_ref",
    "push",
    "remote_url",
    "remove_workspace",
    "save_workspace",
    "set_remotes",
    "skipped",
    "sync",
    "tree_of",
    "working_tree",
]

__getattr__ = lazily(
    __name__,
    {
        "sandbox.checkouts.bringing": "add_worktree bring_in tree_of",
        "sandbox.checkouts.cloning": "clone deepen",
        "sandbox.checkouts.contributing": "Person changed_lines commit_for_others",
        "sandbox.checkouts.dates": "commit_at",
        "sandbox.checkouts.folders": "changed_since",
        "sandbox.checkouts.histories": "Commit make_repository",
        "sandbox.checkouts.objects": "TreeEntry",
        "sandbox.checkouts.packing": "open_tar skipped",
        "sandbox.checkouts.patches": "apply_patch diff has_context",
        "sandbox.checkouts.pushing": "push",
        "sandbox.checkouts.syncing": "Synced sync",
        "sandbox.checkouts.targets": "KNOWN_HOSTS parse_target pasted_ref",
        "sandbox.checkouts.tracking": "followed_branch remote_url set_remotes",
        "sandbox.checkouts.transport": "CloneLimits CloneOptions",
        "sandbox.checkouts.trees": "GitTree",
        "sandbox.checkouts.variants": "base_tree commit_variant",
        "sandbox.checkouts.working": "working_tree",
        "sandbox.checkouts.workspaces": (
            "is_workspace_name list_workspaces load_workspace remove_workspace save_workspace"
        ),
    },
)
