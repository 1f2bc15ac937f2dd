"""Loads modules that were compiled in place; says how that went, a line of JSON for each.

Reads a line, `{"modules": ["folder/name"], "patience_s": 120, "all_s": 900}`, and the tree as tar.
Packages above a module are there and their code is not run, unless it does not load without. It
may be known by several names, as folders of its path are looked in or not: one of them is enough.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
import tarfile
import tempfile
import time
import types
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sandbox.environments.checking.inside.describing import describe
else:
    from sandbox_describing import describe

LONG = 32768  # bytes; so much goes into a pipe while nobody reads it
PR_SET_DUMPABLE = 4  # of Linux's prctl.h


class Told(NamedTuple):
    """How one went.

    Attributes:
        error: empty = it loads.
        is_its_own: an error that was raised, and no end of the process.
    """

    error: str
    is_its_own: bool


def main() -> None:
    """Each in a process of its own, one after another."""
    asked = json.loads(sys.stdin.buffer.readline())
    until = time.monotonic() + float(asked["all_s"])
    be_open_to_others(0)
    with tempfile.TemporaryDirectory() as root:
        with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as archive:
            archive.extractall(root)  # noqa: S202 - it is our own
        for place in asked["modules"]:
            error = tried(root, place, min(float(asked["patience_s"]), until - time.monotonic()))
            sys.stdout.write(json.dumps({"name": place, "error": error or None}) + "\n")
            sys.stdout.flush()


def tried(root: str, place: str, patience_s: float) -> str:
    """Empty = it loads, by itself or with the code of the packages it lies in."""
    if patience_s <= 0:
        return "it was not tried: those before it took too long"
    told = in_process(root, place, patience_s)
    if told.error and told.is_its_own and "/" in place:
        whole = in_process(root, place, patience_s, whole=True)
        return told.error if whole.error else ""
    return told.error


def in_process(root: str, place: str, patience_s: float, *, whole: bool = False) -> Told:
    """See `load`; whatever it does to its process, and to those that it starts, ends with it."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            become_nobody()
            os.write(writer, json.dumps([load(root, place, whole=whole)]).encode()[:LONG])
        finally:
            os._exit(0)  # never back to where the others are tried
    os.close(writer)
    status = waited(pid, patience_s)
    if status is None:
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    os.set_blocking(reader, False)  # somebody who got away may hold the other end open
    said = b""
    with contextlib.suppress(OSError):
        said = os.read(reader, LONG)
    os.close(reader)
    if status is None:
        os.waitpid(pid, 0)
        return Told(f"it did not end within {patience_s:g} s", is_its_own=False)
    try:
        (answer,) = json.loads(said.decode())
    except (ValueError, TypeError, RecursionError):
        return Told(f"it ended the process: {status & 0x7F or status >> 8}", is_its_own=False)
    return Told(str(answer) if answer else "", is_its_own=True)


def become_nobody() -> None:
    """The child's: what a module prints is not taken for what is told here."""
    be_open_to_others(1)
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)


def be_open_to_others(yes: int) -> None:
    """Whether processes of the same user may open what this one writes to, or its memory."""
    with contextlib.suppress(Exception):  # a Python may have no ctypes
        importlib.import_module("ctypes").CDLL(None).prctl(PR_SET_DUMPABLE, yes, 0, 0, 0)


def waited(pid: int, patience_s: float) -> int | None:
    """How it ended; None = it has not."""
    until = time.monotonic() + patience_s
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status
        if time.monotonic() > until:
            return None
        time.sleep(0.005)


def load(root: str, place: str, *, whole: bool = False) -> str | None:
    """By the name that is seen from the root, else from the folders below it; None = it loads.

    Args:
        whole: with the code of packages.
    """
    errors = []
    parts = place.split("/")
    for start in range(len(parts)):
        folder, below = os.path.join(root, *parts[:start]), parts[start:]
        error = attempt(folder, below, below[:-1] if not whole else [])
        module = sys.modules.get(".".join(below))
        if error is None and is_below(module, os.path.join(root, place)):
            return None
        errors.append(error or "another module has its name")
    return errors[0]


def is_below(module: types.ModuleType | None, stem: str) -> bool:
    """Whether it is what lies there: some names are others', which were imported before."""
    return str(getattr(module, "__file__", None)).startswith(stem + ".")


def attempt(folder: str, parts: list[str], bare: list[str]) -> str | None:
    """Once more with PyTorch loaded, whose libraries lie where it alone finds them.

    Args:
        bare: packages whose code is not run.
    """
    packages = {".".join(bare[:count]): bare[:count] for count in range(1, len(bare) + 1)}
    for name, below in packages.items():
        package = sys.modules[name] = types.ModuleType(name)
        package.__path__ = [os.path.join(folder, *below)]
    sys.path.insert(0, folder)
    error = attempt_name(".".join(parts), folder)
    if error is not None and "libc10" in error:
        attempt_name("torch", folder)
        error = attempt_name(".".join(parts), folder)
    with contextlib.suppress(ValueError):  # a module may have done that
        sys.path.remove(folder)
    for name in packages:
        sys.modules.pop(name, None)
    return error


def attempt_name(name: str, folder: str) -> str | None:
    """None = it can be imported."""
    try:
        importlib.import_module(name)
    except BaseException as error:
        try:
            return "".join(describe(error)).replace(f"{folder}/", "")
        except Exception:
            return f"{type(error).__name__}: it cannot be shown"
    return None


if __name__ == "__main__":
    main()
