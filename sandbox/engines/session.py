"""Sessions over a Wire: what the docker and the local engine share."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from sandbox.domain import RunStatus
from sandbox.engines.outcomes import Facts, decide
from sandbox.engines.wire import Message, Wire, WireClosedError
from sandbox.errors import EngineError
from sandbox.guest import protocol
from sandbox.interfaces import (
    CellDone,
    CellEvent,
    ClearOutput,
    Execution,
    ExecutionEnded,
    Outcome,
    Output,
    Session,
    Work,
)

BEGIN_TIMEOUT_S = 120.0
GRACE_S = 20.0
"""How much longer than its own limits the guest may take before the host ends it."""

PostMortem = Callable[[], tuple[RunStatus, str]]
"""Asks the engine why a guest is gone."""


class WireSession(Session):
    """A Session whose guest has greeted.

    Args:
        end: removes the guest and all that belongs to it; called more than once, from any thread.
    """

    def __init__(self, wire: Wire, *, post_mortem: PostMortem, end: Callable[[], None]) -> None:
        self._wire = wire
        self._post_mortem = post_mortem
        self._end = end
        self._current: WireExecution | None = None
        self.closed = False

    def begin(self, work: Work) -> Execution:
        if self.closed:
            raise EngineError("the session is closed")
        if self._current is not None and not self._current.finished:
            raise EngineError("the session's last variant was not finished")
        fields = {
            "tree": work.tree,
            "kind": work.kind.value,
            "path": work.path,
            "cwd": work.cwd,
            "timeout_s": work.timeout_s,
            "output_bytes": work.output_bytes,
            "environment": dict(work.environment),
        }
        self._wire.send("begin", work=fields)
        self._current = WireExecution(self, self._wire, work, self._post_mortem)
        self._current.prepare()
        return self._current

    def close(self) -> None:
        self.closed = True
        self._wire.close()
        self._end()


class WireExecution(Execution):
    """One variant in the Session's guest."""

    def __init__(
        self, session: WireSession, wire: Wire, work: Work, post_mortem: PostMortem
    ) -> None:
        self._session = session
        self._wire = wire
        self._work = work
        self._post_mortem = post_mortem
        self._deadline = time.monotonic() + work.timeout_s + GRACE_S
        self._outcome: Outcome | None = None
        self._cell_failed = False
        self._exit_code: int | None = None
        self._in_cell = False
        self._notes: list[str] = []

    @property
    def finished(self) -> bool:
        return self._outcome is not None

    def prepare(self) -> None:
        """Waits until the worker runs; sends the files first where the guest lacks them."""
        said = ""
        while True:
            message = self._receive(BEGIN_TIMEOUT_S)
            if message.kind == "stream":
                said += message.text("text")
            elif message.kind == "need_tree":
                self._send_tree()
            elif message.kind == "refused":
                self._outcome = _refusal(message)
                return
            elif message.kind == "note":
                self._notes.append(message.text("text"))
            elif message.kind == "begun":
                return
            elif message.kind == "gone":
                last = said.strip().rpartition("\n")[2]
                why = f"the interpreter of the environment did not start: {last}"
                self._outcome = Outcome(RunStatus.failed, cause=why)
                self._finish_quietly()
                return

    def _finish_quietly(self) -> None:
        self._wire.send("finish", collect=[])
        while self._receive(GRACE_S).kind != "outcome":
            pass

    def _send_tree(self) -> None:
        held = b""
        for piece in self._work.open_tree():
            for start in range(0, len(piece), protocol.PART_BYTES):
                if held:
                    self._wire.send("tree", held, last=False)
                held = piece[start : start + protocol.PART_BYTES]
        self._wire.send("tree", held, last=True)

    def run_cell(self, index: int, source: str) -> Iterator[CellEvent]:
        if self._outcome is not None:
            raise ExecutionEnded
        self._in_cell = True
        self._send_or_lose("cell", index=index, source=source)
        while True:
            message = self._receive_or_lose()
            if message.kind == "gone":
                raise ExecutionEnded
            if message.kind == "done":
                self._in_cell = False
                yield self._done(message)
                return
            event = self._event(message)
            if event is not None:
                yield event

    def _done(self, message: Message) -> CellDone:
        status = message.text("status")
        self._cell_failed |= status != "ok"
        if status == "exit":
            self._exit_code = message.integer("exit_code")
        return CellDone(status, message.integer("count"), message.integer("exit_code"))

    def _event(self, message: Message) -> CellEvent | None:
        if message.kind == "clear":
            return ClearOutput(message.flag("wait"))
        if message.kind == "note":
            self._notes.append(message.text("text"))
        if message.kind in _OUTPUTS:
            display_id = message.text("display_id") or None
            return Output(_OUTPUTS[message.kind](message), display_id, message.flag("update"))
        return None

    def interrupt(self) -> None:
        try:
            self._wire.send("interrupt")
        except WireClosedError:
            return

    def finish(
        self,
        files_to: Path | None = None,
        *,
        on_event: Callable[[CellEvent], None] | None = None,
    ) -> Outcome:
        if self._outcome is None:
            try:
                self._finish(files_to, on_event)
            except ExecutionEnded:
                pass
        assert self._outcome is not None  # noqa: S101 - set on every path above
        return self._outcome

    def _finish(
        self, files_to: Path | None, on_event: Callable[[CellEvent], None] | None
    ) -> None:
        patterns = list(self._work.collect) if files_to is not None else []
        self._send_or_lose("finish", collect=patterns)
        files = _Incoming(files_to)
        try:
            while True:
                message = self._receive_or_lose()
                if message.kind == "file":
                    files.take(message)
                elif message.kind == "outcome":
                    self._outcome = self._conclude(message, files)
                    return
                elif on_event is not None and (event := self._event(message)) is not None:
                    on_event(event)
        finally:
            files.close()

    def _conclude(self, message: Message, files: _Incoming) -> Outcome:
        facts = Facts(
            kind=self._work.kind,
            timeout_s=self._work.timeout_s,
            timed_out=message.flag("timed_out"),
            stopped=message.flag("stopped"),
            disk_full=message.flag("disk_full"),
            oom_kills=message.integer("oom_kills") or 0,
            exit_code=message.integer("exit_code"),
            signal=message.integer("signal"),
            cell_failed=self._cell_failed,
            cell_exit_code=self._exit_code,
            in_cell=self._in_cell,
        )
        status, cause = decide(facts)
        notes = [*self._notes, *message.texts("notes"), *files.notes]
        if not message.flag("clean"):
            notes.append("some of its processes could not be ended; the session was given up")
            self._session.close()
        return Outcome(
            status,
            cause=cause,
            exit_code=facts.cell_exit_code or facts.exit_code,
            elapsed_s=message.number("elapsed_s"),
            cpu_s=message.number("cpu_s"),
            peak_memory_bytes=message.integer("peak_memory_bytes") or 0,
            files=files.found,
            notes=tuple(notes),
        )

    # -- the wire, with its end turned into an Outcome

    def _receive(self, timeout_s: float) -> Message:
        message = self._wire.receive(timeout_s)
        if message is None:
            raise EngineError(f"the guest did not answer within {timeout_s:g} s")
        return message

    def _receive_or_lose(self) -> Message:
        try:
            message = self._wire.receive(max(self._deadline - time.monotonic(), 1.0))
        except WireClosedError as error:
            self._lose(error)
            raise ExecutionEnded from error
        if message is None:
            self._lose(None)
            raise ExecutionEnded
        return message

    def _send_or_lose(self, kind: str, **fields: object) -> None:
        try:
            self._wire.send(kind, **fields)
        except WireClosedError as error:
            self._lose(error)
            raise ExecutionEnded from error

    def _lose(self, error: WireClosedError | None) -> None:
        """The guest is gone or silent: the Session ends with it."""
        if error is None:
            limit = f"stopped by the time limit of {self._work.timeout_s:g} s"
            status, cause = RunStatus.timed_out, f"{limit}, from outside: the guest was silent"
        elif self._session.closed:
            status, cause = RunStatus.cancelled, "cancelled"
        else:
            status, cause = self._post_mortem()
        elapsed_s = time.monotonic() - self._deadline + self._work.timeout_s + GRACE_S
        self._outcome = Outcome(status, cause=cause, elapsed_s=elapsed_s, notes=tuple(self._notes))
        self._session.close()


