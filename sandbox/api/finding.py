"""Verbs that ask GitHub: find, fork, bring up to date, publish."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import flows
from sandbox.flows.context import Context

if TYPE_CHECKING:
    from sandbox.flows.repositories.finding import Discovery
    from sandbox.flows.repositories.forking import Brought
    from sandbox.flows.repositories.opening import Opened
    from sandbox.flows.results.publishing import Publication, Wish
    from sandbox.github import Answer, Wanted


def find(context: Context, wanted: Wanted, *, refresh: bool = False) -> Discovery:
    """Recipes, workspaces and GitHub's repositories for a problem, best first.

    Args:
        refresh: ask GitHub anew what was asked within the hour.
    """
    return flows.finding.find(context, wanted, refresh=refresh)


def why(context: Context, full_name: str, wanted: Wanted, *, refresh: bool = False) -> Answer:
    """One repository with the reasons for its score; looks into it whatever that costs."""
    return flows.finding.explain(context, full_name, wanted, refresh=refresh)


def open_forked(
    context: Context, target: str, *, ref: str | None = None, name: str | None = None
) -> Opened:
    """Opens a target with a fork of the user's own behind it; without a token, without one."""
    return flows.forking.open_forked(context, target, ref=ref, name=name)


def sync(context: Context, target: str) -> Brought:
    """Brings what changed upstream into a workspace, and into its fork."""
    return flows.forking.sync(context, target)


def publish(context: Context, run: str, wish: Wish, *, dry_run: bool = False) -> Publication:
    """Pushes a run's change to the fork, proposes it, or makes a gist of it."""
    return flows.publishing.publish(context, run, wish, dry_run=dry_run)
