"""Whether a stranger's file is the wheel that was asked for; it is read, never unpacked."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterable
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from sandbox.environments.resolving.indexes import supported_tags

_MEMBERS = 50_000
_UNPACKED_BYTES = 4 * 2**30
_METADATA_BYTES = 4 * 2**20
_NAME_CHARACTERS = 1000
_PIECE = 2**20
_PLAIN = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_KINDS = frozenset({0, stat.S_IFREG, stat.S_IFDIR})
_ENCRYPTED = 1


class Unfit(Exception):  # noqa: N818 - an answer, not an error
    """Why a file is not the wheel that was asked for."""


def check_wheel(path: Path, wanted: tuple[str, str] | None, *, python: str, machine: str) -> None:
    """Read it whole, in pieces.

    Args:
        path: bears the file's own name.
        wanted: its name and version; None = those that its file name says.
        python: `X.Y`.

    Raises:
        Unfit: it is no wheel, or of something else, or does not fit, or is malicious.
    """
    name, version = _check_filename(path.name, wanted, supported_tags(python, machine))
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive.infolist())
            _check_metadata(archive, name, version)
            _check_bytes(archive)
    except (
        zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError,
        NotImplementedError,
    ) as error:  # fmt: skip
        raise Unfit("it is not a regular zip file") from error


def _check_filename(
    filename: str, wanted: tuple[str, str] | None, supported: Iterable[object]
) -> tuple[str, str]:
    try:
        stated, number, _, tags = parse_wheel_filename(filename)
    except (InvalidWheelFilename, InvalidVersion) as error:
        raise Unfit("its file name is not a wheel's") from error
    name, version = wanted or (stated, str(number))
    if stated != canonicalize_name(name):
        raise Unfit(f"it is of {stated}, not of {name}")
    if number != Version(version):
        raise Unfit(f"it is of version {number}, not {version}")
    if tags.isdisjoint(supported):
        raise Unfit(f"it does not fit this machine's Python: {filename}")
    return name, version


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > _MEMBERS:
        raise Unfit(f"it has more than {_MEMBERS} members")
    if sum(one.file_size for one in members) > _UNPACKED_BYTES:
        raise Unfit(f"it unpacks to more than {_UNPACKED_BYTES // 2**30} GiB")
    if len({one.filename for one in members}) < len(members):
        raise Unfit("it has two members of one name")
    for one in members:
        if not _is_inside(one.filename):
            raise Unfit("it has a member that leads outside")
        if stat.S_IFMT(one.external_attr >> 16) not in _KINDS:
            raise Unfit("it has a member that is no regular file")
        if one.compress_type not in _PLAIN or one.flag_bits & _ENCRYPTED:
            raise Unfit("it is not a regular zip file")


def _is_inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    odd = {"\\", "\0", "\n", "\r"} & set(name)
    relative = bool(parts) and not name.startswith("/") and ".." not in parts
    return relative and not odd and len(name) <= _NAME_CHARACTERS and ":" not in parts[0]


def _check_metadata(archive: zipfile.ZipFile, name: str, version: str) -> None:
    tops = {one.partition("/")[0] for one in archive.namelist()}
    folders = [top for top in tops if top.endswith(".dist-info")]
    wanted = {"METADATA", "WHEEL", "RECORD"}
    if len(folders) != 1 or not {f"{folders[0]}/{one}" for one in wanted} <= set(
        archive.namelist()
    ):
        raise Unfit("it lacks the files that make a wheel")
    with archive.open(f"{folders[0]}/METADATA") as stream:
        text = stream.read(_METADATA_BYTES + 1)
    if len(text) > _METADATA_BYTES:
        raise Unfit("its metadata is too large")
    headers = HeaderParser().parsestr(text.decode("utf-8", errors="replace"))
    stem, _, number = folders[0].removesuffix(".dist-info").partition("-")
    names = {str(canonicalize_name(one)) for one in (str(headers["Name"]), stem)}
    if names != {str(canonicalize_name(name))}:
        raise Unfit(f"its metadata is not that of {name}")
    if not {_version(str(headers["Version"])), _version(number)} <= {Version(version)}:
        raise Unfit(f"its metadata is not that of version {version}")
    _check_requirements(headers.get_all("Requires-Dist") or [])


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _check_requirements(texts: Iterable[str]) -> None:
    """An address is asked for by what no index would have taken."""
    for text in map(str, texts):
        asked = _requirement(text)
        if asked is None and "://" not in text:
            continue  # old tools wrote what is none today; uv says what it makes of it
        if asked is None or (asked.url and _is_for_all(asked)):
            raise Unfit(f"it asks for something at an address, which is not followed: {text:.80}")


def _is_for_all(asked: Requirement) -> bool:
    """Whether it is asked for without any extra; in doubt it is."""
    try:
        return asked.marker is None or asked.marker.evaluate({"extra": ""})
    except (UndefinedComparison, UndefinedEnvironmentName):
        return True


def _requirement(text: str) -> Requirement | None:
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def _check_bytes(archive: zipfile.ZipFile) -> None:
    """Each member unpacks to what is declared, no more, and its checksum is right."""
    for one in archive.infolist():
        with archive.open(one) as stream:
            while stream.read(_PIECE):
                pass
