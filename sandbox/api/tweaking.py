"""Verbs over built-in tweaks of code: which apply, what they would change, and making them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sandbox import checkouts, flows, tunables
from sandbox.errors import TunableError
from sandbox.flows.context import Context

if TYPE_CHECKING:
    from sandbox.domain import Entry, Tunable
    from sandbox.flows.questions.tweaking import Preview
    from sandbox.flows.repositories.opening import Opened


def list_tweaks(
    context: Context, target: str, entry: str | None = None
) -> tuple[Entry, tuple[Tunable, ...]]:
    """The tweaks that apply to an entry; None = the recipe's, else the best one."""
    opened, tree, chosen = _chosen(context, target, entry)
    return chosen, tunables.find_tweaks(flows.reading.source_tree(opened, tree), chosen)


def _chosen(context: Context, target: str, entry: str | None) -> tuple[Opened, str, Entry]:
    """The workspace, its files as a tree, and the entry that is meant."""
    opened = flows.opening.open_workspace(context, target)
    tree = checkouts.working_tree(opened.workspace)
    asked = flows.requests.Request(target, entry=entry)
    source = flows.reading.source_tree(opened, tree)
    return opened, tree, flows.planning.choose_entry(source, asked, opened.recipe)


def preview_tweaks(
    context: Context, target: str, wanted: Mapping[str, str], entry: str | None = None
) -> Preview:
    """What tweaks, by name with their values, would make of the workspace's files.

    Raises:
        TunableError: one does not apply, or a value does not fit.
    """
    opened, tree, chosen = _chosen(context, target, entry)
    return flows.tweaking.preview(opened, tree, chosen, tuple(wanted.items()))


def apply_tweaks(
    context: Context, target: str, wanted: Mapping[str, str], entry: str | None = None
) -> tuple[Preview, tuple[str, ...]]:
    """Makes them in the workspace's own files, from which later runs start; the paths changed.

    Raises:
        TunableError: as for `preview_tweaks`, or there is nothing to change.
    """
    found = preview_tweaks(context, target, wanted, entry)
    if found.old == found.new:
        raise TunableError(
            f"nothing changes: {found.entry.path} has it so already",
            hint="see the present values with: sandbox tweak list TARGET ENTRY",
        )
    return found, checkouts.bring_in(found.workspace, found.new, found.old)
