"""Tweaks turned into a command line, papermill parameters and edited files; nothing is written."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sandbox.domain import Entry, EntryKind, Span, Tunable, TunableKind
from sandbox.errors import TunableError
from sandbox.interfaces import SourceTree
from sandbox.tunables.cells import Notebook, parse_cells, python_of, read_notebook, replace_cell
from sandbox.tunables.commandline import set_option
from sandbox.tunables.configs import setting_text
from sandbox.tunables.frameworks import Option, declared_options
from sandbox.tunables.imports import with_imports
from sandbox.tunables.literals import short
from sandbox.tunables.naming import file_of, is_on_command_line, is_parameter
from sandbox.tunables.sources import Source, decode, offsets, parse
from sandbox.tunables.values import expression, object_of, source_text

Change = tuple[Tunable, str]


@dataclass(frozen=True)
class Applied:
    """What a variant runs with.

    Attributes:
        arguments: the command line of a script, what was passed through included.
        parameters: values for papermill to inject; identifiers only.
        edits: path → whole new content, of the files that differ from the tree's.
        notes: what the user should know, one line each.
    """

    arguments: tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    edits: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def apply(
    tree: SourceTree,
    entry: Entry,
    tweaks: Sequence[Change],
    *,
    arguments: Sequence[str] = (),
) -> Applied:
    """Apply tweaks to an entry, on text only.

    Args:
        tree: the tree that was scanned.
        entry: what is going to be run.
        tweaks: tunables as `scan` gave them, each with its new value as typed.
        arguments: what the user passes through; an option that a tweak sets is replaced in it.

    Raises:
        TunableError: a value that does not fit, one tunable twice, or a tree that has changed.
    """
    _refuse_twice(tweaks)
    refuse_within([tunable for tunable, _ in tweaks])
    on_line = [tweak for tweak in tweaks if is_on_command_line(tweak[0])]
    injected = [tweak for tweak in tweaks if _is_injected(entry, tweak[0])]
    edited = [tweak for tweak in tweaks if tweak not in on_line and tweak not in injected]
    words, notes = _command_line(tree, entry, on_line, tuple(arguments))
    parameters = {file_of(t)[1].rpartition(":")[2]: object_of(t, value) for t, value in injected}
    return Applied(words, parameters, _edits(tree, edited), notes)


def _is_injected(entry: Entry, tunable: Tunable) -> bool:
    is_variable = tunable.kind is TunableKind.variable and is_parameter(tunable)
    name = file_of(tunable)[1].rpartition(":")[2]
    return entry.kind is EntryKind.notebook and is_variable and name.isidentifier()


def _refuse_twice(tweaks: Sequence[Change]) -> None:
    seen: set[str] = set()
    for tunable, _ in tweaks:
        if tunable.qualified_name in seen:
            raise TunableError(f"'{tunable.name}' is given twice", hint="give it one value a run")
        seen.add(tunable.qualified_name)


def refuse_within(tunables: Iterable[Tunable]) -> None:
    """A dict and a value in it cannot both be set.

    Raises:
        TunableError: with both names.
    """
    placed = sorted((one for one in tunables if one.span), key=lambda one: (one.file, _where(one)))
    for outer, inner in itertools.pairwise(placed):
        if is_within(inner, outer):
            raise TunableError(
                f"'{inner.name}' is a part of '{outer.name}'", hint="give one of them a value"
            )


def is_within(inner: Tunable, outer: Tunable) -> bool:
    """Whether its value stands in the other's, so that a variant can have one of them."""
    if inner.span is None or outer.span is None or inner.file != outer.file:
        return False
    cell, *begin = _where(outer)
    end = [outer.span.end_line, outer.span.end_column]
    return _where(inner)[0] == cell and begin <= list(_start(inner)) < end


def _where(tunable: Tunable) -> tuple[int, int, int]:
    """Its cell, and the line and column at which it begins."""
    cell = _span(tunable).cell
    return (-1 if cell is None else cell, *_start(tunable))


