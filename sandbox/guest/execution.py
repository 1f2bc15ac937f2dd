"""One variant under the supervisor: its worker, its clock, its output, and how it ended."""

from __future__ import annotations

import os
import resource
import signal
import time
from typing import Any, Mapping, Sequence

from . import files, output, processes, protocol, streams
from .child import Child
from .outlet import Outlet
from .relay import Relay, checked

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
    """Starts the worker at once; the supervisor asks `waiting` what to watch and calls `turn`.

    Args:
        folder: where the working copy lies, under `repo`.
        disks: folders whose filling up means that the disk limit was met.
        alone: as in `processes.end_descendants`.
    """

    def __init__(
        self,
        work: Mapping[str, Any],
        folder: str,
        disks: Sequence[str],
        host: Outlet,
        sources: Mapping[str, str],
        *,
        alone: bool,
    ) -> None:
        self._work = work
        self._alone = alone
        self._disks = disks
        self._host = host
        self._ooms = processes.oom_kills()
        self._cpu_s = _cpu_of_children()
        self._child = Child(work, folder, sources)
        budget = output.Budget(work["output_bytes"])
        self._streams = {end: output.Stream(budget) for end in self._child.pipes}
        self._quiet_until = dict.fromkeys(self._child.pipes, 0.0)
        self._reader = protocol.Reader()
        self._relay = Relay(host)
        self._cell: int | None = None
        self._collect: list[str] | None = None
        self._status: int | None = None
        self._peak_memory_bytes = 0
        self._facts: dict[str, object] = {}
        self._started = time.monotonic()
        self._deadline = self._started + work["timeout_s"]
        self._stop_at: float | None = None
        self.ended = False

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

    def turn(self, ready: set[int]) -> None:
        """Reads what is ready, keeps the clock, notices the end."""
        for descriptor in list(self._child.pipes):
            if descriptor in ready:
                self._read(descriptor)
        if ready.intersection(self._socket()):
            self._hear()
        self._child.flush()
        self._watch_clock()
        self._watch_disks()
        self._watch_process()
        if self._status is not None and self._collect is not None:
            self._conclude(self._collect)

    def run(self, index: int, source: str) -> None:
        self._cell = index
        self._relay.begin_cell()
        if self._status is None:
            self._child.tell("cell", index=index, source=source)
        else:
            self._host.send("gone")

    def interrupt(self) -> None:
        self._signal(signal.SIGINT)

    def finish(self, patterns: list[str]) -> None:
        """Lets the worker leave as any program does, then tells the outcome.

        A script's threads may go on until the deadline; of a notebook nothing is awaited. A cell
        that still runs is not awaited either: the host has lost interest in it.
        """
        self._collect = patterns
        if self._status is not None:
            return
        now = time.monotonic()
        if self._cell is not None:
            self._facts["abandoned"] = True
            self._stop_at = now + INTERRUPT_GRACE_S
            self.interrupt()
        else:
            script = self._work["kind"] == "script"
            self._stop_at = max(self._deadline if script else 0.0, now + EXIT_GRACE_S)
        self._child.tell("exit")

    def abandon(self) -> None:
        """Ends everything at once; nothing is told."""
        self._signal(signal.SIGKILL)
        processes.end_descendants(alone=self._alone)
        self._child.close()
        self.ended = True

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
        elif kind != "done":
            self._relay.pass_on(kind, fields)
        elif fields["cell"] == self._cell:
            self._show_rest()
            self._cell = None
            self._host.send("done", None, **fields)

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

    def _watch_clock(self) -> None:
        now = time.monotonic()
        if self._status is not None:
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

    def _watch_process(self) -> None:
        for pid, status, usage in processes.reap():
            if pid == self._child.pid:
                self._child.ended(status)
                self._peak_memory_bytes = usage.ru_maxrss * 1024
                self._died(status)

    def _died(self, status: int) -> None:
        """Whatever it said before is heard first; its children may still hold the other ends."""
        for _ in range(MOST_LAST_WORDS):
            if not self._socket() or not self._hear():
                break
        self._child.hang_up()
        self._read_all()
        self._status = status
        if self._cell is not None or self._collect is None:
            self._show_rest()
            self._host.send("gone")

    def _conclude(self, patterns: Sequence[str]) -> None:
        """Nothing of the variant lives on; what it may leave behind is copied out, then removed."""
        clean = processes.end_descendants(alone=self._alone)
        self._read_all(final=True)
        notes = self._send_files(patterns)
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
            "elapsed_s": time.monotonic() - self._started,
            "cpu_s": _cpu_of_children() - self._cpu_s,
            "peak_memory_bytes": self._peak_memory_bytes,
            "oom_kills": processes.oom_kills() - self._ooms,
        }

    def _send_files(self, patterns: Sequence[str]) -> list[str]:
        found = files.collect(self._child.cwd, patterns)
        for path, size in found.files:
            try:
                for part in files.parts(self._child.cwd, path, size):
                    self._host.send("file", part, path=path, last=False)
                    self._host.wait(CONGESTED_BYTES)
            except OSError as error:
                found.leave(path, error.strerror or "cannot be read")
            self._host.send("file", b"", path=path, last=True)
        left = len(found.notes) - protocol.MAX_NOTES
        more = [f"not copied: {left} more"] if left > 0 else []
        return found.notes[: protocol.MAX_NOTES] + more


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
