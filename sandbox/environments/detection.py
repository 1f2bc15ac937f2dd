"""From a tree of files to Requirements: what it declares, and what its entries import besides."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from sandbox.domain import Requirements
from sandbox.environments.addresses import ANOTHERS, GitAddress, known_addresses
from sandbox.environments.code.hidden import hidden_needs, say_pythons, say_versions
from sandbox.environments.code.imports import Imported, builds_of, follow_imports
from sandbox.environments.code.names import TOOLS, brought_by, is_known, offers
from sandbox.environments.findings import Finding, Notes, merge
from sandbox.environments.manifests import read_manifests
from sandbox.environments.manifests.installing import offer_commands, take_command
from sandbox.environments.telling import condense, listed
from sandbox.interfaces import SourceTree

_APT = "apt:"
_NO_DATE = "1970-01-01"  # that of a commit of no files; there was no Python then
_MINORS = range(7, 15)  # of Python 3, that an import of its library may rule out


@dataclass(frozen=True)
class _Found:
    """What is asked for, and what the code shows besides.

    Attributes:
        asked: all manifests, hints and install lines, put together.
        asking: sources that ask for packages.
        idle: tools that are asked for and that no code needs.
        offered, added: requirements and distributions that are imported and not asked for.
        besides: what is needed without being imported → why.
        versions: constraint → the import that speaks for it.
        guessed: module → the distribution among those asked for that seems to offer it.
        git: packages at git repositories that are asked for or imported.
    """

    asked: Finding
    asking: tuple[str, ...]
    idle: tuple[str, ...]
    imported: Imported
    offered: tuple[str, ...]
    added: tuple[str, ...]
    besides: Mapping[str, str]
    versions: Mapping[str, str]
    guessed: Mapping[str, str]
    git: tuple[GitAddress, ...]

    @property
    def packages(self) -> tuple[str, ...]:
        besides = (name for name in self.besides if not name.startswith(_APT))
        return (*self.asked.packages, *self.offered, *self.added, *besides)

    @property
    def system_packages(self) -> tuple[str, ...]:
        besides = [name.removeprefix(_APT) for name in self.besides if name.startswith(_APT)]
        return tuple(dict.fromkeys([*self.asked.system_packages, *besides]))


def detect(
    tree: SourceTree, *, entries: Sequence[str], committed_at: str | None, follow: bool = False
) -> Requirements:
    """What the entries need, from manifests and imports; nothing is executed or fetched.

    Args:
        tree: the repository's files.
        entries: paths of scripts and notebooks; empty = every one of the tree.
        committed_at: ISO 8601; the versions should be of that date, None = of today.
        follow: packages at git repositories are to be had from there.

    Returns:
        Requirements whose `decisions` tell everything guessed, mapped, ignored or left out. A file
        that cannot be read is a decision, never an error.
    """
    day = committed_at[:10] if committed_at else None
    as_of = None if day == _NO_DATE else day
    found = _look(tree, entries, as_of, follow=follow)
    python, told = _narrow(found.asked.python, found.imported)
    tags = () if follow else _of_tags(found)
    return Requirements(
        packages=found.packages,
        constraints=tuple(dict.fromkeys([*found.asked.constraints, *found.versions, *tags])),
        python=python,
        pythons=found.asked.pythons,
        as_of=as_of,
        system_packages=found.system_packages,
        git=tuple(one.requirement for one in found.git) if follow else (),
        compiled=tuple(sorted(found.imported.absent | found.imported.compiled.keys())),
        sources=found.asked.sources or (("imports",) if found.packages else ()),
        decisions=condense([*_tell(found), *told, *(() if follow else _tell_git(found))]),
    )


def _look(tree: SourceTree, entries: Sequence[str], as_of: str | None, *, follow: bool) -> _Found:
    imported = follow_imports(tree, entries)
    manifests = read_manifests(tree, entries)
    findings = (_last_run(imported), *_without_itself((*manifests, *_installs(imported))))
    asked, idle = _without_tools(merge(findings), imported)
    offered = _offered(asked, imported)
    there = _names([*asked.packages, *offered])
    brought = {one for one in imported.needed if brought_by(one) & (there | imported.needed.keys())}
    git = _addresses(asked, there, imported)
    fetched = {name for one in git for name in one.names} if follow else set()
    elsewhere = imported.needed.keys() - fetched
    brought |= {one for one in elsewhere if _top_of(imported.needed[one]) in fetched}
    missing = [one for one in sorted(imported.needed.keys() - brought) if not offers(one) & there]
    guessed = {name: _perhaps(imported.needed[name], there) for name in missing}
    strangers = ANOTHERS - fetched
    added = tuple(name for name in missing if guessed[name] is None and name not in strangers)
    needs = hidden_needs(
        imported.dotted, imported.called, there | imported.needed.keys(), date=as_of
    )
    own = [one for one in builds_of(tree, imported) if one.parallel]
    asking = [
        source for one in findings if one.packages or one.constraints for source in one.sources
    ]
    return _Found(
        asked,
        tuple(dict.fromkeys(asking)),
        idle,
        imported,
        offered,
        added,
        {need.name: need.why for need in needs}
        | {f"{_APT}libgomp1": f"{one.setup} compiles for OpenMP" for one in own},
        _say_versions([*asked.packages, *offered], imported),
        {imported.needed[name]: other for name, other in guessed.items() if other},
        git,
    )


def _addresses(asked: Finding, there: set[str], imported: Imported) -> tuple[GitAddress, ...]:
    """All that are asked for; of others those of what is asked for or imported, the first of each.

    Where an address does not say what it offers, it may be what is imported by that name.
    """
    found = [one for _, one in asked.git]
    unmet = {name: module for name, module in imported.needed.items() if not offers(name) & there}
    wanted = there | unmet.keys() | set(map(_top_of, unmet.values()))
    open_names = wanted - {name for one in found for name in one.names}
    for one in (*(row[1] for row in asked.offered_git), *known_addresses()):
        if one.names & open_names:
            found.append(one)
            open_names -= one.names
    return tuple(found)


def _installs(imported: Imported) -> Iterator[Finding]:
    """Install lines of notebooks; those under an `if` only for what is imported."""
    for path, commands in imported.installs.items():
        notes = Notes(path)
        for command in commands:
            take_command(command, notes)
        yield notes.finding()
    for path, commands in imported.offered.items():
        notes = Notes(path)
        offer_commands(commands, notes, system=False)
        yield replace(notes.finding(), sources=())


def _last_run(imported: Imported) -> Finding:
    """The Python that most notebooks were last run with."""
    versions = [".".join(version.split(".")[:2]) for version in imported.pythons.values()]
    notes = Notes("notebooks")
    for version in sorted(set(versions), key=lambda version: (-versions.count(version), version)):
        notes.use_python(version)
    return replace(notes.finding(), sources=())


def _without_itself(findings: Sequence[Finding]) -> Iterator[Finding]:
    """A notebook for visitors installs the repository that it lies in: its own files are used."""
    projects = {canonicalize_name(one.project) for one in findings if one.project}
    for one in findings:
        itself = [text for text in one.packages if _names([text]) & projects]
        kept = tuple(text for text in one.packages if text not in itself)
        offered = tuple(text for text in one.offered if not _names([text]) & projects)
        git = tuple(row for row in one.git if not row[1].names & projects)
        others = tuple(row for row in one.offered_git if not row[1].names & projects)
        told = [
            f"{one.sources[0]}: {name} left out: it is the repository itself, whose files are used"
            for name in sorted(_names(itself))
        ]
        sources = one.sources if kept or not itself else ()
        lines = (*one.decisions, *told)
        kept_only = replace(one, packages=kept, offered=offered, git=git, offered_git=others)
        yield replace(kept_only, decisions=lines, sources=sources)


def _names(texts: Sequence[str]) -> set[str]:
    return {str(canonicalize_name(Requirement(text).name)) for text in texts}


def _without_tools(asked: Finding, imported: Imported) -> tuple[Finding, tuple[str, ...]]:
    """Notebook servers, checkers and formatters are for people at work, not for code that runs."""
    needed = {other for name in imported.needed for other in offers(name)}
    idle = [text for text in asked.packages if _names([text]) & TOOLS - needed]
    kept = tuple(text for text in asked.packages if text not in idle)
    return replace(asked, packages=kept), tuple(sorted(_names(idle)))


def _perhaps(module: str, there: Collection[str]) -> str | None:
    """A distribution asked for that carries the module's name: `gym-retro` for `import retro`.

    Or its letters: `ta-lib` for `import talib`, `pytorch-crf` for `import torchcrf`. Only where no
    distribution is known by the module's own name.
    """
    if is_known(module):
        return None
    top = _top_of(module)
    return next((name for name in sorted(there) if _carries(name, top)), None)


def _carries(distribution: str, top: str) -> bool:
    letters = distribution.replace("-", "")
    same = {letters, letters.removeprefix("py"), letters.replace("scikit", "sk", 1)}
    return top in distribution.split("-") or top.replace("-", "") in same


def _top_of(module: str) -> str:
    """What a distribution would be called that is called as what it offers."""
    return str(canonicalize_name(module.partition(".")[0]))


def _offered(asked: Finding, imported: Imported) -> tuple[str, ...]:
    """Of what is offered, that which the code imports and nothing asks for."""
    there = _names(asked.packages)
    missing = [name for name in imported.needed if not offers(name) & there]
    wanted = {other for name in missing for other in offers(name)}
    return tuple(text for text in asked.offered if _names([text]) & wanted)


def _say_versions(packages: Sequence[str], imported: Imported) -> Mapping[str, str]:
    """What imports say of versions, where the authors have said nothing of them."""
    pinned = _names([text for text in packages if "=" in str(Requirement(text).specifier)])
    said = dict(say_versions(imported.dotted))
    return {text: cause for text, cause in said.items() if not _names([text]) & pinned}


def _narrow(declared: str | None, imported: Imported) -> tuple[str | None, list[str]]:
    """What manifests say; imports of Python's own library narrow it where that leaves something."""
    specifier = SpecifierSet(declared or "")
    told = []
    for text, cause in say_pythons(imported.dotted):
        narrowed = specifier & SpecifierSet(text)
        before, after = _minors(specifier), _minors(narrowed)
        if after and after != before:
            specifier = narrowed
            told.append(f"Python {text}: import {cause} is not there in others")
    return str(specifier) or None, told


