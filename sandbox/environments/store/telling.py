"""What a build says while it goes on, in words that need no knowledge of uv."""

from __future__ import annotations

import re

_DOWNLOADING = re.compile(r"^\s*Downloading (\S+) \(([0-9]+(?:\.[0-9]+)?)([KMG])iB\)$")
_INSTALLED = re.compile(r"^\s*Installed ([0-9]+) packages? in (.*)$")
_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}
WAITING = "waiting for"
_KEPT = (WAITING, "bytecode", "warning")
"""No error: what goes wrong is told once, at the end, if that is where it led."""


def readable(line: str) -> str | None:
    """One line of a build for people; None = not worth their time."""
    if match := _DOWNLOADING.match(line):
        return f"downloading {match[1]} ({size(float(match[2]) * _UNITS[match[3]])})"
    if match := _INSTALLED.match(line):
        return f"installed {match[1]} packages in {match[2]}"
    return line if line.strip().startswith(_KEPT) else None


def size(number: float) -> str:
    """Bytes as disks are sold: `412 MB`, `1.2 GB`."""
    if number >= 1e9:
        return f"{number / 1e9:.1f} GB"
    return f"{number / 1e6:.0f} MB" if number >= 1e6 else f"{number / 1e3:.0f} kB"


def figures_line(size_bytes: int | None, new_bytes: int | None, elapsed_s: float) -> str:
    """The last line of a build."""
    if size_bytes is None or new_bytes is None:
        return f"done in {elapsed_s:.1f} s"
    shared = size_bytes - new_bytes
    return f"done in {elapsed_s:.1f} s: new on disk {size(new_bytes)}, shared {size(shared)}"
