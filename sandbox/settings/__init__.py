"""Configuration: what is set, by whom, and checked; never where things lie (that is `paths`).

A value is taken from the first of: variable, file, another program's configuration, default.
"""

from __future__ import annotations

from sandbox.settings.loading import (
    default_home,
    load_settings,
    open_home,
    this_machine,
)
from sandbox.settings.model import Setting, Settings
from sandbox.settings.pip import parse_pip_configuration, read_pip_configuration
from sandbox.settings.shape import Machine
from sandbox.settings.units import parse_duration, parse_size

__all__ = [
    "Machine",
    "Setting",
    "Settings",
    "default_home",
    "load_settings",
    "open_home",
    "parse_duration",
    "parse_pip_configuration",
    "parse_size",
    "read_pip_configuration",
    "this_machine",
]
