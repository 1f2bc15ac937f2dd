"""Who owns a container: a process of a machine, named so that its end can be noticed later."""

from __future__ import annotations

import os
import platform
from pathlib import Path


def owner() -> str:
    """This process: `host/boot/pid/start`."""
    return f"{platform.node()}/{_boot()}/{os.getpid()}/{_start_time(os.getpid())}"


def is_alive(name: str) -> bool:
    """Whether the owner may still live; owners on other machines are given the benefit of doubt."""
    host, boot, pid, start = (*name.split("/"), "", "", "", "")[:4]
    if host != platform.node():
        return True
    return boot == _boot() and pid.isdigit() and start == _start_time(int(pid)) != ""


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "unknown"


def _start_time(pid: int) -> str:
    """When the process started, in clock ticks since boot; empty when it is no more.

    A zombie is no more: it only waits for its parent to notice.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    except (OSError, IndexError):
        return ""
