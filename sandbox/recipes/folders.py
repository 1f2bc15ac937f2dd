"""Recipes, experiments and cards by name, in the folders that hold them; `reading` checks them."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sandbox.errors import RecipeError

if TYPE_CHECKING:
    from sandbox.recipes.nouns import Card, Experiment, Recipe

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")

PROBLEMS = "problems.toml"
"""In folders of recipes the file that is none: `problems` reads it."""


class Listing(NamedTuple):
    """The recipes of some folders by name, and an error for each that does not load."""

    recipes: tuple[Recipe, ...]
    errors: tuple[RecipeError, ...]


def bundled_folder(kind: str) -> Path:
    """Where what we bring along lies: in a wheel inside the package, in a checkout beside it.

    Args:
        kind: `recipes`, `experiments` or `examples`.
    """
    package = Path(__file__).resolve().parents[1]
    inside = package / "bundled" / kind
    return inside if inside.is_dir() else package.parent / kind


def find_recipe(name: str, folders: Sequence[Path]) -> Recipe:
    """The recipe of that name in the first folder that has one.

    Raises:
        RecipeError: there is none (near names are in the hint), or it does not load.
    """
    from sandbox.recipes.reading import load_recipe

    return load_recipe(_find("recipe", name, _recipes(folders)))


def find_experiment(name: str, folders: Sequence[Path]) -> Experiment:
    """The experiment of that name, as `find_recipe` finds recipes."""
    from sandbox.recipes.reading import load_experiment

    return load_experiment(_find("experiment", name, _named_files(folders)))


def known_recipe(name: str, folders: Sequence[Path]) -> Recipe | None:
    """None = there is no such recipe, or it does not load."""
    path = _recipes(folders).get(name)
    if path is None:
        return None
    from sandbox.recipes.reading import load_recipe

    try:
        return load_recipe(path)
    except RecipeError:
        return None


def list_recipes(folders: Sequence[Path]) -> Listing:
    """All recipes, sorted by name; of several with one name the first folder's."""
    from sandbox.recipes.reading import load_recipe

    recipes, errors = [], []
    for _, path in sorted(_recipes(folders).items()):
        try:
            recipes.append(load_recipe(path))
        except RecipeError as error:
            errors.append(error)
    return Listing(tuple(recipes), tuple(errors))


def glance(folders: Sequence[Path]) -> dict[str, tuple[str, str]]:
    """Title and description of each recipe by its name, unchecked; one that is no TOML has none."""
    found = {}
    for name, path in sorted(_named_files(folders).items()):
        try:
            told = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        found[name] = (str(told.get("title", "")), str(told.get("description", "")))
    return found


def find_card(name: str, folders: Sequence[Path]) -> Card:
    """The card of that concept, as `find_recipe` finds recipes.

    Args:
        folders: of recipes; cards lie in `concepts` within.
    """
    from sandbox.recipes.reading import load_card

    return load_card(_find("concept", name, _concepts(folders)))


def card_names(folders: Sequence[Path]) -> tuple[str, ...]:
    """What there is a card of, sorted, whether it loads or not."""
    return tuple(sorted(_concepts(folders)))


def list_cards(folders: Sequence[Path]) -> tuple[tuple[Card, ...], tuple[RecipeError, ...]]:
    """All cards, sorted by name, and an error for each that does not load."""
    cards, errors = [], []
    for name in card_names(folders):
        try:
            cards.append(find_card(name, folders))
        except RecipeError as error:
            errors.append(error)
    return tuple(cards), tuple(errors)


def _recipes(folders: Sequence[Path]) -> dict[str, Path]:
    return {name: path for name, path in _named_files(folders).items() if path.name != PROBLEMS}


def _concepts(folders: Sequence[Path]) -> dict[str, Path]:
    return _named_files([folder / "concepts" for folder in folders])


def _find(kind: str, name: str, files: Mapping[str, Path]) -> Path:
    if name in files:
        return files[name]
    known = ", ".join(sorted(files)) or "there are none"
    others = "list them with: sandbox explain" if kind == "concept" else f"known ones: {known}"
    raise RecipeError(f"no {kind} called {name!r}", hint=near(name, files) or others)


def _named_files(folders: Sequence[Path]) -> dict[str, Path]:
    found = (path for folder in reversed(folders) for path in folder.glob("*.toml"))
    return {path.stem: path for path in found if _NAME.fullmatch(path.stem)}


def near(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, as a hint."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {found[0]!r}?" if found else None
