"""Runs `uv` on this machine, in an environment made from scratch; never builds a package.

Secrets are in no argument: the configuration is a file that only this user can read and that
lives as long as the call.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sandbox.domain import PackageIndexes
from sandbox.errors import NetworkError, StoreError

_TIMEOUT_S = 300
_NETWORK = re.compile(
    r"error sending request|dns error|connection (refused|reset)|timed? ?out|tls handshake|"
    r"certificate|HTTP status (server error|client error)|Failed to (fetch|download)|"
    r"network (is )?unreachable|Could not connect|50[0234] ",
    re.IGNORECASE,
)
_FULL = re.compile(r"No space left on device|os error 28|Disk quota exceeded", re.IGNORECASE)


@dataclass(frozen=True)
class Query:
    """One question to uv's resolver.

    Attributes:
        as_of: ISO date; packages of `dateless` are free of it.
        machine: `x86_64` or `aarch64`.
        alone: only the requirements themselves, not what they need.
    """

    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    python: str
    as_of: str | None = None
    dateless: frozenset[str] = frozenset()
    machine: str = "x86_64"
    alone: bool = False


@dataclass(frozen=True)
class Locked:
    """One package of an answer; `hashes` are those of the wheels that fit."""

    name: str
    version: str
    hashes: tuple[str, ...]

    @property
    def line(self) -> str:
        hashes = " ".join(f"--hash={value}" for value in self.hashes)
        return f"{self.name}=={self.version} {hashes}".strip()


@dataclass(frozen=True)
class Conflict:
    """Why there is no answer, in uv's words, without secrets."""

    text: str


def uv_binary() -> Path:
    """The one that came with the package `uv`."""
    from uv import find_uv_bin

    return Path(find_uv_bin())


def configuration(indexes: PackageIndexes, find_links: Sequence[str]) -> str:
    """A `uv.toml`: the indexes as pip ranks them (best version of all), wheels only.

    Args:
        indexes: may hold credentials, so the text is a secret, too.
        find_links: folders and URLs as the reader of the file sees them.
    """
    lines = [
        'index-strategy = "unsafe-best-match"',
        'python-downloads = "never"',
        "no-build = true",
        f"find-links = {json.dumps(list(find_links))}",
    ]
    for url in indexes.extra_index_urls:
        lines += ["[[index]]", f"url = {json.dumps(url)}"]
    if indexes.index_url:
        lines += ["[[index]]", f"url = {json.dumps(indexes.index_url)}", "default = true"]
    return "\n".join(lines) + "\n"


def compile_lock(query: Query, *, indexes: PackageIndexes, cache: Path) -> list[Locked] | Conflict:
    """Ask uv for versions that fit together.

    Raises:
        NetworkError: an index does not answer.
        StoreError: the disk is full.
    """
    with tempfile.TemporaryDirectory(prefix="sandbox-uv-") as folder:
        scratch = Path(folder)
        _write_inputs(query, indexes, scratch)
        done = subprocess.run(
            _command(query, scratch),
            env=_environment(indexes, scratch, cache),
            cwd=scratch,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    if done.returncode == 0:
        return _read_lock(done.stdout)
    text = mask(done.stderr, indexes)
    check_machine(text, hint="try again, or see the package index with: sandbox doctor")
    return Conflict(_without_warnings(text))


def _write_inputs(query: Query, indexes: PackageIndexes, scratch: Path) -> None:
    text = configuration(indexes, indexes.find_links)
    if query.as_of:
        free = "".join(f"{json.dumps(name)} = false, " for name in sorted(query.dateless))
        dates = f'exclude-newer = "{query.as_of}"\nexclude-newer-package = {{ {free[:-2]} }}\n'
        text = dates + text
    (scratch / "uv.toml").touch(mode=0o600)
    (scratch / "uv.toml").write_text(text)
    (scratch / "in.txt").write_text("\n".join(query.requirements) + "\n")
    (scratch / "limits.txt").write_text("\n".join(query.constraints) + "\n")


def _command(query: Query, scratch: Path) -> list[str]:
    return [
        str(uv_binary()), "pip", "compile", str(scratch / "in.txt"),
        "--config-file", str(scratch / "uv.toml"),
        "--constraints", str(scratch / "limits.txt"),
        "--python", sys.executable,
        "--python-version", query.python,
        "--python-platform", f"{query.machine}-manylinux_2_36",
        "--format", "pylock.toml", "--generate-hashes",
        "--no-header", "--no-annotate", "--no-progress", "--color", "never",
        *(["--no-deps"] if query.alone else []),
    ]  # fmt: skip


def _environment(indexes: PackageIndexes, scratch: Path, cache: Path) -> dict[str, str]:
    """Nothing of the host's, so that no secret and no setting of the user's reaches uv."""
    values = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(scratch),
        "UV_CACHE_DIR": str(cache / "uv"),
        "UV_HTTP_TIMEOUT": "30",
    }
    if indexes.certificate:
        values["SSL_CERT_FILE"] = indexes.certificate
    return values


def _read_lock(text: str) -> list[Locked]:
    document: Mapping[str, list[dict[str, object]]] = tomllib.loads(text)
    return [_read_package(package) for package in document.get("packages", [])]


def _read_package(package: Mapping[str, object]) -> Locked:
    wheels = package.get("wheels")
    found = (
        [wheel["hashes"] for wheel in wheels if wheel.get("hashes")]
        if isinstance(wheels, list)
        else []
    )
    hashes = sorted(f"{kind}:{value}" for each in found for kind, value in each.items())
    return Locked(str(package["name"]), str(package["version"]), tuple(hashes))


def _without_warnings(text: str) -> str:
    lines = [line for line in text.splitlines() if not line.startswith("warning:")]
    return "\n".join(lines).strip()


def mask(text: str, indexes: PackageIndexes) -> str:
    """The text without the credentials of any index."""
    for url in (indexes.index_url, *indexes.extra_index_urls, *indexes.find_links):
        parts = urlsplit(url or "")
        for secret in filter(
            None, (parts.password, parts.username if parts.password is None else None)
        ):
            for shape in {secret, unquote(secret)}:
                text = text.replace(shape, "***")
    return text


def check_machine(text: str, *, hint: str) -> None:
    """Raise where uv's words are about this machine or the network, not about the packages."""
    last = next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
    if _FULL.search(text):
        raise StoreError("the disk is full", hint="free some space with: sandbox clean", said=last)
    if "No solution found" not in text and _NETWORK.search(text):
        raise NetworkError(f"the package index does not answer: {last}", hint=hint)
