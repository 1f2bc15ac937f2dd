"""What every story needs to know of its surroundings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import RLock, Thread
from typing import TYPE_CHECKING

from sandbox.paths import Home

if TYPE_CHECKING:
    from sandbox.github import Token
    from sandbox.interfaces import Engine
    from sandbox.settings import Settings


def _say_nothing(_text: str) -> None:
    """For callers who do not listen."""


@dataclass(frozen=True)
class Context:
    """Where a story happens.

    Attributes:
        make_engine: called once, when something is to be run or kept apart.
        recipes: folders with recipes, the user's own first.
        environ: of the process; secrets that stand in it must not leave.
        token: what GitHub is shown, looked for at the first call; None = there is none.
        tell: receives one line for everything decided, guessed or skipped.
    """

    settings: Settings
    home: Home
    make_engine: Callable[[], Engine]
    folder: Path
    recipes: tuple[Path, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    token: Callable[[], Token | None] = lambda: None
    tell: Callable[[str], None] = _say_nothing
    _making: RLock = field(default_factory=RLock, init=False, repr=False, compare=False)

    @cached_property
    def engine(self) -> Engine:
        """Made when first asked for: what is looked up and read needs none."""
        with self._making:
            made: Engine | None = self.__dict__.get("engine")
            return made or self.__dict__.setdefault("engine", self.make_engine())

    def meet_engine(self) -> None:
        """Has it made and ready while something else is done; its first use tells what is wrong.

        Who leaves meanwhile waits for it: a daemon that still imports then ends in a crash.
        """

        def meet() -> None:
            with suppress(Exception):
                self.engine.get_ready()

        Thread(target=meet, name="engine-ahead").start()
