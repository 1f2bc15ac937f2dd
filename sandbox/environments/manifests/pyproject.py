"""pyproject.toml: PEP 621, poetry, flit, pdm, hatch and uv, read as data."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping

from sandbox.environments.addresses import GitAddress, read_git_address
from sandbox.environments.findings import MANY, Finding, Notes, checked_marker, decode, shown
from sandbox.environments.manifests.requirements_txt import read_file
from sandbox.interfaces import SourceTree

_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*")
_CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.[0-9]+)$")
Table = Mapping[str, object]


def read_pyproject(tree: SourceTree, path: str) -> Finding:
    """Dependencies of the project; extras and groups for developers only if they are imported."""
    notes = Notes(path)
    document = load_toml(tree, path, notes)
    tool = table(document, "tool")
    project = table(document, "project")
    _read_project(project, notes)
    _read_groups(table(document, "dependency-groups"), notes)
    _read_poetry(table(tool, "poetry"), notes)
    _read_flit(table(table(tool, "flit"), "metadata"), notes)
    _read_tools(tool, notes)
    if "dependencies" in strings(project.get("dynamic")):
        _follow_dynamic(tree, path, table(tool, "setuptools"), notes)
    return notes.finding()


def load_toml(tree: SourceTree, path: str, notes: Notes, limit: int = 512 * 1024) -> Table:
    """The document; what is no TOML is told and empty."""
    try:
        return tomllib.loads(decode(tree.read(path), notes, limit=limit))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        notes.tell_unreadable(f"is not TOML ({shown(error)[1:-1]})")
        return {}


def table(document: Table, key: str) -> Table:
    """A table of a document; whatever else stands there is none."""
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def strings(value: object) -> list[str]:
    """The texts of a list, at most `MANY`."""
    given = value if isinstance(value, list) else []
    return [one for one in given[:MANY] if isinstance(one, str)]


def take_classifiers(classifiers: Iterable[str], notes: Notes) -> None:
    """Python versions of trove classifiers, the newest first."""
    found = [match[1] for text in classifiers if (match := _CLASSIFIER.match(text.strip()))]
    for version in sorted(set(found), key=lambda text: -int(text.partition(".")[2])):
        notes.use_python(version)


def _read_project(project: Table, notes: Notes) -> None:
    name = project.get("name")
    notes.project = name if isinstance(name, str) else None
    if project.get("requires-python"):
        notes.require_python(project["requires-python"])
    listed = project.get("dependencies")
    for text in (listed if isinstance(listed, list) else [])[:MANY]:
        notes.add(str(text))
    take_classifiers(strings(project.get("classifiers")), notes)
    _read_groups(table(project, "optional-dependencies"), notes)


def _read_groups(groups: Table, notes: Notes) -> None:
    """Extras and dependency groups are for some uses only."""
    for lines in list(groups.values())[:MANY]:
        for text in strings(lines):
            notes.offer(text)


def _follow_dynamic(tree: SourceTree, path: str, setuptools: Table, notes: Notes) -> None:
    """`dependencies = {file = ["requirements.txt"]}`."""
    given = table(table(setuptools, "dynamic"), "dependencies").get("file")
    files = [given] if isinstance(given, str) else strings(given)
    if not files:
        notes.tell("dependencies are computed by its build, not read")
    for file in files:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(path), file))
        if target in tree.paths():
            read_file(tree, target, notes, {target})
        else:
            notes.tell(f"{shown(file)} left out: no such file in the repository")


def _read_poetry(poetry: Table, notes: Notes) -> None:
    name = poetry.get("name")
    notes.project = name if isinstance(name, str) else notes.project
    _read_dependencies(table(poetry, "dependencies"), notes, offered=False)
    groups = [table(table(poetry, "group"), name) for name in table(poetry, "group")]
    for group in groups:
        _read_dependencies(table(group, "dependencies"), notes, offered=True)
    _read_dependencies(table(poetry, "dev-dependencies"), notes, offered=True)


def _read_dependencies(dependencies: Table, notes: Notes, *, offered: bool) -> None:
    for name, value in list(dependencies.items())[:MANY]:
        version = _version(value)
        optional = isinstance(value, dict) and bool(value.get("optional"))
        if name.lower() == "python":
            notes.require_python(from_poetry(version or ""))
        elif offered or optional:
            notes.offer(f"{name}{from_poetry(version or '')}")
            notes.offered_git += _git_of(name, value)
        elif version is None:
            take_without_version(name, value, notes)
        else:
            notes.add(f"{name}{_extras(value)}{from_poetry(version)}{_marker(value)}")


def _version(value: object) -> str | None:
    """Of several constraints for several platforms the last one, commonly the newest Python's."""
    if isinstance(value, list):
        value = value[-1] if value else None
    version = value.get("version") if isinstance(value, dict) else value
    return version if isinstance(version, str) else None


