"""The journal of a sweep: one file of events, appended to, which is the truth about its runs."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sandbox.domain import Run, Sweep
from sandbox.errors import SandboxError, StoreError
from sandbox.recorders import lines

if TYPE_CHECKING:
    from filelock import BaseFileLock

_CONCLUDES = "concludes"
"""Told by an end after which there is a conclusion; the first journals had none."""

_UNCONCLUDING = {"sweep", "run", "ended"}
"""Events after which there is something new to conclude."""

_LAST_BYTES = 65536
"""In which the last line of a journal that is over lies."""

_PRECIOUS = {"sweep", "run", "ended"}
"""Events that must outlive the machine; what the others say can be found out again."""


@dataclass(frozen=True)
class JournalContents:
    """What a journal says.

    Attributes:
        sweep: None where nothing was begun yet.
        runs: finished runs in the order of their end; of several with one key the last.
        recorded: key → the tracking store's id, for runs that are recorded as they stand here.
        ended: the status the sweep ended with; None = it did not, so it can be resumed.
        concluded: what was told of it in the end; None = the tracking store may lack that.
        unfinished: keys that were started and have no run since.
        notes: what could not be read, one line each.
    """

    sweep: Sweep | None = None
    runs: tuple[Run, ...] = ()
    recorded: Mapping[str, str] = field(default_factory=dict)
    ended: str | None = None
    concluded: Mapping[str, Any] | None = None
    unfinished: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Journal:
    """Appends events; entered by one process at a time, used by any of its threads.

    A run, and a sweep's begin and end, are on the disk when their method has returned. Nothing
    written is ever changed, but for a last line that was torn by a crash or a full disk: it is
    cut off before the next append.

    Args:
        path: the file; it and its folder are made when first written to.

    Raises:
        StoreError: on entering, when another process has it; on writing, when the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._thread_lock = threading.Lock()
        self._held = ExitStack()

    def sweep(self, sweep: Sweep) -> None:
        """The sweep begins, or is taken up again."""
        self._append("sweep", {"sweep": lines.sweep_to_json(sweep)})

    def started(self, key: str, name: str) -> None:
        """A run was begun; without a `run` event later on it was lost on the way."""
        self._append("started", {"key": key, "name": name, "at": time.time()})

    def run(self, run: Run) -> None:
        """A run is finished, whatever its status."""
        self._append("run", {"run": lines.run_to_json(run)})

    def recorded(self, key: str, run_id: str) -> None:
        """The last run of this key stands in the tracking store."""
        self._append("recorded", {"key": key, "run_id": run_id})

    def ended(self, status: str) -> None:
        """The sweep is over: `succeeded`, `cancelled` or `failed`."""
        self._append("ended", {"status": status, "at": time.time(), _CONCLUDES: True})

    def concluded(self, facts: Mapping[str, object]) -> None:
        """The tracking store knows that the sweep has ended and what it has shown.

        Args:
            facts: plain values, for who wants to know that without reading all runs.
        """
        self._append("concluded", {"facts": dict(facts)})

    def __enter__(self) -> Self:
        from filelock import Timeout

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._held.enter_context(self._lock())
            self._beside("owner").write_text(_describe_owner())
        except Timeout as error:
            raise self._taken() from error
        except OSError as error:
            self._held.close()
            raise unusable(self.path, error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):
            self._beside("owner").unlink()
        self._held.close()

    def _lock(self) -> BaseFileLock:
        from filelock import FileLock

        return FileLock(self._beside("lock"), timeout=0, thread_local=False)

    def _append(self, event: str, values: Mapping[str, object]) -> None:
        line = lines.to_line(event, values)
        with self._thread_lock:
            try:
                append_whole(self.path, line, sync=event in _PRECIOUS)
            except OSError as error:
                raise unusable(self.path, error) from error

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{suffix}")

    def _taken(self) -> SandboxError:
        owner = "another process"
        with suppress(OSError):
            owner = self._beside("owner").read_text()[:200].strip() or owner
        return StoreError(
            f"this sweep is in the hands of {owner}: {self.path}",
            hint="wait until it is done, or stop it first",
        )


def load(path: Path) -> JournalContents:
    """Read a journal, also one that another process is writing, or one a crash has torn.

    A last line without its end is no event yet and is passed over. A broken line in the middle is
    skipped and named in `notes`.

    Raises:
        StoreError: the file cannot be read, or a newer version of this program wrote it.
    """
    reading = _Reading()
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                reading.take(number, line)
    except FileNotFoundError:
        return JournalContents()
    except OSError as error:
        raise unusable(path, error) from error
    return reading.contents()


