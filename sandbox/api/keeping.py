"""Verbs over what is kept on this machine."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

from sandbox import flows
from sandbox.flows.context import Context

if TYPE_CHECKING:
    from sandbox.flows.home.cleaning import Cleaned, Policy
    from sandbox.flows.home.examining import Finding


def doctor(context: Context, *, deep: bool = False) -> list[Finding]:
    """Looks at engine, Store, home and settings; changes nothing.

    Args:
        deep: reads every file of the Store, which takes a while.
    """
    engine = flows.examining.look_at_engine(context)
    answers = all(one.state != "bad" for one in engine)
    store = flows.examining.look_at_store(context, deep=deep) if answers else []
    rows = context.settings.rows()
    settings = [
        flows.examining.Finding(row.key, "ok", f"{row.value} ({row.origin})") for row in rows
    ]
    home = [*flows.examining.look_at_home(context), *flows.examining.look_at_github(context)]
    return [*engine, *store, *home, *settings]


def clean(context: Context, policy: Policy | None = None, *, apply: bool = False) -> Cleaned:
    """What is kept on disk, by whom it is used, and what of it can go.

    What commands that were killed left behind is removed at once.

    Args:
        policy: what may go; None = what no workspace has.
        apply: remove it; else it is only told.
    """
    policy = policy or flows.cleaning.Policy()
    pending = flows.recovering.record_everywhere(context)
    left_behind = (*context.engine.reap(), *pending)
    found = dataclasses.replace(flows.cleaning.survey(context, policy), left_behind=left_behind)
    return flows.cleaning.apply(context, found, policy) if apply else found


def fix_store(context: Context, *, deep: bool = False) -> tuple[str, ...]:
    """Takes broken environments out of the Store; a line for each. They are built when needed."""
    return flows.examining.take_out_broken(context, deep=deep)


def fix_engine(context: Context) -> None:
    """Installs and starts a Docker engine where none answers; never touches one that does.

    Raises:
        EngineError: it cannot be done here; the hint says what to install.
    """
    from sandbox.engines import setup

    with setup.exclusive():
        facts = setup.ensure_engine(setup.LocalSystem(os.environ), say=context.tell)
    context.tell(f"Docker {facts.version} answers at {facts.host}")
