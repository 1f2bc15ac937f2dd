"""The worker's part in branching: its process is copied, and the copy goes on where it stands."""

from __future__ import annotations

import array
import gc
import importlib
import os
import socket
from typing import Callable, Collection, Iterable

from . import copying, pages, processes, seeds, soundness
from .streams import Channel

DESCRIPTORS = 5
"""What a copy is given: channel, leave, standard output and error, door."""

_CLOSE_ON_EXEC = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class Door:
    """Through it come the descriptors of copies; this process, once copied, runs nothing more.

    Args:
        values: gives the studied code's own top-level values.
    """

    def __init__(self, descriptor: int, channel: Channel) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._channel = channel
        self._is_copied = False
        self._files: list[soundness.File] = []

    def branch(self, values: Callable[[], Iterable[object]]) -> None:
        """Returns in both processes; tells why not where it cannot be done soundly."""
        given = self._receive()
        obstacle = self._refusal(given)
        if obstacle is None:
            if not self._is_copied:
                self._channel.sync()
            try:
                if self._copy(given, values):
                    return
            except OSError as error:
                self._is_copied = False
                processes.show()
                obstacle = error.strerror or str(error)
        if obstacle is not None:
            self._channel.send("unsound", text=obstacle)
        for descriptor in given:  # which says that there is no copy, or that it has them
            os.close(descriptor)

    def _copy(self, given: list[int], values: Callable[[], Iterable[object]]) -> bool:
        """True in the copy; raises OSError where none can be made, in this process only."""
        self._files = self._files if self._is_copied else soundness.files_of(self.own())
        if not self._is_copied:
            pages.enlarge()
        self._is_copied = True
        kept = seeds.keep()
        processes.hide()
        supervisor = os.getppid()
        if not copying.fork_away():
            return False
        try:
            self._settle(given, supervisor)
            seeds.renew(kept, values())
            self._channel.conclude("branched", pid=os.getpid())
        except BaseException:
            os._exit(1)
        return True

    def obstacle(self, given: Collection[int] = ()) -> str | None:
        """Why no copy can be made now, in words; None = one can.

        Args:
            given: descriptors that are meant for the copy.
        """
        if self._is_copied:  # nothing has changed in it since
            return soundness.find_replaced(self._files)
        try:
            return soundness.find_obstacle([*given, *self.own()])
        except Exception as error:
            return f"it cannot be looked into: {error}"

    def _refusal(self, given: Collection[int]) -> str | None:
        return self.obstacle(given) if len(given) == DESCRIPTORS else "too many files are open"

    def own(self) -> list[int]:
        """Descriptors that are not the studied code's."""
        return [self._socket.fileno(), *self._channel.descriptors]

    def _receive(self) -> list[int]:
        """The descriptors of one copy; fewer where no more can be open."""
        found = array.array("i")
        room = socket.CMSG_SPACE(DESCRIPTORS * found.itemsize)
        _, ancillary, _, _ = self._socket.recvmsg(1, room, _CLOSE_ON_EXEC)
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                found.frombytes(data[: len(data) - len(data) % found.itemsize])
        return list(found)

    def _settle(self, given: list[int], supervisor: int) -> None:
        """In the copy: a program of its own, with channels of its own."""
        channel, leave, out, err, door = given
        os.setsid()
        for end, standard in ((out, 1), (err, 2)):
            os.dup2(end, standard)
            os.close(end)
        self._channel.rebind(channel, leave)
        self._socket.close()
        self._socket = socket.socket(fileno=door)
        self._is_copied = False
        processes.show()
        processes.prefer_as_oom_victim()
        copying.await_parent(supervisor)
        processes.die_with_parent()
        soundness.reopen(self.own())


def warm(modules: Iterable[str]) -> list[str]:
    """Imports what can be imported; the names of what cannot.

    What they consist of is never again looked through for garbage, which would copy all of it.
    """
    failed = [name for name in modules if not _can_import(name)]
    gc.collect()
    gc.freeze()
    return failed


def _can_import(name: str) -> bool:
    try:
        importlib.import_module(name)
    except BaseException:
        return False
    return True
