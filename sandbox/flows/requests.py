"""What a user asks for, what happens meanwhile, and what comes of it: values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.domain import Run, Scalar, Sweep


@dataclass(frozen=True)
class Request:
    """One question to a repository.

    Attributes:
        target: a workspace, recipe, folder, `owner/name` or address.
        entry: path of the script or notebook; None = the recipe's, else the best one.
        tweaks: tunable name → values as text; several values make several variants.
        arguments: passed to a script as they are.
        cwd: working directory relative to the root; None = the entry's own folder.
        name: of the workspace, where it is opened by this.
        jobs: variants at a time; None = the settings'.
        limits: changes of the limits, by their names in the settings file.
        question: asked by an experiment, in words.
        directions: metric → `min` or `max`, on top of the recipe's.
        command: what the user typed, recorded with the sweep.
    """

    target: str
    entry: str | None = None
    tweaks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    patches: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    ref: str | None = None
    name: str | None = None
    as_module: bool = False
    cwd: str | None = None
    repeats: int = 1
    jobs: int | None = None
    limits: Mapping[str, object] = field(default_factory=dict)
    question: str | None = None
    directions: Mapping[str, str] = field(default_factory=dict)
    command: str = ""


@dataclass(frozen=True)
class Planned:
    """The sweep is about to start; `names` has one for each run, by key."""

    sweep: Sweep
    names: Mapping[str, str]
    jobs: int


@dataclass(frozen=True)
class Started:
    key: str


@dataclass(frozen=True)
class Reported:
    """A run printed a number."""

    key: str
    scalar: Scalar


@dataclass(frozen=True)
class Finished:
    run: Run


@dataclass(frozen=True)
class Recording:
    """Runs that are finished and not yet in the tracking store."""

    waiting: int


Event = Planned | Started | Reported | Finished | Recording


@dataclass(frozen=True)
class SweepResult:
    """What a sweep found.

    Attributes:
        status: `succeeded` (every variant was run), `cancelled` or `failed` (it could not go on).
        notes: one line for everything a user should know beside the runs.
        recorded: everything stands in the tracking store; if not, the journal keeps it.
    """

    sweep: Sweep
    runs: tuple[Run, ...]
    status: str
    experiment_id: str
    tracking_uri: str
    notes: tuple[str, ...] = ()
    recorded: bool = True
