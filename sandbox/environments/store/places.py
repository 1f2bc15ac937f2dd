"""Where in the Store one Environment lies, and what it is built with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.domain import Environment, PackageIndexes, digest
from sandbox.environments.store.standby import Standby
from sandbox.interfaces import Step, StepResult, Workbench
from sandbox.paths import Home

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """Where one Environment on one base is built, and with what."""

    environment: Environment
    workbench: Workbench
    base: str
    indexes: PackageIndexes
    home: Home
    on_line: Tell | None
    standby: Standby

    @property
    def key(self) -> str:
        """An interpreter is linked to its base, so each base has its own."""
        return f"{self.environment.id}-{digest(self.base)[:8]}"

    @property
    def python(self) -> str:
        return f"{self.workbench.store}/environments/{self.key}/bin/python"

    @property
    def record(self) -> Path:
        """Each Workbench has its own, so that two of them do not forget in turns."""
        where = digest(self.workbench.identity)[:8]
        return self.home.builds / f"{self.key}-{where}.json"

    def run(self, script: str, *arguments: str, **options: object) -> StepResult:
        command = ("sh", "-c", script, "sandbox", self.workbench.store, *arguments)
        return self.workbench.run(Step(self.base, command, **options))  # type: ignore[arg-type]

    def say(self, line: str) -> None:
        if self.on_line is not None:
            self.on_line(line)
