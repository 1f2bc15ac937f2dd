"""pip's own configuration, taken over: a company's mirror works without being told twice."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sandbox.domain import PackageIndexes

_SECTIONS = ("global", "install", ":env:")  # as pip ranks them, the last one wins
_KEYS = ("index-url", "extra-index-url", "find-links", "constraint", "cert")


def read_pip_configuration(environ: Mapping[str, str]) -> str:
    """What `pip config list` prints for this user; empty when pip cannot tell."""
    return ask_pip("list", environ)


def ask_pip(what: str, environ: Mapping[str, str]) -> str:
    """What `pip config …` prints; empty when pip cannot tell.

    Takes 0.3 s. Isolated mode, so that no `pip.py` lying around is run in its place.
    """
    import subprocess

    command = [sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "config", what]
    try:
        done = subprocess.run(
            command, env=dict(environ), capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def used_lines(listing: str) -> str:
    """Those of the listing that `parse_pip_configuration` looks at."""
    lines = listing.splitlines(keepends=True)
    return "".join(line for line in lines if line.partition("=")[0].rpartition(".")[2] in _KEYS)


def parse_pip_configuration(listing: str, environ: Mapping[str, str]) -> PackageIndexes:
    """Turn the listing into `PackageIndexes`; files of constraints are read.

    Relative folders are left out: they mean something else in every directory.
    """
    values = _by_key(listing)
    certificate = (
        values.get("cert") or environ.get("REQUESTS_CA_BUNDLE") or environ.get("SSL_CERT_FILE")
    )
    return PackageIndexes(
        index_url=values.get("index-url"),
        extra_index_urls=tuple(values.get("extra-index-url", "").split()),
        find_links=tuple(filter(None, map(_location, values.get("find-links", "").split()))),
        certificate=certificate or None,
        constraints=_constraints(values.get("constraint", "").split()),
    )


def _by_key(listing: str) -> dict[str, str]:
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in listing.splitlines():
        name, separator, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if separator and section in found:
            found[section][key] = str(ast.literal_eval(value))
    return {key: value for section in _SECTIONS for key, value in found[section].items()}


def _location(text: str) -> str | None:
    """A URL as it is, a folder as an absolute path."""
    if text.startswith("file:"):
        return unquote(urlsplit(text).path)
    if "://" in text:
        return text
    path = Path(text).expanduser()
    return str(path) if path.is_absolute() else None


def _constraints(sources: list[str]) -> tuple[str, ...]:
    places = [_location(source) for source in sources]
    paths = [Path(place) for place in places if place and "://" not in place]
    texts = [path.read_text(encoding="utf-8") for path in paths if path.is_file()]
    lines = [line.split(" #")[0].strip() for text in texts for line in text.splitlines()]
    return tuple(line for line in lines if line and not line.startswith(("#", "-")))
