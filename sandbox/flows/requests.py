"""What a user asks for, what happens meanwhile, and what comes of it: values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.domain import Run, Scalar, Sweep


@dataclass(frozen=True)
class Strategy:
    """Which of all possible variants are run, and when to stop.

    Attributes:
        sampler: by the name it is registered under; None = `one-at-a-time` where a tunable is
            given without values, else `grid`.
        where: expressions over tunables; a point is tried where all of them hold.
        goals: `metric`, `metric:min` or `metric:max`, what matters most first.
        budget: how long (`10m`) or how much (`200runs`); nothing new begins after the first of them
            is used up.
        prune: `median` or `asha`: ends a run that does worse than others at the same step.
        seed: of what the sampler draws.
        keep_going: neither a failing baseline nor a branch that fails alike ends anything.
    """

    sampler: str | None = None
    where: tuple[str, ...] = ()
    goals: tuple[str, ...] = ()
    budget: tuple[str, ...] = ()
    prune: str | None = None
    seed: int = 0
    keep_going: bool = False


@dataclass(frozen=True)
class Continuation:
    """What becomes of runs that are there already; left as it is, nothing is run twice.

    Attributes:
        resume: goes on with the newest sweep of the workspace that lacks runs; where the request
            asks nothing itself, with what was asked then.
        again: a new sweep, whatever is there.
        retry: `failed`, `timeout`, `lost`: runs that ended so are run once more.
    """

    resume: bool = False
    again: bool = False
    retry: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """One question to a repository.

    Attributes:
        target: a workspace, recipe, folder, `owner/name` or address.
        entry: path of the script or notebook; None = the recipe's, else the best one.
        tweaks: tunable name → values as text, `0.001..0.1` is a range; none = the suggested ones.
            `tweak:NAME` is a built-in tweak of code.
        cross: patches are tried together too, not only each by itself.
        arguments: passed to a script as they are.
        cwd: working directory relative to the root; None = the entry's own folder.
        name: of the workspace, where it is opened by this.
        jobs: variants at a time; None = the settings'.
        limits: changes of the limits, by their names in the settings file.
        baseline_repeats: how often the baseline is run where a seed can be varied, which shows how
            much is luck; None = as `repeating.BASELINE_REPEATS` says.
        question: asked by an experiment, in words.
        directions: metric → `min` or `max`, on top of the recipe's.
        command: what the user typed, recorded with the sweep.
        guess: what will matter most, as `lr: up, big`; None = nothing is guessed.
    """

    target: str
    entry: str | None = None
    tweaks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    patches: tuple[str, ...] = ()
    cross: bool = False
    arguments: tuple[str, ...] = ()
    ref: str | None = None
    name: str | None = None
    as_module: bool = False
    cwd: str | None = None
    repeats: int = 1
    baseline_repeats: int | None = None
    jobs: int | None = None
    limits: Mapping[str, object] = field(default_factory=dict)
    question: str | None = None
    directions: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    strategy: Strategy = Strategy()
    continuation: Continuation = Continuation()
    guess: str | None = None


@dataclass(frozen=True)
class Planned:
    """The sweep is about to start.

    Attributes:
        sweep: `variants` of it says how many runs there are to be, at most.
        done: how many of them are there from before.
    """

    sweep: Sweep
    jobs: int
    done: int = 0


@dataclass(frozen=True)
class Started:
    key: str
    name: str


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
        runs: those of former commands that answered the same question too.
        status: `succeeded` (all was run that was to be), `cancelled` or `failed` (no use going on).
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
