"""Environments that leave this machine, and locks that come to it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from sandbox import environments
from sandbox.domain import Environment
from sandbox.environments import Exported
from sandbox.errors import InputError
from sandbox.flows.context import Context
from sandbox.flows.environments.building import Built
from sandbox.flows.environments.tooling import Tooling


def load_lock(context: Context, path: Path) -> Environment:
    """The Environment of a `lock.txt`.

    Args:
        path: relative to the context's folder.

    Raises:
        InputError: it cannot be read, or is no lock of ours.
    """
    try:
        text = (context.folder / path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the lock {path}", hint="name a lock.txt") from error
    return environments.read_lock(text, name=str(path))


def check_folder(context: Context, folder: Path) -> None:
    """Raises InputError where there is something in it that an export did not write."""
    environments.check_folder(context.folder / folder)


def export_environment(context: Context, built: Built, folder: Path) -> Exported:
    """Writes the Environment as a folder for `docker build`; what was left out is told.

    Args:
        folder: relative to the context's.
    """
    tooling = Tooling(context, built.environment.accelerator)
    done = environments.export(
        built.environment,
        context.folder / folder,
        indexes=tooling.indexes,
        system_packages=built.system,
        as_of=built.requirements.as_of,
        make_wheels=tooling.make_wheels if built.environment.from_source else None,
    )
    own = (
        f"{setup} is not run in the image: run it where the code lies: build_ext --inplace"
        for setup in built.own.setups
    )
    done = dataclasses.replace(done, notes=(*done.notes, *own))
    for line in done.notes:
        context.tell(line)
    return done


__all__ = ["Exported", "check_folder", "export_environment", "load_lock"]
