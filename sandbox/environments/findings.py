"""What one source of requirements said, and how several are put together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from packaging.markers import UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.utils import canonicalize_name

from sandbox.environments.addresses import GitAddress, read_git_address
from sandbox.environments.code.names import has_other_versions, is_standard, present_name
from sandbox.environments.resolving.metadata import mend_requirement

_CONDA_BUILD = re.compile(r"file:///(.*/)?(feedstock_root|build_artifacts|croot|tmp/build|ci)/")
_QUERY = re.compile(r"\?[^#\s]+")  # may hold a token
_LONG = 1000  # characters; nobody writes a requirement as long as that
_ALWAYS_THERE = frozenset({"pip", "python"})
MANY = 1000  # lines of one manifest that are read


@dataclass(frozen=True)
class Finding:
    """What one manifest, hint, notebook or set of imports says.

    Attributes:
        packages: asked for: installed whether anything imports them or not.
        offered: taken only for what the code imports and nothing asks for: extras, groups for
            developers, install lines for people.
        constraints: PEP 508 lines that hold only for what is asked for elsewhere.
        python: PEP 440 specifier.
        pythons: `X.Y` that were used or tested with, the most telling first.
        git, offered_git: packages at git repositories, by who says so; the latter as `offered`.
        project: the distribution's name, where the source describes the repository itself.
        asks_itself: the source installs the repository itself (`-e .`).
        unreadable: the source is not what its name says, so nothing of it counts.
        decisions: one line each, with the source's name in front where there is one.
    """

    packages: tuple[str, ...] = ()
    python: str | None = None
    constraints: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    system_packages: tuple[str, ...] = ()
    git: tuple[tuple[str, GitAddress], ...] = ()
    offered_git: tuple[tuple[str, GitAddress], ...] = ()
    project: str | None = None
    asks_itself: bool = False
    unreadable: bool = False

    @property
    def asks(self) -> bool:
        """Whether it says what is to be installed."""
        return bool(self.packages or self.git or self.asks_itself)


@dataclass
class Notes:
    """Gathers a Finding while a source is read."""

    source: str
    packages: list[str] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    python: str | None = None
    pythons: list[str] = field(default_factory=list)
    system_packages: list[str] = field(default_factory=list)
    git: list[GitAddress] = field(default_factory=list)
    offered_git: list[GitAddress] = field(default_factory=list)
    project: str | None = None
    asks_itself: bool = False
    unreadable: bool = False

    def tell(self, line: str) -> None:
        self.decisions.append(f"{self.source}: {line}")

    def tell_unreadable(self, why: str) -> None:
        """Nothing of the source counts, which is told even where others come first."""
        self.unreadable = True
        self.tell(f"{why}, left out")

    def add(self, text: str) -> None:
        """Take over one requirement, or say why not."""
        self._take(text, self.packages, self.git)

    def constrain(self, text: str) -> None:
        self._take(text, self.constraints, self.offered_git)

    def limit(self, text: str) -> bool:
        """Constrain by a machine's line; whether it was one: nobody wants to read of each."""
        silent = Notes(self.source)
        silent.constrain(text)
        self.constraints += silent.constraints
        return bool(silent.constraints)

    def offer(self, text: str) -> None:
        """Remember one requirement in case that it is imported; what is none is no loss."""
        silent = Notes(self.source)
        silent.add(text)
        self.offered += silent.packages
        self.offered_git += silent.git

    def require_python(self, text: object) -> None:
        """Take over a PEP 440 specifier of Python versions, or say why not."""
        try:
            specifier = SpecifierSet(str(text))
        except InvalidSpecifier:
            self.tell(f"Python version {shown(text)} not understood, left out")
            return
        self.python = str(SpecifierSet(",".join(map(_by_minor, specifier)))) or None

    def use_python(self, version: str) -> None:
        """Remember `X.Y`, however exact it was given, that was used or tested with."""
        match = re.match(r"3\.(?:[4-9]|[1-9][0-9])(?![0-9])", version)
        if match and match[0] not in self.pythons:
            self.pythons.append(match[0])

    def finding(self) -> Finding:
        return Finding(
            packages=tuple(self.packages),
            python=self.python,
            constraints=tuple(self.constraints),
            decisions=tuple(self.decisions),
            sources=(self.source,),
            offered=tuple(self.offered),
            pythons=tuple(self.pythons),
            system_packages=tuple(self.system_packages),
            git=tuple((self.source, one) for one in self.git),
            offered_git=tuple((self.source, one) for one in self.offered_git),
            project=self.project,
            asks_itself=self.asks_itself,
            unreadable=self.unreadable,
        )

    def _take(self, text: str, chosen: list[str], git: list[GitAddress]) -> None:
        requirement = self._read(text, git)
        if requirement is not None:
            chosen.append(str(requirement))

    def _read(self, text: str, git: list[GitAddress]) -> Requirement | None:
        requirement = self._parse(text)
        if requirement is None:
            return None
        if requirement.url is not None:
            return self._without_address(requirement, git)
        return self._renamed(requirement)

    def _parse(self, text: str) -> Requirement | None:
        """As it is, or as it was meant: `torch~=1.12.1+cu113` has a version that no pip reads."""
        with suppress(InvalidRequirement):
            return parse_requirement(text)
        with suppress(ValueError, RecursionError):
            meant = mend_requirement(text) if len(text) <= _LONG else None
            mended = parse_requirement(meant or "")
            self.tell(f"{shown(text)} is no requirement, read as {mended}")
            return mended
        self.tell(f"{shown(text)} is not a requirement, left out")
        return None

    def _without_address(
        self, requirement: Requirement, git: list[GitAddress]
    ) -> Requirement | None:
        """An address is not followed here; its name is known, and the index may have it, too."""
        address, requirement.url = requirement.url or "", None
        marker = str(requirement.marker or "")
        found = read_git_address(address, requirement.name, marker)
        if "$" in address:
            self.tell(f"{shown(requirement.name)} left out: variables are never expanded")
            return None
        if _CONDA_BUILD.match(address):
            self.tell(f"{requirement.name}: built elsewhere by conda, its name is kept")
        elif found is not None:
            git.append(found)
        else:
            self.tell(f"{requirement.name} is looked for at the index, not at {shown(address)}")
        return self._renamed(requirement)

    def _renamed(self, requirement: Requirement) -> Requirement | None:
        name = str(canonicalize_name(requirement.name))
        if is_standard(requirement.name) or name in _ALWAYS_THERE:
            self.tell(f"{name} left out: it is part of Python")
            return None
        requirement.name = present_name(name)
        if requirement.name != name:
            self.tell(f"{name} is called {requirement.name}")
        if has_other_versions(name):
            requirement.specifier = SpecifierSet()
        return self._without_build(requirement)

    def _without_build(self, requirement: Requirement) -> Requirement:
        """`1.11.0+cu113` is a build that another index offers; here it is `1.11.0`."""
        shorter = [_public(one) for one in requirement.specifier]
        if any(map(str.__ne__, shorter, map(str, requirement.specifier))):
            before = str(requirement)
            requirement.specifier = SpecifierSet(",".join(shorter))
            self.tell(f"{before} is taken as {requirement}: its build is another index's")
        return requirement


