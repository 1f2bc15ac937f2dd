"""From recipe and experiment files to nouns; every mistake is named with its file and key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sandbox.errors import InputError, RecipeError
from sandbox.recipes.folders import near
from sandbox.recipes.nouns import Card, Experiment, Recipe, Source
from sandbox.recipes.tables import read_table
from sandbox.settings import parse_duration

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)


# ---------------------------------------------------------------- values in files


class _Number(str):
    """A number with a point or an exponent, as it was typed: `1e-3` stays `1e-3`."""

    __slots__ = ()


def _typed_number(text: str) -> _Number:
    return _Number(text.replace("_", ""))


def _text(value: object) -> str:
    """As one types it after `-p name=`: numbers as they stand, `true` as Python's `True`."""
    if isinstance(value, str | int):
        return str(value)
    message = "expected a number, true, false or text"
    raise ValueError(message)


def _words(value: object) -> str:
    if isinstance(value, str) and not isinstance(value, _Number):
        return value
    message = "expected text"
    raise ValueError(message)


def _values(value: object) -> list[object]:
    """One value stands for a list of one."""
    return value if isinstance(value, list) else [value]


def _dotted(value: object) -> object:
    """`Adam.lr = 1` is a table within a table to TOML, and one name to us."""
    if not isinstance(value, dict):
        return value
    return dict(_flat(value))


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _seconds(value: object) -> float:
    try:
        return parse_duration(_text(value))
    except InputError as error:
        raise ValueError("expected a time like 90s, 15m or 1h30m") from error


def _day(value: object) -> str:
    if isinstance(value, dt.datetime):
        value = value.date()
    try:
        return dt.date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise ValueError("expected a date like 2022-11-20") from error


def _inside(value: object) -> str:
    """A path in the repository under study."""
    path = PurePosixPath(_words(value))
    if path.is_absolute() or ".." in path.parts:
        message = "expected a path inside the repository"
        raise ValueError(message)
    return str(path)


