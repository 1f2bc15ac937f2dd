"""The worker's end, as a program's end looks from outside, without taking the interpreter apart.

Doing that takes a copy of a large process longer than most variants' work: it touches, and so
copies, everything that its origin ever imported.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import sys
import threading
from typing import Any, Collection

from . import processes, soundness, streams


def leave(own: Collection[int], *, thoroughly: bool) -> None:
    """Ends this process with code 0; returns, for the interpreter to end it, where that is needed.

    Threads are awaited and exit handlers called; the program's names are let go. What has a file
    open for writing may hold a part of it back: only the interpreter's own end is sure to find it.

    Args:
        own: descriptors of ours.
        thoroughly: also objects that are held by nothing but each other get their `__del__`.
    """
    if soundness.is_writing(own):
        return
    threads: Any = threading
    handlers: Any = atexit
    with contextlib.suppress(BaseException):
        threads._shutdown()  # noqa: SLF001 - what the interpreter calls
    if not thoroughly:
        gc.freeze()  # handlers of IPython collect what nobody misses
    with contextlib.suppress(BaseException):
        handlers._run_exitfuncs()  # noqa: SLF001 - likewise
    with contextlib.suppress(BaseException):
        _forget(vars(sys.modules["__main__"]))
        if thoroughly:
            gc.collect()
    streams.flush()
    processes.flush_c()
    os._exit(0)


def _forget(names: dict[str, object]) -> None:
    """In the interpreter's order."""
    for name in sorted(names, key=lambda name: not name.startswith("_")):
        if name != "__builtins__":
            names[name] = None
