"""What one source of requirements said, and how several are put together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from sandbox.environments.code.names import is_standard, present_name

_CONDA_BUILD = re.compile(r"file:///(.*/)?(feedstock_root|build_artifacts|croot|tmp/build|ci)/")
_LONG = 1000  # characters; nobody writes a requirement as long as that
MANY = 1000  # lines of one manifest that are read


@dataclass(frozen=True)
class Finding:
    """What one manifest, notebook or set of imports asks for.

    Attributes:
        constraints: PEP 508 lines that hold only for what is asked for elsewhere.
        decisions: one line each, without the source's name where the reader knows it.
    """

    packages: tuple[str, ...] = ()
    python: str | None = None
    constraints: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass
class Notes:
    """Gathers a Finding while a source is read."""

    source: str
    packages: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    python: str | None = None

    def tell(self, line: str) -> None:
        self.decisions.append(f"{self.source}: {line}")

    def add(self, text: str) -> None:
        """Take over one requirement, or say why not."""
        requirement = self._read(text)
        if requirement is not None:
            self.packages.append(str(requirement))

    def constrain(self, text: str) -> None:
        requirement = self._read(text)
        if requirement is not None:
            self.constraints.append(str(requirement))

    def require_python(self, text: object) -> None:
        """Take over a PEP 440 specifier of Python versions, or say why not."""
        try:
            self.python = str(SpecifierSet(str(text))) or None
        except InvalidSpecifier:
            self.tell(f"Python version {shown(text)} not understood, left out")

    def finding(self) -> Finding:
        return Finding(
            tuple(self.packages),
            self.python,
            tuple(self.constraints),
            tuple(self.decisions),
            (self.source,),
        )

    def _read(self, text: str) -> Requirement | None:
        try:
            requirement = Requirement(text if len(text) <= _LONG else "")
        except (InvalidRequirement, RecursionError):
            self.tell(f"{shown(text)} is not a requirement, left out")
            return None
        if requirement.url is not None:
            return self._without_address(requirement)
        return self._renamed(requirement)

    def _without_address(self, requirement: Requirement) -> Requirement | None:
        """`pip freeze` under conda names build folders of packages that the index has, too."""
        if _CONDA_BUILD.match(requirement.url or ""):
            self.tell(f"{requirement.name}: built elsewhere by conda, its name is kept")
            return self._renamed(Requirement(requirement.name))
        self.tell(
            f"{requirement.name} from {shown(requirement.url)} left out: only an index is used"
        )
        return None

    def _renamed(self, requirement: Requirement) -> Requirement | None:
        name = str(canonicalize_name(requirement.name))
        if is_standard(requirement.name):
            self.tell(f"{name} left out: it is part of Python")
            return None
        requirement.name = present_name(name)
        if requirement.name != name:
            self.tell(f"{name} is called {requirement.name}")
        return requirement


def shown(text: object, limit: int = 80) -> str:
    """A stranger's text, fit for one line of ours: no control characters, no secrets of URLs."""
    clean = "".join(c if c.isprintable() else "?" for c in str(text))
    scheme, mark, rest = clean.partition("://")
    if mark and "@" in rest.split("/")[0]:
        clean = f"{scheme}://***@{rest.partition('@')[2]}"
    return repr(clean if len(clean) <= limit else clean[: limit - 1] + "…")


def decode(data: bytes, notes: Notes, limit: int = 512 * 1024) -> str:
    """Text of a manifest; PowerShell's UTF-16 is understood, anything else is said."""
    if len(data) > limit:
        notes.tell(f"larger than {limit // 1024} KiB, the rest is not read")
    data = data[:limit]
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        notes.tell("not UTF-8, odd characters are replaced")
        return data.decode("utf-8", errors="replace")


def merge(findings: Iterable[Finding]) -> Finding:
    """Put findings together: who comes first wins, contradictions are told."""
    findings = tuple(findings)
    kept: dict[str, Requirement] = {}
    decisions = [line for finding in findings for line in finding.decisions]
    for text in (text for finding in findings for text in finding.packages):
        _keep(kept, Requirement(text), decisions)
    for text in (text for finding in findings for text in finding.constraints):
        _narrow(kept, Requirement(text))
    pythons = [finding.python for finding in findings if finding.python]
    sources = dict.fromkeys(source for finding in findings for source in finding.sources)
    return Finding(
        tuple(str(requirement) for requirement in kept.values()),
        pythons[0] if pythons else None,
        (),
        tuple(dict.fromkeys(decisions)),
        tuple(sources),
    )


def _keep(kept: dict[str, Requirement], new: Requirement, decisions: list[str]) -> None:
    key = f"{canonicalize_name(new.name)} {new.marker or ''}"
    old = kept.setdefault(key, new)
    if old.specifier != new.specifier and new.specifier:
        if old.specifier:
            decisions.append(f"{new.name} is asked for twice: '{old}' is used, '{new}' left out")
        else:
            kept[key] = new


def _narrow(kept: dict[str, Requirement], constraint: Requirement) -> None:
    for requirement in kept.values():
        if canonicalize_name(requirement.name) == canonicalize_name(constraint.name):
            requirement.specifier &= constraint.specifier
