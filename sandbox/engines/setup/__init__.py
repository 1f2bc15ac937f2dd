"""Gets a Docker engine to answer: uses the one there is, else installs and starts one.

`python -m sandbox.engines.setup` is what `make engine` runs. An engine that is there already is
never changed, restarted or stopped. Installing is left to Debian and Ubuntu as root; everywhere
else the error says what to install. `deciding` decides, `machine` touches the world.
"""

from __future__ import annotations

from sandbox.engines.setup.deciding import (
    DEFAULT_HOST,
    Answer,
    Facts,
    Step,
    System,
    decide,
    ensure_engine,
)
from sandbox.engines.setup.machine import LocalSystem, Place, ask, exclusive

__all__ = [
    "DEFAULT_HOST",
    "Answer",
    "Facts",
    "LocalSystem",
    "Place",
    "Step",
    "System",
    "ask",
    "decide",
    "ensure_engine",
    "exclusive",
]
