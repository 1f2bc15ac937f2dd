"""The nouns of the product, frozen, knowing no file, network or library: read this file first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


def digest(*parts: object) -> str:
    """SHA-256 of the parts as canonical JSON, hex; equal parts give equal digests everywhere."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Repo:
    """Where code comes from.

    Attributes:
        source: a normalised https or ssh URL without credentials, or an absolute folder.
        name, full_name: a short one for workspaces; `owner/name` where a hosting site is known.
    """

    source: str
    name: str
    full_name: str | None = None

    @property
    def is_folder(self) -> bool:
        return self.source.startswith("/")


@dataclass(frozen=True)
class Workspace:
    """A named, persistent place to tinker in: a clone pinned to a commit.

    Attributes:
        root: absolute folder of the workspace; `paths.WorkspacePaths` knows what lies in it.
        commit: full SHA the workspace is pinned to.
        ref, committed_at: what was asked for, None = the default branch; author date, ISO 8601.
        notes: what the user should know of the clone (LFS pointers, skipped links, submodules).
    """

    name: str
    root: str
    repo: Repo
    commit: str
    ref: str | None
    committed_at: str
    notes: tuple[str, ...] = ()
    written_at: str | None = None


@dataclass(frozen=True)
class Requirements:
    """What a repository says, or shows by its imports, that it needs.

    Attributes:
        packages, constraints: PEP 508; the latter are a lock file's, hold for whatever is
            installed, and are given up before anything that was asked for.
        python: PEP 440 specifier, None = nothing said.
        pythons: `X.Y` that the authors used or tested with; a hint, where `python` leaves a choice.
        as_of: ISO date the versions should be of, normally the commit's; None = today.
        system_packages, from_index: of Debian; distributions that are not the site's own builds.
        sources, decisions: files the above came from, in order of precedence; one line each for
            everything guessed, mapped, ignored or left out.
    """

    packages: tuple[str, ...]
    python: str | None = None
    as_of: str | None = None
    constraints: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    system_packages: tuple[str, ...] = ()
    from_index: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()


FROM_SOURCE = "  # from source"
"""Ends a lock's line whose hash is that of an sdist; a comment to pip and uv."""


@dataclass(frozen=True)
class PackageIndexes:
    """Where packages come from; taken over from pip's own configuration unless set.

    Attributes:
        index_url, extra_index_urls: may hold credentials, so never to be printed or recorded.
        find_links: folders or URLs with wheels, the site's own builds among them.
        certificate, constraints: path of a CA bundle, None = the system's; PEP 508, hold for all.
    """

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    certificate: str | None = None
    constraints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dropped:
    """What was asked for and is not in the Environment, why, and how its build's log ended."""

    name: str
    why: str
    log: tuple[str, ...] = ()

    @classmethod
    def load(cls, fields: Mapping[str, Any]) -> Dropped:
        """From JSON, which knows no tuples; KeyError for what another version wrote."""
        return cls(fields["name"], fields["why"], tuple(fields["log"]))


