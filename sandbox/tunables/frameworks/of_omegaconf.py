"""Values of a YAML file that OmegaConf reads and the command line overrides: `lr=0.1`."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator

from sandbox.tunables.frameworks.declarations import Option, Style, is_text
from sandbox.tunables.frameworks.program import Program
from sandbox.tunables.literals import dotted_name, resolve
from sandbox.tunables.sources import Source
from sandbox.tunables.yaml_text import YamlValue, values

MARK = "OmegaConf"


def find(source: Source, program: Program) -> Iterator[Option]:
    """Of `OmegaConf.load("config.yaml")` in a file that calls `OmegaConf.from_cli()` as well."""
    calls = [node for node in source.nodes if isinstance(node, ast.Call)]
    named = [(dotted_name(node.func) or "", node) for node in calls]
    if not any(name.endswith("from_cli") for name, _ in named):
        return
    for name, node in named:
        if name == "OmegaConf.load" and node.args:
            path = resolve(node.args[0], program.constants(source).values)
            if is_text(path):
                yield from _of_file(program, source, path.value)  # type: ignore[attr-defined]


def _of_file(program: Program, source: Source, named: str) -> Iterator[Option]:
    for folder in (posixpath.dirname(program.sources[0].path), "", posixpath.dirname(source.path)):
        path = posixpath.normpath(posixpath.join(folder, named))
        text = program.text(path)
        if text is not None:
            yield from (override(path, one, Style.dotlist) for one in readable(text))
            return


def readable(text: str) -> tuple[YamlValue, ...]:
    """The values of a YAML text; none where it is not YAML."""
    try:
        return values(text)
    except ValueError:
        return ()


def override(path: str, value: YamlValue, style: Style, prefix: str = "") -> Option:
    """The option that sets a value of a file on the command line.

    Args:
        prefix: where in the whole configuration the file's content is put, with its dot.
    """
    name = prefix + ".".join(value.path)
    is_missing = value.text == "???"
    return Option(
        names=(name, f"+{name}", f"++{name}"),
        name=name,
        line=value.line,
        file=path,
        default=None if is_missing else value.text,
        type=None if is_missing else value.type,
        style=style,
        is_required=is_missing,
    )
