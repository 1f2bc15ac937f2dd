"""Processes as the kernel shows them: hiding, finding, ending, counting them. Linux only.

Where `/proc` or `prctl` is missing, the functions do less and say so by their result.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import Any, Container

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_IPC_RMID = 0
_SYSTEM_V = (("shm", "shmctl"), ("msg", "msgctl"), ("sem", "semctl"))


def _libc() -> Any:
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> bool:
    try:
        return bool(_libc().prctl(option, value, 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):
        return False


def flush_c() -> None:
    """What C code of this process has printed and not written yet is written."""
    with contextlib.suppress(ImportError, OSError, AttributeError):
        _libc().fflush(None)


def hide() -> bool:
    """Keeps processes of the same user from reading or tracing this one.

    Without it `/proc/<pid>/fd` and ptrace would give them the wire.
    """
    return _prctl(_PR_SET_DUMPABLE, 0)


def show() -> bool:
    """Undoes `hide`."""
    return _prctl(_PR_SET_DUMPABLE, 1)


def adopt_orphans() -> bool:
    """Lets every descendant whose parent ends become our child, so that none can get away."""
    return _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> bool:
    """Ends this process when the thread that started it ends."""
    return _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def prefer_as_oom_victim() -> None:
    """Makes the kernel choose this process and its children when memory ends."""
    try:
        with open("/proc/self/oom_score_adj", "w") as handle:
            handle.write("1000")
    except OSError:
        pass


def descendants(root: int) -> list[int]:
    """Process ids below `root`, in no order."""
    parents: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            parent = _parent(name)
            if parent is not None:
                parents.setdefault(parent, []).append(int(name))
    found: list[int] = []
    queue = [root]
    while queue:
        children = parents.get(queue.pop(), [])
        found += children
        queue += children
    return found


def is_child(pid: int) -> bool:
    """Whether it is a child of this process."""
    return _parent(str(pid)) == os.getpid()


def _parent(pid: str) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as handle:
            return int(handle.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def cpu_s(pid: int | None) -> float:
    """Processor time of a process and of those children of it that it has waited for."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as handle:
            ticks = handle.read().rpartition(b")")[2].split()[11:15]
    except OSError:
        return 0.0
    return sum(map(int, ticks)) / float(os.sysconf("SC_CLK_TCK"))


def end_descendants(
    timeout_s: float = 5.0, *, alone: bool = False, spared: Container[int] = ()
) -> bool:
    """Kills and reaps everything below this process; true when nothing is left.

    All are stopped before any is killed, so that a process which forks as fast as it can cannot
    outrun the loop.

    Args:
        alone: every other process of this user is a descendant, init apart, as in a container:
            then the kernel kills all of them in one call, which no fork can outrun.
        spared: live on; not together with `alone`.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if alone:
            _send(-1, signal.SIGKILL)
            reap()
        alive = [pid for pid in descendants(os.getpid()) if pid not in spared]
        if not alive:
            return True
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in alive:
                _send(pid, number)
        reap()
        time.sleep(0.001)
    return all(pid in spared for pid in descendants(os.getpid()))


def _send(pid: int, number: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, number)


def reap() -> list[tuple[int, int, Any]]:
    """(pid, wait status, resource usage) of every child that ended, adopted ones among them."""
    ended: list[tuple[int, int, Any]] = []
    try:
        found = os.wait4(-1, os.WNOHANG)
        while found[0]:
            ended.append(found)
            found = os.wait4(-1, os.WNOHANG)
    except ChildProcessError:
        pass
    return ended


def oom_kills() -> int:
    """How often the kernel killed a process of this control group for want of memory.

    Reads control groups v2, then v1; 0 where neither can be read.
    """
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            with open(path) as handle:
                rows = dict(line.split() for line in handle if len(line.split()) == 2)
        except OSError:
            continue
        return int(rows.get("oom_kill", 0))
    return 0


def has_shared_memory() -> bool:
    """Whether there is anything that `forget_shared_memory` would remove."""
    for name, _ in _SYSTEM_V:
        with contextlib.suppress(OSError), open(f"/proc/sysvipc/{name}") as handle:
            if len(handle.readlines()) > 1:
                return True
    return False


def forget_shared_memory() -> None:
    """Removes every System V segment, queue and semaphore of this IPC namespace that is ours.

    Only for a namespace of our own: they outlive the processes that made them.
    """
    for name, function in _SYSTEM_V:
        try:
            with open(f"/proc/sysvipc/{name}") as handle:
                rows = [line.split() for line in handle][1:]
            remove = getattr(_libc(), function)
        except (ImportError, OSError, AttributeError):
            continue
        for row in rows:
            arguments = (0, _IPC_RMID) if name == "sem" else (_IPC_RMID,)
            remove(int(row[1]), *arguments, None)
