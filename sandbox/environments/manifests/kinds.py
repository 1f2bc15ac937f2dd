"""The table of files that say something of an environment: pattern, reader, role."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatch

from sandbox.environments.findings import Finding
from sandbox.environments.manifests.conda import read_conda
from sandbox.environments.manifests.containers import read_devcontainer, read_dockerfile
from sandbox.environments.manifests.locks import read_pipfile_lock, read_toml_lock
from sandbox.environments.manifests.pipfile import read_pipfile
from sandbox.environments.manifests.pyproject import read_pyproject
from sandbox.environments.manifests.python_versions import (
    read_python_version,
    read_runtime_txt,
    read_tox_ini,
)
from sandbox.environments.manifests.readme import read_readme
from sandbox.environments.manifests.requirements_txt import read_requirements
from sandbox.environments.manifests.setup_files import read_setup_cfg, read_setup_py
from sandbox.environments.manifests.system_packages import read_apt_txt
from sandbox.environments.manifests.workflows import read_workflow
from sandbox.interfaces import SourceTree

Reader = Callable[[SourceTree, str], Finding]


class Role(StrEnum):
    """What a file may decide."""

    manifest = "manifest"  # asks for packages; the first one that does counts
    lock = "lock"  # limits what the manifest of its folder asks for
    hint = "hint"  # which Python, system packages, and versions of what is imported


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        pattern: of the file's name, in lower case; with a slash in it of the whole path.
    """

    pattern: str
    read: Reader
    role: Role = Role.manifest


# In order of precedence.
KINDS = (
    Kind("requirements.txt", read_requirements),
    Kind("requirements[-_.]cpu.txt", read_requirements),
    Kind("requirement.txt", read_requirements),
    Kind("requirements[-_.]*.txt", read_requirements),
    Kind("*requirements.txt", read_requirements),
    Kind("requirements.in", read_requirements),
    Kind("pyproject.toml", read_pyproject),
    Kind("pipfile", read_pipfile),
    Kind("setup.cfg", read_setup_cfg),
    Kind("setup.py", read_setup_py),
    Kind("requirements/base.txt", read_requirements),
    Kind("requirements/common.txt", read_requirements),
    Kind("requirements/main.txt", read_requirements),
    Kind("requirements/*.txt", read_requirements),
    Kind("environment*.y*ml", read_conda),
    Kind("conda*.y*ml", read_conda),
    Kind("*[-_.]environment.y*ml", read_conda),
    Kind("env.y*ml", read_conda),
    Kind("uv.lock", read_toml_lock, Role.lock),
    Kind("poetry.lock", read_toml_lock, Role.lock),
    Kind("pdm.lock", read_toml_lock, Role.lock),
    Kind("pylock*.toml", read_toml_lock, Role.lock),
    Kind("pipfile.lock", read_pipfile_lock, Role.lock),
    Kind("runtime.txt", read_runtime_txt, Role.hint),
    Kind(".python-version", read_python_version, Role.hint),
    Kind("apt.txt", read_apt_txt, Role.hint),
    Kind("dockerfile*", read_dockerfile, Role.hint),
    Kind("*.dockerfile", read_dockerfile, Role.hint),
    Kind("devcontainer.json", read_devcontainer, Role.hint),
    Kind(".devcontainer.json", read_devcontainer, Role.hint),
    Kind("tox.ini", read_tox_ini, Role.hint),
    Kind(".github/workflows/*.y*ml", read_workflow, Role.hint),
    Kind(".travis.yml", read_workflow, Role.hint),
    Kind(".gitlab-ci.yml", read_workflow, Role.hint),
    Kind("readme", read_readme, Role.hint),
    Kind("readme.*", read_readme, Role.hint),
    Kind("install.md", read_readme, Role.hint),
)

# Folders that hold a repository's manifests, looked into after the folder they lie in.
_MANIFEST_FOLDERS = (
    *("binder", ".binder", "requirements", "env", "envs", "conda", "docker", ".devcontainer"),
    *("install", "environment", "environments"),
)
_NOT_FOR_RUNNING = ("dev", "test", "doc", "lint", "ci", "style", "build", "contrib", "check")
_READMES_OF_OTHERS = (".ipynb", ".py", ".png", ".html")


def in_folder(tree: SourceTree, folder: str) -> list[tuple[str, Kind]]:
    """Files of a folder, and of the folders for manifests in it, by precedence, each once."""
    places = [folder, *(posixpath.join(folder, name) for name in _MANIFEST_FOLDERS)]
    ranked = {place: rank for rank, place in enumerate(places)}
    near = [p for p in tree.paths() if posixpath.dirname(p) in ranked or "/workflows/" in p]
    found: dict[str, Kind] = {}
    for place in places:
        for kind in KINDS:
            for path in near:
                if _is_in(path, place, kind) and fits(path, kind):
                    found.setdefault(path, kind)
    return list(found.items())


def _is_in(path: str, place: str, kind: Kind) -> bool:
    if "/" in kind.pattern:
        return place == "" and fnmatch(path.lower(), kind.pattern)
    return posixpath.dirname(path) == place


def fits(path: str, kind: Kind) -> bool:
    """Whether a file is of the kind; those for developers only are none."""
    name = posixpath.basename(path).lower()
    folder, pattern = posixpath.split(kind.pattern)
    if folder and not fnmatch(posixpath.dirname(path.lower()), folder):
        return False
    if kind.role is Role.hint:
        return fnmatch(name, pattern) and not name.endswith(_READMES_OF_OTHERS)
    return fnmatch(name, pattern) and not _is_for_developers(name)


def _is_for_developers(name: str) -> bool:
    words = name.rpartition(".")[0].replace("_", "-").replace(".", "-").split("-")
    others = words[1:] if words[0] in {"requirements", "environment", "conda"} else words
    return any(word.startswith(_NOT_FOR_RUNNING) for word in others)


def anywhere(tree: SourceTree) -> Iterator[tuple[str, Kind]]:
    """Manifests in any folder that is not for documentation or tests."""
    for path in tree.paths():
        words = posixpath.dirname(path).lower().split("/")
        if not any(word.startswith(("doc", "test", ".", "node_modules")) for word in words):
            kinds = (kind for kind in KINDS if kind.role is Role.manifest and fits(path, kind))
            yield from ((path, kind) for kind in list(kinds)[:1])