def _refusal(message: Message) -> Outcome:
    why = message.text("why")
    if message.integer("errno") in (errno.ENOSPC, errno.EDQUOT):
        cause = f"the repository's files do not fit into the disk limit ({why})"
        return Outcome(RunStatus.disk_limit, cause=cause)
    return Outcome(RunStatus.failed, cause=f"the variant cannot start: {why}")


class _Incoming:
    """Writes what is copied out: regular files, our own names checked, never through a link."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._open: dict[str, int] = {}
        self._left = protocol.MAX_FILE_BYTES
        self.found: dict[str, Path] = {}
        self.notes: list[str] = []

    def take(self, message: Message) -> None:
        name = message.text("path")
        if self._folder is None or not _is_inner(name) or len(self.found) > protocol.MAX_FILES:
            return
        if len(message.body) > self._left:
            self.notes.append(f"cut: {name}")
            return
        self._left -= len(message.body)
        if name not in self.found:
            self.found[name] = self._folder / name
            self._open[name] = _create(self.found[name])
        os.write(self._open[name], message.body)
        if message.flag("last"):
            os.close(self._open.pop(name))

    def close(self) -> None:
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()


def _create(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)


def _is_inner(name: str) -> bool:
    path = PurePosixPath(name)
    parts = path.parts
    plain = all(part.isprintable() and len(part) < 200 for part in parts)  # noqa: PLR2004
    return bool(parts) and plain and not path.is_absolute() and ".." not in parts


def _stream(message: Message) -> Mapping[str, object]:
    name = "stderr" if message.text("name") == "stderr" else "stdout"
    return {"output_type": "stream", "name": name, "text": message.text("text")}


def _display(message: Message) -> Mapping[str, object]:
    return {
        "output_type": "display_data",
        "data": _bundle(message.mapping("data")),
        "metadata": _clean(message.mapping("metadata")),
    }


def _result(message: Message) -> Mapping[str, object]:
    count = message.integer("count")
    return {**_display(message), "output_type": "execute_result", "execution_count": count}


def _error(message: Message) -> Mapping[str, object]:
    return {
        "output_type": "error",
        "ename": message.text("ename"),
        "evalue": message.text("evalue"),
        "traceback": [_clean(line) for line in message.texts("traceback")],
    }


_OUTPUTS: Mapping[str, Callable[[Message], Mapping[str, object]]] = {
    "stream": _stream,
    "display": _display,
    "result": _result,
    "error": _error,
}


def _bundle(data: Mapping[str, object]) -> dict[str, object]:
    """A MIME bundle as nbformat wants it: text, but for JSON types."""
    bundle = {}
    for mime, value in data.items():
        clean = _clean(value)
        is_json = mime == "application/json" or mime.endswith("+json")
        bundle[str(_clean(mime))] = clean if is_json or isinstance(clean, str) else str(clean)
    return bundle


def _clean(value: object) -> object:
    """The value without lone surrogates, which no file can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {str(_clean(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value
