"""Packages of this machine's own distribution (Debian's kin), installed as root, one at a time.

Never decides whether something may be installed; that is for who asks.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import EngineError

_DAY_S = 86400.0
# What a program that runs as root may know of us: how to reach a registry, not our secrets.
_PASSED = re.compile(r"PATH|HOME|LANG|TMPDIR|SSL_CERT_(FILE|DIR)|(?i:(http|https|no|all)_proxy)")
_LISTS_ARE_LOCKED = re.compile(r"Could not get lock|Unable to lock directory")


@dataclass(frozen=True)
class Apt:
    """Where apt keeps its things, and how long another apt is waited for.

    Attributes:
        lock: held while we install, so that commands of ours wait for each other.
        lists: package lists; they are renewed where they are older than a day.
        patience_s: for apt-gets that are not ours, a desktop's updates for one.
    """

    lock: Path = Path("/run/sandbox-apt.lock")
    lists: Path = Path("/var/lib/apt/lists")
    patience_s: float = 300.0


def plain_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """What programs that run as root are given of our environment."""
    kept = {name: text for name, text in environ.items() if _PASSED.fullmatch(name)}
    return {**kept, "PATH": f"{environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"}


def install(
    packages: Sequence[str],
    *,
    environ: Mapping[str, str],
    is_there: Callable[[], bool],
    apt: Apt = Apt(),
) -> None:
    """Install them; a second command that wants the same waits, then finds them there.

    An interrupted command leaves apt-get to its end: what is half installed breaks the machine.

    Args:
        is_there: asked once it is our turn; true = nothing is left to do.

    Raises:
        EngineError: they cannot be installed; the message has apt's last words.
    """
    from filelock import FileLock

    with FileLock(apt.lock):
        if not is_there():
            _install(packages, environ, apt)


def lists_are_stale(folder: Path, *, now_s: float) -> bool:
    """No package list, or none younger than a day."""
    ages = [now_s - path.stat().st_mtime for path in folder.glob("*_InRelease")]
    ages += [now_s - path.stat().st_mtime for path in folder.glob("*_Release")]
    return not ages or min(ages) > _DAY_S


def _install(packages: Sequence[str], environ: Mapping[str, str], apt: Apt) -> None:
    words = ("install", "--yes", "--no-install-recommends", *packages)
    if lists_are_stale(apt.lists, now_s=time.time()):
        _update(environ, apt)  # without a network the old lists may still do
    code, said = _run(words, environ, apt)
    if code:
        renewed = _update(environ, apt)
        code, said = _run(words, environ, apt)
        said = renewed + said
    if code:
        names = " ".join(packages)
        raise EngineError(
            f"{names} cannot be installed: {_last_words(said)}",
            hint=f"try it by hand: apt-get update && apt-get install {names}",
        )


def _update(environ: Mapping[str, str], apt: Apt) -> str:
    """What apt said where it failed. It waits for dpkg by itself, but not for its lists."""
    deadline = time.monotonic() + apt.patience_s
    while True:
        code, said = _run(("-o", "APT::Update::Error-Mode=any", "update"), environ, apt)
        if code == 0:
            return ""
        if not _LISTS_ARE_LOCKED.search(said) or time.monotonic() > deadline:
            return said
        time.sleep(min(1.0, apt.patience_s))


def _run(words: Sequence[str], environ: Mapping[str, str], apt: Apt) -> tuple[int, str]:
    """Exit code and output, which goes to a file: a closed pipe would end apt-get half way."""
    timeout = f"DPkg::Lock::Timeout={apt.patience_s:.0f}"
    command = ["apt-get", "--quiet", "-o", timeout, *words]
    spoken = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            env={**plain_environ(environ), **spoken},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        code = process.wait()
        output.seek(0)
        return code, output.read().decode(errors="replace")


def _last_words(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in dict.fromkeys(lines) if line.startswith("E:")]
    return " | ".join((errors or lines)[-3:]) or "nothing was said"
