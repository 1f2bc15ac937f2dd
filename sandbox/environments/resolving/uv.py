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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sandbox.domain import FROM_SOURCE, PackageIndexes
from sandbox.environments.remembering import digests
from sandbox.environments.resolving.indexes import Wheel, as_folder
from sandbox.environments.resolving.pages import default_index
from sandbox.errors import BuildError, NetworkError, StoreError

_TIMEOUT_S = 240
_NETWORK = re.compile(
    r"error sending request|dns error|connection (refused|reset)|timed? ?out|tls handshake|"
    r"certificate|HTTP status (server error|client error)|Failed to (fetch|download)|"
    r"network (is )?unreachable|Could not connect|50[0234] ",
    re.IGNORECASE,
)
_HINT = "try again, or see the package index with: sandbox doctor"
_FULL = re.compile(r"No space left on device|os error 28|Disk quota exceeded", re.IGNORECASE)


@dataclass(frozen=True)
class Query:
    """One question to uv's resolver.

    Attributes:
        as_of: ISO date that nothing may be newer than.
        dates: those of packages that have one of their own; None = today.
        machine: `x86_64` or `aarch64`.
        wheels: the site's own that may be taken, instead of its folders.
        folders: of wheels, besides those of the indexes.
        metadata: what wheels say of themselves, as tables of `uv.toml`; those are not opened.
        stable: distributions of which no pre-release is wanted.
        cpu_torch: take PyTorch from where its builds for CPUs are.
        overrides: PEP 508 lines that stand in place of whatever any package says of those.
    """

    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    python: str
    as_of: str | None = None
    dates: Mapping[str, str | None] = field(default_factory=dict)
    machine: str = "x86_64"
    wheels: tuple[Wheel, ...] = ()
    folders: tuple[str, ...] = ()
    metadata: str = ""
    stable: frozenset[str] = frozenset()
    cpu_torch: bool = False
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Locked:
    """One package of an answer.

    Attributes:
        hashes: those of the wheels that fit, or of its sdist.
        origin: of what is built from source, where it was no index's.
        wheel_bytes: how large its wheel is, 0 where the index does not say.
    """

    name: str
    version: str
    hashes: tuple[str, ...]
    from_source: bool = False
    wheel_bytes: int = 0
    origin: str | None = None

    @property
    def line(self) -> str:
        hashes = " ".join(f"--hash={value}" for value in self.hashes)
        text = f"{self.name}=={self.version} {hashes}".strip()
        where = f" {self.origin}" if self.origin else ""
        return f"{text}{FROM_SOURCE}{where}" if self.from_source else text


@dataclass(frozen=True)
class Conflict:
    """Why there is no answer, in uv's words, without secrets."""

    text: str


def uv_binary() -> Path:
    """The one that came with the package `uv`."""
    from uv import find_uv_bin

    return Path(find_uv_bin())


def configuration(
    indexes: PackageIndexes, find_links: Sequence[str], *, cpu_torch: bool = False
) -> str:
    """A `uv.toml`: the indexes as pip ranks them (best version of all), wheels only.

    Args:
        indexes: may hold credentials, so the text is a secret, too.
        find_links: folders and URLs as the reader of the file sees them.
        cpu_torch: PyTorch and what goes with it come from where its builds for CPUs are.
    """
    lines = [
        'index-strategy = "unsafe-best-match"',
        'python-downloads = "never"',
        "no-build = true",
        f"find-links = {json.dumps(list(find_links))}",
    ]
    for url in indexes.extra_index_urls:
        lines += ["[[index]]", f"url = {json.dumps(url)}", *_cached(url)]
    if indexes.index_url:
        url = indexes.index_url
        lines += ["[[index]]", f"url = {json.dumps(url)}", "default = true", *_cached(url)]
    if cpu_torch:
        lines += ["[pip]", 'torch-backend = "cpu"']
    return "\n".join(lines) + "\n"


def _cached(url: str) -> list[str]:
    """Many a mirror does not say how long its pages hold; uv would ask for each at every call."""
    fresh = 'cache-control = { api = "max-age=600", files = "max-age=365000000, immutable" }'
    return [fresh] if url.startswith("http") else []


def compile_lock(query: Query, *, indexes: PackageIndexes, cache: Path) -> list[Locked] | Conflict:
    """Ask uv for versions that fit together.

    Raises:
        NetworkError: an index does not answer.
        StoreError: the disk is full.
    """
    with tempfile.TemporaryDirectory(prefix="sandbox-uv-") as folder:
        scratch = Path(folder)
        _write_inputs(query, indexes, scratch, digests(cache))
        done = _run(_command(query, scratch), _environment(indexes, scratch, cache), scratch)
    if done.returncode == 0:
        return _read_lock(done.stdout)
    text = mask(done.stderr, indexes)
    check_machine(text, hint=_HINT)
    return Conflict(_without_warnings(text))


