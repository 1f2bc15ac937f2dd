"""Experiments that people wrote down of real repositories, and the tunables they name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox import tunables
from sandbox.domain import Entry, EntryKind, Tunable
from sandbox.interfaces import MemoryTree

from .repositories import Repository

_SUFFIXES = (".py", ".ipynb", ".yaml", ".yml", ".json", ".toml", ".ini", ".cfg")


def entry_of(path: str) -> Entry:
    """The entry that a file is."""
    return Entry(path, EntryKind.notebook if path.endswith(".ipynb") else EntryKind.script)


def entry_path(experiment: Mapping[str, Any]) -> str:
    """Of what is told: `src/main.py (flags in src/param_parser.py)`."""
    return str(experiment["entry"].split(" ")[0])


def find_named(
    repository: Repository, experiment: Mapping[str, Any]
) -> tuple[list[tuple[int, Tunable] | None], int]:
    """Each named tunable with its place in our list, and how long that list is.

    One that stands in another script is looked for in that script's own list.
    """
    files = {
        path: data
        for path, data in repository.files(experiment["commit"]).items()
        if path.endswith(_SUFFIXES)
    }
    tree, entry = MemoryTree(files), entry_path(experiment)
    ranked = tunables.scan(tree, entry_of(entry))
    found = []
    for one in experiment["tunables"]:
        where = _where(one["where"], entry)
        is_of_entry = any(each.file == where[0] for each in ranked)
        near = ranked if is_of_entry else tunables.scan(tree, entry_of(where[0]))
        found.append(_meant(near, where, one))
    return found, len(ranked)


def _where(told: str, entry: str) -> tuple[str, int | None, int]:
    """File, cell, line of `train.py:44`, `MLproject:8 -> train.py:44`, `cell 7 line 2`; 0 = any."""
    cell = re.match(r"cell (\d+).* line (\d+)", told)
    if cell:
        return entry, int(cell[1]), int(cell[2])
    found = re.findall(r"(\S+):(\d+)", told) or [(told.split(" ", maxsplit=1)[0], "0")]
    return found[-1][0], None, int(found[-1][1])


def _meant(
    ranked: tuple[Tunable, ...], where: tuple[str, int | None, int], named: Mapping[str, str]
) -> tuple[int, Tunable] | None:
    """Of that line, the one with that name, else the one with that value."""
    file, cell, line = where
    here = [
        (at, one)
        for at, one in enumerate(ranked, 1)
        if (one.file, one.span.cell if one.span else None) == (file, cell) and line in {one.line, 0}
    ]
    words = named["name"].split(" ")
    name = (words[0] if line else words[-1]).lstrip("-").replace("_", "-")
    told = named["current"].split(" ")[0]
    meant = [one for one in here if one[1].qualified_name.replace("_", "-").endswith(name)]
    meant = meant or [one for one in here if one[1].value in {named["current"], told}]
    return next(iter(meant), None)
