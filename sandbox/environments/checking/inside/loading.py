"""Loads modules that were compiled in place; says how that went, a line of JSON for each.

Reads a line, `{"modules": ["folder/name"], "patience_s": 120}`, and the tree as a tar stream.
Packages above a module are there and their code is not run. A module may be known by several names,
as folders of its path are looked in or not: one of them is enough.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import tarfile
import tempfile
import types
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.environments.checking.inside.describing import describe
else:
    from sandbox_describing import describe


def main() -> None:
    """Each in a process of its own, one after another."""
    asked = json.loads(sys.stdin.buffer.readline())
    with tempfile.TemporaryDirectory() as root:
        with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as archive:
            archive.extractall(root)  # noqa: S202 - it is our own
        for place in asked["modules"]:
            error = in_process(root, place, int(asked["patience_s"]))
            sys.stdout.write(json.dumps({"name": place, "error": error}) + "\n")
            sys.stdout.flush()


def in_process(root: str, place: str, patience_s: int) -> str | None:
    """None = it loads."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(patience_s)
        os.dup2(2, 1)
        os.write(writing, json.dumps(load(root, place)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        said = stream.read()
    _, status = os.waitpid(pid, 0)
    if status & 0x7F == signal.SIGALRM:
        return f"it did not end within {patience_s} s"
    if status or not said:
        return f"it ended the process: {status & 0x7F or status >> 8}"
    answer: str | None = json.loads(said.decode())
    return answer


def load(root: str, place: str) -> str | None:
    """By the name that is seen from the root, else from the folders below it."""
    errors = []
    parts = place.split("/")
    for start in range(len(parts)):
        error = attempt(os.path.join(root, *parts[:start]), parts[start:])
        module = sys.modules.get(".".join(parts[start:]))
        if error is None and is_below(module, os.path.join(root, place)):
            return None
        errors.append(error or "another module has its name")
    return errors[0]


def is_below(module: types.ModuleType | None, stem: str) -> bool:
    """Whether it is what lies there: some names are others', which were imported before."""
    return str(getattr(module, "__file__", None)).startswith(stem + ".")


def attempt(folder: str, parts: list[str]) -> str | None:
    """Once more with PyTorch loaded, whose libraries lie where it alone finds them."""
    packages = {".".join(parts[:count]): parts[:count] for count in range(1, len(parts))}
    for name, below in packages.items():
        package = sys.modules[name] = types.ModuleType(name)
        package.__path__ = [os.path.join(folder, *below)]
    sys.path.insert(0, folder)
    error = attempt_name(".".join(parts))
    if error is not None and "libc10" in error:
        attempt_name("torch")
        error = attempt_name(".".join(parts))
    sys.path.remove(folder)
    for name in packages:
        sys.modules.pop(name, None)
    return error


def attempt_name(name: str) -> str | None:
    """None = it can be imported."""
    try:
        importlib.import_module(name)
    except BaseException as error:
        return "".join(describe(error)).replace(f"{sys.path[0]}/", "")
    return None


if __name__ == "__main__":
    main()
