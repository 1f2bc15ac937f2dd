"""Finds what a repository needs and builds it into the Store: detect, resolve, build.

Never runs code of a repository, never installs anything but wheels, never shows them a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lazily import lazily

if TYPE_CHECKING:
    from sandbox.environments.addresses import GitAddress, read_git_address
    from sandbox.environments.bases.deriving import Base
    from sandbox.environments.bases.images import (
        available_pythons,
        compiler_base,
        derived_base,
        ensure_base,
        find_base,
    )
    from sandbox.environments.checking.applying import apply as apply_remedies
    from sandbox.environments.checking.failures import Failure, read_failure
    from sandbox.environments.checking.hopeless import is_hopeless
    from sandbox.environments.checking.remedies import Remedy
    from sandbox.environments.checking.remedies import remedies as find_remedies
    from sandbox.environments.checking.running import Raised, run_remedies
    from sandbox.environments.checking.unexplained import unexplained
    from sandbox.environments.code.elsewhere import needs_of
    from sandbox.environments.code.imports import (
        elsewhere_imports,
        own_builds,
        third_party_imports,
    )
    from sandbox.environments.code.names import distributions_of, present_name
    from sandbox.environments.code.own_builds import OwnBuild
    from sandbox.environments.detection import detect
    from sandbox.environments.exporting import Exported, check_folder, export
    from sandbox.environments.findings import parse_requirement
    from sandbox.environments.locks import SYSTEM_PACKAGE, lock_text, read_lock
    from sandbox.environments.resolving.releases import Lost, find_releases
    from sandbox.environments.resolving.requirements import name_of
    from sandbox.environments.resolving.resolution import resolve
    from sandbox.environments.resolving.sourcing import (
        Fetched,
        MadeWheel,
        MakeWheels,
        NotMade,
        Wish,
    )
    from sandbox.environments.sources import (
        MadeModules,
        OwnTree,
        WheelMaker,
        load_modules,
        make_modules,
    )
    from sandbox.environments.store.bases import image_id, remove_base
    from sandbox.environments.store.building import Build, build
    from sandbox.environments.store.caches import Cache, free_cache, list_caches
    from sandbox.environments.store.contents import OTHERS_S, Contents, Freed, Stored, free, look
    from sandbox.environments.store.records import last_uses
    from sandbox.environments.store.standby import Standby

__all__ = [
    "OTHERS_S",
    "SYSTEM_PACKAGE",
    "Base",
    "Build",
    "Cache",
    "Contents",
    "Exported",
    "Failure",
    "Fetched",
    "Freed",
    "GitAddress",
    "Lost",
    "MadeModules",
    "MadeWheel",
    "MakeWheels",
    "NotMade",
    "OwnBuild",
    "OwnTree",
    "Raised",
    "Remedy",
    "Standby",
    "Stored",
    "WheelMaker",
    "Wish",
    "apply_remedies",
    "available_pythons",
    "build",
    "check_folder",
    "compiler_base",
    "derived_base",
    "detect",
    "distributions_of",
    "elsewhere_imports",
    "ensure_base",
    "export",
    "find_base",
    "find_releases",
    "find_remedies",
    "free",
    "free_cache",
    "image_id",
    "is_hopeless",
    "last_uses",
    "list_caches",
    "load_modules",
    "lock_text",
    "look",
    "make_modules",
    "name_of",
    "needs_of",
    "own_builds",
    "parse_requirement",
    "present_name",
    "read_failure",
    "read_git_address",
    "read_lock",
    "remove_base",
    "resolve",
    "run_remedies",
    "third_party_imports",
    "unexplained",
]

__getattr__ = lazily(
    __name__,
    {
        "sandbox.environments.addresses": "GitAddress read_git_address",
        "sandbox.environments.bases.deriving": "Base",
        "sandbox.environments.bases.images": (
            "available_pythons compiler_base derived_base ensure_base find_base"
        ),
        "sandbox.environments.checking.applying": "apply_remedies=apply",
        "sandbox.environments.checking.failures": "Failure read_failure",
        "sandbox.environments.checking.hopeless": "is_hopeless",
        "sandbox.environments.checking.remedies": "Remedy find_remedies=remedies",
        "sandbox.environments.checking.running": "Raised run_remedies",
        "sandbox.environments.checking.unexplained": "unexplained",
        "sandbox.environments.code.elsewhere": "needs_of",
        "sandbox.environments.code.imports": "elsewhere_imports own_builds third_party_imports",
        "sandbox.environments.code.names": "distributions_of present_name",
        "sandbox.environments.code.own_builds": "OwnBuild",
        "sandbox.environments.detection": "detect",
        "sandbox.environments.exporting": "Exported check_folder export",
        "sandbox.environments.findings": "parse_requirement",
        "sandbox.environments.locks": "SYSTEM_PACKAGE lock_text read_lock",
        "sandbox.environments.resolving.releases": "Lost find_releases",
        "sandbox.environments.resolving.requirements": "name_of",
        "sandbox.environments.resolving.resolution": "resolve",
        "sandbox.environments.resolving.sourcing": "Fetched MadeWheel MakeWheels NotMade Wish",
        "sandbox.environments.sources": "MadeModules OwnTree WheelMaker load_modules make_modules",
        "sandbox.environments.store.bases": "image_id remove_base",
        "sandbox.environments.store.building": "Build build",
        "sandbox.environments.store.caches": "Cache free_cache list_caches",
        "sandbox.environments.store.contents": "OTHERS_S Contents Freed Stored free look",
        "sandbox.environments.store.records": "last_uses",
        "sandbox.environments.store.standby": "Standby",
    },
)
