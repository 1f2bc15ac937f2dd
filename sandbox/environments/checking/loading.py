"""Modules that a repository made itself, loaded in the finished Environment without network."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import IO

from sandbox.environments.checking.importing import PATIENCE_S, VARIABLES, program_inside
from sandbox.interfaces import Step, Workbench

NOT_TOLD = "it was not tried to the end"

_LONG = 700  # characters of an error
_PIECE = 2**20
_ALL_S = 900.0  # of time for all of them
_MEMORY_BYTES, _SCRATCH_BYTES = 4 * 2**30, 2**30  # and the tree


def load_all(
    workbench: Workbench,
    base: str,
    python: str,
    modules: Sequence[str],
    tree: IO[bytes],
    *,
    patience_s: float = PATIENCE_S,
) -> dict[str, str]:
    """Those that do not load, with what went wrong in one line.

    Args:
        python: path of the Environment's interpreter, as seen inside.
        modules: paths without their endings, from the root.
        tree: a tar file of what lies there; code of packages is found, and run where a module
            imports it by itself, or does not load without.
        patience_s: one that takes longer is ended.
    """
    errors = dict.fromkeys(modules, NOT_TOLD)

    def hear(line: str) -> None:
        said = _heard(line)
        if said is not None and said[0] in errors:
            name, error = said
            errors.pop(name)
            if error:
                errors[name] = error

    size = tree.seek(0, io.SEEK_END)
    asked = json.dumps({"modules": list(modules), "patience_s": patience_s, "all_s": _ALL_S})
    step = Step(
        base,
        program_inside(python, "loading", "describing"),
        stdin=_said(f"{asked}\n".encode(), tree),
        environment=VARIABLES,
        memory_bytes=_MEMORY_BYTES + size,
        scratch_bytes=_SCRATCH_BYTES + size,
        on_line=hear,
    )
    workbench.run(step)
    return errors


def _said(asked: bytes, tree: IO[bytes]) -> Iterator[bytes]:
    yield asked
    tree.seek(0)
    while piece := tree.read(_PIECE):
        yield piece


def _heard(line: str) -> tuple[str, str] | None:
    """A module and its error; empty = none. Anything else there is not ours and not read."""
    try:
        said = json.loads(line)
        name, error = said["name"], said["error"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    shown = "".join(c if c.isprintable() else "?" for c in str(error or ""))
    return str(name), shown[:_LONG]