@dataclass(frozen=True)
class Environment:
    """What the code needs, resolved: data only.

    Attributes:
        python: `X.Y`.
        lock: `name==version --hash=…` lines, one package each, sorted, no address of any index.
            A line that ends in FROM_SOURCE bears the hash of an sdist, the others those of wheels.
        accelerator: `cpu` or `cuda`: what the packages were chosen for.
        decisions, dropped, wheel_bytes: how it came about, its size where known; no identity.
    """

    python: str
    lock: str
    system_packages: tuple[str, ...] = ()
    accelerator: str = "cpu"
    decisions: tuple[str, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    wheel_bytes: int = 0

    @property
    def id(self) -> str:
        """Digest of everything that is installed."""
        return digest(self.python, self.lock, self.system_packages, self.accelerator)[:16]

    @property
    def packages(self) -> dict[str, str]:
        """Locked versions by distribution name."""
        lines = (line.split(" ")[0] for line in self.lock.splitlines())
        return dict(line.split("==", 1) for line in lines if "==" in line)

    @property
    def from_source(self) -> frozenset[str]:
        """Distributions for which the lock names an sdist."""
        lines = self.lock.splitlines()
        return frozenset(line.split("==")[0] for line in lines if line.endswith(FROM_SOURCE))


class EntryKind(StrEnum):
    script = "script"
    notebook = "notebook"


@dataclass(frozen=True)
class Entry:
    """A script or notebook of the repository that can be run.

    Attributes:
        path, cwd: POSIX, relative to the root; `cwd` None = the entry's own folder.
        score, reasons: how likely a learner wants this one, higher is better, and why.
        as_module: run as `python -m package.module` from the root.
    """

    path: str
    kind: EntryKind
    score: float = 0.0
    reasons: tuple[str, ...] = ()
    as_module: bool = False
    cwd: str | None = None


class TunableKind(StrEnum):
    flag = "flag"
    positional = "positional"
    constant = "constant"
    literal = "literal"
    default = "default"
    variable = "variable"
    config = "config"
    tweak = "tweak"


@dataclass(frozen=True)
class Span:
    """A stretch of a source text: `line` from 1, `column` from 0 in UTF-8 bytes, end exclusive.

    In a notebook `cell` is the index of the cell (from 0) and lines count within it.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None


@dataclass(frozen=True)
class Tunable:
    """A place in the source whose value may change.

    Attributes:
        name: the shortest name that finds it within its entry (`lr`, `Adam.lr`, `cell 7: lr`).
        file, qualified_name: POSIX path from the root; an unambiguous name (`train.py:Adam.lr`).
        value: the present value as source text (`1e-3`); for flags the default; None = none.
        type: `int`, `float`, `str`, `bool`, `list`, `expression`, … ; None = not known.
        choices, suggested: values as text: all that are allowed (empty = any), some worth trying.
        worth, concept: 0 … 1, how much it is worth trying; the card that tells of it, if any.
        span: where the value stands in the text; None for flags, which are set by the command line.
        flag, is_switch: the option string to pass, None unless kind is `flag`; whether giving it,
            without a value, turns its default round.
        flows_to: calls that it is passed to, as far as the text tells: `Adam(lr=) train.py:52`.
    """

    name: str
    kind: TunableKind
    file: str
    line: int
    qualified_name: str
    value: str | None
    type: str | None = None
    choices: tuple[str, ...] = ()
    help: str | None = None
    worth: float = 0.0
    suggested: tuple[str, ...] = ()
    concept: str | None = None
    span: Span | None = None
    flag: str | None = None
    is_switch: bool = False
    flows_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tweak:
    """A Tunable with a new value, or a named patch.

    Attributes:
        name, value: a column in every table; as text, for a patch its file's name.
        tunable: qualified name of the Tunable; None for a patch or the working tree.
    """

    name: str
    value: str
    tunable: str | None = None


@dataclass(frozen=True)
class Variant:
    """Tree of files + Entry + parameters + seed; `id` is the digest of those.

    Attributes:
        tree: SHA of the git tree the code runs in.
        arguments: command line of a script entry, in order.
        parameters: values injected into a notebook entry by papermill.
        tweaks: what was changed against the baseline; empty = the baseline.
        commit, notes: a real one under `refs/sandbox/`; how tweaks were applied; not identity.
    """

    tree: str
    entry: Entry
    arguments: tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    tweaks: tuple[Tweak, ...] = ()
    seed: int | None = None
    commit: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        entry = (self.entry.path, self.entry.as_module, self.entry.cwd)
        given = (list(self.arguments), dict(self.parameters), self.seed)
        return digest(self.tree, entry, *given)[:16]

    @property
    def name(self) -> str:
        """What a person calls it: `lr=0.1 type=mlp`, or `baseline`."""
        return " ".join(f"{tweak.name}={tweak.value}" for tweak in self.tweaks) or "baseline"


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
