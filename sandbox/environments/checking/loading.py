"""Modules that a repository made itself, loaded in the finished Environment without network."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator, Mapping, Sequence

from sandbox.environments.checking.importing import PATIENCE_S, VARIABLES, program_inside
from sandbox.interfaces import Step, Workbench

_LONG = 700  # characters of an error


def load_all(
    workbench: Workbench, base: str, python: str, modules: Sequence[str], files: Mapping[str, bytes]
) -> dict[str, str]:
    """Those that do not load, with what went wrong in one line.

    Args:
        python: path of the Environment's interpreter, as seen inside.
        modules: paths without their endings, from the root.
        files: what lies there, by path; code of packages is found, and run where a module imports
            it by itself.
    """
    errors = dict.fromkeys(modules, "it was not tried to the end")

    def hear(line: str) -> None:
        said = _heard(line)
        if said is not None and said[0] in errors:
            name, error = said
            errors.pop(name)
            if error:
                errors[name] = error

    asked = json.dumps({"modules": list(modules), "patience_s": PATIENCE_S})
    step = Step(
        base,
        program_inside(python, "loading", "describing"),
        stdin=(f"{asked}\n".encode(), *_tarred(files)),
        environment=VARIABLES,
        on_line=hear,
    )
    workbench.run(step)
    return errors


def _heard(line: str) -> tuple[str, str] | None:
    """A module and its error; empty = none. Anything else there is not ours and not read."""
    try:
        said = json.loads(line)
        name, error = said["name"], said["error"]
    except (ValueError, TypeError, KeyError):
        return None
    shown = "".join(c if c.isprintable() else "?" for c in str(error or ""))
    return str(name), shown[:_LONG]


def _tarred(files: Mapping[str, bytes]) -> Iterator[bytes]:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    yield stream.getvalue()
