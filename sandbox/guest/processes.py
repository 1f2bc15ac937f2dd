"""Processes as the kernel shows them: hiding, finding, ending, counting them. Linux only.

Where `/proc` or `prctl` is missing, the functions do less and say so by their result.
"""

import ctypes
import os
import signal
import time

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36


def _prctl(option, value):
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        return libc.prctl(option, value, 0, 0, 0) == 0
    except (OSError, AttributeError):
        return False


def hide():
    """Keeps processes of the same user from reading or tracing this one (`/proc/<pid>/fd`, ptrace)."""
    return _prctl(_PR_SET_DUMPABLE, 0)


def adopt_orphans():
    """Lets every descendant whose parent ends become our child, so that none can get away."""
    return _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent():
    """Ends this process when its parent ends; called in a child before its program starts."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def prefer_as_oom_victim():
    """Makes the kernel choose this process and its children, not the supervisor, when memory ends."""
    try:
        with open("/proc/self/oom_score_adj", "w") as handle:
            handle.write("1000")
    except OSError:
        pass


def descendants(root):
    """Process ids below `root`, in no order."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            parent = _parent(name)
            if parent is not None:
                parents.setdefault(parent, []).append(int(name))
    found, queue = [], [root]
    while queue:
        children = parents.get(queue.pop(), [])
        found += children
        queue += children
    return found


def _parent(pid):
    try:
        with open("/proc/{}/stat".format(pid), "rb") as handle:
            return int(handle.read().rpartition(b")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def end_descendants(timeout_s=5.0):
    """Kills and reaps everything below this process; true when nothing is left.

    All are stopped before any is killed, so that a process which forks as fast as it can cannot
    outrun the loop.
    """
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        alive = descendants(os.getpid())
        if not alive:
            return True
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in alive:
                _send(pid, number)
        _reap()
        time.sleep(0.001)
    return not descendants(os.getpid())


def _send(pid, number):
    try:
        os.kill(pid, number)
    except OSError:
        pass


def _reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def oom_kills():
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
