"""Options of transformers' `HfArgumentParser`: fields of dataclasses of the repository's own."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from sandbox.tunables.frameworks.declarations import Option, Style, called, is_text, text_of
from sandbox.tunables.frameworks.fields import Field, fields_of, given_of
from sandbox.tunables.frameworks.program import Program
from sandbox.tunables.sources import Source

MARK = "HfArgumentParser"


def find(source: Source, program: Program) -> Iterator[Option]:
    """Of `HfArgumentParser((ModelArguments, DataArguments))`.

    Fields that only `TrainingArguments` of transformers itself has are not in the source.
    """
    for node in source.nodes:
        if not isinstance(node, ast.Call) or called(node) != MARK:
            continue
        given = node.args[0] if node.args else given_of(node).get("dataclass_types")
        made = given.elts if isinstance(given, ast.Tuple | ast.List) else [given]
        for each in made:
            known = program.definition(source, each)
            if known is not None and isinstance(known[1], ast.ClassDef):
                for field in fields_of(program, known[0], known[1]):
                    if field.shape.type is not None:
                        yield _of_field(program, field)


def _of_field(program: Program, field: Field) -> Option:
    shape = field.shape
    default = text_of(field.default, program.constants(field.source))
    if shape.names != shape.values and default is not None:
        member = default.removesuffix(".value").rpartition(".")[2]
        default = dict(zip(shape.names, shape.values, strict=True)).get(member, default)
    is_truth = shape.type == "bool" and shape.nargs is None
    names = [f"--{field.name}", f"--{field.name.replace('_', '-')}", *_aliases(field)]
    return Option(
        names=tuple(dict.fromkeys(names)),
        name=field.name,
        line=field.line,
        file=field.source.path,
        default=default or ("False" if is_truth and not shape.is_optional else None),
        type=shape.type,
        choices=shape.values,
        help=field.help,
        nargs="?" if is_truth else "+" if shape.nargs else None,
        off=f"--no_{field.name}" if is_truth and default == "True" else None,
        is_required=field.is_required and not is_truth,
        style=Style.truth,
    )


def _aliases(field: Field) -> list[str]:
    given = given_of(field.marker).get("aliases") if field.marker else None
    if isinstance(given, ast.List | ast.Tuple):
        return [one.value for one in given.elts if is_text(one)]  # type: ignore[attr-defined]
    return [given.value] if given is not None and is_text(given) else []  # type: ignore[attr-defined]
