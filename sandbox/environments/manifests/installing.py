"""What install commands ask for, taken over into Notes."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.environments.code.commands import Command
from sandbox.environments.code.conda_names import from_conda
from sandbox.environments.findings import Notes
from sandbox.environments.manifests.conda_packages import conda_version
from sandbox.environments.manifests.requirements_txt import take_line
from sandbox.environments.manifests.system_packages import take_system_packages


def take_command(command: Command, notes: Notes) -> None:
    """A command that is part of the code: what it installs is asked for."""
    if command.tool == "apt":
        take_system_packages(command.words, notes)
    elif command.tool == "conda":
        _offer_conda(command, notes)
    else:
        for word in command.words:
            take_line(word, notes)


def offer_commands(commands: Iterable[Command], notes: Notes, *, system: bool = True) -> None:
    """Commands for people: they count for what is imported, and for system packages."""
    silent = Notes(notes.source)
    system_packages: list[str] = []
    for command in commands:
        if command.tool == "apt":
            system_packages += command.words
        else:
            take_command(command, silent)
    notes.offered += [*silent.packages, *silent.offered]
    notes.offered_git += silent.git
    notes.pythons += [python for python in silent.pythons if python not in notes.pythons]
    if system and system_packages:
        take_system_packages(system_packages, notes)


def _offer_conda(command: Command, notes: Notes) -> None:
    if command.python:
        notes.use_python(command.python)
    for word in command.words:
        name = next(iter(word.replace("<", "=").replace(">", "=").split("=")), "")
        known = from_conda(name.rpartition("::")[2]) if name else None
        if known:
            notes.offer(f"{known}{conda_version(word[len(name) :])}")
