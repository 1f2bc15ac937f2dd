"""Options of Typer: the parameters of a command's function."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from sandbox.tunables.frameworks.declarations import Option, bare, called, help_of, is_text, text_of
from sandbox.tunables.frameworks.fields import Field, given_of, parameters_of
from sandbox.tunables.frameworks.program import Program
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.signatures import Function
from sandbox.tunables.sources import Source

MARK = "typer"
_MARKERS = {"Option", "Argument"}


@dataclass(frozen=True)
class _Command:
    """A function that is a command of an app, and the name it is called by there."""

    app: str
    name: str
    function: ast.AST
    is_callback: bool = False


def find(source: Source, program: Program) -> Iterator[Option]:
    """Of `typer.run(main)`, `@app.command()`, `@app.callback()`; of apps within apps too.

    An app of one command has no name for it, one of several, or with a callback, has.
    """
    for node in source.nodes:
        if isinstance(node, ast.Call) and dotted_name(node.func) == "typer.run" and node.args:
            known = program.definition(source, node.args[0])
            if known is not None:
                yield from _of_function(program, *known)
    commands = list(_commands(source))
    parents = _parents(source)
    for one in commands:
        words = _words(one, commands, parents)
        for option in _of_function(program, source, one.function):
            yield replace(option, command=words)


def _commands(source: Source) -> Iterator[_Command]:
    for node in source.nodes:
        if not isinstance(node, Function):
            continue
        for mark in node.decorator_list:
            call = mark if isinstance(mark, ast.Call) else None
            app, _, what = (dotted_name(call.func if call else mark) or "").rpartition(".")
            if app and what in {"command", "callback"}:
                given = call.args[0] if call and call.args else None
                given = given or (given_of(call).get("name") if call else None)
                named = given.value if given is not None and is_text(given) else None  # type: ignore[attr-defined]
                name = named or node.name.replace("_", "-")
                yield _Command(app, name, node, is_callback=what == "callback")


def _parents(source: Source) -> dict[str, tuple[str, str]]:
    """From an app to the one it is part of and its name there: `app.add_typer(other, name=…)`."""
    found: dict[str, tuple[str, str]] = {}
    for node in source.nodes:
        if isinstance(node, ast.Call) and called(node) == "add_typer" and node.args:
            name = given_of(node).get("name")
            child = dotted_name(node.args[0])
            if (
                child
                and name is not None
                and is_text(name)
                and isinstance(node.func, ast.Attribute)
            ):
                owner = dotted_name(node.func.value) or ""
                found[child] = (owner, name.value)  # type: ignore[attr-defined]
    return found


def _words(
    one: _Command, commands: list[_Command], parents: dict[str, tuple[str, str]]
) -> tuple[str, ...]:
    """What has to stand on the command line before a command's own options."""
    words: list[str] = []
    alike = [each for each in commands if each.app == one.app]
    has_parts = any(parent == one.app for parent, _ in parents.values())
    if not one.is_callback and (len(alike) > 1 or has_parts or one.app in parents):
        words.append(one.name)
    app = one.app
    while app in parents and len(words) < 8:
        app, name = parents[app]
        words.insert(0, name)
    return tuple(words)


def _of_function(program: Program, source: Source, made: ast.AST) -> Iterator[Option]:
    for each in parameters_of(program, source, made):
        option = _of_parameter(program, _described(each))
        if option is not None:
            yield option


def _described(field: Field) -> Field:
    """With what `typer.Option(…)` says, be it the default or part of an `Annotated`."""
    if isinstance(field.default, ast.Call) and called(field.default) in _MARKERS:
        call = field.default
        given = call.args[0] if call.args else given_of(call).get("default")
        is_required = isinstance(given, ast.Constant) and given.value is ...
        names = _with_args(call, call.args[1:])
        return replace(
            field,
            marker=names,
            default=None if is_required else given,
            is_required=is_required or given is None,
        )
    marks = [one for one in field.shape.extras if isinstance(one, ast.Call)]
    return replace(field, marker=next((one for one in marks if called(one) in _MARKERS), None))


def _with_args(call: ast.Call, args: list[ast.expr]) -> ast.Call:
    """The same call with other positional arguments."""
    return ast.Call(call.func, args, call.keywords)


def _of_parameter(program: Program, field: Field) -> Option | None:
    marker = field.marker
    given = given_of(marker) if marker else {}
    constants = program.constants(field.source)
    if "is_eager" in given or (field.shape.type is None and field.default is None and not marker):
        return None
    declared = [one.value for one in (marker.args if marker else ()) if is_text(one)]  # type: ignore[attr-defined]
    is_argument = called(marker) == "Argument" if marker else field.is_required
    option = Option(
        names=(),
        name=field.name,
        line=field.line,
        file=field.source.path,
        default=_default(field, text_of(field.default, constants)),
        type=field.shape.type or _type_of(field.default),
        choices=field.shape.values,
        help=help_of(given.get("help")) or field.help,
        nargs=field.shape.nargs if is_argument else None,
        is_required=field.is_required,
    )
    if is_argument:
        return option
    if text_of(given.get("count"), constants) == "True":
        option = replace(option, action="count", type="int")
    elif field.shape.nargs == "*":
        option = replace(option, action="append")
    elif field.shape.nargs:
        option = replace(option, nargs=field.shape.nargs)
    return _named(option, declared)


def _default(field: Field, text: str | None) -> str | None:
    """Of an enum's member its value, of `Path("x")` what is in it."""
    value = field.default
    if isinstance(value, ast.Call) and called(value) == "Path" and value.args:
        return value.args[0].value if is_text(value.args[0]) else text  # type: ignore[attr-defined]
    member = (text or "").removesuffix(".value").rpartition(".")[2]
    return dict(zip(field.shape.names, field.shape.values, strict=True)).get(member, text)


def _named(option: Option, declared: list[str]) -> Option:
    """With its flags: those that are given, else one made of the parameter's name."""
    dashed = option.name.replace("_", "-").lower().strip("-")
    flags = [name for name in declared if name.startswith("-")]
    on = tuple(flag.split("/")[0].strip() for flag in flags if not flag.startswith("/"))
    off = next((flag.split("/")[1].strip() for flag in flags if "/" in flag), None)
    if option.type == "bool" and option.action == "store":
        if not on:
            on, off = (f"--{dashed}",), f"--no-{dashed}"
        action = "toggle" if off else "true"
        option = replace(option, action=action, off=off, default=option.default or "False")
    names = on or (f"--{dashed}",)
    return replace(option, names=names, name=bare(names))


def _type_of(default: ast.expr | None) -> str | None:
    """Typer takes the type of the default where nothing else is said."""
    value = default.value if isinstance(default, ast.Constant) else None
    kind = type(value).__name__
    return kind if kind in {"int", "float", "bool", "str"} else None
