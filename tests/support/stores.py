"""A Store in a folder, on an engine that keeps what a test says it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sandbox.engines.local import LocalEngine
from sandbox.engines.local.workbench import LocalWorkbench
from sandbox.errors import EngineError
from sandbox.interfaces import Derivation, Holding, Holdings, Step, StepResult, Workbench


class KeptThings(Holdings):
    """Things by kind and name; `remove` refuses what is in use."""

    def __init__(self, *things: Holding) -> None:
        self.things = list(things)

    def all(self) -> tuple[Holding, ...]:
        return tuple(self.things)

    def remove(self, holding: Holding) -> None:
        if holding.in_use:
            raise EngineError(f"{holding.name} is in use")
        self.things = [one for one in self.things if one != holding]


class FolderWorkbench(Workbench):
    """The local workbench, with base images by key, all of them this machine."""

    def __init__(self, store: Path, holdings: Holdings, bases: Mapping[str, str]) -> None:
        self._inner = LocalWorkbench(store)
        self._bases = bases
        self.store, self.identity = self._inner.store, self._inner.identity
        self.holdings = holdings
        self.steps: list[Step] = []

    def find_base(self, key: str) -> str | None:
        return self._bases.get(key)

    def add_base(self, key: str, source: Path | str | Derivation) -> str:
        return self._inner.add_base(key, source)

    def run(self, step: Step) -> StepResult:
        if step.base not in self._bases.values():
            raise EngineError(f"no image {step.base}")
        self.steps.append(step)
        return self._inner.run(replace(step, base="host"))


class FolderEngine(LocalEngine):
    """The local engine with such a workbench."""

    def __init__(self, bench: FolderWorkbench) -> None:
        super().__init__(Path(bench.store))
        self._bench = bench

    def workbench(self) -> Workbench:
        return self._bench
