"""Holds the wire, the trees and the clock; starts one worker after another; outlives them all."""

import os
import platform
import select
import signal
import sys
import time

from . import files, processes, protocol
from .execution import Execution


def main(descriptor, sources):
    """Serves the host until its end of the wire is gone.

    `sys.argv[3]` is the folder to work in, and the rest are folders emptied after each variant.
    """
    processes.hide()
    processes.adopt_orphans()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    out = os.dup(1)
    os.dup2(2, 1)
    supervisor = Supervisor(descriptor, out, sources)
    try:
        supervisor.serve()
    finally:
        supervisor.close()


class Supervisor:
    """The guest's first process; one thread, one loop."""

    def __init__(self, descriptor, out, sources):
        self._in = descriptor
        self._out = out
        self._sources = sources
        self._folder, self._shared = sys.argv[3], sys.argv[4:]
        self._trees = files.Trees(self._folder)
        self._reader = protocol.Reader()
        self._execution = None
        self._work = None
        self._woken, wake = os.pipe()
        for end in (self._woken, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def serve(self):
        self.send("hello", python=platform.python_version(), machine=platform.machine())
        while True:
            watched, timeout_s = [self._in, self._woken], None
            if self._execution is not None:
                more, timeout_s = self._execution.waiting(time.monotonic())
                watched += more
            ready = select.select(watched, [], [], timeout_s)[0]
            if self._woken in ready:
                os.read(self._woken, 4096)
            if self._in in ready and not self._hear():
                return
            if self._execution is not None:
                self._execution.turn(ready)
                if self._execution.ended:
                    self._execution = None
                    self._clean()

    def send(self, kind, body=None, **fields):
        data = memoryview(protocol.encode(kind, body, **fields))
        while data:
            data = data[os.write(self._out, data) :]

    def close(self):
        if self._execution is not None:
            self._execution.abandon()
        self._clean()

    def _clean(self):
        for folder in self._shared:
            files.empty(folder)

    def _hear(self):
        data = os.read(self._in, 2**20)
        if not data:
            return False
        for message, body in self._reader.feed(data):
            self._obey(message, body)
        return True

    def _obey(self, message, body):
        kind = message["type"]
        if kind == "begin":
            self._work = message["work"]
            if self._trees.holds(self._work["tree"]):
                self._begin()
            else:
                self.send("need_tree")
        elif kind == "tree":
            self._receive(message, body)
        elif self._execution is None:
            return
        elif kind == "cell":
            self._execution.run(message["index"], message["source"])
        elif kind == "interrupt":
            self._execution.interrupt()
        elif kind == "finish":
            self._execution.finish(message["collect"])

    def _receive(self, message, body):
        if self._work is None:
            return
        try:
            self._trees.receive(self._work["tree"], body, message["last"])
        except OSError as error:
            self._refuse(error)
            return
        if message["last"]:
            self._begin()

    def _begin(self):
        root = os.path.join(self._folder, "repo")
        try:
            files.remove(root)
            os.makedirs(root)
            self._trees.unpack(self._work["tree"], root)
            self._execution = Execution(self._work, self._folder, self._sources, self.send)
        except OSError as error:
            files.remove(root)
            self._refuse(error)

    def _refuse(self, error):
        """The variant cannot start: its files do not fit, or its working directory is missing."""
        self._work = None
        self.send("refused", errno=error.errno, why=str(error))
