"""What a learner may want to try, in the words people use; `wording` finds it in a text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import RecipeError
from sandbox.recipes.folders import PROBLEMS, near
from sandbox.recipes.tables import read_table


@dataclass(frozen=True)
class Problem:
    """What a learner may want to try, and how others call it. Mirrors `recipes/problems.toml`.

    Attributes:
        name: as a learner says it, `image segmentation`.
        also: other words for it that people type; no two problems share one.
        task: the field's own term, which several problems may share.
        models: as people write them in the names of repositories, small and old ones first.
        topics: of GitHub, the most telling one first.
        papers: numbers at arXiv.
        data: sets that are small enough to learn with.
    """

    name: str
    also: tuple[str, ...]
    task: str
    models: tuple[str, ...]
    topics: tuple[str, ...]
    papers: tuple[str, ...] = ()
    data: tuple[str, ...] = ()


def load_problems(folders: Sequence[Path]) -> tuple[Problem, ...]:
    """All problems in the files of these folders; of several with one name the first folder's.

    A folder without such a file has none.

    Raises:
        RecipeError: a file cannot be read, or a key is unknown, missing or wrong.
    """
    found: dict[str, Problem] = {}
    for path in (folder / PROBLEMS for folder in folders):
        for one in load_problem_file(path) if path.exists() else ():
            found.setdefault(one.name.casefold(), one)
    return tuple(found.values())


def load_problem_file(path: Path) -> tuple[Problem, ...]:
    """The problems of one file, as they stand in it.

    Raises:
        RecipeError: as `load_problems`, and where there is no such file.
    """
    return tuple(_problem(path, name, told) for name, told in read_table(path).items())


# ---------------------------------------------------------------- keys

_WORDS = r" *[^\W_][^,\x00-\x1f\x7f]*"
_KEYS: Mapping[str, tuple[str, str]] = {
    "also": (_WORDS, "words, parted by commas"),
    "task": (_WORDS, "the field's term, in words"),
    "models": (_WORDS, "names of models, parted by commas"),
    "topics": (r" *[a-z0-9][a-z0-9-]* *", "topics of GitHub like image-segmentation"),
    "papers": (r" *\d{4}\.\d{4,5} *", "numbers at arXiv like 1505.04597, in quotes"),
    "data": (_WORDS, "names of data sets, parted by commas"),
}
_LISTS = {key: re.compile(f"{one}(?:,{one})*") for key, (one, _) in _KEYS.items()}
_NEEDED = ("also", "task", "models", "topics")


def _problem(path: Path, name: str, told: object) -> Problem:
    if not isinstance(told, dict):
        hint = "a problem is a table: its name in brackets, its keys below"
        raise RecipeError(f"{path}: {name} is {_shown(told)}: expected a table", hint=hint)
    if not re.fullmatch(_WORDS, name):
        raise RecipeError(f"{path}: {name!r} names no problem", hint="use words, on one line")
    for key in told.keys() - _KEYS:
        hint = near(key, _KEYS) or f"keys: {', '.join(_KEYS)}"
        raise RecipeError(f"{path}: unknown key {f'{name}.{key}'!r}", hint=hint)
    for key in _NEEDED:
        if key not in told:
            hint = f"add a line: {key} = …"
            raise RecipeError(f"{path}: {f'{name}.{key}'!r} is missing", hint=hint)
    values = {key: _values(path, name, key, value) for key, value in told.items()}
    return Problem(name, task=", ".join(values.pop("task")), **values)


def _values(path: Path, name: str, key: str, value: object) -> tuple[str, ...]:
    """What a line lists: TOML's own lists take twice as long to read, and are read as well."""
    text = value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        text = ",".join(value)
    if isinstance(text, str) and _LISTS[key].fullmatch(text):
        return tuple([one.strip() for one in text.split(",")])
    raise RecipeError(
        f"{path}: {name}.{key} is {_shown(value)}: expected {_KEYS[key][1]}",
        hint=f"change {key} below [{name!r}] in {path.name}",
    )


def _shown(value: object) -> str:
    return repr(value)[:80]
