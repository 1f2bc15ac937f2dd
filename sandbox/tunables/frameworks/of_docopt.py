"""Options of docopt: what the usage text tells."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

from sandbox.tunables.frameworks.declarations import Option, called, is_text
from sandbox.tunables.frameworks.fields import given_of
from sandbox.tunables.frameworks.program import Program
from sandbox.tunables.literals import is_number, resolve, type_of
from sandbox.tunables.sources import Source
from sandbox.tunables.values import expression

MARK = "docopt"
_USAGE = re.compile(r"^([^\n]*usage:[^\n]*\n?(?:[ \t].*?(?:\n|$))*)", re.IGNORECASE | re.MULTILINE)
_DEFAULT = re.compile(r"\[default: (.*)\]", re.IGNORECASE)
_TOKEN = re.compile(
    r"<[^>\n]*>|--?[^\s=|\[\]().]+(?:=(?:<[^>\n]*>|[^\s|\[\]()]+))?|\.\.\.|[\[\]()|]|[^\s\[\]()|.]+"
)
_SILENT = {"--help", "-h", "--version"}
_LONGEST_TEXT = 20_000


@dataclass
class _Pattern:
    """One way to call the program: its words, positionals and the flags it names."""

    command: list[str] = field(default_factory=list)
    positionals: list[str] = field(default_factory=list)
    flags: dict[str, bool] = field(default_factory=dict)
    takes_all: bool = False


def find(source: Source, program: Program) -> Iterator[Option]:
    """Of `docopt(__doc__)`, of a constant, and of a text that stands in the call."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and called(node) == "docopt":
            given = node.args[0] if node.args else given_of(node).get("doc")
            found = _text(source, program, given)
            if found is not None and len(found[0]) <= _LONGEST_TEXT:
                yield from _of_text(*found)


def _text(source: Source, program: Program, node: ast.expr | None) -> tuple[str, int] | None:
    """The text and the line it begins in."""
    if isinstance(node, ast.Name) and node.id == "__doc__":
        first = source.tree.body[0] if source.tree.body else None
        node = first.value if isinstance(first, ast.Expr) else None
    node = resolve(node, program.constants(source).values) if node is not None else None
    if node is None or not is_text(node):
        return None
    return node.value, node.lineno  # type: ignore[attr-defined]


def _of_text(text: str, line: int) -> Iterator[Option]:
    described = {name: one for one in _described(text, line) for name in one.names}
    patterns = _patterns(text, described)
    seen: set[tuple[object, ...]] = set()
    for option in dict.fromkeys(described.values()):
        users = _users(option, patterns)
        if users and not _SILENT & set(option.names):
            yield replace(option, command=_shared(users))
    for pattern in patterns:
        for option in _of_pattern(pattern, _line(text, line), described):
            key = (option.command, option.names, option.name)
            if key not in seen:
                seen.add(key)
                yield option


def _users(option: Option, patterns: list[_Pattern]) -> list[_Pattern]:
    """The patterns that take an option; `[options]` stands for those that no pattern names."""
    named = [one for one in patterns if set(option.names) & one.flags.keys()]
    return named or [one for one in patterns if one.takes_all]


def _shared(users: list[_Pattern]) -> tuple[str, ...]:
    """The command that an option needs: none where some pattern without one has it."""
    commands = [tuple(one.command) for one in users]
    return () if () in commands else commands[0]


def _line(text: str, line: int) -> int:
    found = _USAGE.search(text)
    return line + text.count("\n", 0, found.start()) if found else line


def _described(text: str, line: int) -> Iterator[Option]:
    """Lines that begin with a dash, each with what follows up to the next such line."""
    starts = [match.start() for match in re.finditer(r"^[ \t]*(?=-)", text, re.MULTILINE)]
    for start, end in pairwise([*starts, len(text)]):
        head, _, rest = text[start:end].strip().partition("  ")
        words = head.replace(",", " ").replace("=", " ").split()
        names = tuple(word for word in words if word.startswith("-"))
        has_value = len(words) > len(names)
        default = _DEFAULT.search(rest)
        where = line + text.count("\n", 0, start)
        if names:
            yield _option(
                names, where, has_value=has_value, default=default and default[1], text=rest
            )


def _option(
    names: tuple[str, ...],
    line: int,
    *,
    has_value: bool,
    default: str | None = None,
    text: str = "",
) -> Option:
    long = [name for name in names if name.startswith("--")]
    said = " ".join(_DEFAULT.sub("", text.split("\n\n", maxsplit=1)[0]).split())
    said = said.removesuffix(" .")
    return Option(
        names=names,
        name=(long or list(names))[0].lstrip("-"),
        line=line,
        default=default if has_value else "False",
        type=_kind(default) if has_value else "bool",
        help=said or None,
        action="store" if has_value else "true",
    )


def _kind(default: str | None) -> str:
    node = expression(default) if default else None
    return str(type_of(node)) if node is not None and is_number(node) else "str"


def _patterns(text: str, described: dict[str, Option]) -> list[_Pattern]:
    found = _USAGE.search(text)
    if found is None:
        return []
    words = found[1].partition(":")[2].split()
    if not words:
        return []
    program = words[0]
    calls: list[list[str]] = []
    for word in words:
        if word == program:
            calls.append([])
        else:
            calls[-1].append(word)
    return [_pattern(" ".join(each), described) for each in calls]


def _pattern(text: str, described: dict[str, Option]) -> _Pattern:
    """Words before anything else are its command; alternatives are all taken for positionals."""
    found = _Pattern()
    takes_next = depth = 0
    for word in _TOKEN.findall(text):
        depth += (word in "[(") - (word in ")]")
        if word in {"[", "]", "(", ")", "|", "..."}:
            continue
        name, equals, _ = word.partition("=")
        if takes_next:
            takes_next = 0
        elif word.startswith("-") and word != "-":
            known = described.get(name)
            found.flags[name] = bool(equals) or (known is not None and known.action == "store")
            takes_next = not equals and known is not None and known.action == "store"
        elif word == "options":
            found.takes_all = True
        elif word.startswith("<") or (word.isupper() and len(word) > 1):
            found.positionals.append(word)
        elif not depth and not found.positionals and not found.flags:
            found.command.append(word)
    return found


def _of_pattern(pattern: _Pattern, line: int, described: dict[str, Option]) -> Iterator[Option]:
    command = tuple(pattern.command)
    for name, has_value in pattern.flags.items():
        if name not in described and name not in _SILENT and name != "--":
            yield replace(_option((name,), line, has_value=has_value), command=command)
    for name in dict.fromkeys(pattern.positionals):
        yield Option((), name.strip("<>"), line, type="str", is_required=True, command=command)
