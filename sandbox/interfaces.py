"""What the rooms promise each other: small abstract classes and the values that cross them.

Each base class's docstring is the law its implementations keep; `tests/contract/` holds them to it.
Ours are registered by entry point (`plugins.py`) like anyone's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self, TypeVar

from sandbox.domain import EntryKind, Limits, Run, RunStatus, Sweep, Tweak

T = TypeVar("T")
R = TypeVar("R")

# ---------------------------------------------------------------- checkouts: what is studied


class SourceTree(ABC):
    """The files of one tree, read-only; nothing outside of it can be reached through it.

    `paths` lists regular files only, POSIX, relative to the root, sorted. `read` raises `KeyError`
    for what is not listed. Both are cheap to call again.
    """

    @abstractmethod
    def paths(self) -> tuple[str, ...]: ...

    @abstractmethod
    def read(self, path: str) -> bytes: ...


class MemoryTree(SourceTree):
    """A tree held in memory: for tests, and for looking at edits before they are committed."""

    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        self._files = {
            path: text.encode() if isinstance(text, str) else text for path, text in files.items()
        }

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self._files))

    def read(self, path: str) -> bytes:
        return self._files[path]


# ---------------------------------------------------------------- engines: how isolated


@dataclass(frozen=True)
class EngineFacts:
    """What an engine says of itself.

    Attributes:
        isolation: what it keeps apart, one phrase each.
        missing: what it does not keep apart, or known weaknesses; shown to the user.
        gpus: whether a Session can be given one.
    """

    name: str
    version: str
    isolation: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    gpus: bool = False


@dataclass(frozen=True)
class SessionSpec:
    """What a Session is opened with.

    Attributes:
        base: image of the docker engine; not used by the local one.
        python: path of the environment's interpreter, as seen inside.
        labels: further labels (`sandbox.workspace`, `sandbox.sweep`) by which orphans are found.
        gpus: hand out all of them; the engine has said that it can.
    """

    base: str
    python: str
    limits: Limits = field(default_factory=Limits)
    network: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    gpus: bool = False


@dataclass(frozen=True)
class Work:
    """One variant, as a Session needs it.

    Attributes:
        tree: identity of the files; a Session that holds this tree already does not ask for it.
        open_tree: gives the files as an uncompressed tar stream: regular files, folders, inner
            links.
        path: the entry, relative to the tree's root.
        cwd: working directory, relative to the tree's root.
        as_module: a script that runs as `python -m`: `cwd` is searched for modules first, not the
            script's own folder.
        environment: variables for the studied code, on top of the Session's own few.
        collect: glob patterns, relative to `cwd`, of files to copy out afterwards.
    """

    tree: str
    open_tree: Callable[[], Iterator[bytes]]
    kind: EntryKind
    path: str
    cwd: str = "."
    as_module: bool = False
    timeout_s: float = 3600.0
    output_bytes: int = 10 * 2**20
    environment: Mapping[str, str] = field(default_factory=dict)
    collect: tuple[str, ...] = ()


@dataclass(frozen=True)
class Output:
    """One output of a cell in nbformat 4 form, validated and bounded by the host."""

    output: Mapping[str, object]
    display_id: str | None = None
    update: bool = False


@dataclass(frozen=True)
class ClearOutput:
    """The cell asked to clear what it has shown; `wait`: only when the next output comes."""

    wait: bool


@dataclass(frozen=True)
class CellDone:
    """Last event of a cell.

    Attributes:
        status: `ok`, `error` (it raised), `exit` (it left with `exit_code`).
        execution_count: None where the entry has no counter.
    """

    status: str
    execution_count: int | None = None
    exit_code: int | None = None


CellEvent = Output | ClearOutput | CellDone


@dataclass(frozen=True)
class Outcome:
    """How an Execution ended, as told by engine and guest, never by the studied code.

    Attributes:
        status: `succeeded` when the process ended by itself with exit code 0.
        cause: one line for every other status.
        files: relative path → absolute path of what was copied out.
        notes: what was cut, skipped or done differently; one line each.
    """

    status: RunStatus
    cause: str | None = None
    exit_code: int | None = None
    elapsed_s: float = 0.0
    cpu_s: float = 0.0
    peak_memory_bytes: int = 0
    files: Mapping[str, Path] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class ExecutionEnded(Exception):  # noqa: N818 - an end, not an error
    """The process of an Execution is gone before its cell was; `finish` tells how."""


class Execution(ABC):
    """One variant in one fresh process; made by `Session.begin`.

    `run_cell` yields events in the order in which they happened, outputs while the cell still runs,
    and a `CellDone` last; where the process ends first it raises `ExecutionEnded`. `interrupt` may
    be called from another thread and does nothing once the process is gone. After `finish` no
    process of the variant lives and nothing it wrote is left but what the Outcome names.
    """

    @abstractmethod
    def run_cell(self, index: int, source: str) -> Iterator[CellEvent]: ...

    @abstractmethod
    def interrupt(self) -> None: ...

    @abstractmethod
    def finish(
        self,
        files_to: Path | None = None,
        *,
        on_event: Callable[[CellEvent], None] | None = None,
    ) -> Outcome:
        """Lets the program leave (its threads, its exit handlers), then ends what is left.

        Args:
            files_to: folder for what `Work.collect` matches; None = copy nothing out.
            on_event: called with what the program still shows while it leaves.
        """


class Session(ABC):
    """A live guest inside one container, executing one variant at a time.

    `begin` raises `EngineError` when the container is gone; a variant's death never ends the
    Session. `close` may be called from another thread, at any time, more than once, and leaves no
    container, volume or process behind. Variants do not see each other's files or processes.

    Attributes:
        closed: no further variant can begin; true after `close`, and when the guest was lost.
    """

    closed: bool

    @abstractmethod
    def begin(self, work: Work) -> Execution: ...

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True)
class Step:
    """One command of a build.

    Attributes:
        base: image of the docker engine; not used by the local one.
        command: runs with the Store at `Workbench.store`, a writable `/tmp`, and nothing else.
        stdin: what the command reads; None = end of file at once.
        network: the package index may be reached; never together with code of a repository.
        on_line: called with each line of output as it comes.
        on_data: called with what the command writes to its standard output, as it comes; `output`
            and `on_line` then tell of the error stream alone. What it raises ends the command.
        scratch_bytes: how large `/tmp` may grow; counts as memory of the docker engine's steps.
    """

    base: str
    command: tuple[str, ...]
    stdin: Iterable[bytes] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    network: bool = False
    store_writable: bool = False
    timeout_s: float = 1800.0
    memory_bytes: int = 4 * 2**30
    scratch_bytes: int = 2**30
    on_line: Callable[[str], None] | None = None
    on_data: Callable[[bytes], None] | None = None


@dataclass(frozen=True)
class StepResult:
    """`output` holds both streams, the last 64 KiB of them."""

    exit_code: int
    output: str
    timed_out: bool = False
    out_of_memory: bool = False


@dataclass(frozen=True)
class Holding:
    """A thing of ours that the engine keeps.

    Attributes:
        kind: `container`, `image` or `volume`.
        size_bytes: on disk, what it shares with others counted once for each; None = not known.
        created_at: seconds since the epoch.
        in_use: by a container that runs.
    """

    kind: str
    name: str
    size_bytes: int | None
    created_at: float
    in_use: bool = False


class Holdings(ABC):
    """What of ours an engine keeps, and how to be rid of it.

    Knows only what bears our label; `remove` of a thing that is gone already is no error, of one
    that is in use an `EngineError`.
    """

    @abstractmethod
    def all(self) -> tuple[Holding, ...]: ...

    @abstractmethod
    def remove(self, holding: Holding) -> None: ...


@dataclass(frozen=True)
class Derivation:
    """A base with Debian packages added to it.

    Attributes:
        base: image's id.
        packages: names only; they come from the Debian mirror that the base is configured for.
    """

    base: str
    packages: tuple[str, ...]


class Workbench(ABC):
    """Where Environments are built: base images, the Store, and commands in containers.

    `find_base` and `add_base` know images by a content key that the caller chose. `run` never
    raises for a command that fails; it leaves no container behind, also when interrupted.

    Attributes:
        store: the Store's path as the commands see it.
        identity: changes when the Store is emptied or replaced, or another engine answers.
        holdings: what the engine keeps of ours.
    """

    store: str
    identity: str
    holdings: Holdings

    @abstractmethod
    def find_base(self, key: str) -> str | None: ...

    @abstractmethod
    def add_base(self, key: str, source: Path | str | Derivation) -> str:
        """Import a root file system (tar file), pull a reference, or derive; the image's id."""

    @abstractmethod
    def run(self, step: Step) -> StepResult: ...


