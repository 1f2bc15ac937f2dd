"""Processes of a session whose guest is gone: found by the folder that stands in their environment.

For accidents only: a process may change what it shows of its environment.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

ROUNDS = 20


def end_processes(folder: Path) -> None:
    """Kills what still runs with this session's folder as part of its environment."""
    for _ in range(ROUNDS):
        found = _processes(os.fsencode(folder) + b"/")
        if not found:
            return
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)


def _processes(mark: bytes) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
    return found
