"""Values in source code that could be others: constants, literals in calls, defaults."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sandbox.domain import TunableKind
from sandbox.syntax import children, walk
from sandbox.tunables.literals import (
    LONGEST_VALUE,
    dotted_name,
    is_literal,
    is_number,
    is_simple,
)
from sandbox.tunables.signatures import (
    PLOTS,
    POSITIONAL,
    SHAPES,
    SKIPPED_CALLS,
    TRAINING_CALLS,
    Function,
    Signatures,
)
from sandbox.tunables.sources import Source
from sandbox.tunables.worth import concept_of

_LONGEST_DATA = 100_000
"""Characters; what is longer is read from files by people who mean to change it."""
_PLAIN = (ast.Assign, ast.Expr, ast.Return, ast.AugAssign, ast.AnnAssign, ast.Import)
"""The most usual statements in which no others stand."""


@dataclass(frozen=True, eq=False)
class Place:
    """One value in a source.

    Attributes:
        names: the dotted path to it, scopes first (`main`, `Adam`, `lr`).
        node: the value.
        depth: functions around it; 0 = top level or main block.
        is_noise: a plot's looks, a shape, a counter's start: hardly worth trying.
        is_training_loop: the bound of a loop that trains, whatever its counter is called.
        is_data: a list, dict or text that is more likely data than a setting.
    """

    kind: TunableKind
    names: tuple[str, ...]
    node: ast.expr
    depth: int = 0
    is_noise: bool = False
    is_training_loop: bool = False
    is_data: bool = False


@dataclass(frozen=True)
class _Scope:
    names: tuple[str, ...] = ()
    depth: int = 0
    in_class: bool = False


def find_places(source: Source, signatures: Signatures) -> list[Place]:
    """Every place of a file or cell, in the order of the text.

    Args:
        source: what to look through.
        signatures: names of the positional parameters of the functions and classes at hand.
    """
    counters = _counters(source)
    found: list[Place] = []
    waiting = [(statement, _Scope()) for statement in source.tree.body]
    while waiting:
        statement, scope = waiting.pop()
        found.extend(_in_statement(statement, scope, signatures))
        if type(statement) not in _PLAIN:
            waiting.extend(_inner(statement, scope))
    if source.cell is not None:
        found = [_as_variable(place) for place in found]
    found = [place for place in found if not place.is_data or _is_readable(source, place)]
    marked = (_mark_counter(place, counters) for place in found)
    return sorted(marked, key=lambda place: (place.node.lineno, place.node.col_offset))


def _inner(statement: ast.stmt, scope: _Scope) -> list[tuple[ast.stmt, _Scope]]:
    """The statements inside a statement, each with the scope it stands in."""
    if isinstance(statement, ast.ClassDef):
        scope = _Scope((*scope.names, statement.name), scope.depth, in_class=True)
    elif isinstance(statement, Function):
        hidden = scope.in_class and statement.name == "__init__"
        names = scope.names if hidden else (*scope.names, statement.name)
        scope = _Scope(names, scope.depth + 1)
    return [(inner, scope) for inner in _blocks(statement)]


def _blocks(statement: ast.stmt) -> Iterator[ast.stmt]:
    for field in ("body", "orelse", "finalbody"):
        yield from getattr(statement, field, [])
    for part in (*getattr(statement, "handlers", []), *getattr(statement, "cases", [])):
        yield from part.body


def _in_statement(statement: ast.stmt, scope: _Scope, signatures: Signatures) -> Iterator[Place]:
    if isinstance(statement, Function):
        yield from _defaults(statement, scope)
        return
    if isinstance(statement, ast.Assign):
        for target in statement.targets[:1]:
            yield from _assigned(target, statement.value, scope)
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        yield from _assigned(statement.target, statement.value, scope)
    for call in _calls(statement):
        for place in _in_call(call, scope, signatures):
            yield _looped(place, call, statement)


def _defaults(function: Function, scope: _Scope) -> Iterator[Place]:
    hidden = scope.in_class and function.name == "__init__"
    names = scope.names if hidden else (*scope.names, function.name)
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    tail = positional[len(positional) - len(arguments.defaults) :]
    pairs = [*zip(tail, arguments.defaults, strict=True)]
    pairs += [
        (argument, default)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    ]
    for argument, default in pairs:
        if _is_value(argument.arg, default):
            path = (*names, argument.arg)
            yield Place(TunableKind.default, path, default, scope.depth)


def _assigned(target: ast.expr, value: ast.expr, scope: _Scope) -> Iterator[Place]:
    """Places of an assignment: one value, several at once, or a dict of settings."""
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        if len(target.elts) == len(value.elts):
            for one, other in zip(target.elts, value.elts, strict=True):
                yield from _assigned(one, other, scope)
        return
    names = _target_names(target)
    if names is None or names[-1].startswith("__"):
        return
    path = (*scope.names, *names)
    if isinstance(value, ast.Dict):
        yield from _settings(path, value, scope)
        yield from _data(path, value, scope)
    elif isinstance(value, ast.Call) and dotted_name(value.func) == "dict":
        for word in value.keywords:
            if word.arg and _is_value(word.arg, word.value):
                yield Place(TunableKind.constant, (*path, word.arg), word.value, scope.depth)
    elif _is_value(path[-1], value):
        yield Place(TunableKind.constant, path, value, scope.depth)
    else:
        yield from _data(path, value, scope)


def _data(path: tuple[str, ...], value: ast.expr, scope: _Scope) -> Iterator[Place]:
    """What stands on the file's own level and is no setting as it seems."""
    if scope == _Scope() and is_literal(value):
        yield Place(TunableKind.constant, path, value, is_noise=True, is_data=True)


