"""Sessions over a Wire: what the docker and the local engine share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sandbox.domain import EntryKind, RunStatus
from sandbox.engines.execution import Death, WireExecution
from sandbox.engines.wire import Wire, WireClosedError
from sandbox.errors import EngineError
from sandbox.interfaces import Execution, Session, Warmth, Work

WARM_TIMEOUT_S = 300.0

PostMortem = Callable[[bool], Death]
"""Asks the engine why a guest is gone; told whether a process of it ran out of memory before."""


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
        self._why = "it was closed"
        self.had_oom = False
        self.closed = False

    def begin(self, work: Work) -> Execution:
        if self.closed:
            raise EngineError(f"the session has ended: {self._why}")
        if self._current is not None and not self._current.finished:
            raise EngineError("the session's last variant was not finished")
        self._current = WireExecution(self, self._wire, work)
        self._current.prepare()
        return self._current

    def warm(
        self,
        kind: EntryKind,
        modules: Sequence[str],
        environment: Mapping[str, str],
        *,
        changed: Sequence[str] | None = None,
    ) -> Warmth:
        if self.closed:
            raise EngineError(f"the session has ended: {self._why}")
        if self._current is not None and not self._current.finished:
            raise EngineError("the session's last variant was not finished")
        try:
            given = {"modules": list(modules), "environment": dict(environment)}
            expected = None if changed is None else list(changed)
            warmth = self._warm(entry=kind.value, changed=expected, **given)
            if warmth.obstacle is not None:
                self._wire.send("drop")
        except WireClosedError as error:
            _, why = self.lose(error)
            raise EngineError(f"the guest went away: {why}") from error
        return warmth

    def _warm(self, **fields: object) -> Warmth:
        spoke = ""
        self._wire.send("warm", None, **fields)
        while (message := self._wire.receive(WARM_TIMEOUT_S)) is not None:
            if message.kind == "stream":
                spoke = (spoke + message.text("text"))[-2000:]
            elif message.kind == "warmed":
                return Warmth(
                    spoke, tuple(message.texts("failed")), message.text("unsound") or None
                )
            elif message.kind in {"gone", "refused"}:
                return Warmth(
                    spoke, obstacle=message.text("why") or "the imports ended the process"
                )
        self.give_up("the guest did not answer")
        raise EngineError(f"the imports took longer than {WARM_TIMEOUT_S:g} s")

    def follow(self, execution: WireExecution) -> None:
        """From now on this one runs."""
        self._current = execution

    def close(self) -> None:
        self.closed = True
        self._wire.close()
        self._end()

    def is_current(self, execution: Execution) -> bool:
        return self._current is execution

    def lose(self, error: WireClosedError) -> Death:
        """Finds out why the guest is gone, and ends with it."""
        if self.closed:
            return RunStatus.cancelled, "stopped before its end"
        status, self._why = RunStatus.lost, error.message
        if not error.broken:
            status, self._why = self._post_mortem(self.had_oom)
        self.close()
        return status, self._why

    def give_up(self, why: str) -> None:
        """Ends although the guest is still there."""
        self._why = why
        self.close()
