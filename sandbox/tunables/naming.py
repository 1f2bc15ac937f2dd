"""Names of tunables: the shortest that is not ambiguous, and finding one by what a user typed."""

from __future__ import annotations

import difflib
import functools
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from sandbox.domain import Tunable, TunableKind
from sandbox.errors import TunableError
from sandbox.tunables.literals import short
from sandbox.tunables.worth import NOISE

_CELL = re.compile(r"^(?:cell (\d+)|parameters):")
_ORDINAL = re.compile(r"#\d+$")
PARAMETERS = "parameters:"
DEFAULTS = "__defaults__"
_SHOWN = 12
_COMMAND_LINE = (TunableKind.flag, TunableKind.positional)


def find_tunable(tunables: Sequence[Tunable], name: str) -> Tunable:
    """The tunable a user means, exactly one.

    Accepted: the name that `scan` shows, a flag with or without its dashes and with `_` for `-`,
    the qualified name, and any end of it that fits only one (`Adam.lr`, `lr`, `cell 7: lr`,
    `train.py:lr`). A flag goes before anything else of that name; a variable of the cell tagged
    `parameters` before other cells; an argument at the call before the default it overrides; and
    what is worth nothing (labels of plots) stands in nobody's way.

    Raises:
        TunableError: unknown, with near names; ambiguous, with each candidate and how to name it.
    """
    exact = [tunable for tunable in tunables if tunable.qualified_name == name]
    if len(exact) == 1:
        return exact[0]
    key = _key(name)
    whole = [t for t in tunables if ":" in key and key in _whole_forms(t)]
    if len(whole) == 1:
        return whole[0]
    found = _preferred([t for t in tunables if key in set(_forms(t))])
    if len(found) == 1:
        return found[0]
    if not found:
        raise _unknown(tunables, name)
    raise _ambiguous(found, name)


def with_names(tunables: Iterable[Tunable]) -> tuple[Tunable, ...]:
    """The tunables, each with the shortest name that finds it again."""
    every = tuple(tunables)
    meant = _meanings(every)
    return tuple(_renamed(tunable, _shortest(tunable, meant)) for tunable in every)


def _renamed(tunable: Tunable, name: str) -> Tunable:
    return tunable if tunable.name == name else replace(tunable, name=name)


def _meanings(tunables: Sequence[Tunable]) -> Callable[[str], Sequence[Tunable]]:
    """From a key to what it names; answers are remembered: thousands may bear one name."""
    index: dict[str, list[Tunable]] = defaultdict(list)
    for tunable in tunables:
        for form in dict.fromkeys(_forms(tunable)):
            index[form].append(tunable)

    @functools.cache
    def meant(key: str) -> Sequence[Tunable]:
        found = index.get(key, [])
        if len(found) == 1:
            return found
        whole = [each for each in found if ":" in key and key in _whole_forms(each)]
        return whole if len(whole) == 1 else _preferred(found)

    return meant


def is_parameter(tunable: Tunable) -> bool:
    """Whether papermill sets it: a variable of the cell tagged `parameters`."""
    return file_of(tunable)[1].startswith(PARAMETERS)


def is_on_command_line(tunable: Tunable) -> bool:
    """Whether it is set there: a flag, a positional, a value of a configuration to override."""
    is_override = tunable.kind is TunableKind.config and tunable.span is None
    return is_override or tunable.kind in _COMMAND_LINE


def file_of(tunable: Tunable) -> tuple[str, str]:
    """A qualified name as file and the rest."""
    return tunable.file, tunable.qualified_name[len(tunable.file) + 1 :]


def _shortest(tunable: Tunable, meant: Callable[[str], Sequence[Tunable]]) -> str:
    for shown in _shown_forms(tunable):
        found = meant(_key(shown))
        if len(found) == 1 and found[0] is tunable:
            return shown
    return tunable.qualified_name


def _shown_forms(tunable: Tunable) -> Iterator[str]:
    """Names as they are shown, the shortest first."""
    file, rest = file_of(tunable)
    cell = _CELL.match(rest)
    path = rest[cell.end() :] if cell else rest
    if is_on_command_line(tunable):
        path = path.lstrip("-")
    ends = _ends(path)
    if _ORDINAL.search(path) and len(ends) > 1:
        ends = ends[1:]
    ends = [end for end in ends if not end.startswith(DEFAULTS)]
    yield from ends
    if cell:
        yield from (f"{cell.group(0)} {end}" for end in ends)
    for tail in _file_tails(file):
        yield from (f"{tail}:{end}" for end in ends)


def _forms(tunable: Tunable) -> Iterator[str]:
    """Everything a tunable answers to, as keys."""
    file, rest = file_of(tunable)
    cell = _CELL.match(rest)
    path = rest[cell.end() :] if cell else rest
    if is_on_command_line(tunable):
        path = path.lstrip("-")
    elif tunable.kind is TunableKind.literal:
        yield from _call_forms(tunable, path)
    prefixes = _prefixes(file, cell.group(0) if cell else "")
    ends = _ends(path)
    if DEFAULTS in path:
        path = path.replace(f"{DEFAULTS}.", "")
        ends += _ends(path)
    if "#" in path:
        ends += _ends(_ORDINAL.sub("", path))
    for end in dict.fromkeys(map(_key, ends)):
        for prefix in prefixes:
            yield prefix + end


