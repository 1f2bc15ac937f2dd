"""Pythons of this machine: those on PATH, and those that can be packed into a base."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_VERSION = re.compile(r"(?:cpython-)?(3\.[0-9]+)\.([0-9]+)")
_OLDEST = (3, 7)
_NEWEST = 15


@dataclass(frozen=True)
class Interpreter:
    """A whole installation below one folder, that can be moved.

    Attributes:
        prefix: the folder that holds `bin`, `lib` and so on.
        version: with its patch release.
    """

    prefix: Path
    version: str

    @property
    def python(self) -> str:
        return ".".join(self.version.split(".")[:2])

    @property
    def identity(self) -> str:
        return f"{self.prefix.name} {self.version}"


@cache
def packable() -> dict[str, Interpreter]:
    """The newest installation of each `X.Y` under pyenv's or uv's folder, if it suits Debian 12."""
    if not _suits_debian_12():
        return {}
    found = sorted(_installed(), key=lambda one: [int(part) for part in one.version.split(".")])
    return {one.python: one for one in found}


def _installed() -> Iterator[Interpreter]:
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions"
    data = Path(os.environ.get("XDG_DATA_HOME", home / ".local" / "share"))
    for folder in (pyenv, data / "uv" / "python"):
        for prefix in sorted(folder.glob("*")) if folder.is_dir() else ():
            match = _VERSION.match(prefix.name)
            if match and tuple(map(int, match[1].split("."))) >= _OLDEST and _is_whole(prefix):
                yield Interpreter(prefix, f"{match[1]}.{match[2]}")


def _is_whole(prefix: Path) -> bool:
    return not prefix.is_symlink() and (prefix / "bin" / "python3").is_file()


def _suits_debian_12() -> bool:
    """Programs of a newer C library do not run on an older one."""
    try:
        version = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        return False
    numbers = re.search(r"([0-9]+)\.([0-9]+)", version)
    return bool(numbers) and (int(numbers[1]), int(numbers[2])) <= (2, 36)  # type: ignore[index]


@cache
def on_path() -> frozenset[str]:
    """`X.Y` of interpreters that start when called by name; a version manager's shim may not."""
    names = [f"3.{minor}" for minor in range(_OLDEST[1], _NEWEST)]
    return frozenset(python for python in names if _starts(f"python{python}"))


def _starts(name: str) -> bool:
    if shutil.which(name) is None:
        return False
    command = [name, "-c", "import venv"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=20)
    return done.returncode == 0
