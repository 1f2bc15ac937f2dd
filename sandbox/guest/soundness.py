"""Whether a process may be copied by `fork` such that the copy behaves as the original would.

Only a process without threads, GPU, sockets, pipes and open timers is copied; what it has open for
writing would be shared, so that is refused too. What it has open for reading is opened again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
from typing import Collection, Iterable, Iterator, Tuple

_STANDARD = (0, 1, 2)
_HARMLESS = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/full")
_SAFE_THREADS = ("jemalloc_bg_thd",)
"""Of an allocator that itself puts right what a fork leaves of it; pandas has it by pyarrow."""

_SEMAPHORES = "/dev/shm/sem."
"""Locks of multiprocessing, which progress bars make: common to all, and free between cells."""

File = Tuple[str, int, int]
"""Path, device, inode."""

_TIMERS = ("ITIMER_REAL", "ITIMER_VIRTUAL", "ITIMER_PROF")


def find_obstacle(own: Collection[int]) -> str | None:
    """Why this process cannot be copied, in words; None = it can.

    Args:
        own: descriptors of ours, which the copy is given others for.
    """
    return _threads() or _gpu() or _timers() or _descriptors(own) or _mappings()


def _threads() -> str | None:
    names = [_name_of(thread) for thread in os.listdir("/proc/self/task")]
    count = sum(name not in _SAFE_THREADS for name in names)
    return f"{count} threads are running" if count > 1 else None


def _name_of(thread: str) -> str:
    try:
        with open(f"/proc/self/task/{thread}/comm") as handle:
            return handle.read().strip()
    except OSError:
        return ""


def _gpu() -> str | None:
    """As far as PyTorch knows."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    initialized = getattr(cuda, "is_initialized", None)
    return "a GPU is in use" if initialized and initialized() else None


def _timers() -> str | None:
    for name in _TIMERS:
        if signal.getitimer(getattr(signal, name))[0]:
            return "a timer is running"
    return None


def _descriptors(own: Collection[int]) -> str | None:
    for descriptor, target in _open(own):
        obstacle = _of_descriptor(descriptor, target)
        if obstacle:
            return obstacle
    return None


def _open(own: Collection[int]) -> Iterator[tuple[int, str]]:
    """(descriptor, what it leads to) of everything the studied code has open."""
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor not in own and descriptor not in _STANDARD:
            with contextlib.suppress(OSError):  # the one that lists them
                yield descriptor, os.readlink(f"/proc/self/fd/{name}")


def _of_descriptor(descriptor: int, target: str) -> str | None:
    mode = os.fstat(descriptor).st_mode
    if target in _HARMLESS or stat.S_ISDIR(mode):
        return None
    if target.startswith("/dev/nvidia"):
        return "a GPU is in use"
    if stat.S_ISSOCK(mode):
        return "a socket is open"
    if not stat.S_ISREG(mode):
        return f"{target} is open"
    if _is_writable(descriptor):
        return f"{os.path.basename(target)} is open for writing"
    return None if os.path.exists(target) else f"{os.path.basename(target)} is open"


def is_writing(own: Collection[int]) -> bool:
    """Whether anything is open that may not have been written to its end yet."""
    try:
        return any(target not in _HARMLESS and _is_writable(one) for one, target in _open(own))
    except OSError:
        return True


def _is_writable(descriptor: int) -> bool:
    import fcntl

    return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY


def _mappings() -> str | None:
    """Memory that would stay common to both, or goes with a file that a copy may write anew."""
    for mode, path in _maps():
        is_common = mode.endswith("s") or _is_in_place(path)
        if mode.startswith("rw") and is_common and not path.startswith(_SEMAPHORES):
            return f"{os.path.basename(path) or 'memory'} is mapped for writing"
    return None


def _maps() -> Iterator[tuple[str, str]]:
    """(permissions, path or nothing) of what is mapped."""
    with open("/proc/self/maps") as rows:
        for row in rows:
            fields = row.split(None, 5)
            yield fields[1], fields[5].strip() if len(fields) > 5 else ""


def _is_in_place(path: str) -> bool:
    """Whether it lies where a variant can write; the environment may, in a folder for trials."""
    places = (os.path.dirname(os.environ.get("HOME", "/home")) + os.sep, "/tmp/", "/dev/shm/")
    return path.startswith(places) and not path.startswith(sys.prefix + os.sep)


def files_of(own: Collection[int]) -> list[File]:
    """Files that are open or mapped where a variant can write."""
    paths = {target for _, target in _open(own)} | {path for _, path in _maps()}
    found = []
    for path in paths:
        if _is_in_place(path) and not path.startswith(_SEMAPHORES):
            with contextlib.suppress(OSError):
                status = os.stat(path)
                if stat.S_ISREG(status.st_mode):
                    found.append((path, status.st_dev, status.st_ino))
    return found


def find_replaced(files: Iterable[File]) -> str | None:
    """Why what was open then is not what can be opened now; None = it is."""
    for path, device, inode in files:
        try:
            status = os.stat(path)
        except OSError:
            return f"{os.path.basename(path)} was removed"
        if (status.st_dev, status.st_ino) != (device, inode):
            return f"{os.path.basename(path)} was replaced"
    return None


def reopen(own: Collection[int]) -> None:
    """In the copy: gives each file open for reading a place of its own to read on from.

    Raises OSError for one that cannot be opened again.
    """
    for descriptor, target in list(_open(own)):
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and target not in _HARMLESS:
            at = os.lseek(descriptor, 0, os.SEEK_CUR)
            again = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
            os.lseek(again, at, os.SEEK_SET)
            os.dup2(again, descriptor, inheritable=os.get_inheritable(descriptor))
            os.close(again)