def _run(
    command: Sequence[str], environment: Mapping[str, str], scratch: Path
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            env=environment,
            cwd=scratch,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise NetworkError(
            f"the package index is too slow: no answer within {_TIMEOUT_S} s", hint=_HINT
        ) from error


def _write_inputs(
    query: Query, indexes: PackageIndexes, scratch: Path, digest: Callable[[Path], str]
) -> None:
    for line in (*query.requirements, *query.constraints, *query.overrides):
        if not line.isprintable() or line.startswith("-"):  # else it could be an option to uv
            raise BuildError(f"{line!r} is not a requirement")
    links = [link for link in indexes.find_links if as_folder(link) is None]
    named = replace(
        indexes,
        index_url=indexes.index_url or default_index(),
        extra_index_urls=(*_own_index(query.wheels, scratch, digest), *indexes.extra_index_urls),
    )
    text = configuration(named, [*links, *query.folders], cpu_torch=query.cpu_torch)
    text = _dates(query) + text + query.metadata
    (scratch / "uv.toml").touch(mode=0o600)
    (scratch / "uv.toml").write_text(text)
    (scratch / "in.txt").write_text("\n".join(query.requirements) + "\n")
    (scratch / "limits.txt").write_text("\n".join(query.constraints) + "\n")
    (scratch / "instead.txt").write_text("\n".join(query.overrides) + "\n")


def _own_index(wheels: Sequence[Wheel], scratch: Path, digest: Callable[[Path], str]) -> list[str]:
    """An index that tells their hashes, for uv unpacks a wheel in a folder to learn its own."""
    for wheel in wheels:
        page = scratch / "own" / wheel.name / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        link = f"{wheel.path.absolute().as_uri()}#sha256={wheel.sha256 or digest(wheel.path)}"
        page.write_text(f'<a href="{link}">{wheel.path.name}</a>\n')
    return [(scratch / "own").as_uri()] if wheels else []


def _dates(query: Query) -> str:
    if not query.as_of:
        return ""
    own = ", ".join(
        f"{json.dumps(name)} = {json.dumps(date) if date else 'false'}"
        for name, date in sorted(query.dates.items())
    )
    return f'exclude-newer = "{query.as_of}"\nexclude-newer-package = {{ {own} }}\n'


def _command(query: Query, scratch: Path) -> list[str]:
    return [
        str(uv_binary()), "pip", "compile", str(scratch / "in.txt"),
        "--config-file", str(scratch / "uv.toml"),
        "--constraints", str(scratch / "limits.txt"),
        "--overrides", str(scratch / "instead.txt"),
        "--python", sys.executable,
        "--python-version", query.python,
        "--python-platform", f"{query.machine}-manylinux_2_36",
        "--format", "pylock.toml", "--generate-hashes",
        "--no-header", "--no-annotate", "--no-progress", "--color", "never",
        *(f"--prerelease-package={name}=disallow" for name in sorted(query.stable)),
    ]  # fmt: skip


def _environment(indexes: PackageIndexes, scratch: Path, cache: Path) -> dict[str, str]:
    """Nothing of the host's, so that no secret and no setting of the user's reaches uv."""
    values = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(scratch),
        "UV_CACHE_DIR": str(cache / "uv"),
        "UV_HTTP_TIMEOUT": "20",
        "UV_HTTP_CONNECT_TIMEOUT": "5",
        "UV_HTTP_RETRIES": "2",
    }
    if indexes.certificate:
        values["SSL_CERT_FILE"] = indexes.certificate
    return values


def _read_lock(text: str) -> list[Locked]:
    document: Mapping[str, list[dict[str, object]]] = tomllib.loads(text)
    return [_read_package(package) for package in document.get("packages", [])]


def _read_package(package: Mapping[str, object]) -> Locked:
    listed = package.get("wheels")
    wheels = listed if isinstance(listed, list) else []
    found = [wheel["hashes"] for wheel in wheels if wheel.get("hashes")]
    hashes = sorted(f"{kind}:{value}" for each in found for kind, value in each.items())
    sizes = [wheel["size"] for wheel in wheels if isinstance(wheel.get("size"), int)]
    name, version = str(package["name"]), str(package["version"])
    return Locked(name, version, tuple(hashes), wheel_bytes=max(sizes, default=0))


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
