"""Shared libraries that are missing, and the Debian packages that have them; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sandbox.environments.checking import known

_SONAME = re.compile(r"(lib[\w.+-]+?)\.so(?:\.([\w.]+))?")


def of_debian(libraries: Iterable[str]) -> list[str]:
    """Those that do not come with CUDA."""
    return [library for library in libraries if not known.CUDA.match(library)]


def debian_package(library: str) -> str:
    """The package that a shared library is in, by Debian's rule for names.

    Source: Debian Policy 8.1: the name, a hyphen if it ends in a digit, the version of the soname.
    """
    if library in known.LIBRARIES:
        return known.LIBRARIES[library]
    found = _SONAME.fullmatch(library)
    name, version = (found[1], found[2] or "") if found else (library, "")
    joint = "-" if version and name[-1].isdigit() else ""
    return f"{name}{joint}{version}".lower().replace("_", "-")
