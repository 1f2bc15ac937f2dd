"""One variant under the supervisor: its worker, its clock, its output, and how it ended."""

from __future__ import annotations

import os
import resource
import signal
import time
from typing import Any, Callable, Iterable, Mapping, Sequence

from . import collecting, output, processes, protocol, streams, surroundings
from .child import Child
from .outlet import Outlet
from .relay import NOTE_CHARACTERS, Relay, checked

POLL_S = 0.1
QUIET_S = 0.02
"""A stream that said little is left alone for so long: many small writes become one message."""

LITTLE_BYTES = 2**15
FULL_BYTES = 2**18
CONGESTED_BYTES = 4 * 2**20
"""While the host has so much to read yet, nothing is read of the worker: it waits, as on a pipe."""

MOST_LAST_WORDS = 64
"""Pieces of a message that are still read of a worker which ended: more than a socket holds."""

INTERRUPT_GRACE_S = 2.0
EXIT_GRACE_S = 10.0


class Execution:
    """One process from its start to its end.

    The supervisor asks `waiting` what to watch, and calls `turn`.

    Args:
        child: has just been made; `open` tells it its program.
        disks: folders whose filling up means that the disk limit was met.
        origin: what it is a copy of; it has used up time and output of this one's.

    Attributes:
        ended: nothing of it is left, and its outcome is told.
        refused: why a copy of it was not made, until the supervisor has taken notice.
        awaited: it is a copy that has not reported yet.
        is_held: its files are remembered as it left them.
    """

    def __init__(
        self,
        work: Mapping[str, Any],
        child: Child,
        host: Outlet,
        *,
        disks: Sequence[str] = (),
        cwd: str = "",
        origin: Execution | None = None,
    ) -> None:
        self.work = work
        self.cwd = cwd
        self.awaited = child.pid is None
        self._is_branch = origin is not None
        self.refused: str | None = None
        self.is_held = False
        self._disks = disks
        self._host = host
        self._ooms = processes.oom_kills()
        self._cpu_s = _cpu_of_children()
        self._child = child
        self.budget: output.Budget = output.Budget(
            origin.budget.left if origin else work["output_bytes"]
        )
        self._streams = {end: output.Stream(self.budget) for end in self._child.pipes}
        self._quiet_until = dict.fromkeys(self._child.pipes, 0.0)
        self._reader = protocol.Reader()
        self.relay: Relay = origin.relay.copy() if origin else Relay(host)
        self._cell: int | None = None
        self._collect: list[protocol.Fields] | None = None
        self._status: int | None = None
        self._peak_memory_bytes = 0
        self._facts: dict[str, object] = {}
        self.used_s = origin.lived_s() if origin else 0.0
        self._used_cpu_s: float = origin.held_cpu_s if origin else 0.0
        self.held_cpu_s: float = self._used_cpu_s
        self._started = time.monotonic()
        self._held_at: float | None = None
        self._deadline = self._started + max(work["timeout_s"] - self.used_s, 0.0)
        self._stop_at: float | None = None
        self._look_at = self._started
        self.ended = False

    def open(self, root: str) -> None:
        """Tells the worker its program; it answers `begun`."""
        self._child.tell("work", work=surroundings.program(self.work, root, self.cwd))

    def warm(self, modules: Sequence[str], changed: Sequence[str] | None) -> None:
        """Has modules imported before any program is known; it answers `warmed`."""
        kind = self.work["kind"]
        self._child.tell("warm", entry=kind, modules=list(modules), changed=changed)

    def branch(self) -> Child:
        """A copy of the worker in the making; raises OSError where none can be made."""
        if self._held_at is None:
            self._held_at = time.monotonic()
            self.held_cpu_s = self._used_cpu_s + processes.cpu_s(self._child.pid)
        self.refused = None
        return self._child.branch()

    def lived_s(self) -> float:
        """Seconds of its own until now, or until it was first copied, and of its origins."""
        return self.used_s + (self._held_at or time.monotonic()) - self._started

    @property
    def age_s(self) -> float:
        return time.monotonic() - self._started

    @property
    def pid(self) -> int | None:
        return self._child.pid

    @property
    def lives(self) -> bool:
        return self._status is None

    # -- what the supervisor calls

    def waiting(self, now: float) -> tuple[list[int], list[int], float]:
        """(to watch for reading, for writing, seconds until the next turn is due at the latest)."""
        reading, due = [], now + POLL_S
        if self._host.size < CONGESTED_BYTES:
            for descriptor, quiet_until in self._quiet_until.items():
                if quiet_until <= now:
                    reading.append(descriptor)
                else:
                    due = min(due, quiet_until)
            reading += self._socket()
        writing = self._socket() if self._child.unsent else []
        return reading, writing, max(due - now, 0.0)

    @property
    def is_stillborn(self) -> bool:
        """It ended before it could say who it was."""
        return self.awaited and not self._socket()

    def go_on(self) -> None:
        """It is not held any more, or was not to be: its time runs."""
        self.is_held = False
        self._held_at = None

    def listen(self, ready: set[int]) -> None:
        """Reads what is ready."""
        for descriptor in list(self._child.pipes):
            if descriptor in ready:
                self._read(descriptor)
        if ready.intersection(self._socket()):
            self._hear()
        self._child.flush()

    def turn(self, ready: set[int]) -> None:
        """Reads what is ready, keeps the clock, notices the end."""
        self.listen(ready)
        now = time.monotonic()
        self._watch_clock(now)
        if now >= self._look_at:
            self._look_at = now + POLL_S
            self._watch_disks()

    @property
    def is_over(self) -> bool:
        """Only `conclude` is left to do."""
        return self._status is not None and self._collect is not None

    def run(self, index: int, source: str) -> None:
        self._cell = index
        self.relay.begin_cell()
        if self._status is None:
            self._child.tell("cell", index=index, source=source)
        else:
            self._host.send("gone")

    def interrupt(self) -> None:
        self._signal(signal.SIGINT)

    def finish(self, wishes: list[protocol.Fields]) -> None:
        """Lets the worker leave as any program does, then tells the outcome.

        A script's threads may go on until the deadline; of a notebook nothing is awaited. A cell
        that still runs is not awaited either: the host has lost interest in it.
        """
        self._collect = wishes
        if self._status is not None:
            return
        now = time.monotonic()
        if self._cell is not None:
            self._facts["abandoned"] = True
            self._stop_at = now + INTERRUPT_GRACE_S
            self.interrupt()
        else:
            script = self.work["kind"] == "script"
            self._stop_at = max(self._deadline if script else 0.0, now + EXIT_GRACE_S)
        self._child.tell("exit", learn=bool(self.work.get("learn")))

    def abandon(self) -> None:
        """Ends the process at once; nothing is told."""
        self._signal(signal.SIGKILL)
        self._child.close()
        self._streams.clear()
        self._quiet_until.clear()
        self.ended = True

    def wake(self) -> None:
        """What a copy may have stopped runs again."""
        self._signal(signal.SIGCONT)

    # -- what the worker says

    def _socket(self) -> list[int]:
        descriptor = self._child.socket.fileno()
        return [descriptor] if descriptor >= 0 else []

    def _signal(self, number: int) -> None:
        if self._status is None:
            self._child.signal(number)

    def _hear(self) -> bool:
        """Whether there may be more to hear."""
        try:
            data = self._child.socket.recv(2**16)
            for message, _ in self._reader.feed(data):
                self._obey(*checked(message))
            self._reader.feed(b"")  # raises where garbage followed the messages
        except BlockingIOError:
            return False
        except protocol.ProtocolError as error:
            self._facts["broken"] = str(error)[:200]
            self._signal(signal.SIGKILL)
            data = b""
        except OSError:
            data = b""
        if not data:
            self._child.hang_up()
        return bool(data)

    def _obey(self, kind: str, fields: protocol.Fields) -> None:
        if kind == "sync":
            self._read_all()
            self._child.give_leave()
        elif kind == "branched":
            self._come_alive(fields["pid"])
        elif kind == "unsound":
            self.refused = fields["text"][:NOTE_CHARACTERS]
        elif kind != "done":
            self.relay.pass_on(kind, fields)
        elif fields["cell"] == self._cell:
            self._read_all()
            self._watch_disks()
            self._show_rest()
            self._cell = None
            self._host.send("done", None, **fields)

    def _come_alive(self, pid: int) -> None:
        """The copy says who it is; what it may claim to be is a child of ours."""
        if not self.awaited or not processes.is_child(pid):
            raise protocol.ProtocolError(f"a copy is no process {pid}")
        self.awaited = False
        self._child.pid = pid
        if self._is_branch:
            self._host.send("branched")

    # -- its streams

    def _read(self, descriptor: int, *, final: bool = False) -> None:
        data, ended = streams.drain(descriptor)
        pause = QUIET_S if len(data) < LITTLE_BYTES else 0.0
        self._quiet_until[descriptor] = time.monotonic() + pause
        stream = self._streams[descriptor]
        self._show(descriptor, stream.take(data, final=final or ended))
        if ended or final:
            self._show(descriptor, stream.rest())
            self._child.close_pipe(descriptor)
            del self._streams[descriptor], self._quiet_until[descriptor]

    def _read_all(self, *, final: bool = False) -> None:
        for descriptor in list(self._child.pipes):
            self._read(descriptor, final=final)

    def _show_rest(self) -> None:
        for descriptor, stream in self._streams.items():
            self._show(descriptor, stream.rest())

    def _show(self, descriptor: int, text: str) -> None:
        if text:
            self._host.send("stream", name=self._child.pipes[descriptor], text=text)

    # -- the end

    def _watch_clock(self, now: float) -> None:
        if self._status is not None or self.is_held:
            return
        if now >= self._deadline and "timed_out" not in self._facts:
            self._facts["timed_out"] = True
            self._stop_at = now + INTERRUPT_GRACE_S
            self._signal(signal.SIGINT)
        if self._stop_at is not None and now >= self._stop_at:
            self._facts["stopped"] = True
            self._signal(signal.SIGKILL)

    def _watch_disks(self) -> None:
        if "disk_full" not in self._facts and any(_is_full(disk) for disk in self._disks):
            self._facts["disk_full"] = True

    def died(self, status: int, peak_memory_bytes: int = 0, *, quietly: bool = False) -> None:
        """Whatever it said before is heard first; its children may still hold the other ends.

        Args:
            quietly: the host is not told now: it has to do with another one.
        """
        self._peak_memory_bytes = peak_memory_bytes
        for _ in range(MOST_LAST_WORDS):
            if not self._socket() or not self._hear():
                break
        self._child.hang_up()
        self._read_all()
        self._watch_disks()
        self._status = status
        if not quietly and (self._cell is not None or self._collect is None):
            self._show_rest()
            self._host.send("gone")

    def conclude(self, root: str, made: Callable[[], Iterable[str]], *, clean: bool) -> None:
        """What it may leave behind is copied out, and its outcome told.

        Args:
            root: of its working copy.
            made: gives the paths of what it made there; called where it is of interest.
            clean: nothing of the variant lives on, that could put a link where a file was.
        """
        self._read_all(final=True)
        notes = self._send_files(root, made) if self._collect and clean else []
        self._child.close()
        self.ended = True
        facts = {**self._account(), **self._facts}
        self._host.send("outcome", None, clean=clean, notes=notes, **facts)

    def _account(self) -> dict[str, object]:
        status = self._status or 0
        killed = os.WIFSIGNALED(status)
        return {
            "signal": os.WTERMSIG(status) if killed else None,
            "exit_code": None if killed else os.WEXITSTATUS(status),
            "elapsed_s": self.lived_s(),
            "shared_s": self.used_s,
            "cpu_s": self._used_cpu_s + _cpu_of_children() - self._cpu_s,
            "peak_memory_bytes": self._peak_memory_bytes,
            "oom_kills": processes.oom_kills() - self._ooms,
        }

    def _send_files(self, root: str, made: Callable[[], Iterable[str]]) -> list[str]:
        found = collecting.choose(root, made(), self._collect or [])
        for path, size in found.files:
            try:
                for part in collecting.parts(root, path, size):
                    self._host.send("file", part, path=path, last=False)
                    self._host.wait(CONGESTED_BYTES)
            except OSError as error:
                found.leave(path, error.strerror or "cannot be read")
            self._host.send("file", b"", path=path, last=True)
        return found.notes()


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _is_full(folder: str) -> bool:
    try:
        status = os.statvfs(folder)
    except OSError:
        return False
    full = status.f_blocks and status.f_bavail * status.f_frsize < FULL_BYTES
    return bool(full) or bool(status.f_files and not status.f_favail)
