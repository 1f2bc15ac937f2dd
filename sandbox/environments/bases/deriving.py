"""System packages on top of a base: asked for once, installed once, found again by their list."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.domain import Dropped, digest
from sandbox.environments.bases.debian import Answer, ask_debian, installed, sort_out
from sandbox.errors import EngineError
from sandbox.files import write_text
from sandbox.interfaces import Derivation, Workbench

if TYPE_CHECKING:
    from filelock import FileLock


@dataclass(frozen=True)
class Base:
    """A base image with system packages.

    Attributes:
        image: its id.
        dropped: system packages that are not in it.
        packages: those that are, by the names that Debian has for them today.
    """

    image: str
    dropped: tuple[Dropped, ...] = ()
    packages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bench:
    """Where bases are made, and who is told.

    Attributes:
        cache: the home's, for locks and for what Debian said.
    """

    workbench: Workbench
    cache: Path
    on_line: Callable[[str], None] | None = None

    def say(self, line: str) -> None:
        if self.on_line is not None:
            self.on_line(line)

    def alone(self, key: str) -> FileLock:
        """Two that want the same base wait for each other."""
        path = self.cache / "locks" / f"base-{key}.lock"  # as `paths.Home.lock` has it
        path.parent.mkdir(parents=True, exist_ok=True)
        from filelock import FileLock

        return FileLock(path)


def derive(
    bench: Bench, key: str, system_packages: Sequence[str], *, plain: Callable[[], str]
) -> Base:
    """The base with those of the packages that Debian has; each that is left out is told.

    Args:
        key: the plain base's.
        plain: gives the plain base's image; called only where the derived one is not there yet.
    """
    wanted = sorted(set(system_packages))
    if not wanted:
        return Base(plain())
    asked = f"{key}-{digest(wanted)[:12]}"
    memory = bench.cache / "bases" / f"{asked}.json"
    with bench.alone(asked):
        answer = _recall(memory)
        image = bench.workbench.find_base(_key(key, answer)) if answer else None
        if answer is None or image is None:
            answer, image = _make(bench, key, wanted, plain())
            _remember(memory, answer)
    lines = [*answer.decisions, *(f"{one.name} left out: {one.why}" for one in answer.dropped)]
    for line in lines:
        bench.say(f"system packages: {line}")
    return Base(image, answer.dropped, tuple(sorted(answer.kept)))


def _key(key: str, answer: Answer) -> str:
    return f"{key}-{digest(answer.kept)[:12]}" if answer.kept else key


def _make(bench: Bench, key: str, wanted: Sequence[str], image: str) -> tuple[Answer, str]:
    if bench.workbench.find_base(f"{key}-none-is-called-so") == image:
        return _on_this_machine(bench, wanted, image), image
    bench.say(f"system packages: asking Debian for {', '.join(wanted)}")
    answer = ask_debian(bench.workbench, image, wanted)
    if not answer.kept:
        return answer, image
    found = bench.workbench.find_base(_key(key, answer))
    if found:
        return answer, found
    bench.say(f"system packages: installing {' '.join(answer.kept)}")
    try:
        derivation = Derivation(image, answer.kept)
        return answer, bench.workbench.add_base(_key(key, answer), derivation)
    except EngineError as error:
        lost = tuple(Dropped(name, error.message) for name in answer.kept)
        return replace(answer, kept=(), dropped=(*answer.dropped, *lost), final=False), image


def _on_this_machine(bench: Bench, wanted: Sequence[str], image: str) -> Answer:
    """An engine without images has one base, this machine, which only its user changes."""
    good, bad = sort_out(wanted)
    have = installed(bench.workbench, image, good)
    why = "not on this machine; install it with: sudo apt-get install {}"
    missing = [Dropped(name, why.format(name)) for name in good if name not in have]
    return Answer(dropped=(*bad, *missing), final=False)


def _recall(memory: Path) -> Answer | None:
    """A damaged file counts as none."""
    try:
        fields = json.loads(memory.read_text())
        dropped = tuple(map(Dropped.load, fields["dropped"]))
        return Answer(tuple(fields["kept"]), dropped, tuple(fields["decisions"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _remember(memory: Path, answer: Answer) -> None:
    if answer.final:
        write_text(memory, json.dumps(asdict(answer)))