def load_sweep(path: Path) -> Sweep | None:
    """The sweep that a journal is of, by its first line alone; None where that is none."""
    try:
        with path.open("rb") as stream:
            record = lines.from_line(stream.readline())
        return lines.sweep_from_json(record["sweep"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def load_conclusion(path: Path) -> Mapping[str, Any] | None:
    """What a journal's last line says that the sweep has shown; None where it says something else.

    Quick, however many runs there are.
    """
    try:
        with path.open("rb") as stream:
            end = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, end - _LAST_BYTES))
            last = stream.read().splitlines(keepends=True)[-1:]
        record = lines.from_line(last[0])
        return dict(record["facts"]) if record["event"] == "concluded" else None
    except (OSError, ValueError, TypeError, KeyError, IndexError):
        return None


def is_settled(path: Path) -> bool:
    """Whether all of the sweep is in the tracking store, by a look at how the lines begin.

    False says only that `load` has to be asked.
    """
    known = tuple(lines.beginning(event) for event in ("run", "recorded", "ended", "concluded"))
    counts: Counter[bytes] = Counter()
    last = b""
    try:
        with path.open("rb") as stream:
            for line in stream:
                last = line
                counts.update(one for one in known if line.startswith(one))
    except OSError:
        return False
    run, recorded, ended, concluded = known
    is_old = last.startswith(ended) and f'"{_CONCLUDES}"'.encode() not in last
    is_over = (last.startswith(concluded) or is_old) and last.endswith(b"\n")
    return is_over and counts[run] == counts[recorded]


class _Reading:
    """Folds events, in their order, into contents."""

    def __init__(self) -> None:
        self.sweep: Sweep | None = None
        self.runs: dict[str, Run] = {}
        self.started: dict[str, None] = {}
        self.recorded: dict[str, str] = {}
        self.ended: str | None = None
        self.concluded: Mapping[str, Any] | None = None
        self.notes: list[str] = []

    def take(self, number: int, line: bytes) -> None:
        if not line.endswith(b"\n"):
            self.notes.append(f"line {number} was never finished and is passed over")
            return
        try:
            self._take_event(lines.from_line(line))
        except (ValueError, TypeError, KeyError) as error:
            self.notes.append(f"line {number} cannot be read and is skipped: {_reason(error)}")

    def _take_event(self, record: Mapping[str, Any]) -> None:
        if record["v"] > lines.VERSION:
            raise StoreError(
                f"the journal is of format {record['v']}, this sandbox reads {lines.VERSION}",
                hint="use the newer sandbox that wrote it",
            )
        if record["event"] in _UNCONCLUDING:
            self.concluded = None
        match record["event"]:
            case "sweep":
                self.sweep, self.ended = lines.sweep_from_json(record["sweep"]), None
            case "started":
                self._take_started(str(record["key"]))
            case "run":
                self._take_run(lines.run_from_json(record["run"]))
            case "recorded":
                self.recorded[str(record["key"])] = str(record["run_id"])
            case "ended":
                self.ended = str(record["status"])
            case "concluded":
                self.concluded = dict(record["facts"])
            case unknown:
                raise ValueError(f"unknown event {unknown!r}")

    def _take_started(self, key: str) -> None:
        self.started[key] = None

    def _take_run(self, run: Run) -> None:
        self.runs.pop(run.key, None)
        self.runs[run.key] = run
        self.started.pop(run.key, None)
        self.recorded.pop(run.key, None)

    def contents(self) -> JournalContents:
        return JournalContents(
            sweep=self.sweep,
            runs=tuple(self.runs.values()),
            recorded=self.recorded,
            ended=self.ended,
            concluded=self.concluded,
            unfinished=tuple(self.started),
            notes=tuple(self.notes),
        )


def append_whole(path: Path, line: bytes, *, sync: bool) -> None:
    """Append one line behind the last whole one; a torn one from a crash is cut off.

    For who holds the file's lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        end = _end_of_whole_lines(descriptor)
        if end < os.fstat(descriptor).st_size:
            os.ftruncate(descriptor, end)
        os.lseek(descriptor, end, os.SEEK_SET)
        _write_all(descriptor, line)
        if sync:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if not end:
        _sync_folder(path.parent)


def _end_of_whole_lines(descriptor: int) -> int:
    """Offset behind the last line break: the end of the file unless its last line is torn."""
    end, block = os.fstat(descriptor).st_size, 1
    while end:
        start = max(0, end - block)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end, block = start, 65536
    return 0


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file outlive the machine."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _describe_owner() -> str:
    started = time.strftime("%H:%M:%S", time.localtime())
    return f"process {os.getpid()} on {os.uname().nodename} since {started}"


def unusable(path: Path, error: OSError) -> SandboxError:
    """What a file of events that cannot be read or written is told as."""
    return StoreError(
        f"the journal cannot be used: {error.strerror or error}: {path}",
        hint="make room on the disk, or choose another folder with SANDBOX_HOME",
    )


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    return f"{type(error).__name__} {str(error)[:100]}".strip()