def _public(one: Specifier) -> str:
    exact = one.operator in {"==", "!="} and "+" in one.version
    return f"{one.operator}{one.version.partition('+')[0]}" if exact else str(one)


def _by_minor(one: Specifier) -> str:
    """`==3.8` and `==3.8.5` mean any 3.8: patch releases are chosen by the base image."""
    match = re.match(r"([0-9]+\.[0-9]+)(\.[0-9]+)?$", one.version)
    if match and one.operator in {"==", "==="}:
        return f"=={match[1]}.*"
    if match and match[2] and one.operator in {">", "~="}:
        return f">={match[1]}" if one.operator == ">" else f"=={match[1]}.*"
    return str(one)


def parse_requirement(text: str) -> Requirement:
    r"""A stranger's requirement, for uv to read: nothing but that, and a marker that has an answer.

    An escaped `\n` in a marker would end its line; the next one would be an option to uv.

    Raises:
        InvalidRequirement: it is none.
    """
    try:
        requirement = Requirement(text if len(text) <= _LONG else "")
        written = str(requirement)
        if requirement.marker is not None:
            requirement.marker.evaluate({"extra": ""})
        faithful = written.isprintable() and str(Requirement(written)) == written
    except (ValueError, UndefinedEnvironmentName, RecursionError) as error:
        raise InvalidRequirement(shown(text)) from error
    if not faithful:
        raise InvalidRequirement(shown(text))
    return requirement


