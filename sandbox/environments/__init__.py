"""Finds what a repository needs and builds it into the Store: detect, resolve, build.

Never runs code of a repository, never installs anything but wheels, never shows them a secret.
"""

from __future__ import annotations

from sandbox.environments.bases.images import available_pythons, ensure_base
from sandbox.environments.code.imports import third_party_imports
from sandbox.environments.detection import detect
from sandbox.environments.resolving.resolution import resolve
from sandbox.environments.store.building import Build, build

__all__ = [
    "Build",
    "available_pythons",
    "build",
    "detect",
    "ensure_base",
    "resolve",
    "third_party_imports",
]
