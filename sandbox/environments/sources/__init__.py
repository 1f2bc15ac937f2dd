"""Packages without wheels: fetched as data, built in quarantine, given on as wheels.

Never unpacks or runs anything of theirs on this machine, or where the network or the Store is.
"""

from __future__ import annotations

from sandbox.environments.sources.in_place import MadeModules, OwnTree, make_modules
from sandbox.environments.sources.loading import load_modules
from sandbox.environments.sources.making import WheelMaker
from sandbox.environments.sources.quarantine import BuildLimits

__all__ = ["BuildLimits", "MadeModules", "OwnTree", "WheelMaker", "load_modules", "make_modules"]