def _minors(specifier: SpecifierSet) -> list[int]:
    return [minor for minor in _MINORS if specifier.contains(f"3.{minor}.9")]


def _tell(found: _Found) -> Iterator[str]:
    """Where everything comes from, in the order in which it was decided."""
    yield _tell_source(found)
    yield from found.asked.decisions
    if found.idle:
        yield f"left out, for no code imports them and nothing runs them here: {listed(found.idle)}"
    yield from found.imported.decisions
    yield from _tell_named_pythons(found)
    if found.offered:
        names = listed(found.offered, 12)
        yield f"added, for they are imported and offered as extras or in install lines: {names}"
    yield from _tell_added(found)
    for module, name in found.guessed.items():
        yield f"import {module} is taken to be what {name} offers"
    for name, why in found.besides.items():
        kind = "system package " if name.startswith(_APT) else ""
        yield f"{kind}{name.removeprefix(_APT)} added: {why}"
    for text, cause in found.versions.items():
        yield f"{text} is preferred: import {cause} is not there in other versions"
    if found.imported.optional:
        names = listed(sorted(found.imported.optional), 12)
        yield f"left out, for the code does without them where they are missing: {names}"


def _of_tags(found: _Found) -> Iterator[str]:
    """The index's own release of what is not fetched at a tag, where nothing else says which."""
    said = [*found.packages, *found.asked.constraints, *found.versions]
    bounded = _names([text for text in said if Requirement(text).specifier])
    for one in found.git:
        if one.named and one.release and one.name not in bounded:
            yield f"{one.name}=={one.release}"