def _is_readable(source: Source, place: Place) -> bool:
    is_long = place.node.lineno != place.node.end_lineno or _length(place.node) > LONGEST_VALUE
    return not is_long or len(source.segment(place.node)) <= _LONGEST_DATA


def _settings(path: tuple[str, ...], value: ast.Dict, scope: _Scope) -> Iterator[Place]:
    for key, inner in zip(value.keys, value.values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            continue
        if not key.value.isidentifier() or len(path) > 8:
            continue
        if isinstance(inner, ast.Dict):
            yield from _settings((*path, key.value), inner, scope)
        elif _is_value(key.value, inner):
            yield Place(TunableKind.constant, (*path, key.value), inner, scope.depth)


def _target_names(target: ast.expr) -> tuple[str, ...] | None:
    """`lr`, `self.lr`, `config["lr"]` as a path, `self` left out."""
    if isinstance(target, ast.Subscript):
        key = target.slice.value if isinstance(target.slice, ast.Constant) else None
        owner = _target_names(target.value)
        return (*owner, key) if owner and isinstance(key, str) and key.isidentifier() else None
    name = dotted_name(target) if isinstance(target, ast.Name | ast.Attribute) else None
    if name is None or "(" in name:
        return None
    names = tuple(name.split("."))
    return names[1:] if names[0] == "self" and len(names) > 1 else names


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    """Calls in the statement's own expressions, without those of the statements inside it.

    Formatted strings are left out: Python 3.11 does not say where in the text their parts stand.
    """
    waiting: list[ast.AST] = [
        child for child in children(statement) if not isinstance(child, ast.stmt)
    ]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.JoinedStr | ast.excepthandler | ast.match_case):
            continue
        if isinstance(node, ast.Call):
            yield node
        waiting.extend(children(node))


def _in_call(call: ast.Call, scope: _Scope, signatures: Signatures) -> Iterator[Place]:
    full = dotted_name(call.func) or ""
    name = full.rpartition(".")[2]
    if not name or name in SKIPPED_CALLS or name.startswith("DEFINE_") or full == "dict":
        return
    noise = full.split(".")[0] in PLOTS or ".add_subplot" in full
    path = (*scope.names, *([] if name == "__init__" else [name]))
    blank = Place(TunableKind.literal, path, call, scope.depth, noise)
    for word in call.keywords:
        if word.arg and _is_value(word.arg, word.value):
            yield Place(blank.kind, (*path, word.arg), word.value, scope.depth, noise)
    if not noise:
        yield from _positional(call, name, blank, signatures)


