"""Code of strangers, run in a container of its own: no network, its files to read only."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

STAND_INS = """
import importlib.abc, importlib.machinery, unittest.mock

class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names=()):
        self.names, self.made = set(names), set()
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if self.names and top not in self.names:
            return None
        self.made.add(top)
        return importlib.machinery.ModuleSpec(name, self, is_package=True)
    def create_module(self, spec):
        module = unittest.mock.MagicMock(name=spec.name)
        module.__path__, module.__spec__, module.__version__ = [], spec, "99.0"
        return module
    def exec_module(self, module):
        pass
"""
"""A finder for `sys.meta_path`: what is imported and missing, of some names or any, takes all."""

_LIMITS = ("--memory=1g", "--pids-limit=64", "--cpus=1", "--user=65534:65534")
_CLOSED = ("--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")


def write_files(root: Path, files: Mapping[str, bytes]) -> None:
    """The files of a repository, readable by anybody."""
    for path, data in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    for place in (root, *root.rglob("*")):
        place.chmod(0o755)


def run_inside(
    folder: Path, image: str, words: Sequence[str], *, mounts: Sequence[Path] = ()
) -> str:
    """What a command in the folder prints to its standard output.

    Args:
        mounts: further folders, at the same place inside.
    """
    volumes = [f"--volume={folder}:/repo:ro", *(f"--volume={one}:{one}:ro" for one in mounts)]
    place = ("--tmpfs=/tmp:mode=1777", "--workdir=/repo", "--env=HOME=/tmp")
    done = subprocess.run(
        ["docker", "run", "--rm", *_LIMITS, *_CLOSED, *volumes, *place, image, *words],
        capture_output=True,
        text=True,
        check=False,
        errors="replace",
    )
    return done.stdout