def _tell_git(found: _Found) -> Iterator[str]:
    """Nothing that a repository names is followed unasked."""
    there = _names(found.packages)
    said_by = {one: source for source, one in (*found.asked.offered_git, *found.asked.git)}
    for one in found.git:
        if one.name in there:
            release = f" as {one.release}" if one.release and one.named else ""
            done = f"{one.name} is looked for at the index{release}, not at '{one.address}'"
        else:
            done = f"'{one.address}' left out: only packages of the configured index are used"
        source = f"{said_by[one]}: " if one in said_by else ""
        yield f"{source}{done}"
    if found.git:
        names = dict.fromkeys(one.name for one in found.git)
        yield f"to fetch {listed([*names])}: sandbox build TARGET --follow"


def _tell_source(found: _Found) -> str:
    if found.asked.packages:
        return f"packages come from {listed(found.asking)}"
    if found.packages:
        return "nothing is declared: packages are inferred from imports"
    return "nothing is declared and nothing of others is imported: no packages"


def _tell_named_pythons(found: _Found) -> Iterator[str]:
    if found.asked.pythons:
        yield f"Python {', '.join(found.asked.pythons)} used or tested with by the authors"


def _tell_added(found: _Found) -> Iterator[str]:
    """Where nothing was declared only names that are not what the import says need a word."""
    tops = {name: found.imported.needed[name].partition(".")[0] for name in found.added}
    other = {name for name, top in tops.items() if canonicalize_name(top) != name}
    if found.asked.packages and tops:
        names = [f"{name} (import {tops[name]})" if name in other else name for name in tops]
        yield f"added, for they are imported but not declared: {listed(names, 20)}"
    elif other:
        names = [f"import {tops[name]} is {name}" for name in tops if name in other]
        yield f"names that differ: {listed(names, 20)}"
