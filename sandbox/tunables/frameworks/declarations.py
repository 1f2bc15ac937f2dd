"""How source text declares options of a command line: the noun, and what its parts stand for."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.tunables.literals import dotted_name, is_number, plain_text, resolve
from sandbox.tunables.sources import Source


class Style(StrEnum):
    """How an option's value is written."""

    words = "words"
    """`--lr 0.1`, as argparse and most others read it."""
    truth = "truth"
    """As `words`; what is true or false is said as `True` or `False`."""
    literal = "literal"
    """`--lr=0.1`, where the value is a Python literal (Fire)."""
    override = "override"
    """`lr=0.1`, in the grammar of Hydra."""
    dotlist = "dotlist"
    """`lr=0.1`, where the value is YAML (OmegaConf)."""


@dataclass(frozen=True)
class Option:
    """One flag or positional of a command line.

    Attributes:
        names: option strings as declared; empty for a positional.
        action: `store`, `append`, `count`, `const`; switches are `true`, `false` and `toggle`.
        nargs: as argparse writes it; None = exactly one value.
        off: what to give to switch a `toggle` off (`--no-cache`).
        type: name of the type or conversion function; None = text.
        position: 0 for the first positional; None for flags.
        is_raw: `sys.argv[i]` read directly: there are no flags, every argument counts.
        file: where it is declared; empty = in the file that was looked through.
        command: the words that have to stand before it: `train`.
        style: how a value is written, see `Style`.
    """

    names: tuple[str, ...]
    name: str
    line: int
    default: str | None = None
    type: str | None = None
    choices: tuple[str, ...] = ()
    help: str | None = None
    action: str = "store"
    nargs: str | None = None
    off: str | None = None
    dest: str | None = None
    position: int | None = None
    is_raw: bool = False
    is_required: bool = False
    file: str = ""
    command: tuple[str, ...] = ()
    style: Style = Style.words

    @property
    def flag(self) -> str | None:
        """The option string to pass: the first long one."""
        long = [name for name in self.names if name.startswith("--")]
        return next(iter([*long, *self.names]), None)

    @property
    def path(self) -> str:
        """What it is called beside the others of its program: `--lr`, `train.lr`."""
        name = self.flag or self.name
        return ".".join((*self.command, name.lstrip("-"))) if self.command else name

    @property
    def is_override(self) -> bool:
        """It sets a value of a configuration file: `optimizer.lr=0.1`."""
        return self.style in {Style.override, Style.dotlist}

    @property
    def is_switch(self) -> bool:
        return self.action in {"true", "false", "toggle", "const", "count"}


_OF_MEMBERS = ("name", "value")


@dataclass(frozen=True)
class Constants:
    """What the names in a declaration stand for, and the text they stand in.

    Attributes:
        members: of enumerations: class → name → value.
    """

    source: Source
    values: Mapping[str, ast.expr]
    members: Mapping[str, Mapping[str, ast.expr]] = field(default_factory=dict)


def constants_of(source: Source) -> dict[str, ast.expr]:
    """Simple assignments anywhere in the file, by name; those with several values left out."""
    found: dict[str, ast.expr] = {}
    twice: set[str] = set()
    for node in source.of(ast.Assign):
        if len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                twice |= {target.id} & found.keys()
                found[target.id] = node.value
    return {name: value for name, value in found.items() if name not in twice}


def called(node: ast.Call) -> str:
    """The last name of what is called, empty where it has none."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else dotted_name(node.func) or ""


def bare(flags: tuple[str, ...]) -> str:
    """The first long one without its dashes, else the first."""
    long = [flag for flag in flags if flag.startswith("--")]
    return (long or list(flags))[0].lstrip("-")


def is_text(node: ast.expr) -> bool:
    """Whether it is a text that stands there as such."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def text_of(node: ast.expr | None, constants: Constants) -> str | None:
    """A value as one would type it; numbers as the source writes them."""
    if node is None:
        return None
    node = resolve(node, constants.values)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
        members = _members(node.value.value, constants)
        if node.attr in _OF_MEMBERS and node.value.attr in members:
            return _said_of(node.value.attr, node.attr, members)
    return constants.source.segment(node) if is_number(node) else plain_text(node)


def _members(node: ast.expr, constants: Constants) -> Mapping[str, ast.expr]:
    """Those of an enumeration, by its name."""
    return constants.members.get((dotted_name(node) or "").rpartition(".")[2], {})


def _said_of(member: str, what: str, members: Mapping[str, ast.expr]) -> str | None:
    """`Color.RED.name` is `RED`, `Color.RED.value` the value."""
    return member if what == "name" else plain_text(members[member])


def type_name(node: ast.expr | None) -> str | None:
    """Of the function or class that a value goes through; click's own types as Python's."""
    if node is None:
        return None
    name = dotted_name(node.func if isinstance(node, ast.Call) else node) or "function"
    known = {"INT": "int", "FLOAT": "float", "STRING": "str", "BOOL": "bool"}
    last = name.rpartition(".")[2]
    if name.startswith("click."):
        return {"Choice": "str", "IntRange": "int", "FloatRange": "float"}.get(
            last, known.get(last, last)
        )
    return last


def choices_of(node: ast.expr | None, constants: Constants) -> tuple[str, ...]:
    """All that are allowed, as text; empty where that is not told in the source."""
    node = None if node is None else resolve(node, constants.values)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return tuple(plain_text(element) or "None" for element in node.elts)
    if isinstance(node, ast.Dict):
        return tuple(plain_text(key) or "None" for key in node.keys if key is not None)
    if isinstance(node, ast.ListComp) and len(node.generators) == 1:
        return _each_of(node.elt, node.generators[0], constants)
    if isinstance(node, ast.Call) and called(node) == "keys":
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        return choices_of(owner, constants)
    if isinstance(node, ast.Call) and called(node) == "range":
        return _range_choices(node)
    return ()


def _each_of(node: ast.expr, loop: ast.comprehension, constants: Constants) -> tuple[str, ...]:
    """`[one.name for one in Color]`."""
    if not isinstance(node, ast.Attribute) or node.attr not in _OF_MEMBERS or loop.ifs:
        return ()
    if not isinstance(node.value, ast.Name) or node.value.id != dotted_name(loop.target):
        return ()
    members = _members(loop.iter, constants)
    return tuple(_said_of(one, node.attr, members) or "None" for one in members)


def _range_choices(node: ast.Call) -> tuple[str, ...]:
    ends = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
    numbers = [end for end in ends if isinstance(end, int)]
    if len(numbers) != len(node.args) or not 1 <= len(numbers) <= 3 or 0 in numbers[2:]:
        return ()
    values = range(*numbers)
    return tuple(map(str, values)) if len(values) <= 100 else ()


def help_of(node: ast.expr | None) -> str | None:
    """The text on one line."""
    if node is None:
        return None
    text = node.value if isinstance(node, ast.Constant) else None
    return " ".join(text.split()) if isinstance(text, str) else None
