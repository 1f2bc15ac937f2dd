"""Holds the wire, the trees and the clock; starts one worker after another; outlives them all."""

from __future__ import annotations

import os
import platform
import select
import signal
import sys
import tarfile
import time
from typing import Mapping

from . import processes, protocol, surroundings
from .child import Child
from .execution import Execution
from .ground import Ground
from .outlet import Outlet
from .screen import Screen

COPY_TIMEOUT_S = 30.0
MOST_HELD = 64
_WARMING: protocol.Fields = {"timeout_s": 120.0, "output_bytes": 2**16}


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
    """The guest's first process; one thread, one loop, which waits for nobody in particular.

    Its processes are a stack: the last one runs, those below are held for copies to be made of
    them; the lowest may be a warm one, which knows no program yet.
    """

    def __init__(self, descriptor: int, out: int, sources: Mapping[str, str]) -> None:
        self._in = descriptor
        self._host = Outlet(out)
        self._sources = sources
        self._ground = Ground(sys.argv[3], sys.argv[4:])
        self._screen = Screen(wanted=self._ground.is_own)
        self._reader = protocol.Reader()
        self._stack: list[Execution] = []
        self._work: protocol.Fields | None = None
        self._warmth: Mapping[str, str] | None = None
        self._cooled = ""
        self._woken, wake = os.pipe()
        for end in (self._woken, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)

    def serve(self) -> None:
        self._host.send("hello", python=platform.python_version(), machine=platform.machine())
        while True:
            self._host.flush()
            reading: list[int] = [self._in, self._woken]
            writing: list[int] = [self._host.descriptor] if self._host.size else []
            timeout_s = None
            for execution in self._stack:
                more, to_write, due_s = execution.waiting(time.monotonic())
                reading += more
                writing += to_write
                timeout_s = due_s if timeout_s is None else min(due_s, timeout_s)
            ready = set(select.select(reading, writing, [], timeout_s)[0])
            if self._woken in ready:
                os.read(self._woken, 4096)
            if self._in in ready and not self._hear():
                return
            self._turn(ready)

    def close(self) -> None:
        self._end_all()
        self._ground.close()

    # -- its processes

    def _turn(self, ready: set[int]) -> None:
        for execution in self._stack[:-1]:
            execution.listen(ready)
        self._watch_copy()
        if self._stack:
            self._stack[-1].turn(ready)
        self._watch_copy()
        if self._woken in ready or not ready:
            self._reap()
        if any(one.is_held for one in self._stack):
            self._ground.note_writes()
        if self._stack and self._stack[-1].is_over:
            execution = self._stack.pop()
            clean = self._end_others()
            execution.conclude(self._ground.root, self._ground.made, clean=clean)
            self._put_back()

    def _reap(self) -> None:
        for pid, status, usage in processes.reap():
            for execution in self._stack:
                if execution.pid == pid:
                    held = execution.is_held or execution is not self._stack[-1]
                    execution.died(status, usage.ru_maxrss * 1024, quietly=held)

    def _watch_copy(self) -> None:
        """A copy in the making: refused, late, or there."""
        if len(self._stack) < 2 or not self._stack[-1].awaited:
            return
        origin, copy = self._stack[-2:]
        why, origin.refused = origin.refused, None
        if copy.is_stillborn or not origin.lives:
            why = why or "the copy ended at once"
        elif copy.age_s > COPY_TIMEOUT_S:
            why = "it was not made in time"
        if why is not None:
            self._stack.pop().abandon()
            self._end_others()
            self._refuse_copy(why)

    def _end_others(self) -> bool:
        """Ends whatever is no process of the stack; true when nothing of that is left."""
        spared = [one.pid for one in self._stack if one.pid is not None]
        alone = self._ground.is_own and not spared
        return processes.end_descendants(alone=alone, spared=spared)

    def _end_all(self) -> None:
        while self._stack:
            self._stack.pop().abandon()
        self._warmth = None
        self._cooled = ""
        self._end_others()

    def _cool(self, why: str) -> None:
        """Ends the warm process, too; those that begin from now on are told why."""
        was_warm = self._warmth is not None
        self._end_all()
        self._cooled = why if was_warm else ""

    def _put_back(self) -> None:
        """The files as the process that is on top now left them; without them it is of no use."""
        if not self._ground.restore():
            self._cool("files could not be put back")

    # -- what the host asks

    def _hear(self) -> bool:
        data = os.read(self._in, 2**20)
        for message, body in self._reader.feed(data):
            self._obey(message, body)
        return bool(data)

    def _obey(self, message: protocol.Fields, body: bytes) -> None:
        kind = message["type"]
        if kind == "warm":
            self._warm(message)
        elif kind == "begin":
            self._begin(message["work"])
        elif kind == "tree":
            self._receive(body, last=message["last"])
        elif kind == "branch":
            self._branch()
        elif kind == "drop":
            self._drop()
        elif self._stack:
            self._pass_on(kind, message)

    def _pass_on(self, kind: str, message: protocol.Fields) -> None:
        if kind == "cell":
            self._stack[-1].run(message["index"], message["source"])
        elif kind == "interrupt":
            self._stack[-1].interrupt()
        elif kind == "finish":
            self._stack[-1].finish(message["collect"])

    def _warm(self, message: protocol.Fields) -> None:
        """A process that has modules imported, for all programs of a kind to be copies of."""
        self._end_all()
        environment = message["environment"]
        work = {**_WARMING, "kind": message["entry"], "environment": environment}
        try:
            self._ground.level()
            self._screen.light()
            child = self._spawn(environment, self._ground.root)
        except OSError as error:
            self._refuse(error)
            return
        self._warmth = environment
        self._stack = [Execution(work, child, self._host)]
        self._stack[0].warm(message["modules"], message.get("changed"))

    def _begin(self, work: protocol.Fields) -> None:
        while len(self._stack) > (self._warmth is not None):
            self._drop_last()
        self._work = work
        self._ground.trees.discard()
        if self._ground.trees.holds(str(work["tree"])):
            self._start(work)
        else:
            self._host.send("need_tree")

    def _receive(self, body: bytes, *, last: bool) -> None:
        if self._work is None:
            return
        try:
            self._ground.trees.receive(str(self._work["tree"]), body, last=last)
        except OSError as error:
            self._refuse(error)
            return
        if last:
            self._start(self._work)

    def _start(self, work: protocol.Fields) -> None:
        """A copy of the warm process where there is one with these variables, else a fresh one."""
        if self._stack and not self._suits(self._stack[0], work):
            self._end_all()
        elif self._stack and not self._stack[0].lives:
            self._cool("the process that had them has ended")
        try:
            self._accept()
            self._ground.lay_out(str(work["tree"]))
            cwd = surroundings.working_directory(self._ground.root, str(work["cwd"]))
            child = self._make(work["environment"], cwd)
        except (OSError, tarfile.TarError) as error:
            self._refuse(error)
            return
        execution = Execution(work, child, self._host, disks=self._ground.disks, cwd=cwd)
        self._stack.append(execution)
        if self._cooled:
            execution.relay.note(f"its imports were loaded anew: {self._cooled}")
        execution.open(self._ground.root)

    def _accept(self) -> None:
        """What warming left in the home stays; where that cannot be, nothing starts from there."""
        if not self._stack or self._stack[0].is_held:
            return
        try:
            self._ground.accept()
            self._stack[0].is_held = True
        except OSError as error:
            self._cool(error.strerror or str(error))

    def _suits(self, warm: Execution, work: protocol.Fields) -> bool:
        return self._warmth == work["environment"] and bool(warm.work["kind"] == work["kind"])

    def _make(self, environment: Mapping[str, str], cwd: str) -> Child:
        self._screen.light()
        return self._stack[0].branch() if self._stack else self._spawn(environment, cwd)

    def _spawn(self, environment: Mapping[str, str], cwd: str) -> Child:
        found = surroundings.variables(self._ground.home, {**self._screen.variables, **environment})
        if not self._ground.is_own:
            found["TMPDIR"] = self._ground.temporary
        return Child.spawn(found, cwd, self._sources)

    def _branch(self) -> None:
        """A copy of the last process, which is held from now on."""
        if not self._stack or not self._stack[-1].lives:
            self._host.send("unsound", text="the process is gone")
            return
        origin = self._stack[-1]
        try:
            child = self._copy_of(origin)
        except OSError as error:
            self._let_go(origin)
            self._host.send("unsound", text=error.strerror or str(error))
            return
        copy = Execution(
            origin.work,
            child,
            self._host,
            disks=self._ground.disks,
            cwd=origin.cwd,
            origin=origin,
        )
        self._stack.append(copy)

    def _copy_of(self, origin: Execution) -> Child:
        """Raises OSError where none can be made."""
        others = self._strangers()
        if others:
            raise OSError(f"{others} processes that it started are running")
        if len(self._stack) > MOST_HELD:
            raise OSError("too many processes are held")
        if not origin.is_held:
            self._ground.hold()
            origin.is_held = True
        origin.wake()
        self._screen.light()
        return origin.branch()

    def _strangers(self) -> int:
        ours = {one.pid for one in self._stack} | {self._screen.pid}
        return sum(pid not in ours for pid in processes.descendants(os.getpid()))

    def _refuse_copy(self, why: str) -> None:
        """Of a program that is held the host is told, for a warm process a fresh one steps in."""
        if len(self._stack) == 1 and self._warmth is not None and self._work is not None:
            self._cool(why)
            self._start(self._work)
        else:
            self._let_go(self._stack[-1])
            self._host.send("unsound", text=why)

    def _let_go(self, execution: Execution) -> None:
        """It is not held any more; its files are as they are."""
        held = execution.is_held
        execution.go_on()
        if held:
            self._ground.release()

    def _drop(self) -> None:
        if self._stack:
            self._drop_last()
        self._host.send("dropped")

    def _drop_last(self) -> None:
        """Ends a process that is not wanted any more; those below it stay."""
        execution = self._stack.pop()
        execution.abandon()
        if not self._stack:
            self._warmth = None
        self._end_others()
        self._let_go(execution)
        self._put_back()

    def _refuse(self, error: Exception) -> None:
        """The variant cannot start: its files do not fit, or its working directory is missing."""
        self._work = None
        self._put_back()
        number, why = getattr(error, "errno", None), getattr(error, "strerror", None) or str(error)
        name = getattr(error, "filename", None)
        self._host.send("refused", errno=number, why=f"{why}: {name}" if name else why)
