"""One variant in the guest of a Session, from the host's side of the wire."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Protocol

from sandbox.domain import RunStatus
from sandbox.engines import events
from sandbox.engines.incoming import Incoming
from sandbox.engines.outcomes import Facts, decide, time_limit
from sandbox.engines.wire import Message, Wire, WireClosedError
from sandbox.errors import EngineError
from sandbox.foreign import visible
from sandbox.guest import protocol
from sandbox.interfaces import (
    BranchRefused,
    CellEvent,
    Execution,
    ExecutionEnded,
    Outcome,
    Work,
)

BEGIN_TIMEOUT_S = 120.0
GRACE_S = 5.0
"""How much longer than its limit a cell may take before the host ends the guest."""

LEAVING_GRACE_S = 20.0
"""And how much longer still the program may take to leave and its files to be copied out."""

MOST_MODULES = 20_000
LONGEST_NAME = 300

Death = tuple[RunStatus, str]


class Host(Protocol):
    """What an execution needs of its Session."""

    had_oom: bool

    def is_current(self, execution: Execution) -> bool: ...

    def follow(self, execution: WireExecution) -> None:
        """From now on this one runs."""

    def lose(self, error: WireClosedError) -> Death:
        """Finds out why the guest is gone, and ends with it."""

    def give_up(self, why: str) -> None:
        """Ends although the guest is still there."""


class WireExecution(Execution):
    """One variant in the Session's guest."""

    def __init__(self, session: Host, wire: Wire, work: Work) -> None:
        self._session = session
        self._wire = wire
        self._work = work
        self._started = time.monotonic()
        self._deadline = 0.0
        self._outcome: Outcome | None = None
        self._cell_failed = False
        self._exit_code: int | None = None
        self._in_cell = False
        self._notes: list[str] = []
        self._origin: WireExecution | None = None
        self._is_held = False
        self._left_s = 0.0
        self._modules: tuple[str, ...] = ()
        self._changed: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        return self._outcome is not None

    # -- beginning

    def prepare(self) -> None:
        """Waits until the worker runs, or cannot; sends the files first where the guest lacks them.

        Raises EngineError when the guest is gone.
        """
        try:
            said = self._prepare()
            self._started = time.monotonic()
            self._deadline = self._started + self._work.timeout_s + GRACE_S
            if said is not None:
                self._outcome = self._explain_no_start(said)
        except WireClosedError as error:
            _, why = self._session.lose(error)
            self._outcome = Outcome(RunStatus.lost, cause=why)
            raise EngineError(f"the guest went away: {why}") from error
        except BaseException:
            # Files half sent, or a worker half started: nothing can begin here any more.
            stopped = Outcome(RunStatus.cancelled, cause="stopped before its end")
            self._outcome = self._outcome or stopped
            self._session.give_up("the start of a variant was broken off")
            raise

    def _prepare(self) -> str | None:
        """What the worker said before it ended; None when it runs or was refused."""
        said = ""
        self._wire.send("begin", work=_fields(self._work))
        while True:
            message = self._wire.receive(BEGIN_TIMEOUT_S)
            if message is None:
                raise EngineError(f"the guest did not answer within {BEGIN_TIMEOUT_S:g} s")
            if message.kind == "need_tree":
                self._send_tree()
            elif message.kind == "stream":
                said = (said + message.text("text"))[-2000:]
            elif message.kind == "refused":
                self._outcome = _refusal(message)
                return None
            elif message.kind == "gone":
                return said
            elif message.kind == "begun":
                return None
            self._note(message)

    def _send_tree(self) -> None:
        held = b""
        for piece in self._work.open_tree():
            for start in range(0, len(piece), protocol.PART_BYTES):
                if held:
                    self._wire.send("tree", held, last=False)
                held = piece[start : start + protocol.PART_BYTES]
        self._wire.send("tree", held, last=True)

    def _explain_no_start(self, said: str) -> Outcome:
        outcome = self.finish()
        if outcome.status not in (RunStatus.failed, RunStatus.succeeded):
            return outcome
        last = said.strip().rpartition("\n")[2] or outcome.cause
        why = f"the interpreter of the environment did not start: {last}"
        return replace(outcome, status=RunStatus.failed, cause=why)

    # -- cells

    def run_cell(self, index: int, source: str) -> Iterator[CellEvent]:
        if self._outcome is not None:
            raise ExecutionEnded
        self._in_cell = True
        self._send("cell", index=index, source=source)
        while True:
            message = self._receive()
            if message.kind == "gone":
                raise ExecutionEnded
            event = self._event(message)
            if event is not None:
                yield event
            if message.kind == "done":
                return

    def _event(self, message: Message) -> CellEvent | None:
        self._note(message)
        with self._losing():
            if message.kind != "done":
                return events.shown(message)
            done = events.done(message)
        self._in_cell = False
        self._cell_failed |= done.status != "ok"
        self._exit_code = done.exit_code if done.status == "exit" else self._exit_code
        return done

    def _note(self, message: Message) -> None:
        if message.kind == "note":
            self._notes.append(message.text("text"))

    def interrupt(self) -> None:
        if self._outcome is None and self._session.is_current(self):
            with suppress(WireClosedError):
                self._wire.send("interrupt")

    # -- copies

    def branch(self) -> Execution:
        if self._outcome is not None:
            raise BranchRefused("the process is gone")
        if not self._is_held:
            self._left_s = self._deadline - time.monotonic()
        copy = WireExecution(self._session, self._wire, self._work)
        copy._origin, copy._notes = self, list(self._notes)
        copy._cell_failed, copy._exit_code = self._cell_failed, self._exit_code
        try:
            self._wire.send("branch")
            self._await_copy()
        except WireClosedError as error:
            self._end(*self._session.lose(error))
            raise BranchRefused("the guest is gone") from error
        copy._started = time.monotonic()
        copy._deadline = copy._started + self._left_s
        self._is_held = True
        self._session.follow(copy)
        return copy

    def _await_copy(self) -> None:
        while True:
            message = self._wire.receive(BEGIN_TIMEOUT_S)
            if message is None:
                self._end(RunStatus.lost, "the guest made no copy of it")
                self._session.give_up("the guest made no copy")
                raise BranchRefused("the guest was silent")
            if message.kind == "branched":
                return
            if message.kind == "unsound":
                raise BranchRefused(message.text("text"))
            if message.kind == "gone":
                raise BranchRefused("the copy ended at once")

    def _drop(self) -> Outcome:
        self._deadline = time.monotonic() + LEAVING_GRACE_S
        self._send("drop")
        while self._receive().kind != "dropped":
            pass
        return Outcome(RunStatus.cancelled, cause="held for its branches only")

    # -- the end

    def finish(
        self,
        files_to: Path | None = None,
        *,
        on_event: Callable[[CellEvent], None] | None = None,
    ) -> Outcome:
        if self._outcome is None:
            with suppress(ExecutionEnded):
                held = self._is_held
                self._outcome = self._drop() if held else self._finish(files_to, on_event)
        if self._outcome is None:  # pragma: no cover - set wherever ExecutionEnded is raised
            raise EngineError("the guest told no outcome")
        if self._origin is not None and self._session.is_current(self):
            self._session.follow(self._origin)
        return self._outcome

    def _finish(
        self, files_to: Path | None, on_event: Callable[[CellEvent], None] | None
    ) -> Outcome:
        wanted = self._work.collect if files_to is not None else ()
        self._deadline = max(self._deadline, time.monotonic()) + LEAVING_GRACE_S
        self._send("finish", collect=[asdict(one) for one in wanted])
        with Incoming(files_to, wanted) as files:
            while True:
                message = self._receive()
                if message.kind == "outcome":
                    with self._losing():
                        return self._conclude(message, files)
                if message.kind == "modules":
                    with self._losing():
                        self._modules = _module_names(message.texts("names"))
                        self._changed = tuple(message.texts("changed")[: protocol.MAX_CHANGED])
                elif message.kind == "file":
                    with self._losing():
                        files.take(message)
                elif message.kind == "note":
                    self._note(message)
                elif on_event is not None and (event := self._event(message)) is not None:
                    on_event(event)

    def _conclude(self, message: Message, files: Incoming) -> Outcome:
        facts = self._facts(message)
        status, cause = decide(facts)
        told = message.texts("notes")[: protocol.MAX_NOTES]
        notes = [*self._notes, *map(_one_line, told), *files.notes]
        if facts.stopped and not facts.timed_out and not facts.abandoned:
            notes.append("it went on after its last cell and was stopped")
        if not message.flag("clean"):
            why = "some processes of a variant could not be ended"
            notes.append(f"{why}; the session was given up")
            self._session.give_up(why)
        self._session.had_oom |= facts.oom_kills > 0
        return Outcome(
            status,
            cause=cause,
            exit_code=facts.cell_exit_code or facts.exit_code,
            elapsed_s=message.number("elapsed_s"),
            shared_s=message.number("shared_s"),
            cpu_s=message.number("cpu_s"),
            peak_memory_bytes=message.integer("peak_memory_bytes") or 0,
            files=files.found,
            modules=self._modules,
            changed=self._changed,
            notes=tuple(notes),
        )

    def _facts(self, message: Message) -> Facts:
        return Facts(
            kind=self._work.kind,
            timeout_s=self._work.timeout_s,
            timed_out=message.flag("timed_out"),
            stopped=message.flag("stopped"),
            abandoned=message.flag("abandoned"),
            disk_full=message.flag("disk_full"),
            broken=message.text("broken") or None,
            oom_kills=message.integer("oom_kills") or 0,
            exit_code=message.integer("exit_code"),
            signal=message.integer("signal"),
            cell_failed=self._cell_failed,
            cell_exit_code=self._exit_code,
            in_cell=self._in_cell,
        )

    # -- the wire, with its end turned into an Outcome

    def _receive(self) -> Message:
        with self._losing():
            message = self._wire.receive(max(self._deadline - time.monotonic(), 1.0))
        if message is None:
            why = f"{time_limit(self._work.timeout_s)}, from outside: the guest was silent"
            self._end(RunStatus.timed_out, why)
            self._session.give_up("the guest was silent")
            raise ExecutionEnded
        return message

    def _send(self, kind: str, **fields: object) -> None:
        with self._losing():
            self._wire.send(kind, None, **fields)

    @contextmanager
    def _losing(self) -> Iterator[None]:
        """The guest is gone: the Session ends with it, and the engine knows why."""
        try:
            yield
        except WireClosedError as error:
            self._end(*self._session.lose(error))
            raise ExecutionEnded from error

    def _end(self, status: RunStatus, cause: str) -> None:
        elapsed_s = time.monotonic() - self._started
        notes = tuple(self._notes)
        self._outcome = Outcome(status, cause=cause, elapsed_s=elapsed_s, notes=notes)


def _fields(work: Work) -> dict[str, object]:
    return {
        "tree": work.tree,
        "kind": work.kind.value,
        "path": work.path,
        "cwd": work.cwd,
        "as_module": work.as_module,
        "timeout_s": work.timeout_s,
        "output_bytes": work.output_bytes,
        "environment": dict(work.environment),
        "learn": work.learn,
    }


def _module_names(names: Sequence[str]) -> tuple[str, ...]:
    """Dotted names, so many and so long as any program has."""
    plain = (name for name in names[:MOST_MODULES] if len(name) <= LONGEST_NAME)
    return tuple(name for name in plain if all(part.isidentifier() for part in name.split(".")))


def _one_line(text: str) -> str:
    """File names may hold anything, and notes are shown on terminals."""
    return visible(text[:500])


def _refusal(message: Message) -> Outcome:
    why = message.text("why")
    if message.integer("errno") in (errno.ENOSPC, errno.EDQUOT):
        cause = f"the repository's files do not fit into the disk limit ({why})"
        return Outcome(RunStatus.disk_limit, cause=cause)
    return Outcome(RunStatus.failed, cause=f"the variant cannot start: {why}")