def _command_line(
    tree: SourceTree, entry: Entry, tweaks: Sequence[Change], arguments: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Flags are set in the order given, positionals in the order of their places."""
    if not tweaks:
        return arguments, ()
    options = _declared(tree, entry)
    order = {f"{one.file}:{one.path}": one.position or 0 for one in options}
    notes: list[str] = []
    for tunable, value in sorted(tweaks, key=lambda tweak: order.get(tweak[0].qualified_name, 0)):
        arguments, note = set_option(arguments, options, tunable, value)
        notes += [note] if note else []
    return arguments, tuple(notes)


def _declared(tree: SourceTree, entry: Entry) -> tuple[Option, ...]:
    try:
        return declared_options(tree, entry.path)
    except KeyError as error:
        raise TunableError(f"no file '{entry.path}' in the tree any more") from error


def _edits(tree: SourceTree, tweaks: Sequence[Change]) -> dict[str, bytes]:
    by_file: dict[str, list[Change]] = defaultdict(list)
    for tweak in tweaks:
        by_file[tweak[0].file].append(tweak)
    edits: dict[str, bytes] = {}
    for path, changes in by_file.items():
        data = _read(tree, path)
        new = _edited(path, data, changes)
        if new != data:
            edits[path] = new
    return edits


def _edited(path: str, data: bytes, changes: Sequence[Change]) -> bytes:
    if path.endswith(".ipynb"):
        return _edited_notebook(path, data, changes)
    if changes[0][0].kind is TunableKind.config:
        text = data.decode("utf-8")
        new = [(t, setting_text(t, t.value or "", v)) for t, v in changes]
        return _replaced(text, new).encode()
    try:
        text, encoding = decode(data)
    except ValueError as error:
        raise TunableError(f"{path}: {error}") from error
    return _encoded(path, _edited_python(path, text, changes), encoding)


def _edited_notebook(path: str, data: bytes, changes: Sequence[Change]) -> bytes:
    try:
        notebook = read_notebook(path, data)
        cells = {cell.index: cell.text for cell in notebook.cells}
    except ValueError as error:
        raise TunableError(f"{path}: {error}") from error
    by_cell: dict[int, list[Change]] = defaultdict(list)
    for tunable, value in changes:
        cell = _span(tunable).cell
        if cell not in cells:
            raise _changed(tunable)
        by_cell[cell].append((tunable, value))
    for cell, within in by_cell.items():
        text = _edited_python(path, cells[cell], within, notebook)
        if text != cells[cell]:
            data = replace_cell(data, cell, text)
    return data


def _edited_python(
    path: str, text: str, changes: Sequence[Change], notebook: Notebook | None = None
) -> str:
    """The file, or the cell of a notebook, with new values and the imports that they need."""
    values = [(t, source_text(t, t.value or "None", v)) for t, v in changes]
    new = _replaced(text, values)
    try:
        tree = parse(python_of(new) if notebook else new, cell=notebook is not None)
    except ValueError as error:
        names = ", ".join(tunable.name for tunable, _ in changes)
        raise TunableError(f"with these values the file no longer parses: {names}") from error
    code = [expression(value) for tunable, value in values if tunable.type == "expression"]
    found = [node for node in code if node is not None]
    if not found:
        return new
    last = _span(changes[0][0]).cell or 0
    cells = parse_cells(notebook)[0] if notebook else [Source(path, text, parse(text))]
    known = [one for one in cells if (one.cell or 0) <= last]
    return with_imports(Source(path, new, tree), found, known)


def _replaced(text: str, changes: Sequence[tuple[Tunable, str]]) -> str:
    """The text with each span replaced, from the last to the first so that none moves another."""
    for tunable, new in sorted(changes, key=lambda change: _start(change[0]), reverse=True):
        start, end = offsets(text, _span(tunable))
        if text[start:end] != tunable.value:
            raise _changed(tunable)
        text = text[:start] + new + text[end:]
    return text


def _span(tunable: Tunable) -> Span:
    if tunable.span is None:
        raise TunableError(f"'{tunable.name}' has no place in the source that could be edited")
    return tunable.span


def _start(tunable: Tunable) -> tuple[int, int]:
    span = _span(tunable)
    return span.line, span.column


def _changed(tunable: Tunable) -> TunableError:
    return TunableError(
        f"{tunable.file}:{tunable.line} no longer holds {short(str(tunable.value))}",
        hint="the source has changed since it was scanned: scan it again",
    )


def _encoded(path: str, text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        character = text[error.start]
        raise TunableError(
            f"{character!r} cannot be written in {path}, which is in {encoding}"
        ) from error


def _read(tree: SourceTree, path: str) -> bytes:
    try:
        return tree.read(path)
    except KeyError as error:
        raise TunableError(f"no file '{path}' in the tree any more") from error
