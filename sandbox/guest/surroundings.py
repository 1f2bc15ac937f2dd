"""What a worker finds around it: working directory, variables, search path."""

from __future__ import annotations

import errno
import os
import sys
from importlib.machinery import PathFinder
from typing import Any, Mapping, Sequence

_START = "__init__.py"


def working_directory(root: str, relative: str) -> str:
    """Absolute; raises NotADirectoryError where the repository has no such folder."""
    path = os.path.normpath(os.path.join(root, relative))
    inside = os.path.realpath(path) + os.sep
    if not inside.startswith(os.path.realpath(root) + os.sep) or not os.path.isdir(path):
        raise NotADirectoryError(errno.ENOTDIR, "the repository has no such folder", relative)
    return path


def variables(home: str, given: Mapping[str, str]) -> dict[str, str]:
    """The environment of a new process; the search path comes with the work."""
    found = {
        "PATH": os.path.dirname(sys.executable) + ":/usr/local/bin:/usr/bin:/bin",
        "HOME": home,
        "USER": "learner",
        "LOGNAME": "learner",
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "Agg",
        "PAGER": "cat",
        # no display, no sound
        "QT_QPA_PLATFORM": "offscreen",
        "SDL_AUDIODRIVER": "dummy",
        "SDL_VIDEODRIVER": "dummy",
        "PYGAME_HIDE_SUPPORT_PROMPT": "1",
        # Open MPI starts no helper of its own for a program that runs by itself
        "OMPI_MCA_ess_singleton_isolated": "1",
    }
    found.update(given)
    found.pop("PYTHONPATH", None)
    return found


def program(work: Mapping[str, Any], root: str, cwd: str) -> dict[str, str]:
    """What a worker is told of its program."""
    name = os.path.relpath(os.path.join(root, work["path"]), cwd)
    given = work["environment"].get("PYTHONPATH")
    return {
        "kind": work["kind"],
        "name": name,
        "cwd": cwd,
        "first": "" if work.get("as_module") else os.path.dirname(name),
        "search_path": given or root,
    }


def arranged(own: Sequence[str], installed: Sequence[str]) -> tuple[list[str], list[str]]:
    """Which of the repository's folders go before what is installed, and which behind it.

    One with a folder `numpy` that holds notebooks and an empty `__init__.py` would hide the real
    one from everything; where its notebooks were written it was not on the path.
    """
    behind = [folder for folder in own if _hides(folder, installed)]
    return [folder for folder in own if folder not in behind], behind


def _hides(folder: str, installed: Sequence[str]) -> bool:
    try:
        names = [name for name in os.listdir(folder) if name.isidentifier()]
        hollow = [name for name in names if _is_hollow(os.path.join(folder, name))]
    except OSError:
        return False
    return any(PathFinder.find_spec(name, installed) for name in hollow)


def _is_hollow(folder: str) -> bool:
    """A package with nothing in it that could be imported."""
    start = os.path.join(folder, _START)
    if not os.path.isfile(start) or os.path.getsize(start):
        return False
    others = [name for name in os.listdir(folder) if name != _START]
    modules = (name for name in others if name.endswith((".py", ".so", ".pyx")))
    packages = (name for name in others if os.path.isfile(os.path.join(folder, name, _START)))
    return not any(modules) and not any(name != "tests" for name in packages)