Text = Annotated[str, BeforeValidator(_text)]
Words = Annotated[str, BeforeValidator(_words)]
Line = Annotated[Words, Field(min_length=1, pattern=r"^[^\n\r]*$")]
Inside = Annotated[str, BeforeValidator(_inside)]
Seconds = Annotated[float, BeforeValidator(_seconds)]
Day = Annotated[str, BeforeValidator(_day)]
Values = Annotated[tuple[Text, ...], BeforeValidator(_values), Field(min_length=1)]
Choices = Annotated[dict[str, Values], BeforeValidator(_dotted)]
Directions = Annotated[dict[str, Literal["min", "max"]], BeforeValidator(_dotted)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RecipeFile(_File):
    """What a recipe may say; its name is that of the file.

    Attributes:
        repo: `owner/name`, a URL, or a folder: `./…` and `../…` beside the recipe's own file.
        tunables: name → values worth trying.
        metrics: name → `min` or `max`, which of the two is better.
    """

    title: Line
    repo: Line
    entry: Inside
    commit: Annotated[Words, Field(pattern=r"^[0-9a-f]{7,64}$")] | None = None
    description: Words = ""
    python: Annotated[Text, Field(pattern=r"^[0-9.<>=!~, *]+$")] | None = None
    packages: tuple[Line, ...] = ()
    as_of: Day | None = None
    arguments: tuple[Text, ...] = ()
    as_module: Annotated[bool, Field(strict=True)] = False
    cwd: Inside | None = None
    tunables: Choices = Field(default_factory=dict)
    metrics: Directions = Field(default_factory=dict)
    timeout: Seconds | None = None


class ExperimentFile(_File):
    """What an experiment may say; its name is that of the file.

    Attributes:
        target: a recipe's name, or anything that can be opened.
        patches: files beside the experiment's own, each one a tweak.
        sampler, where, budget, prune: as the options of `sandbox sweep`.
        metrics: name → `min` or `max`, what is to become better, the first one first.
        expected: what the author thinks will come out, and why.
    """

    question: Line
    target: Line
    entry: Inside | None = None
    tweaks: Choices = Field(default_factory=dict)
    patches: tuple[Line, ...] = ()
    arguments: tuple[Text, ...] = ()
    repeats: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1
    baseline_repeats: Annotated[int, Field(strict=True, ge=1, le=1000)] | None = None
    jobs: Annotated[int, Field(strict=True, ge=1, le=1024)] | None = None
    timeout: Seconds | None = None
    sampler: Line | None = None
    where: Annotated[tuple[Line, ...], BeforeValidator(_values)] = ()
    metrics: Directions = Field(default_factory=dict)
    budget: Annotated[tuple[Line, ...], BeforeValidator(_values)] = ()
    prune: Line | None = None
    expected: Words | None = None


Group = Literal[
    "optimisation",
    "regularisation",
    "architecture",
    "data",
    "trees and linear models",
    "evaluation",
    "reinforcement learning",
]


class SourceFile(_File):
    """Where to read on, within a card."""

    text: Line
    url: Annotated[Line, Field(pattern=r"^https?://\S+$")]


class CardFile(_File):
    """What a concept's card says; its name is that of the file."""

    title: Line
    group: Group
    what: Line
    too_little: Line
    too_much: Line
    usual: Line
    to_try: Annotated[tuple[Line, ...], Field(alias="try", min_length=3, max_length=3)]
    see: tuple[Line, ...] = ()
    read_on: Annotated[tuple[SourceFile, ...], Field(min_length=1)]


# ---------------------------------------------------------------- nouns


def load_recipe(path: Path) -> Recipe:
    """Raises RecipeError: the file cannot be read, or a key is unknown, missing or wrong."""
    told = _checked(RecipeFile, path).model_dump()
    told["timeout_s"] = told.pop("timeout")
    return Recipe(name=path.stem, **{**told, "repo": _beside(path, told["repo"])})


def load_experiment(path: Path) -> Experiment:
    """Raises RecipeError: as `load_recipe`, and for a patch that is not there."""
    told = _checked(ExperimentFile, path).model_dump()
    told["timeout_s"] = told.pop("timeout")
    patches = tuple(str((path.parent / patch).absolute()) for patch in told["patches"])
    missing = [patch for patch in patches if not Path(patch).is_file()]
    if missing:
        raise RecipeError(f"{path}: no such patch: {missing[0]}", hint="name it from that folder")
    target = _beside(path, told["target"])
    return Experiment(name=path.stem, **{**told, "patches": patches, "target": target})


def load_card(path: Path) -> Card:
    """Raises RecipeError: as `load_recipe`."""
    told = _checked(CardFile, path).model_dump()
    sources = tuple(Source(**one) for one in told.pop("read_on"))
    return Card(name=path.stem, read_on=sources, **told)


def _beside(path: Path, target: str) -> str:
    """`./…` and `../…` start from the file that says so."""
    relative = target.startswith(("./", "../")) or target in {".", ".."}
    return str((path.parent / target).resolve()) if relative else target


def _checked(kind: type[M], path: Path) -> M:
    try:
        return kind.model_validate(read_table(path, number=_typed_number))
    except ValidationError as error:
        misspelled_first = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
        problems = [_problem(kind, path, detail) for detail in misspelled_first]
        message, hint = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        facts = [problem for problem, _ in problems]
        raise RecipeError(f"{message}{more}", hint=hint, problems=facts) from error


def _problem(kind: type[BaseModel], path: Path, detail: ErrorDetails) -> tuple[str, str]:
    """What is wrong with one key, and what to write instead."""
    where = [str(part) for part in detail["loc"]]
    key = ".".join(where)
    known = [field.alias or name for name, field in kind.model_fields.items()]
    match detail["type"]:
        case "extra_forbidden":
            return f"{path}: unknown key {key!r}", near(key, known) or f"keys: {', '.join(known)}"
        case "missing":
            return f"{path}: {key!r} is missing", f"add a line: {key} = …"
        case _:
            expected = (
                detail["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
            )
            shown = repr(detail["input"])[:80]
            return f"{path}: {key} is {shown}: {_lower(expected)}", f"change {key} in {path.name}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
