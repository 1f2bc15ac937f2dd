"""A workbench that builds nothing, and says what a test wants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sandbox.interfaces import Derivation, Holdings, Step, StepResult, Workbench

Answer = tuple[StepResult, Path | bytes]


class SayingWorkbench(Workbench):
    """Takes an sdist, and answers what it is told to.

    Attributes:
        on_stop: called when all of its steps are to end.
    """

    store, identity = "/store", "saying"
    holdings: Holdings

    def __init__(self, answer: Callable[[Step], Answer]) -> None:
        self.answer = answer
        self.steps: list[Step] = []
        self.received = b""
        self.on_stop: Callable[[], object] = lambda: None

    def find_base(self, key: str) -> str | None:
        raise NotImplementedError(key)

    def add_base(self, key: str, source: Path | str | Derivation) -> str:
        raise NotImplementedError(key, source)

    def run(self, step: Step) -> StepResult:
        self.steps.append(step)
        self.received = b"".join(step.stdin or ())
        done, data = self.answer(step)
        if isinstance(data, Path):
            data = data.name.encode() + b"\n" + data.read_bytes()
        if step.on_data is not None:
            for start in range(0, len(data), 100):
                step.on_data(data[start : start + 100])
        return done

    def stop(self) -> None:
        self.on_stop()
