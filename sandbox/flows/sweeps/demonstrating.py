"""The main job on a small repository that we bring along, and therefore trust."""

from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

from sandbox import checkouts
from sandbox.domain import digest
from sandbox.errors import EngineError
from sandbox.flows.context import Context
from sandbox.flows.requests import Request
from sandbox.interfaces import Engine

EXAMPLE = "digits"
WORKSPACE = "demo"


def demo_context(context: Context, local: Engine) -> Context:
    """The context, on the local engine where the other one does not answer; told plainly."""
    try:
        context.engine.describe()
    except EngineError as error:
        context.tell(f"{error.message}: the demo runs on this machine instead, without isolation")
        for line in local.describe().missing:
            context.tell(f"  missing: {line}")
        context.tell("  code of others needs an engine, or --engine local typed out")
        return dataclasses.replace(context, make_engine=lambda: local)
    return context


def demo_request(context: Context, experiment: Request, examples: Path) -> Request:
    """The experiment, asked of the bundled repository with the history that is written down for it.

    Args:
        examples: the folder that holds the example and, beside it, its history.
    """
    folder = examples / EXAMPLE
    told = tomllib.loads((examples / f"{EXAMPLE}.toml").read_text(encoding="utf-8"))["commits"]
    commits = [
        checkouts.Commit(
            one["message"],
            one["date"],
            {name: (folder / name).read_bytes() for name in one["files"]},
        )
        for one in told
    ]
    key = digest([(one.message, one.date, sorted(map(repr, one.files.items()))) for one in commits])
    repository = context.home.cache / "examples" / f"{EXAMPLE}-{key[:12]}"
    checkouts.make_repository(repository, commits)
    return dataclasses.replace(experiment, target=str(repository), name=f"{WORKSPACE}-{key[:6]}")
