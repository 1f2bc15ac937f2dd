"""`sandbox build` in a Store of its own; the command line always uses the one that everybody has.

building.py build STORE FOLDER          told as JSON: lock, base, place
building.py sizes STORE BASE PATH…      bytes on disk of each path, hard links counted once
building.py remove STORE
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePosixPath

from sandbox import api
from sandbox.engines.docker import DockerEngine
from sandbox.interfaces import Step


def build(store: str, folder: str) -> object:
    """As `sandbox build FOLDER --json` does, start of the interpreter included."""
    context = replace(api.connect(), make_engine=lambda: DockerEngine(store))
    built = api.build(context, folder).built
    place = PurePosixPath(built.build.python).parents[1]
    return {"lock": built.environment.lock, "base": built.build.base, "place": str(place)}


def sizes(store: str, base: str, *paths: str) -> object:
    """A process for each path: `du` counts a file once, whichever of them it stands in."""
    bench = DockerEngine(store).workbench()
    found = [bench.run(Step(base, ("du", "-s", "-B1", path))).output for path in paths]
    return [int(text.split()[0]) for text in found]


def remove(store: str) -> object:
    """The volume, with everything in it."""
    import docker

    client = docker.from_env()
    client.volumes.get(store).remove(force=True)
    client.close()
    return None


MODES: dict[str, Callable[..., object]] = {"build": build, "sizes": sizes, "remove": remove}


if __name__ == "__main__":
    json.dump(MODES[sys.argv[1]](*sys.argv[2:]), sys.stdout)