@functools.lru_cache(1024)
def _prefixes(file: str, cell: str) -> tuple[str, ...]:
    """What may stand before a name, as keys: nothing, the file, the cell, both."""
    found = ["", *(f"{_key(tail)}:" for tail in _file_tails(file))]
    return tuple(each + more for each in found for more in dict.fromkeys(["", _key(cell)]))


def _whole_forms(tunable: Tunable) -> set[str]:
    """The whole path, with no more than folders left out: nothing shorter competes with it."""
    file, rest = file_of(tunable)
    return {_key(f"{tail}:{rest}") for tail in _file_tails(file)} | {_key(rest)}


def _call_forms(tunable: Tunable, path: str) -> Iterator[str]:
    """`range(100)`: a call as it stands in the text."""
    parts = path.split(".")
    if len(parts) > 1 and tunable.value is not None:
        yield _key(f"{parts[-2]}({tunable.value})")


def _ends(path: str) -> list[str]:
    """The last part, the last two, … the whole."""
    ends: list[str] = []
    for part in reversed(path.split(".")):
        ends.append(f"{part}.{ends[-1]}" if ends else part)
    return ends


@functools.lru_cache(1024)
def _file_tails(file: str) -> tuple[str, ...]:
    parts = file.split("/")
    return tuple("/".join(parts[start:]) for start in range(len(parts) - 1, -1, -1))


@functools.lru_cache(2**15)
def _key(name: str) -> str:
    head, colon, tail = name.strip().rpartition(":")
    plain = f"{head}{colon}{tail.strip().lstrip('-')}"
    return plain.replace("-", "_").replace(" ", "")


def _preferred(found: Sequence[Tunable]) -> list[Tunable]:
    """The candidates that are left once those are gone which give way to others."""
    for stays in (is_on_command_line, _is_parameter, _is_worth_something):
        better = [tunable for tunable in found if stays(tunable)]
        found = better or found
    written = [tunable for tunable in found if tunable.kind is not TunableKind.default]
    files, owners = {one.file for one in written}, set(map(_owner, written))
    return [
        tunable
        for tunable in found
        if tunable.kind is not TunableKind.default
        or not _gives_way(tunable, files=files, owners=owners)
    ]


def _gives_way(
    tunable: Tunable, *, files: Collection[str], owners: Collection[tuple[str, ...]]
) -> bool:
    """A default gives way to the argument that overrides it, and to values in another file."""
    return bool(files) and (tunable.file not in files or _owner(tunable) in owners)


def _is_parameter(tunable: Tunable) -> bool:
    """A variable of the cell tagged `parameters`."""
    return tunable.kind is TunableKind.variable and is_parameter(tunable)


def _is_worth_something(tunable: Tunable) -> bool:
    return tunable.worth > NOISE


def _owner(tunable: Tunable) -> tuple[str, ...]:
    parts = _ORDINAL.sub("", file_of(tunable)[1].replace(f"{DEFAULTS}.", "")).split(".")
    return tuple(parts[-2:])


def _unknown(tunables: Sequence[Tunable], name: str) -> TunableError:
    near = _near(tunables, name)
    meant = f"did you mean {' or '.join(repr(each) for each in near)}? " if near else ""
    where = f" in {tunables[0].file}" if tunables else ""
    return TunableError(
        f"no tunable called '{name}'{where}",
        hint=f"{meant}list them with: sandbox scan TARGET ENTRY --all; "
        "a flag that scan cannot see goes after --",
        near=tuple(near),
    )


def _near(tunables: Sequence[Tunable], name: str) -> list[str]:
    by_key: dict[str, str] = {}
    for tunable in tunables:
        by_key.setdefault(_key(tunable.name), tunable.name)
    for tunable in tunables:
        last = _key(_ORDINAL.sub("", file_of(tunable)[1].rpartition(".")[2]))
        by_key.setdefault(last, tunable.name)
    keys = difflib.get_close_matches(_key(name), by_key, n=3, cutoff=0.6)
    return list(dict.fromkeys(by_key[key] for key in keys))


def _ambiguous(found: Sequence[Tunable], name: str) -> TunableError:
    lines = [
        f"{t.name} ({posixpath.normpath(t.file)}:{_line(t)}, now {short(str(t.value))})"
        for t in found
    ]
    more = f", and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return TunableError(
        f"'{name}' names {len(found)} tunables: {', '.join(lines[:_SHOWN])}{more}",
        hint=f"name one of them in full, such as: -p '{found[0].name}=...'",
        candidates=tuple(tunable.qualified_name for tunable in found),
    )


def _line(tunable: Tunable) -> str:
    cell = tunable.span.cell if tunable.span else None
    return f"cell {cell} line {tunable.line}" if cell is not None else str(tunable.line)
