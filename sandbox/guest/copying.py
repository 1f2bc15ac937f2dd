"""A copy of this process that is a child of this process's own parent, as its siblings are.

Whoever adopts orphans learns how the copy ends, from the kernel and not from its origin. One system
call of Linux makes such a copy at once; where it cannot be had, the copy is made by a process
between the two, which ends. That copies all page tables twice, and takes twice as long.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import Any, NamedTuple

_PR_GET_TID_ADDRESS = 40
_CLONE_PARENT = 0x00008000
_CLONE_CHILD_CLEARTID = 0x00200000
_CLONE_CHILD_SETTID = 0x01000000
_FLAGS = _CLONE_PARENT | _CLONE_CHILD_CLEARTID | _CLONE_CHILD_SETTID | signal.SIGCHLD
_CALLS = {"x86_64": (56, 3), "aarch64": (220, 4)}
"""Machine → number of `clone`, and the place among its arguments where the thread's id goes."""


class _Cloning(NamedTuple):
    """What is needed of the C library and of the interpreter, found before anything is begun."""

    call: Any
    arguments: Any
    before: Any
    in_copy: Any
    in_origin: Any


def fork_away() -> bool:
    """Copies this process; true in the copy, whose parent is, or soon will be, this one's own.

    Raises OSError where there is no room for one more.
    """
    cloning = _find_cloning() if len(os.listdir("/proc/self/task")) == 1 else None
    copied = _clone(cloning) if cloning is not None else None
    return _fork_twice() if copied is None else copied


def await_parent(pid: int) -> None:
    """Returns once this process is a child of that one, or has waited long enough."""
    for _ in range(2000):
        if os.getppid() == pid:
            return
        time.sleep(0.0002)


def _find_cloning() -> _Cloning | None:
    """None where it is not known to be sound.

    What the GNU C library does in its own `fork` for a process of one thread is what the flags ask
    the kernel for. Handlers that C code registered with `pthread_atfork` are not called: they deal
    with other threads, of which there are none.
    """
    try:
        import ctypes

        number, place = _CALLS[os.uname().machine]
        libc, python = ctypes.PyDLL(None), ctypes.pythonapi
        hooks = python.PyOS_BeforeFork, python.PyOS_AfterFork_Child, python.PyOS_AfterFork_Parent
        thread_id = ctypes.c_void_p()
        found = libc.prctl(_PR_GET_TID_ADDRESS, ctypes.byref(thread_id), 0, 0, 0) == 0
        is_known = found and thread_id.value and os.confstr("CS_GNU_LIBC_VERSION")
    except (ImportError, AttributeError, KeyError, ValueError, OSError):
        return None
    if not is_known:
        return None
    for hook in hooks:
        hook.restype = None
    call = libc.syscall
    call.restype = ctypes.c_long
    arguments: list[Any] = [ctypes.c_long(given) for given in (number, _FLAGS, 0, 0, 0, 0)]
    arguments[1 + place] = thread_id
    return _Cloning(call, tuple(arguments), *hooks)


def _clone(cloning: _Cloning) -> bool | None:
    """Whether this is the copy; None where none was made."""
    call, arguments, before, in_copy, in_origin = cloning
    before()
    pid = call(*arguments)
    if pid == 0:
        in_copy()
        return True
    in_origin()
    return False if pid > 0 else None


def _fork_twice() -> bool:
    between = os.fork()
    if not between:
        try:
            if os.fork():
                os._exit(0)
        except BaseException:
            os._exit(1)
        return True
    status = 0
    with contextlib.suppress(ChildProcessError):  # the program may have it reaped by the kernel
        status = os.waitpid(between, 0)[1]
    if status:
        raise OSError("no further process can be made")
    return False
