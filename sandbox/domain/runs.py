"""What came of it: runs, the sweeps that they belong to, and what people noted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.domain.tweaks import Tweak


@dataclass(frozen=True)
class Limits:
    """What one run may use, and what is kept of it. Seconds of wall clock, sizes in bytes."""

    timeout_s: float = 3600.0
    memory_bytes: int = 4 * 2**30
    disk_bytes: int = 2 * 2**30
    shared_memory_bytes: int = 2**30
    processes: int = 512
    cpus: float = 1.0
    output_bytes: int = 10 * 2**20
    images: int = 20
    models_bytes: int = 50 * 2**20


@dataclass(frozen=True)
class Scalar:
    """One number that the studied code reported.

    Attributes:
        name: lower case, words joined by `_`, the set (train, val, test) kept.
        step: epoch, step or episode, whole where the text had a whole one (an epoch of 1.25 is
            met too); None = the text did not tell one. May repeat: the order is the finer step.
        unit: `%` where a percent sign stood.
    """

    name: str
    value: float
    step: float | None = None
    unit: str | None = None
    line: str | None = None


class RunStatus(StrEnum):
    """How a Run ended; `failed` and `diverged` tell of the code, `pruned`: others did better."""

    succeeded = "succeeded"
    failed = "failed"
    diverged = "diverged"
    timed_out = "timed_out"
    out_of_memory = "out_of_memory"
    disk_limit = "disk_limit"
    pruned = "pruned"
    cancelled = "cancelled"
    lost = "lost"


@dataclass(frozen=True)
class Run:
    """One execution of one Variant.

    Attributes:
        variant: the Variant's id; with `repeat` the key that makes recording idempotent.
        commit, cause: under `refs/sandbox/`; one line for every status but `succeeded`.
        parameters, metrics: what was passed, as text; last finite value of each scalar.
        error: of code that raised: the line of source, and below it the whole error in one line.
        started_at: seconds since the epoch, UTC.
        elapsed_s: as if it had run alone; `shared_s` of it are spent once for all that share it.
        shared_prefix, notes: cells that were not run again for it; fallbacks, skipped files, …
        artifacts, run_id: name → absolute path on this machine; MLflow's id, once recorded.
    """

    variant: str
    name: str
    status: RunStatus
    entry: str
    environment: str
    commit: str
    repeat: int = 0
    cause: str | None = None
    error: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    tweaks: tuple[Tweak, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    scalars: tuple[Scalar, ...] = ()
    started_at: float = 0.0
    elapsed_s: float = 0.0
    shared_s: float = 0.0
    cpu_s: float = 0.0
    peak_memory_bytes: int = 0
    exit_code: int | None = None
    shared_prefix: int = 0
    notes: tuple[str, ...] = ()
    artifacts: Mapping[str, str] = field(default_factory=dict)
    run_id: str | None = None

    @property
    def key(self) -> str:
        return f"{self.variant}-{self.repeat}"


@dataclass(frozen=True)
class Sweep:
    """An Experiment being answered.

    Attributes:
        id: sortable by time (`20261120-210215-a1b2`).
        variants: how many runs were planned, repeats included.
        question, directions: what is asked, in words; metric name → `min` or `max`, where known.
        asked: digest of what decides which runs there are: who asks the same goes on with this one.
        request: what was asked, as JSON, to be asked again; empty where it is not kept.
        guess: what the user expected before anything was run, as `lr: up, big`.
    """

    id: str
    workspace: str
    repo: str
    commit: str
    entry: str
    environment: str
    variants: int
    command: str
    started_at: float
    question: str | None = None
    directions: Mapping[str, str] = field(default_factory=dict)
    asked: str = ""
    request: Mapping[str, Any] = field(default_factory=dict)
    guess: str | None = None


@dataclass(frozen=True)
class Note:
    """What a user thought of a run, or did with it.

    Attributes:
        kind: `note`, or what was done: `checked out`, `applied`, `published`.
        sweep, run: the Sweep's id and `Run.key`.
        name: of the run, as people call it.
        at: seconds since the epoch, UTC.
    """

    sweep: str
    run: str
    name: str
    text: str
    at: float
    kind: str = "note"
