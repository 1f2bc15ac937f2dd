"""Find what can be tweaked in source text and apply tweaks to it.

Text in, text out: it never touches the disk, and never imports or executes what it reads.
`find_entries` and `find_entry` say what can be run; `scan` lists the tunables of an entry;
`find_tunable` and `parse_values` understand what a user typed, `concept_name` what a name means;
`apply` gives the command line, the papermill parameters and the edited files of one variant.
`find_tweaks` and `tweak_code` are for the built-in tweaks of code, in `tweaks`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lazily import lazily

if TYPE_CHECKING:
    from sandbox.tunables.applying import Applied, apply, is_within, refuse_within
    from sandbox.tunables.entries import find_entries, find_entry, runnable_entries
    from sandbox.tunables.naming import find_tunable, is_on_command_line
    from sandbox.tunables.scanning import ScanReport, scan, scan_report
    from sandbox.tunables.sources import Skipped
    from sandbox.tunables.tweaks import (
        find_tweaks,
        is_switch,
        is_tweak,
        tweak_code,
        tweak_concept,
    )
    from sandbox.tunables.values import parse_values
    from sandbox.tunables.worth import concept_name, is_seed

__all__ = [
    "Applied",
    "ScanReport",
    "Skipped",
    "apply",
    "concept_name",
    "find_entries",
    "find_entry",
    "find_tunable",
    "find_tweaks",
    "is_on_command_line",
    "is_seed",
    "is_switch",
    "is_tweak",
    "is_within",
    "parse_values",
    "refuse_within",
    "runnable_entries",
    "scan",
    "scan_report",
    "tweak_code",
    "tweak_concept",
]

__getattr__ = lazily(
    __name__,
    {
        "sandbox.tunables.applying": "Applied apply is_within refuse_within",
        "sandbox.tunables.entries": "find_entries find_entry runnable_entries",
        "sandbox.tunables.naming": "find_tunable is_on_command_line",
        "sandbox.tunables.scanning": "ScanReport scan scan_report",
        "sandbox.tunables.sources": "Skipped",
        "sandbox.tunables.tweaks": "find_tweaks is_switch is_tweak tweak_code tweak_concept",
        "sandbox.tunables.values": "parse_values",
        "sandbox.tunables.worth": "concept_name is_seed",
    },
)
