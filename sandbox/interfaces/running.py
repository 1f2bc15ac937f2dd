"""How isolated code runs: engines, their Sessions, and what comes out of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from sandbox.domain import EntryKind, Limits, RunStatus
from sandbox.interfaces.building import Workbench


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
class Wanted:
    """A kind of files to copy out of a run; where there are too many, the newest of them.

    Attributes:
        what: what they are, for notes: `images`.
        patterns: globs, relative to the tree's root; `*` stands for slashes too, and upper and
            lower case are alike.
        most_files, most_bytes: of all of this kind together.
        file_bytes: of each one.
    """

    what: str
    patterns: tuple[str, ...]
    most_files: int = 1000
    most_bytes: int = 256 * 2**20
    file_bytes: int = 256 * 2**20


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
        collect: files to copy out afterwards, of those that the variant made or changed below
            the tree's root; one that several kinds name is of the first.
        learn: the Outcome shall tell which modules the program imported.
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
    collect: tuple[Wanted, ...] = ()
    learn: bool = False


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
        elapsed_s, cpu_s: with those of what it is a branch of: as if it had run alone.
        shared_s: the part of `elapsed_s` that is spent once for all that share it.
        shared_cells: how many cells were run for others before, and not again.
        files: relative path → absolute path of what was copied out.
        modules: installed ones that the program imported, in their order, where asked for.
        changed: variables of the environment that it or they changed, `NAME=value`, `NAME` alone
            where it is gone; told with the modules.
        notes: what was cut, skipped or done differently; one line each.
    """

    status: RunStatus
    cause: str | None = None
    exit_code: int | None = None
    elapsed_s: float = 0.0
    shared_s: float = 0.0
    shared_cells: int = 0
    cpu_s: float = 0.0
    peak_memory_bytes: int = 0
    files: Mapping[str, Path] = field(default_factory=dict)
    modules: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class ExecutionEnded(Exception):  # noqa: N818 - an end, not an error
    """The process of an Execution is gone before its cell was; `finish` tells how."""


class BranchRefused(Exception):  # noqa: N818 - a finding, not an error
    """A copy of the process would not behave as a fresh one would; the message says why."""


class Execution(ABC):
    """One variant in one process of its own; made by `Session.begin`, or by `branch` of another.

    `run_cell` yields events in the order in which they happened, outputs while the cell still runs,
    and a `CellDone` last; where the process ends first it raises `ExecutionEnded`. `interrupt` may
    be called from another thread and does nothing once the process is gone. After `finish` no
    process of the variant lives and nothing it wrote is left but what the Outcome names.

    Between cells `branch` gives an Execution that goes on where this one stands, with a copy of its
    memory and files, its own generators of random numbers, and what is left of its time and output.
    This one is held: nothing but `branch` and `finish` may be called, and that only when the last
    branch is finished; its own outcome then tells nothing. Results equal those of a fresh process;
    where that cannot be had, `branch` raises `BranchRefused`, and this one may go on by itself.
    """

    @abstractmethod
    def run_cell(self, index: int, source: str) -> Iterator[CellEvent]: ...

    @abstractmethod
    def interrupt(self) -> None: ...

    def branch(self) -> Execution:
        raise BranchRefused("this engine makes no copies of a process")

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


@dataclass(frozen=True)
class Warmth:
    """What became of warming up.

    Attributes:
        spoke: what the imports printed; a variant would not print it again.
        failed: modules that cannot be imported.
        obstacle: why no variant can start from there; None = they do.
    """

    spoke: str = ""
    failed: tuple[str, ...] = ()
    obstacle: str | None = None


class Session(ABC):
    """A live guest inside one container, executing one variant at a time.

    `begin` raises `EngineError` when the container is gone; a variant's death never ends the
    Session. `close` may be called from another thread, at any time, more than once, and leaves no
    container, volume or process behind. Variants do not see each other's files or processes.
    `warm` imports modules once; what begins later, of this kind and with these variables, has them
    loaded. `changed` says which variables the imports have to change and no others, or they are
    not what the program had; None = any.

    Attributes:
        closed: no further variant can begin; true after `close`, and when the guest was lost.
    """

    closed: bool

    @abstractmethod
    def begin(self, work: Work) -> Execution: ...

    def warm(
        self,
        kind: EntryKind,  # noqa: ARG002
        modules: Sequence[str],  # noqa: ARG002
        environment: Mapping[str, str],  # noqa: ARG002
        *,
        changed: Sequence[str] | None = None,  # noqa: ARG002
    ) -> Warmth:
        return Warmth(obstacle="this engine makes no copies of a process")

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


class Engine(ABC):
    """How isolated a Session is.

    `describe` answers within 5 s or raises `EngineError` with a hint. `open_session` returns once
    the guest has greeted. `reap` removes what dead owners left behind, never what a live one uses,
    and returns a line for each thing removed.
    """

    name: ClassVar[str]

    def get_ready(self) -> None:  # noqa: B027 - most need nothing
        """Does beforehand what its first use would wait for; any thread may call it."""

    @abstractmethod
    def describe(self) -> EngineFacts: ...

    @abstractmethod
    def open_session(self, spec: SessionSpec) -> Session: ...

    @abstractmethod
    def workbench(self) -> Workbench: ...

    @abstractmethod
    def reap(self) -> tuple[str, ...]: ...
