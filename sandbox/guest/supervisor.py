"""Holds the wire, the trees and the clock; starts one worker after another; outlives them all."""

from __future__ import annotations

import contextlib
import os
import platform
import select
import signal
import sys
import tarfile
import time
from typing import Mapping

from . import files, processes, protocol
from .execution import Execution
from .outlet import Outlet


def main(descriptor: int, sources: Mapping[str, str]) -> None:
    """Serves the host until its end of the wire is gone.

    `sys.argv[3]` is the folder to work in. The rest, if any, are folders emptied after each
    variant; they say that this is a container of our own.
    """
    processes.hide()
    processes.adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.dup(1)
    os.dup2(2, 1)
    supervisor = Supervisor(descriptor, out, sources)
    try:
        supervisor.serve()
    except BrokenPipeError:
        pass
    finally:
        supervisor.close()


class Supervisor:
    """The guest's first process; one thread, one loop, which waits for nobody in particular."""

    def __init__(self, descriptor: int, out: int, sources: Mapping[str, str]) -> None:
        self._in = descriptor
        self._host = Outlet(out)
        self._sources = sources
        self._folder, self._shared = sys.argv[3], sys.argv[4:]
        self._trees = files.Trees(self._folder)
        self._reader = protocol.Reader()
        self._execution: Execution | None = None
        self._work: protocol.Fields | None = None
        self._woken, wake = os.pipe()
        for end in (self._woken, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def serve(self) -> None:
        self._host.send("hello", python=platform.python_version(), machine=platform.machine())
        while True:
            reading: list[int] = [self._in, self._woken]
            writing: list[int] = [self._host.descriptor] if self._host.size else []
            timeout_s = None
            if self._execution is not None:
                more, to_write, timeout_s = self._execution.waiting(time.monotonic())
                reading += more
                writing += to_write
            ready = set(select.select(reading, writing, [], timeout_s)[0])
            if self._woken in ready:
                os.read(self._woken, 4096)
            self._host.flush()
            if self._in in ready and not self._hear():
                return
            self._turn(ready)

    def close(self) -> None:
        if self._execution is not None:
            self._execution.abandon()
        self._clean()
        self._trees.close()
        with contextlib.suppress(OSError):  # a mount point stays
            os.rmdir(self._folder)

    def _turn(self, ready: set[int]) -> None:
        if self._execution is None:
            processes.reap()
            return
        self._execution.turn(ready)
        if self._execution.ended:
            self._execution = None
            self._clean()

    def _clean(self) -> None:
        """Nothing of a variant is left for the next one; the trees have no name here."""
        for folder in (self._folder, *self._shared):
            files.empty(folder)
        if self._shared:
            processes.forget_shared_memory()

    def _hear(self) -> bool:
        data = os.read(self._in, 2**20)
        for message, body in self._reader.feed(data):
            self._obey(message, body)
        return bool(data)

    def _obey(self, message: protocol.Fields, body: bytes) -> None:
        kind = message["type"]
        if kind == "begin":
            self._begin(message["work"])
        elif kind == "tree":
            self._receive(body, last=message["last"])
        elif self._execution is None:
            return
        elif kind == "cell":
            self._execution.run(message["index"], message["source"])
        elif kind == "interrupt":
            self._execution.interrupt()
        elif kind == "finish":
            self._execution.finish(message["collect"])

    def _begin(self, work: dict[str, object]) -> None:
        self._work = work
        self._trees.discard()
        if self._trees.holds(str(work["tree"])):
            self._start(work)
        else:
            self._host.send("need_tree")

    def _receive(self, body: bytes, *, last: bool) -> None:
        if self._work is None:
            return
        try:
            self._trees.receive(str(self._work["tree"]), body, last=last)
        except OSError as error:
            self._refuse(error)
            return
        if last:
            self._start(self._work)

    def _start(self, work: dict[str, object]) -> None:
        disks = (self._folder, *self._shared)
        try:
            self._unpack(str(work["tree"]))
            self._execution = Execution(
                work, self._folder, disks, self._host, self._sources, alone=bool(self._shared)
            )
        except (OSError, tarfile.TarError) as error:
            self._refuse(error)

    def _unpack(self, tree: str) -> None:
        """Fills the working copy; trees of earlier variants give way where there is no room."""
        root = os.path.join(self._folder, "repo")
        try:
            os.makedirs(root)
            self._trees.unpack(tree, root)
        except OSError:
            if not self._trees.keep_only(tree):
                raise
            files.remove(root)
            os.makedirs(root)
            self._trees.unpack(tree, root)

    def _refuse(self, error: Exception) -> None:
        """The variant cannot start: its files do not fit, or its working directory is missing."""
        self._work = None
        self._clean()
        number, why = getattr(error, "errno", None), getattr(error, "strerror", None) or str(error)
        name = getattr(error, "filename", None)
        self._host.send("refused", errno=number, why=f"{why}: {name}" if name else why)
