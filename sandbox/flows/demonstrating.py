"""The main job on a small repository that we bring along, and therefore trust."""

from __future__ import annotations

import dataclasses

from sandbox.errors import EngineError
from sandbox.flows.context import Context
from sandbox.interfaces import Engine

EXPERIMENT = "digits"


def demo_context(context: Context, local: Engine) -> Context:
    """The context, on the local engine where the other one does not answer; told plainly."""
    try:
        context.engine.describe()
    except EngineError as error:
        context.tell(f"{error.message}: the demo runs on this machine instead, without isolation")
        for line in local.describe().missing:
            context.tell(f"  missing: {line}")
        context.tell("  code of others needs an engine, or --engine local typed out")
        return dataclasses.replace(context, engine=local)
    return context