class Engine(ABC):
    """How isolated a Session is.

    `describe` answers within 5 s or raises `EngineError` with a hint. `open_session` returns once
    the guest has greeted. `reap` removes what dead owners left behind, never what a live one uses,
    and returns a line for each thing removed.
    """

    name: ClassVar[str]

    @abstractmethod
    def describe(self) -> EngineFacts: ...

    @abstractmethod
    def open_session(self, spec: SessionSpec) -> Session: ...

    @abstractmethod
    def workbench(self) -> Workbench: ...

    @abstractmethod
    def reap(self) -> tuple[str, ...]: ...


# ---------------------------------------------------------------- launchers: where


class Launcher(ABC):
    """Where Sessions run.

    `launch` runs every item once through a lane, at most `jobs` lanes at a time, each opened by
    `open_lane` and closed again whatever happens, and yields results as they finish. An exception
    out of a lane ends the launch: no new item is started and the exception is raised.
    """

    @abstractmethod
    def launch(
        self,
        items: Iterable[T],
        open_lane: Callable[[], AbstractContextManager[Callable[[T], R]]],
    ) -> Iterator[R]: ...


# ---------------------------------------------------------------- samplers: which


class Sampler(ABC):
    """Which Variants, as points of a space: tunable name → value as text.

    `ask` gives the next combination of Tweaks, None when there is none; the empty combination is
    the baseline and comes first. `tell` reports a finished Run.
    """

    @abstractmethod
    def ask(self) -> Sequence[Tweak] | None: ...

    @abstractmethod
    def tell(self, tweaks: Sequence[Tweak], run: Run) -> None: ...


# ---------------------------------------------------------------- recorders


class Recorder(ABC):
    """Writes Runs to a tracking store, from the journal.

    Every method is idempotent: the same sweep or run (by `Sweep.id` and `Run.key`) given twice is
    recorded once. Raises `StoreError` when the store cannot be used; nothing is lost then, for the
    journal is the truth and can be given again.
    """

    @abstractmethod
    def begin(self, sweep: Sweep) -> str:
        """Returns the tracking store's id of the parent run."""

    @abstractmethod
    def record(self, sweep: Sweep, run: Run) -> str:
        """Returns the tracking store's id of the run."""

    @abstractmethod
    def finish(self, sweep: Sweep, status: str) -> None:
        """`status`: `succeeded`, `cancelled` or `failed`."""
