"""Dockerfile and devcontainer.json: Python, pip and apt lines; nothing of them is ever run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from sandbox.environments.code.commands import Command, find_commands
from sandbox.environments.findings import Finding, Notes, decode
from sandbox.environments.manifests.installing import offer_commands
from sandbox.environments.manifests.pyproject import table
from sandbox.interfaces import SourceTree

_SMALL = 128 * 1024
_FROM = re.compile(r"FROM\s+(?:--\S+\s+)?(\S+)", re.IGNORECASE)
_ARG = re.compile(r"(?:ARG|ENV)\s+(\w+)[=\s]+[\"']?([\w.:/-]+)", re.IGNORECASE)
_PYTHON = re.compile(r"(?:^|/)python(?:-[\w-]+)?:(?:[0-9.]+-)?(3\.[0-9]{1,2})")
_ANY_PYTHON = re.compile(r"(?:py|python-?)(3\.?[0-9]{1,2})(?![0-9])")
_FRAMEWORK = re.compile(r"(?:^|/)(tensorflow/tensorflow|pytorch/pytorch):([0-9]+\.[0-9]+\.[0-9]+)")
_DISTRIBUTIONS = {"tensorflow/tensorflow": "tensorflow", "pytorch/pytorch": "torch"}


def read_dockerfile(tree: SourceTree, path: str) -> Finding:
    """What its images and install lines tell."""
    notes = Notes(path)
    text = decode(tree.read(path), notes, limit=_SMALL)
    known: dict[str, str] = {}
    commands: list[Command] = []
    for line in _instructions(text):
        argument, image = _ARG.match(line), _FROM.match(line)
        if argument:
            known.setdefault(argument[1], argument[2])
        elif image:
            _take_image(_expanded(image[1], known), notes)
        elif line[:3].upper() == "RUN":
            commands += find_commands(_expanded(line, known))
    offer_commands(commands, notes)
    return notes.finding()


def _instructions(text: str) -> Iterator[str]:
    """Lines with continuations joined and comments gone, also those between continued lines."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\s*\n", " ", "\n".join(lines))
    yield from (line.strip() for line in joined.splitlines() if line.strip())


def _expanded(text: str, known: dict[str, str]) -> str:
    """Arguments with the defaults that the file itself gives; those of this machine never."""
    return re.sub(r"\$\{?(\w+)(?::-[^}]*)?\}?", lambda m: known.get(m[1], m[0]), text[:8000])


def _take_image(image: str, notes: Notes) -> None:
    python = _PYTHON.search(image)
    framework = _FRAMEWORK.search(image)
    tag = _ANY_PYTHON.search(image)
    if python:
        notes.use_python(python[1])
    elif tag:
        digits = tag[1].replace(".", "")
        notes.use_python(f"{digits[0]}.{digits[1:]}" if digits[1:] else "")
    if framework:
        name = _DISTRIBUTIONS[framework[1]]
        notes.constrain(f"{name}=={framework[2]}")
        notes.tell(f"its image {image} holds {name} {framework[2]}, so that is preferred")


def read_devcontainer(tree: SourceTree, path: str) -> Finding:
    """Image, features and install lines of a development container."""
    notes = Notes(path)
    text = decode(tree.read(path), notes, limit=_SMALL)
    try:
        document = json.loads(_without_comments(text))
    except (ValueError, RecursionError):
        notes.tell_unreadable("is not JSON")
        return notes.finding()
    document = document if isinstance(document, dict) else {}
    _take_image(str(document.get("image", "")), notes)
    for name, options in table(document, "features").items():
        version = options.get("version") if isinstance(options, dict) else None
        if "/python" in name and isinstance(version, str):
            notes.use_python(version)
    build = table(table(document, "build"), "args")
    notes.use_python(re.sub(r"^[0-9]-", "", str(build.get("VARIANT", ""))))
    for key in ("postCreateCommand", "onCreateCommand", "updateContentCommand"):
        offer_commands(find_commands(_as_text(document.get(key))), notes)
    return notes.finding()


def _as_text(value: object) -> str:
    """A command as text, as words, or several by name."""
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, dict):
        return "\n".join(map(_as_text, value.values()))
    return value if isinstance(value, str) else ""


def _without_comments(text: str) -> str:
    """JSON as VS Code takes it: comments and commas at the end of lists are allowed."""
    strings = r'("(?:[^"\\\n]|\\.)*")'
    text = re.sub(strings + r"|//[^\n]*|/\*.*?\*/", lambda m: m[1] or "", text, flags=re.DOTALL)
    return re.sub(strings + r"|,(?=\s*[}\]])", lambda m: m[1] or "", text)
