"""Command lines as source text declares them: a module for each library, all with one interface.

`MARK` is a text without which a file need not be looked at, `find(source, program)` gives the
options a file declares. Nothing is imported or executed; a library need not be installed.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from sandbox.interfaces import SourceTree
from sandbox.tunables.frameworks import (
    of_absl,
    of_argparse,
    of_argv,
    of_click,
    of_docopt,
    of_fire,
    of_hydra,
    of_omegaconf,
    of_simple_parsing,
    of_transformers,
    of_typer,
    of_tyro,
)
from sandbox.tunables.frameworks.declarations import Option, Style
from sandbox.tunables.frameworks.program import Program
from sandbox.tunables.modules import local_modules
from sandbox.tunables.reach import idle_lines
from sandbox.tunables.sources import Skipped, Source, parse_source

__all__ = ["Framework", "Option", "Program", "Style", "declared_options", "find_options"]


class Framework(Protocol):
    """What each module here is."""

    MARK: str

    def find(self, source: Source, program: Program) -> Iterator[Option]:
        """The options that a file declares; never raises for what it cannot read."""


_FRAMEWORKS: tuple[Framework, ...] = (
    of_argparse,
    of_click,
    of_absl,
    of_typer,
    of_fire,
    of_tyro,
    of_simple_parsing,
    of_transformers,
    of_docopt,
    of_hydra,
    of_omegaconf,
)
_SPREAD = (of_argparse, of_click, of_absl)
"""Their options may be declared in many files; another one's in an imported file are its own."""


def find_options(program: Program) -> tuple[Option, ...]:
    """Every flag, positional and override of a program, those of the nearest files first.

    The first of equal ones counts; plain `sys.argv` only where nothing else takes arguments. What
    is declared in functions that are never called counts where nothing else is.
    """
    every: list[Option] = []
    for source in program.sources:
        every += _of_source(source, program, _SPREAD if every else _FRAMEWORKS)
    idle = idle_lines(program.sources) if every else frozenset()
    reached = [option for option in every if (option.file, option.line) not in idle]
    found: dict[tuple[object, ...], Option] = {}
    for option in reached or every:
        found.setdefault((option.command, option.flag or option.name), option)
    return tuple(_numbered(found.values()))


def _of_source(source: Source, program: Program, frameworks: tuple[Framework, ...]) -> list[Option]:
    found = [
        replace(option, file=option.file or source.path)
        for framework in frameworks
        if framework.MARK in source.text
        for option in framework.find(source, program)
    ]
    found.sort(key=lambda option: option.line if option.file == source.path else 0)
    is_bare = frameworks is not _SPREAD and not any(option.names for option in found)
    if is_bare and of_argv.MARK in source.text:
        found += [replace(one, file=source.path) for one in of_argv.find(source, program)]
    return found


def _numbered(options: Iterable[Option]) -> Iterator[Option]:
    positions: Counter[tuple[str, ...]] = Counter()
    for option in options:
        if option.names:
            yield option
        else:
            yield replace(option, position=positions[option.command])
            positions[option.command] += 1


@functools.lru_cache(4)
def declared_options(tree: SourceTree, path: str) -> tuple[Option, ...]:
    """The options of a script of a tree; remembered, for the variants of a sweep have the same.

    Raises:
        KeyError: no such file.
    """
    source = parse_source(path, tree.read(path))
    if isinstance(source, Skipped):
        return ()
    imported, _ = local_modules(tree, path, [source])
    return find_options(Program(tree, (source, *imported)))
