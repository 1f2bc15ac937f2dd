"""What every story needs to know of its surroundings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.interfaces import Engine
from sandbox.paths import Home
from sandbox.settings import Settings


def _say_nothing(_text: str) -> None:
    """For callers who do not listen."""


@dataclass(frozen=True)
class Context:
    """Where a story happens.

    Attributes:
        recipes: folders with recipes, the user's own first.
        tell: receives one line for everything decided, guessed or skipped.
    """

    settings: Settings
    home: Home
    engine: Engine
    folder: Path
    recipes: tuple[Path, ...] = ()
    token: Callable[[], str | None] = lambda: None
    tell: Callable[[str], None] = _say_nothing
