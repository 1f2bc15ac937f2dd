"""Finds what a repository needs and builds it into the Store: detect, resolve, build.

Never runs code of a repository, never installs anything but wheels, never shows them a secret.
"""

from __future__ import annotations

from sandbox.environments.bases.images import available_pythons, ensure_base
from sandbox.environments.code.imports import third_party_imports
from sandbox.environments.detection import detect
from sandbox.environments.exporting import Exported, check_folder, export
from sandbox.environments.locks import lock_text, read_lock
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
    "Exported",
    "Freed",
    "Stored",
    "available_pythons",
    "build",
    "check_folder",
    "detect",
    "ensure_base",
    "export",
    "free",
    "free_cache",
    "image_id",
    "last_uses",
    "list_caches",
    "lock_text",
    "look",
    "read_lock",
    "remove_base",
    "resolve",
    "third_party_imports",
]
