"""Where Environments are built, and what an engine keeps of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path


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
        waiting_s: so long it may wait besides, where it was begun, before it is to end.
        scratch_bytes: how large `/tmp` may grow; counts as memory of the docker engine's steps.
    """

    base: str
    command: tuple[str, ...]
    stdin: Iterable[bytes] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    network: bool = False
    store_writable: bool = False
    timeout_s: float = 1800.0
    waiting_s: float = 0.0
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
        own_bytes: those of them that what it was made of has not; None = it was made of nothing.
        created_at: seconds since the epoch.
        in_use: by a container that runs.
    """

    kind: str
    name: str
    size_bytes: int | None
    created_at: float
    in_use: bool = False
    own_bytes: int | None = None


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
    raises for a command that fails; it leaves no container behind, also when interrupted. Where
    `at_once` is more than 1 threads may share it.

    Attributes:
        at_once: how many steps gain by running at the same time, as processors and memory go.
        store: the Store's path as the commands see it.
        identity: changes when the Store is emptied or replaced, or another engine answers.
        holdings: what the engine keeps of ours.
    """

    store: str
    identity: str
    holdings: Holdings
    at_once: int = 1

    @abstractmethod
    def find_base(self, key: str) -> str | None: ...

    @abstractmethod
    def add_base(self, key: str, source: Path | str | Derivation) -> str:
        """Import a root file system (tar file), pull a reference, or derive; the image's id."""

    @abstractmethod
    def run(self, step: Step) -> StepResult: ...

    @contextmanager
    def begin(self, step: Step) -> Iterator[Callable[[], StepResult]]:
        """Starts the step while something else is done; what it gives is called once, to end it.

        Its command gets no input before that, and its `timeout_s` begins then. A Workbench that
        starts nothing before loses time, and nothing else.
        """
        yield partial(self.run, step)

    def stop(self) -> None:  # noqa: B027 - a single thread is ended by what interrupts it
        """End the steps of all threads; their `run` raises EngineError, and so does any later."""
