"""Reads what a user typed as TARGET; refuses what is not plainly one of the known forms."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from sandbox.domain import Repo
from sandbox.errors import TargetError
from sandbox.foreign import shown

KNOWN_HOSTS = ("github.com", "gitlab.com", "huggingface.co", "codeberg.org", "bitbucket.org")

MAX_LENGTH = 2000
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_SEGMENT = re.compile(r"[A-Za-z0-9_.~][A-Za-z0-9_.~-]*")
_OWNER_NAME = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.-]*/[A-Za-z0-9_.][A-Za-z0-9_.-]*")
_SCP = re.compile(r"(?P<user>[^@/:]+)@(?P<host>[^@/:]+):(?P<path>[^:].*)")
_HELPER = re.compile(r"[A-Za-z0-9+.-]+::")
_FORMS = "a target is a folder, owner/name, or an https or ssh address of a known host"

# What a site puts between the repository and the ref in the address of a page; `-` is GitLab's,
# whose groups may have any depth and any name.
_FORGE_PAGES = ("src", "commit", "commits", "raw")
_PAGES = {
    "github.com": ("tree", "blob", "commit", "commits", "raw", "blame"),
    "huggingface.co": ("tree", "blob", "commit", "commits", "resolve"),
    "codeberg.org": _FORGE_PAGES,
    "bitbucket.org": _FORGE_PAGES,
}
_HF_KINDS = ("datasets", "spaces")
_NAMES_OF_MANY = frozenset({".git", "git", "repo", "repo.git"})


@dataclass(frozen=True)
class _Address:
    """The parts of a web address that matter: what to clone, and the ref a pasted page named."""

    host: str
    path: tuple[str, ...]
    ref: str | None


GITHUB = "https://github.com"


def parse_target(
    text: str,
    *,
    known_hosts: Sequence[str] = KNOWN_HOSTS,
    folder_base: Path,
    github: str = GITHUB,
) -> Repo:
    """The Repo that a text names; pure but for looking whether a folder exists.

    Args:
        text: a folder, `owner/name`, a file, https or ssh address, or a page of a repository as
            copied from the browser (see `pasted_ref` for the ref it names).
        known_hosts: hosts that may be spoken to. An entry may hold a port (`git.example.org:8443`);
            plain http is spoken only with a loopback address that is listed with its port.
        folder_base: what a relative folder is relative to.
        github: the site that `owner/name` is short for; one of the known hosts.

    Raises:
        TargetError: for anything else; credentials in the text are never repeated.
    """
    _refuse_malformed(text)
    if text.startswith("file:"):
        return _folder(_file_url_path(text), text)
    if "://" in text:
        return _from_url(urlsplit_checked(text), known_hosts)
    if _HELPER.match(text):
        raise TargetError(f"{shown(text)} names a transport helper, not a repository", hint=_FORMS)
    folder = folder_base / text
    # Not `Path.is_dir`: that raises where a name is longer than a folder's can be.
    if os.path.isdir(folder):  # noqa: PTH112
        return _folder(folder, text)
    scp = _SCP.fullmatch(text)
    if scp:
        return _from_ssh(scp["user"], scp["host"], scp["path"], known_hosts)
    return _from_short(text, known_hosts, github)


def pasted_ref(text: str, *, known_hosts: Sequence[str] = KNOWN_HOSTS) -> str | None:
    """The ref in the address of a page (`…/tree/v1.0`), else None; a branch with `/` is cut short.

    Raises nothing: a text that `parse_target` refuses names no ref.
    """
    if "://" not in text or not text.startswith(("https:", "http:")):
        return None
    try:
        _refuse_malformed(text)
        parts = urlsplit_checked(text)
        return _address(parts, _checked_host(parts, known_hosts)).ref
    except TargetError:
        return None


def _refuse_malformed(text: str) -> None:
    if not text.strip():
        raise TargetError("the target is empty", hint=_FORMS)
    if len(text) > MAX_LENGTH:
        raise TargetError(f"the target is {len(text)} characters long", hint=_FORMS)
    if not text.isprintable() or "\\" in text:
        raise TargetError(
            f"the target {shown(text)} holds a backslash or control character", hint=_FORMS
        )
    if text.startswith("-"):
        raise TargetError(f"{shown(text)} looks like an option, not a target", hint=_FORMS)


def _file_url_path(text: str) -> Path:
    parts = urlsplit(text)
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise TargetError(f"{shown(text)} names no folder of this machine", hint=_FORMS)
    path = unquote(parts.path)
    _refuse_malformed(path)
    return Path(path)


def _folder(folder: Path, text: str) -> Repo:
    if not os.path.isdir(folder):  # noqa: PTH112
        raise TargetError(f"no such folder: {shown(text)}", hint=_FORMS)
    absolute = folder.resolve()
    named = absolute.parent if _says_nothing(absolute) else absolute
    return Repo(source=str(absolute), name=_workspace_name(named.name))


def _says_nothing(folder: Path) -> bool:
    """Whether it is a bare repository that is called what many are, in a folder with its name."""
    bare = (folder / "HEAD").is_file() and (folder / "objects").is_dir()
    return bare and folder.name in _NAMES_OF_MANY


def urlsplit_checked(text: str) -> SplitResult:
    """`urlsplit` for addresses in which nothing is quoted, queried or left to interpretation."""
    if any(mark in text for mark in "?#% ") or not text.isascii():
        raise TargetError(f"{shown(text)} holds a character no repository needs", hint=_FORMS)
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise TargetError(f"{shown(text)} is not an address", hint=_FORMS) from error
    return parts


def _from_url(parts: SplitResult, known_hosts: Sequence[str]) -> Repo:
    if parts.scheme == "ssh":
        if parts.port is not None or parts.password is not None:
            raise TargetError("an ssh address may hold neither port nor password", hint=_FORMS)
        return _from_ssh(parts.username or "git", parts.hostname or "", parts.path, known_hosts)
    host = _checked_host(parts, known_hosts)
    address = _address(parts, host)
    return _remote(f"{parts.scheme}://{host}", host, address.path)


def _checked_host(parts: SplitResult, known_hosts: Sequence[str]) -> str:
    if "@" in parts.netloc:
        raise TargetError(
            "the address holds a user name or token",
            hint="leave it out, and give the token in the environment variable GITHUB_TOKEN",
        )
    if parts.scheme not in ("https", "http"):
        raise TargetError(f"the protocol {shown(parts.scheme)} is not spoken", hint=_FORMS)
    host = parts.netloc.lower().removeprefix("www.")
    if host not in known_hosts:
        raise TargetError(
            f"{shown(host)} is not a known host",
            hint=f"known hosts are {', '.join(known_hosts)}; the settings can add more",
        )
    if parts.scheme == "http" and not _is_listed_loopback(host):
        raise TargetError(f"plain http is not spoken with {host}", hint="write https://")
    return host


def _is_listed_loopback(host: str) -> bool:
    """Plain http needs a loopback address with its port; `host` is known to be listed."""
    name, colon, port = host.rpartition(":")
    return bool(colon) and port.isdigit() and name in _LOOPBACK


def _from_ssh(user: str, host: str, path: str, known_hosts: Sequence[str]) -> Repo:
    if user != "git":
        raise TargetError("the user of an ssh address is always git", hint=_FORMS)
    host = host.lower()
    if host not in known_hosts:
        raise TargetError(f"{shown(host)} is not a known host", hint=_FORMS)
    return _remote(f"ssh://git@{host}", host, _segments(path))


def _from_short(text: str, known_hosts: Sequence[str], github: str) -> Repo:
    first, _, rest = text.partition("/")
    if first.lower().removeprefix("www.") in known_hosts and rest:
        return _from_url(urlsplit_checked(f"https://{text}"), known_hosts)
    plain = text.removesuffix("/")
    if not _OWNER_NAME.fullmatch(plain):
        raise TargetError(f"no such folder or repository: {shown(text)}", hint=_FORMS)
    return _remote(github, urlsplit(github).netloc, _segments(plain))


def _segments(path: str) -> tuple[str, ...]:
    """The parts of a path, each of them harmless as a part of a file name or of an option."""
    segments = tuple(path.strip("/").split("/"))
    for segment in segments:
        if segment in (".", "..") or not _SEGMENT.fullmatch(segment):
            raise TargetError(f"{shown(path)} is not a repository's path", hint=_FORMS)
    return segments


def _address(parts: SplitResult, host: str) -> _Address:
    """Cut a page's address at the repository's end; other paths are taken as they are."""
    path = tuple(parts.path.strip("/").split("/"))
    least = 3 if host == "huggingface.co" and path[0] in _HF_KINDS else 2
    for at in range(least, len(path)):
        if path[at] in _PAGES.get(host, ("-",)):
            ref = _ref_of_page(path[at:])
            return _Address(host, _segments("/".join(path[:at])), ref)
    return _Address(host, _segments(parts.path), None)


def _ref_of_page(page: tuple[str, ...]) -> str | None:
    words = page[1:] if page[0] == "-" else page
    words = words[1:]
    if words[:1] in (("branch",), ("tag",), ("commit",)) and len(words) > 1:
        words = words[1:]
    return words[0] if words else None


def _remote(base: str, host: str, path: tuple[str, ...]) -> Repo:
    site = host in KNOWN_HOSTS
    last = path[-1].removesuffix(".git")
    if not last or (site and len(path) < 2):
        raise TargetError(f"{shown('/'.join(path))} names no repository on {host}", hint=_FORMS)
    if site and host in ("github.com", "bitbucket.org") and len(path) > 2:
        raise TargetError(f"{shown('/'.join(path))} is not owner/name", hint=_FORMS)
    full_name = "/".join((*path[:-1], last)) if len(path) > 1 else None
    # The five sites serve both spellings; another server may know only the one that was typed.
    path = (*path[:-1], last) if site else path
    return Repo(source=f"{base}/{'/'.join(path)}", name=_workspace_name(last), full_name=full_name)


def _workspace_name(text: str) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text.removesuffix(".git")).strip("-._")
    return name[:64] or "repository"
