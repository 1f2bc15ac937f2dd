"""Offers what has no wheel to whoever builds wheels from sdists, each distribution once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from sandbox.domain import Dropped
from sandbox.environments.resolving.sourcing import MadeWheel, MakeWheels, NotMade, Wish

_LINES = 12  # of a log that are kept


@dataclass(frozen=True)
class Offers:
    """What was offered in one resolution, and what came of it.

    Attributes:
        make: None = nobody builds wheels here.
        made: wheels by canonical name.
        failed: why there is none, by canonical name.
        replaced: those of which another release was asked for, because the first did not fit.
        settled: those that are to be had from a git repository and nowhere else → what asked for
            them.
        unfetched: why they are not, by canonical name; an index may have them.
        answers: to every wish so far, also to those of which nothing came to use.
    """

    make: MakeWheels | None = None
    made: dict[str, MadeWheel] = field(default_factory=dict)
    failed: dict[str, NotMade] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    settled: dict[str, Wish] = field(default_factory=dict)
    unfetched: dict[str, NotMade] = field(default_factory=dict)
    answers: dict[Wish, MadeWheel | NotMade] = field(default_factory=dict)

    def ahead(self, wishes: Iterable[Wish]) -> None:
        """Makes them at once; each is there when it is asked for, and else changes nothing."""
        new = [wish for wish in dict.fromkeys(wishes) if wish not in self.answers]
        if self.make is not None and new:
            self.answers.update(zip(new, self.make(new), strict=True))

    def dry(self) -> Offers:
        """Takes everything as made and makes nothing; its `answers` are then what was asked for."""
        made = MadeWheel(Path(), "", "")
        return Offers(lambda wishes: [made] * len(wishes), dict(self.made), dict(self.failed))

    def _answer(self, wish: Wish) -> MadeWheel | NotMade:
        self.ahead([wish])
        return self.answers[wish]

    def __call__(self, requirement: str, python: str, as_of: str | None) -> MadeWheel | None:
        """The wheel, where one is made now; None = offered before, or it cannot be made."""
        name = str(canonicalize_name(Requirement(requirement).name))
        if self.make is None or name in self.made or name in self.failed:
            return None
        answer = self._answer(Wish(requirement, python, as_of))
        if isinstance(answer, NotMade):
            self.failed[name] = answer
            return None
        self.made[name] = answer
        return answer

    def fetch(self, wish: Wish) -> MadeWheel | NotMade:
        """The wheel of what lies at a git repository; no index has a say in it from now on."""
        if self.make is None:
            return NotMade("nothing here builds wheels")
        answer = self._answer(wish)
        asked = wish.requirement
        before = [name for name, one in self.settled.items() if one.requirement == asked]
        for name in before:  # for another Python
            del self.settled[name], self.made[name]
        if isinstance(answer, MadeWheel):
            self.made[answer.name] = answer
            self.settled[answer.name] = wish
        else:
            self.unfetched[str(canonicalize_name(Requirement(asked).name))] = answer
        return answer

    def another(self, requirement: str, python: str, as_of: str | None) -> MadeWheel | None:
        """Another release in place of one that was made; None = there is none, or it was one."""
        wanted = Requirement(requirement)
        name = str(canonicalize_name(wanted.name))
        before = self.made.get(name)
        if self.make is None or before is None or name in {*self.replaced, *self.settled}:
            return None
        self.replaced.add(name)
        wanted.specifier &= SpecifierSet(f"!={before.version}")
        answer = self._answer(Wish(str(wanted), python, as_of))
        if isinstance(answer, NotMade):
            return None
        self.made[name] = answer
        return answer

    def later(self, requirement: str, python: str) -> MadeWheel | None:
        """Today's release of what could not be made; None = it cannot, either."""
        name = str(canonicalize_name(Requirement(requirement).name))
        if self.make is None or name not in self.failed or name in self.replaced:
            return None
        self.replaced.add(name)
        answer = self._answer(Wish(requirement, python))
        if isinstance(answer, NotMade):
            return None
        del self.failed[name]
        self.made[name] = answer
        return answer

    def why_not(self, name: str) -> str:
        """For the end of a line: what the attempt to build it said; empty = it was not tried."""
        failed = self.failed.get(name)
        if failed is None:
            return ""
        last = next((line.strip() for line in reversed(failed.log) if line.strip()), "")
        said = f"{failed.why}: {last}" if last and last not in failed.why else failed.why
        return f"; building it from source failed: {_short(said)}"

    def log_of(self, dropped: Dropped) -> tuple[str, ...]:
        """The last lines of the build for whose failure it was dropped; empty = there was none."""
        words = {str(canonicalize_name(word.strip(".,:;"))) for word in dropped.why.split()}
        failed = {**self.unfetched, **{k: v for k, v in self.failed.items() if v.log}}
        named = (name for name in failed if name == dropped.name or name in words)
        return next((failed[name].log[-_LINES:] for name in named), ())

    @property
    def pins(self) -> list[str]:
        return [f"{name}=={wheel.version}" for name, wheel in sorted(self.made.items())]

    @property
    def folders(self) -> tuple[str, ...]:
        return tuple(sorted({str(wheel.wheel.parent) for wheel in self.made.values()}))


def _short(text: str, limit: int = 200) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
