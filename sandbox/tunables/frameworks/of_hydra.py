"""Values of a Hydra configuration and its groups: what `@hydra.main` puts together, unexecuted."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.tunables.frameworks.declarations import Option, Style, called, text_of
from sandbox.tunables.frameworks.fields import Field, fields_of, given_of
from sandbox.tunables.frameworks.of_omegaconf import override, readable
from sandbox.tunables.frameworks.program import Program
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.signatures import Function
from sandbox.tunables.sources import Source
from sandbox.tunables.yaml_text import YamlPath, items

MARK = "hydra"
_DEEPEST = 8
_MOST_OPTIONS = 2000
_PACKAGE = re.compile(r"^\s*#\s*@package\s+(\S+)", re.MULTILINE)


@dataclass
class _Tree:
    """The folder of configurations, and what was found in it so far, by name."""

    program: Program
    folder: str
    found: dict[str, Option] = field(default_factory=dict)

    def path(self, config: str) -> str:
        return posixpath.normpath(posixpath.join(self.folder, f"{config}.yaml"))

    def choices(self, group: str) -> tuple[str, ...]:
        """Names of the files in a group's folder."""
        folder = posixpath.normpath(posixpath.join(self.folder, group)) + "/"
        paths = [path for path in self.program.tree.paths() if path.startswith(folder)]
        names = [path[len(folder) :] for path in paths if path.endswith(".yaml")]
        return tuple(name[: -len(".yaml")] for name in names if "/" not in name)


def find(source: Source, program: Program) -> Iterator[Option]:
    """Of each function with `@hydra.main(config_path=…, config_name=…)`."""
    for node in source.nodes:
        for mark in node.decorator_list if isinstance(node, Function) else ():
            if isinstance(mark, ast.Call) and dotted_name(mark.func) in {"hydra.main", "main"}:
                yield from _of_main(source, program, mark)


def _of_main(source: Source, program: Program, mark: ast.Call) -> Iterator[Option]:
    constants = program.constants(source)
    given = given_of(mark)
    folder = text_of(given.get("config_path", mark.args[0] if mark.args else None), constants)
    name = text_of(given.get("config_name"), constants)
    if name is None:
        return
    base = posixpath.join(posixpath.dirname(source.path), folder or "")
    tree = _Tree(program, base)
    name = name.removesuffix(".yaml")
    if program.text(tree.path(name)) is not None:
        _gather(tree, name, "", 0)
    else:
        _gather_stored(tree, name)
    yield from tree.found.values()


def _gather(tree: _Tree, config: str, prefix: str, depth: int) -> None:
    """The values of one file and, before or behind them, of those in its defaults."""
    path = tree.path(config)
    text = tree.program.text(path)
    if text is None or depth > _DEEPEST or len(tree.found) > _MOST_OPTIONS:
        return
    told = _PACKAGE.match(text)
    if told:
        package = told[1].replace("_group_", posixpath.dirname(config).replace("/", "."))
        prefix = "" if package == "_global_" else package.removeprefix("_global_.") + "."
    for value in readable(text):
        if value.path[0] not in {"defaults", "hydra"}:
            option = override(path, value, Style.override, prefix)
            tree.found.setdefault(option.name, option)
    for group, chosen, line in _defaults(text):
        _follow(tree, config, prefix, (group, chosen, line, depth))


def _follow(tree: _Tree, config: str, prefix: str, item: tuple[str, str | None, int, int]) -> None:
    """One entry of a defaults list: another file, or a group and which of its files."""
    group, chosen, line, depth = item
    here = posixpath.dirname(config)
    if not group:
        _gather(tree, _joined(here, chosen or ""), prefix, depth + 1)
        return
    group, _, package = group.partition("@")
    where = _joined(here, group)
    target = package.removeprefix("_global_").lstrip(".") if package else where.replace("/", ".")
    inner = "" if package == "_global_" else f"{target}."
    if chosen is not None:
        _gather(tree, f"{where}/{chosen}", inner, depth + 1)
    choices = tree.choices(where)
    name = f"{where}@{package}" if package else where
    if choices:
        option = Option(
            names=(name, f"+{name}"),
            name=name,
            line=line,
            file=tree.path(config),
            default=chosen,
            type="str",
            choices=choices,
            style=Style.override,
            is_required=chosen is None,
        )
        tree.found.setdefault(name, option)


def _joined(folder: str, name: str) -> str:
    return name[1:] if name.startswith("/") else posixpath.normpath(posixpath.join(folder, name))


def _defaults(text: str) -> Iterator[tuple[str, str | None, int]]:
    """Group, choice and line of each entry; the group is empty for a file by its name."""
    for key, value, line in items(text, "defaults"):
        words = key.split()
        group = words[-1] if words else ""
        if "override" in words[:-1] or group.startswith(("hydra/", "/hydra/")):
            continue
        if not group and value not in {"_self_", None}:
            yield "", value, line
        elif group:
            yield group, None if value in {"???", "null", None} else value, line


def _gather_stored(tree: _Tree, config: str) -> None:
    """The dataclass that a `ConfigStore` keeps under a name: `cs.store(name=…, node=Config)`."""
    for source in tree.program.sources:
        constants = tree.program.constants(source)
        for node in source.nodes:
            if not isinstance(node, ast.Call) or called(node) != "store":
                continue
            given = given_of(node)
            known = tree.program.definition(source, given.get("node"))
            is_wanted = text_of(given.get("name"), constants) == config and "group" not in given
            if is_wanted and known is not None and isinstance(known[1], ast.ClassDef):
                _of_fields(tree, fields_of(tree.program, known[0], known[1]), ())


def _of_fields(tree: _Tree, fields: tuple[Field, ...], prefix: YamlPath) -> None:
    for each in fields:
        path = (*prefix, each.name)
        if each.nested is not None and len(path) < _DEEPEST:
            _of_fields(tree, fields_of(tree.program, each.source, each.nested), path)
            continue
        name = ".".join(path)
        default = text_of(each.default, tree.program.constants(each.source))
        kind = "list" if each.shape.nargs else each.shape.type
        if kind is None or each.name == "defaults":
            continue
        tree.found[name] = Option(
            names=(name, f"+{name}", f"++{name}"),
            name=name,
            line=each.line,
            file=each.source.path,
            default=default if default not in {"MISSING", "???"} else None,
            type=kind,
            choices=each.shape.names,
            help=each.help,
            style=Style.override,
            is_required=each.is_required,
        )
