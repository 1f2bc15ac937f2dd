"""Compiles what has no bytecode yet, links it into uv's cache, and prints what all takes on disk.

Sessions cannot write bytecode, so it is made here; beside its source in uv's cache it is linked
into the next Environment with that package at once. Compiling executes nothing.

Arguments: the environment's folder, uv's cache. Prints one line of JSON.
"""

from __future__ import annotations

import importlib.util
import json
import os
import py_compile
import sys
import warnings
from collections.abc import Iterator

BLOCK = 512
FEW = 64
TESTS = {"test", "tests"}
"""Folders that are not compiled, for they are seldom imported; a fifth of our own packages."""


def uncompiled(top: str) -> Iterator[str]:
    """Sources below the folder, tests aside, without bytecode of this Python beside them."""
    for folder, inner, names in os.walk(top):
        inner[:] = [name for name in inner if name not in TESTS]
        sources = [name for name in names if name.endswith(".py")]
        if not sources:
            continue
        try:
            there = set(os.listdir(os.path.join(folder, "__pycache__")))
        except OSError:
            there = set()
        for name in sources:
            path = os.path.join(folder, name)
            if os.path.basename(target_of(path)) not in there:
                yield path


def target_of(source: str) -> str:
    """Where its bytecode belongs."""
    return importlib.util.cache_from_source(source)


def compile_one(source: str) -> str:
    """The source, empty where it cannot be compiled: wheels hold templates and Python 2."""
    try:
        return source if py_compile.compile(source, doraise=True) else ""
    except (py_compile.PyCompileError, OSError, ValueError, RecursionError, MemoryError):
        return ""


def compile_few(sources: list[str]) -> list[str]:
    """As `compile_all`, in one process: to start several, and what they need, takes longer."""
    child = os.fork()
    if not child:
        try:
            for source in sources:
                compile_one(source)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    return [path for path in sources if os.path.exists(target_of(path))]


def compile_all(sources: list[str]) -> list[str]:
    """Those that have bytecode now; in processes of their own, for some text ends the compiler."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    try:
        with ProcessPoolExecutor(mp_context=get_context("fork")) as pool:
            return [path for path in pool.map(compile_one, sources, chunksize=16) if path]
    except BrokenProcessPool:
        return [path for path in sources if os.path.exists(target_of(path))]


def archives_of(site: str, cache: str) -> dict[str, list[str]]:
    """Unpacked wheels in uv's cache that the environment is linked to, by top-level name."""
    top = os.path.join(cache, "archive-v0")
    ours = {inode(os.path.join(site, name, "METADATA")) for name in listed(site)}
    found: dict[str, list[str]] = {}
    for archive in listed(top):
        folder = os.path.join(top, archive)
        names = listed(folder)
        infos = [name for name in names if name.endswith(".dist-info")]
        marks = {inode(os.path.join(folder, name, "METADATA")) for name in infos}
        if marks & (ours - {0}):
            for name in names:
                found.setdefault(name, []).append(folder)
    return found


def listed(folder: str) -> list[str]:
    """Names in it, none where there is no such folder."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def inode(path: str) -> int:
    """0 where there is no such file."""
    try:
        return os.stat(path).st_ino
    except OSError:
        return 0


def share(site: str, cache: str, sources: list[str]) -> None:
    """Link the bytecode of sources that come from uv's cache beside them there."""
    shared = [path for path in sources if path.startswith(site) and os.stat(path).st_nlink > 1]
    archives = archives_of(site, cache) if shared else {}
    for path in shared:
        place = os.path.relpath(path, site)
        for folder in archives.get(place.split(os.sep)[0], ()):
            cached = os.path.join(folder, place)
            if inode(cached) == inode(path):
                link(target_of(path), target_of(cached))


def link(bytecode: str, cached: str) -> None:
    """What another build has linked there meanwhile is as good."""
    os.makedirs(os.path.dirname(cached), exist_ok=True)
    try:
        os.link(bytecode, cached)
    except FileExistsError:
        return


def figures(top: str) -> dict[str, int]:
    """What lies there, in bytes on disk; new: in no other environment, uv's cache left aside."""
    files = size = new = 0
    for folder, _, names in os.walk(top):
        own = os.stat(folder).st_blocks * BLOCK
        size, new = size + own, new + own
        for name in names:
            status = os.lstat(os.path.join(folder, name))
            taken = status.st_blocks * BLOCK
            files, size = files + 1, size + taken
            new += taken if status.st_nlink <= 2 else 0
    return {"files": files, "size_bytes": size, "new_bytes": new}


def main(top: str, cache: str) -> None:
    """See above."""
    warnings.simplefilter("ignore")
    library = os.path.join(top, "lib")
    sources = list(uncompiled(library))
    make = compile_all if len(sources) > FEW else compile_few
    fresh = make(sources) if sources else []
    for python in listed(library):
        share(os.path.join(library, python, "site-packages"), cache, fresh)
    print(json.dumps(figures(top)))


if __name__ == "__main__":
    main(*sys.argv[1:])
