"""The worker as its supervisor holds it: its process, and our ends of what connects the two."""

from __future__ import annotations

import array
import contextlib
import os
import socket
import subprocess
import sys
from typing import Mapping

from . import protocol
from .outlet import Outlet


class Child:
    """A worker's process and what connects it; made by `spawn`, or by `branch` of another.

    Attributes:
        pipes: descriptor → `stdout` or `stderr`.
        socket: what the worker says; closed once it says no more.
        pid: None until a copy has told it.
    """

    def __init__(self) -> None:
        """Raises OSError where no more can be open, and leaves nothing open then."""
        self.pid: int | None = None
        with contextlib.ExitStack() as undo:
            self._open(undo)
            undo.pop_all()
        self._outlet = Outlet(self.socket.fileno())

    @classmethod
    def spawn(cls, environment: Mapping[str, str], cwd: str, sources: Mapping[str, str]) -> Child:
        """A fresh interpreter; raises OSError where it cannot be started."""
        child = cls()
        try:
            child._start(environment, cwd)
        except BaseException:
            child.close()
            raise
        finally:
            child._give_away()
        child._say(protocol.encode_sources(sources))
        return child

    def branch(self) -> Child:
        """A copy of the worker, as soon as it has made it; raises OSError where that cannot be."""
        child = Child()
        theirs = array.array("i", child._theirs())
        try:
            self._door.sendmsg([b"."], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, theirs)])
        except BaseException:
            child.close()
            raise
        finally:
            child._give_away()
        self.tell("branch")
        return child

    def _open(self, undo: contextlib.ExitStack) -> None:
        pairs = [socket.socketpair(), socket.socketpair()]
        for pair in pairs:
            undo.callback(pair[0].close)
            undo.callback(pair[1].close)
        pipes = []
        for _ in range(3):
            pipes.append(os.pipe())
            for end in pipes[-1]:
                undo.callback(os.close, end)
        (self.socket, self._their_socket), (self._door, self._their_door) = pairs
        (self._their_leave, self._leave), (out, self._out), (err, self._err) = pipes
        self.pipes: dict[int, str] = {out: "stdout", err: "stderr"}
        for end in self.pipes:
            os.set_blocking(end, False)

    def _theirs(self) -> list[int]:
        sockets = self._their_socket.fileno(), self._their_door.fileno()
        return [sockets[0], self._their_leave, self._out, self._err, sockets[1]]

    def _give_away(self) -> None:
        """What is theirs is not held here any longer."""
        self._their_socket.close()
        self._their_door.close()
        for end in (self._their_leave, self._out, self._err):
            os.close(end)

    def _start(self, environment: Mapping[str, str], cwd: str) -> None:
        theirs = self._their_socket.fileno()
        kept = (self._their_leave, self._their_door.fileno())
        arguments = [str(theirs), "worker", *map(str, kept)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", protocol.BOOTSTRAP, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=self._err,
            cwd=cwd,
            env=environment,
            pass_fds=(theirs, *kept),
            start_new_session=True,
        )
        self._process.returncode = 0  # it is waited for elsewhere
        self.pid = self._process.pid

    @property
    def unsent(self) -> int:
        return self._outlet.size

    def tell(self, kind: str, **fields: object) -> None:
        """Sends a command, now or as soon as the worker takes it; nothing once it is gone."""
        self._say(protocol.encode(kind, None, **fields))

    def _say(self, data: bytes) -> None:
        if self.socket.fileno() >= 0:
            with contextlib.suppress(OSError):
                self._outlet.add(data)

    def flush(self) -> None:
        self._say(b"")

    def give_leave(self) -> None:
        """Lets the worker go on after its `sync`."""
        if self._leave >= 0:
            with contextlib.suppress(OSError):
                os.write(self._leave, b".")

    def signal(self, number: int) -> None:
        """To the worker and all that stayed in its process group."""
        if self.pid is not None:
            with contextlib.suppress(OSError):
                os.killpg(self.pid, number)

    def hang_up(self) -> None:
        """Nothing more is said or heard; a worker that waits for leave is let go."""
        self.socket.close()
        self._door.close()
        if self._leave >= 0:
            os.close(self._leave)
            self._leave = -1

    def close_pipe(self, descriptor: int) -> None:
        os.close(descriptor)
        del self.pipes[descriptor]

    def close(self) -> None:
        self.hang_up()
        for descriptor in list(self.pipes):
            self.close_pipe(descriptor)