def _positional(call: ast.Call, name: str, blank: Place, signatures: Signatures) -> Iterator[Place]:
    known = signatures.get(name, POSITIONAL.get(name, ()))
    if name in {"range", "trange"}:
        known = ("stop",) if len(call.args) == 1 else ("start", "stop", "step")
    for index, value in enumerate(call.args):
        if isinstance(value, ast.Starred):
            return
        leaf = known[index] if index < len(known) else f"arg{index + 1}"
        if not _is_value(leaf, value) or not _is_telling(leaf, value):
            continue
        noise = name in SHAPES or leaf in {"start", "step"} or _is_data(value)
        yield Place(blank.kind, (*blank.names, leaf), value, blank.depth, noise)


def _is_data(value: ast.expr) -> bool:
    """A list of lists, or a long one, is more likely data than a setting."""
    if not isinstance(value, ast.List | ast.Tuple):
        return False
    is_nested = any(isinstance(element, ast.List | ast.Tuple) for element in value.elts)
    return is_nested or len(value.elts) > 12


def _is_telling(leaf: str, value: ast.expr) -> bool:
    """Texts and booleans in a call are worth listing only when their meaning is known."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str | bool | None):
        concept = concept_of(leaf)
        return concept is not None and concept.is_choice
    if isinstance(value, ast.List | ast.Tuple):
        return any(map(is_number, ast.walk(value)))
    return True


def _looped(place: Place, call: ast.Call, statement: ast.stmt) -> Place:
    """`for epoch in range(5000)`: the bound bears the name of what it counts."""
    if place.names[-1] != "stop" or not isinstance(statement, ast.For | ast.AsyncFor):
        return place
    if (dotted_name(call.func) or "").rpartition(".")[2] not in {"range", "trange"}:
        return place
    target = statement.target
    if isinstance(target, ast.Tuple) and target.elts:
        target = target.elts[-1]
    is_named = isinstance(target, ast.Name) and target.id.strip("_")
    leaf = target.id if is_named else "stop"  # type: ignore[attr-defined]
    names = (*place.names[:-1], leaf)
    return replace(place, names=names, is_training_loop=_trains(statement))


def _trains(loop: ast.For | ast.AsyncFor) -> bool:
    inner = (node for statement in loop.body for node in walk(statement))
    return any(isinstance(node, ast.Attribute) and node.attr in TRAINING_CALLS for node in inner)


def _is_value(name: str, value: ast.expr) -> bool:
    if is_simple(value):
        return _length(value) <= LONGEST_VALUE
    concept = concept_of(name)
    return concept is not None and concept.is_choice and _is_choice(value)


def _length(value: ast.expr) -> int:
    """Characters of a value on one line; a value over several lines counts 60 for each."""
    end_line, end_column = value.end_lineno or value.lineno, value.end_col_offset or 0
    if end_line == value.lineno:
        return end_column - value.col_offset
    return (end_line - value.lineno + 1) * 60


def _is_choice(value: ast.expr) -> bool:
    """A class or function by its name, or a call without arguments: `Sigmoid`, `nn.GELU()`."""
    if isinstance(value, ast.Call):
        return not value.args and not value.keywords and _is_choice(value.func)
    name = dotted_name(value) or ""
    last = name.rpartition(".")[2]
    return "(" not in name and (last[:1].isupper() or name.startswith(("F.", "torch.", "tf.")))


def _as_variable(place: Place) -> Place:
    if place.kind is TunableKind.constant and place.depth == 0:
        return replace(place, kind=TunableKind.variable)
    return place


def _counters(source: Source) -> frozenset[str]:
    """Names that are carried on somewhere: `total += loss`, `mean = 0.9 * mean + reward`."""
    names: set[str] = set()
    for node in source.of(ast.AugAssign, ast.Assign):
        if isinstance(node, ast.AugAssign):
            names.add((dotted_name(node.target) or "").rpartition(".")[2])
        elif isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            inner = (each for each in walk(node.value) if isinstance(each, ast.Name))
            names |= {name} & {each.id for each in inner}
    return frozenset(names)


def _mark_counter(place: Place, counters: frozenset[str]) -> Place:
    is_assigned = place.kind in {TunableKind.constant, TunableKind.variable}
    if is_assigned and place.names[-1] in counters:
        return replace(place, is_noise=True)
    return place
