"""How an Execution ended, decided from facts of the engine and the guest: pure functions."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from sandbox.domain import EntryKind, RunStatus


@dataclass(frozen=True)
class Facts:
    """What guest and engine know of an end.

    Attributes:
        stopped: the supervisor killed the process after its time was up.
        abandoned: the host did not wait for the end of a cell.
        broken: what the process wrote into the guest's own channel, if it did.
        exit_code, signal: of the process; exactly one is set.
        cell_failed: a cell raised or left with an exit code.
        cell_exit_code: the code given to `sys.exit` within a cell.
        in_cell: the process ended while a cell was running.
    """

    kind: EntryKind
    timeout_s: float
    timed_out: bool = False
    stopped: bool = False
    abandoned: bool = False
    disk_full: bool = False
    broken: str | None = None
    oom_kills: int = 0
    exit_code: int | None = None
    signal: int | None = None
    cell_failed: bool = False
    cell_exit_code: int | None = None
    in_cell: bool = False


def decide(facts: Facts) -> tuple[RunStatus, str | None]:
    """The status, and the one-line cause for all but `succeeded`."""
    if facts.timed_out:
        return RunStatus.timed_out, time_limit(facts.timeout_s)
    if facts.oom_kills:
        return RunStatus.out_of_memory, "the memory limit was reached and a process was killed"
    if facts.abandoned:
        return RunStatus.cancelled, "cancelled within a cell"
    cause = _ending(facts)
    if facts.disk_full and (cause or facts.cell_failed):
        return RunStatus.disk_limit, "the disk limit was reached"
    if cause:
        return RunStatus.failed, cause
    return RunStatus.succeeded, None


def time_limit(timeout_s: float) -> str:
    """The cause of a run that took too long."""
    return f"stopped by the time limit of {timeout_s:g} s"


def _ending(facts: Facts) -> str | None:
    if facts.broken:
        return f"it disturbed the sandbox's own channel ({facts.broken})"
    if facts.cell_exit_code:
        return f"left with exit code {facts.cell_exit_code}"
    if facts.signal is not None:
        return None if facts.stopped else f"killed by {_signal_name(facts.signal)}"
    if facts.in_cell and facts.kind is EntryKind.notebook:
        return f"the process ended within a cell, with exit code {facts.exit_code}"
    if facts.exit_code:
        return f"left with exit code {facts.exit_code}"
    return None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
