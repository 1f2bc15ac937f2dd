"""requirements*.txt: lines that name packages are taken, everything else is left out and told."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)

from sandbox.environments.addresses import read_git_address
from sandbox.environments.findings import (
    MANY,
    Finding,
    Notes,
    checked_marker,
    decode,
    shown,
)
from sandbox.environments.manifests.conda_packages import take_package, tell_without
from sandbox.interfaces import SourceTree

_COMMENT = re.compile(r"(^|\s)#.*$")
_EGG = re.compile(r"#(?:.*&)?egg=([A-Za-z0-9][\w.-]*(?:\[[\w.,\s-]*\])?)")
_INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)[\s=]*(.+)")
_EDITABLE = re.compile(r"^(?:-e|--editable)[\s=]+")
_ITSELF = re.compile(r"(?:file:)?\.(/|\\)?(\[([\w.,\s-]*)\])?(\s*;.*)?$")
_HASH = re.compile(r"\s+--hash[=\s]\S+")
_OPTION = re.compile(r"\s+--[\w-]+([=\s].*)?$")
_CONDA_EXPORT = re.compile(r"([\w.-]+)=([\w.!+]+)=([\w.]+)")
_BULLET = re.compile(r"^[-*]\s+(?=[A-Za-z])")
_SPACED = re.compile(r"([A-Za-z][\w.-]*)\s+v?([0-9]+(?:\.[0-9]+)+)$")
_ADDRESS = re.compile(r"^(\w+\+)?\w+:|^(\w+\+)?git@|^[./~\\]|\.(whl|tar\.gz|zip)$", re.IGNORECASE)
_REMOTE = re.compile(r"(?:\w+\+)?https?:", re.IGNORECASE)
_ONLY_INDEX = "only packages of the configured index are used"
_TO_HAVE_IT = "to have it, put a wheel of it into a find-links folder"
_DEPTH = 20  # files that include each other


def read_requirements(tree: SourceTree, path: str) -> Finding:
    """Everything that the file asks for, files of the tree that it includes among it."""
    notes = Notes(path)
    read_file(tree, path, notes, set())
    return notes.finding()


def read_file(
    tree: SourceTree, path: str, notes: Notes, seen: set[str], *, constraint: bool = False
) -> None:
    """Take over one file's lines; `seen` are the files that were read before.

    A line of `conda list --export` is taken as conda means it, unless pip had installed that.
    """
    seen.add(path)
    without: list[str] = []
    for line in logical_lines(decode(tree.read(path), notes), notes):
        exported, include = _CONDA_EXPORT.fullmatch(line), _INCLUDE.fullmatch(line)
        if exported and not constraint and not exported[3].startswith("pypi"):
            take_package(exported[1], f"=={exported[2]}", notes, without)
        elif include is None:
            take_line(line, notes, constraint=constraint)
        else:
            _include(tree, path, include, notes, seen, constraint=constraint)
    tell_without(without, notes)


def _include(
    tree: SourceTree,
    path: str,
    include: re.Match[str],
    notes: Notes,
    seen: set[str],
    *,
    constraint: bool,
) -> None:
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), include[2].strip()))
    if target not in tree.paths():
        notes.tell(f"{shown(include[0])} left out: no such file in the repository")
    elif target in seen or len(seen) > _DEPTH:
        notes.tell(f"{shown(include[0])} left out: it has been read already")
    else:
        only_limits = constraint or include[1] in {"-c", "--constraint"}
        read_file(tree, target, notes, seen, constraint=only_limits)


def logical_lines(text: str, notes: Notes) -> Iterator[str]:
    """Lines with continuations joined, comments and blank ones gone, at most `MANY`."""
    joined = re.sub(r"\\\r?\n", " ", text)
    lines = (_without_comment(line).strip() for line in joined.splitlines())
    for count, line in enumerate(line for line in lines if line):
        if count == MANY:
            notes.tell(f"more than {MANY} lines, the rest is left out")
            return
        yield line


def _without_comment(line: str) -> str:
    """`#egg=` is none; lines beyond any sense are cut before a pattern sees them."""
    return _COMMENT.sub("", line[:4000])


def take_line(line: str, notes: Notes, *, constraint: bool = False) -> None:
    """One line of a requirements file, or one argument of `pip install`."""
    text = _HASH.sub("", line)
    if not text.startswith("-") and _OPTION.search(text):
        notes.tell(f"{shown(line)}: its options are left out")
        text = _OPTION.sub("", text)
    text = _EDITABLE.sub("", _BULLET.sub("", text))
    if "$" in text:
        notes.tell(f"{shown(line)} left out: variables are never expanded")
    elif _ITSELF.match(text):
        _take_itself(line, text, notes)
    elif text.startswith("-"):
        notes.tell(f"option {shown(line)} left out")
    elif _ADDRESS.search(text.split(" ")[0]):
        _take_address(text, notes, constraint=constraint)
    elif constraint:
        notes.constrain(_as_pip_writes(text))
    else:
        notes.add(_as_pip_writes(text))


def _as_pip_writes(text: str) -> str:
    """`conda list -e` and lists made for readers hold names and versions, too."""
    exported = _CONDA_EXPORT.fullmatch(text)
    spaced = _SPACED.fullmatch(text)
    if exported:
        return f"{exported[1]}=={exported[2]}"
    return f"{spaced[1]}=={spaced[2]}" if spaced else text


def _take_itself(line: str, text: str, notes: Notes) -> None:
    notes.asks_itself = True
    extras = text.partition("[")[2].partition("]")[0]
    more = f"; its extras {extras} are taken only where they are imported" if extras else ""
    notes.tell(f"{shown(line)} is the repository itself, what that needs is taken instead{more}")


def _take_address(text: str, notes: Notes, *, constraint: bool) -> None:
    """Not followed here; a name that it tells is looked for on the index."""
    known = _name_in(text)
    address, _, behind = text.partition(" ")
    marker = checked_marker(behind.strip().removeprefix(";"))
    git = read_git_address(address, marker=marker)
    take = notes.constrain if constraint else notes.add
    if git is not None:
        (notes.offered_git if constraint else notes.git).append(git)
        if known:
            take(f"{known} ; {marker}" if marker else known)
        return
    if known is None:
        more = f"; {_TO_HAVE_IT}" if _REMOTE.match(text) else ""
        notes.tell(f"{shown(text)} left out: {_ONLY_INDEX}{more}")
        return
    notes.tell(f"{known} is looked for at the index, not at {shown(text)}")
    take(f"{known} ; {marker}" if marker else known)


def _name_in(text: str) -> str | None:
    """The requirement that `#egg=…` or the name of a wheel or sdist tells."""
    egg = _EGG.search(text)
    if egg:
        return egg[1]
    file = posixpath.basename(text.split(" ", maxsplit=1)[0].partition("#")[0].partition("?")[0])
    file = file.replace("%2B", "+").replace("%2b", "+")
    try:
        is_wheel = file.endswith(".whl")
        name, version, *_ = parse_wheel_filename(file) if is_wheel else parse_sdist_filename(file)
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
    return f"{name}=={version.public}"