def _extras(value: object) -> str:
    extras = strings(value.get("extras")) if isinstance(value, dict) else []
    return f"[{','.join(extras)}]" if extras else ""


def _marker(value: object) -> str:
    """Poetry's, pipenv's, or uv's."""
    place = value if isinstance(value, dict) else {}
    marker = place.get("markers", place.get("marker"))
    return f" ; {marker}" if isinstance(marker, str) else ""


def take_without_version(name: str, value: object, notes: Notes) -> None:
    """A table that names a place: git and addresses are on the index, too, folders are not."""
    place = value if isinstance(value, dict) else {}
    address = place.get("git") or place.get("url")
    named = f"{name}{_extras(value)}{_marker(value)}"
    git = git_of_table(name, place)
    if git is not None:
        notes.git.append(git)
        notes.add(named)
    elif isinstance(address, str):
        notes.tell(f"{shown(name)} is looked for at the index, not at {shown(address)}")
        notes.add(named)
    else:
        notes.tell(f"{shown(name)} left out: only packages of the configured index are used")


def git_of_table(name: str, place: Table) -> GitAddress | None:
    """Of `{git = "…", rev = "…", subdirectory = "…"}`, as Poetry, pipenv and uv have it.

    A `url` may be that of an archive of a repository.
    """
    address, url = place.get("git"), place.get("url")
    marker = checked_marker(_marker(place).removeprefix(" ; "))
    if not isinstance(address, str):
        return read_git_address(url, name, marker) if isinstance(url, str) else None
    refs = [place.get(key) for key in ("rev", "tag", "ref", "branch")]
    ref = next((f"@{one}" for one in refs if isinstance(one, str)), "")
    folder = place.get("subdirectory")
    fragment = f"#subdirectory={folder}" if isinstance(folder, str) else ""
    return read_git_address(f"git+{address.removeprefix('git+')}{ref}{fragment}", name, marker)


def _git_of(name: str, value: object) -> Iterator[GitAddress]:
    """Of a table, or of several for several platforms."""
    places = value if isinstance(value, list) else [value]
    tables = (one for one in places if isinstance(one, dict))
    yield from filter(None, (git_of_table(name, one) for one in tables))


def from_poetry(version: str) -> str:
    """A poetry constraint as PEP 440: `^1.2` is `>=1.2,<2`; unions keep their first part."""
    parts = re.split(r",|(?<=[0-9*])\s+(?=[<>=!~^])", version.split("|", maxsplit=1)[0])
    return ",".join(filter(None, (_one(part.strip()) for part in parts)))


def _one(part: str) -> str:
    if part in {"", "*"}:
        return ""
    if part[0] == "^":
        return _caret(part[1:].strip())
    if part[0] == "~" and not part.startswith("~="):
        numbers = part[1:].strip().split(".")
        return f">={'.'.join(numbers)},=={'.'.join(numbers[:2])}.*"
    return f"=={part}" if _VERSION.match(part) else part


def _caret(version: str) -> str:
    numbers = [int(number) for number in version.split(".") if number.isdecimal()] or [0]
    leading = next((i for i, number in enumerate(numbers) if number), len(numbers) - 1)
    upper = [*numbers[:leading], numbers[leading] + 1]
    return f">={version},<{'.'.join(map(str, upper))}"


def _read_flit(metadata: Table, notes: Notes) -> None:
    """What flit had before PEP 621."""
    name = metadata.get("dist-name", metadata.get("module"))
    notes.project = name if isinstance(name, str) else notes.project
    if metadata.get("requires-python"):
        notes.require_python(metadata["requires-python"])
    for text in strings(metadata.get("requires")):
        notes.add(text)
    _read_groups(table(metadata, "requires-extra"), notes)
    take_classifiers(strings(metadata.get("classifiers")), notes)


def _read_tools(tool: Table, notes: Notes) -> None:
    """Groups of pdm, hatch and uv; uv's own constraints."""
    uv = table(tool, "uv")
    _read_groups(table(table(tool, "pdm"), "dev-dependencies"), notes)
    _read_groups({"dev": uv.get("dev-dependencies")}, notes)
    environments = table(table(tool, "hatch"), "envs")
    for name in environments:
        _read_groups({name: table(environments, name).get("dependencies")}, notes)
    for key in ("constraint-dependencies", "override-dependencies"):
        for text in strings(uv.get(key)):
            notes.constrain(text)
    for name, source in table(uv, "sources").items():
        place = source if isinstance(source, dict) else {}
        address, git = place.get("git") or place.get("url"), [*_git_of(name, source)]
        notes.offered_git += git
        if not git and isinstance(address, str):
            notes.tell(f"{shown(name)} is looked for at the index, not at {shown(address)}")
