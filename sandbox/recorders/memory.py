"""A Recorder that remembers: for flows under test, and to see what would be recorded."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.domain import Run, Sweep
from sandbox.interfaces import Findings, Recorder


@dataclass
class MemoryRecorder(Recorder):
    """Keeps what it was given.

    Attributes:
        sweeps: id → the sweep and the status it ended with; None = it goes on.
        runs: id → sweep's id and the run.
        findings: id of the sweep → what it was last said to have shown.
    """

    sweeps: dict[str, tuple[Sweep, str | None]] = field(default_factory=dict)
    runs: dict[str, tuple[str, Run]] = field(default_factory=dict)
    findings: dict[str, Findings] = field(default_factory=dict)

    def begin(self, sweep: Sweep) -> str:
        self.sweeps.setdefault(sweep.id, (sweep, None))
        return f"sweep-{sweep.id}"

    def record(self, sweep: Sweep, run: Run) -> str:
        self.begin(sweep)
        run_id = f"run-{sweep.id}-{run.key}"
        self.runs[run_id] = (sweep.id, run)
        return run_id

    def finish(self, sweep: Sweep, status: str, findings: Findings | None = None) -> None:
        self.begin(sweep)
        self.sweeps[sweep.id] = (sweep, status)
        if findings is not None:
            self.findings[sweep.id] = findings
