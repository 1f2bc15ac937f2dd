"""Finds what a repository needs and builds it into the Store: detect, resolve, build.

Never runs code of a repository, never installs anything but wheels, never shows them a secret.
"""

from __future__ import annotations

from sandbox.environments.bases.images import available_pythons, ensure_base
from sandbox.environments.code.imports import third_party_imports
from sandbox.environments.detection import detect
from sandbox.environments.resolving.resolution import resolve
from sandbox.environments.store.bases import image_id, remove_base
from sandbox.environments.store.building import Build, build
from sandbox.environments.store.caches import Cache, free_cache, list_caches
from sandbox.environments.store.contents import OTHERS_S, Contents, Freed, Stored, free, look
from sandbox.environments.store.records import last_uses

__all__ = [
    "OTHERS_S",
    "Build",
    "Cache",
    "Contents",
    "Freed",
    "Stored",
    "available_pythons",
    "build",
    "detect",
    "ensure_base",
    "free",
    "free_cache",
    "image_id",
    "last_uses",
    "list_caches",
    "look",
    "remove_base",
    "resolve",
    "third_party_imports",
]
