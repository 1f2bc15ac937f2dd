"""Base images that no Environment is built on any more."""

from __future__ import annotations

from sandbox.environments.store.building import base_lock
from sandbox.environments.store.using import alone
from sandbox.errors import EngineError
from sandbox.interfaces import Holding, Workbench
from sandbox.paths import Home


def image_id(workbench: Workbench, holding: Holding) -> str | None:
    """What a base image is called in builds; None = it is no base."""
    key = holding.name.rpartition(":")[2]
    try:
        return workbench.find_base(key) if holding.kind == "image" else None
    except EngineError:
        return None


def remove_base(workbench: Workbench, home: Home, holding: Holding) -> str | None:
    """Why it is there still; None = it is gone."""
    base = image_id(workbench, holding) or holding.name
    with alone(base_lock(home, base)) as free:
        if not free:
            return "a command uses it"
        try:
            workbench.holdings.remove(holding)
        except EngineError as error:
            return error.message
    return None
