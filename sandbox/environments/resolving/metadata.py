"""What distributions say of themselves: read as data, and mended where today's tools refuse it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email.parser import Parser

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet

_PARTS = re.compile(r"([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*\(?([^;()@]*)\)?\s*(;.*)?")
_CLAUSE = re.compile(r"\s*(===|[<>=!~]=|[<>])\s*([^\s,]+)\s*")
_NUMBERS = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)(\.\*)?")


@dataclass(frozen=True)
class Metadata:
    """What a distribution needs; `requires` are PEP 508 lines."""

    name: str
    version: str
    requires: tuple[str, ...]
    python: str | None = None
    extras: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """For `uv.toml`: uv believes it and does not open the wheel."""
        lines = [
            "[[dependency-metadata]]",
            f"name = {json.dumps(self.name)}",
            f"version = {json.dumps(self.version)}",
            f"requires-dist = {json.dumps(self.requires)}",
            f"provides-extra = {json.dumps(self.extras)}",
        ]
        lines += [f"requires-python = {json.dumps(self.python)}"] if self.python else []
        return "\n".join(lines) + "\n"


def read_metadata(name: str, version: str, text: str) -> Metadata:
    """A METADATA file, its requirements mended; those that nobody can read are left out."""
    fields = Parser().parsestr(text)
    asked = (mend_requirement(str(line)) for line in fields.get_all("Requires-Dist", ()))
    extras = tuple(str(extra) for extra in fields.get_all("Provides-Extra", ()))
    python = fields["Requires-Python"]
    readable = str(python) if python and _is_specifier(str(python)) else None
    return Metadata(name, version, tuple(filter(None, asked)), readable, extras)


def mend_requirement(text: str) -> str | None:
    """The requirement as PEP 508 has it: `pytz (>=2011k)` was fine once; None = past mending.

    A version's odd end goes, and a clause that even so says nothing.
    """
    if is_requirement(text):
        return text
    match = _PARTS.fullmatch(text.strip())
    if match is None:
        return None
    name, extras, versions, marker = match.groups(default="")
    found = _CLAUSE.findall(versions)
    if versions.strip() and not found:
        return None
    clauses = (_mend_clause(*clause) for clause in found)
    mended = f"{name}{extras}{','.join(filter(None, clauses))}{f' {marker}' if marker else ''}"
    return mended if is_requirement(mended) else None


def _mend_clause(operator: str, version: str) -> str:
    if _is_specifier(operator + version):
        return operator + version
    numbers = _NUMBERS.match(version)
    if numbers is None:
        return ""
    star = numbers[2] or "" if operator in {"==", "!="} else ""
    mended = f"{operator}{numbers[1]}{star}"
    return mended if _is_specifier(mended) else ""


def is_requirement(text: str) -> bool:
    """Whether PEP 508 admits it."""
    try:
        Requirement(text)
    except InvalidRequirement:
        return False
    return True


def _is_specifier(text: str) -> bool:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True