def checked_marker(text: object) -> str:
    """A stranger's marker; empty = it is none."""
    try:
        return str(parse_requirement(f"x ; {text}").marker)
    except InvalidRequirement:
        return ""


def shown(text: object, limit: int = 80) -> str:
    """A stranger's text, fit for one line of ours: no control characters, no secrets of URLs."""
    given = str(text)[: 4 * limit]
    given = _QUERY.sub("?***", given) if "://" in given else given
    clean = "".join(c if c.isprintable() else "?" for c in given)
    scheme, mark, rest = clean.partition("://")
    place, slash, path = rest.partition("/")
    if mark and "@" in place:
        clean = f"{scheme}://***@{place.rpartition('@')[2]}{slash}{path}"
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
    decisions = [line for finding in findings for line in finding.decisions]
    pythons = [finding.python for finding in findings if finding.python]
    projects = [finding.project for finding in findings if finding.project]
    git = _each_address((row for one in findings for row in one.git), decisions)
    return Finding(
        packages=_once([text for one in findings for text in one.packages], decisions),
        python=pythons[0] if pythons else None,
        constraints=_first_constraints(findings, decisions),
        decisions=_each([decisions]),
        sources=_each(one.sources for one in findings),
        offered=_first_offers(findings),
        pythons=_each(one.pythons for one in findings),
        system_packages=_each(one.system_packages for one in findings),
        git=git,
        offered_git=_each_address((row for one in findings for row in one.offered_git), []),
        project=projects[0] if projects else None,
        asks_itself=any(one.asks_itself for one in findings),
    )


def _each(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """All of them in order, each once."""
    return tuple(dict.fromkeys(text for texts in lists for text in texts))


def _each_address(
    rows: Iterable[tuple[str, GitAddress]], decisions: list[str]
) -> tuple[tuple[str, GitAddress], ...]:
    """Each package once, where the first says that it is."""
    found: dict[tuple[str, str], tuple[str, GitAddress]] = {}
    for source, one in rows:
        first = found.setdefault(one.key, (source, one))[1]
        if first.address != one.address:
            line = f"{one.name} has two addresses: '{first.address}' counts, not '{one.address}'"
            decisions.append(f"{source}: {line}")
    return tuple(found.values())


def _first_constraints(findings: Iterable[Finding], decisions: list[str]) -> tuple[str, ...]:
    """Of exact versions those of the first source that has any: two lock files fit nothing."""
    pinned: set[str] = set()
    kept: list[str] = []
    for finding in findings:
        late = [text for text in finding.constraints if _pinned_name(text) in pinned]
        kept += [text for text in finding.constraints if text in kept or text not in late]
        pinned |= {name for text in finding.constraints if (name := _pinned_name(text))}
        others = [text for text in late if text not in kept]
        if others:
            first = f"{finding.sources[0]}: " if finding.sources else ""
            decisions.append(f"{first}{len(others)} versions left out: another lock comes first")
    return _each([kept])


def _pinned_name(text: str) -> str | None:
    one = Requirement(text)
    exact = any(clause.operator in {"==", "==="} for clause in one.specifier)
    return str(canonicalize_name(one.name)) if exact else None


def _first_offers(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Each distribution as the first source says that offers it; without a marker if it can be."""
    kept: dict[str, list[str]] = {}
    for finding in findings:
        here: dict[str, list[str]] = {}
        for text in finding.offered:
            here.setdefault(str(canonicalize_name(Requirement(text).name)), []).append(text)
        kept = {**here, **kept}
    plain = {name: [text for text in texts if ";" not in text] for name, texts in kept.items()}
    return _each(plain[name][:1] or texts for name, texts in kept.items())


def _once(texts: Iterable[str], decisions: list[str]) -> tuple[str, ...]:
    """Each distribution once for each marker."""
    kept: dict[str, Requirement] = {}
    for text in texts:
        _keep(kept, Requirement(text), decisions)
    return tuple(str(requirement) for requirement in kept.values())


def _keep(kept: dict[str, Requirement], new: Requirement, decisions: list[str]) -> None:
    key = f"{canonicalize_name(new.name)} {new.marker or ''}"
    old = kept.setdefault(key, new)
    old.extras |= new.extras
    if old.specifier == new.specifier or not new.specifier:
        return
    if old.specifier:
        decisions.append(f"{new.name} is asked for twice: '{old}' is used, '{new}' left out")
    else:
        new.extras |= old.extras
        kept[key] = new
