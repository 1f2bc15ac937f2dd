"""Removes environments from the Store, and what no environment is linked to; prints what was freed.

Nothing is removed that a build holds, or that another home has used of late. Arguments: the Store,
this home's name, how many seconds another home's use counts, then keys; `cache` among them stands
for everything that no environment needs. Prints one line of JSON.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

BLOCK = 512


def listed(folder: str) -> list[str]:
    """Names in it, none where there is no such folder."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


@contextmanager
def held(path: str) -> Iterator[bool]:
    """Whether the lock could be had at once; it is kept until the end."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "ab") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def used_elsewhere(marks: str, user: str, seconds: float) -> bool:
    """Whether another home has looked for it within so many seconds."""
    users = os.path.join(marks, "users")
    ages = [
        time.time() - os.stat(os.path.join(users, name)).st_mtime
        for name in listed(users)
        if name != user
    ]
    return any(age < seconds for age in ages)


def remove(path: str) -> int:
    """Bytes that this has given back: what other links keep is not among them."""
    freed = 0
    for folder, _, names in os.walk(path):
        freed += os.stat(folder).st_blocks * BLOCK
        for name in names:
            status = os.lstat(os.path.join(folder, name))
            freed += status.st_blocks * BLOCK if status.st_nlink == 1 else 0
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path, ignore_errors=True)
    elif os.path.lexists(path):
        os.unlink(path)
    return freed


def remove_environment(store: str, key: str, user: str, seconds: float) -> int:
    """Bytes given back; -1 = it is being built, -2 = another home uses it.

    The mark goes first, so that a half of what is left is never taken for a whole.
    """
    marks = os.path.join(store, "marks", key)
    with held(os.path.join(store, "locks", key)) as free:
        if not free:
            return -1
        if used_elsewhere(marks, user, seconds):
            return -2
        freed = remove(marks)
        folder = os.path.join(store, "environments")
        return freed + sum(remove(os.path.join(folder, p + key)) for p in ("", ".building-"))


def remove_unused(store: str) -> int:
    """What no environment is linked to, and what was sent from a machine for none that is left."""
    cache = os.path.join(store, "cache")
    freed = remove_archives(cache)
    needed = needed_files(store)
    for name in listed(os.path.join(store, "files")):
        if name not in needed:
            freed += remove(os.path.join(store, "files", name))
    for name in listed(cache):
        if name.startswith((".tmp", "builds-v")):
            freed += remove(os.path.join(cache, name))
    return freed


def remove_archives(cache: str) -> int:
    """Unpacked wheels that no environment is linked to, the notes where uv finds them first."""
    top = os.path.join(cache, "archive-v0")
    names = [name for name in listed(top) if not is_linked(os.path.join(top, name))]
    freed = remove_notes(cache, [name.encode() for name in names]) if names else 0
    return freed + sum(remove(os.path.join(top, name)) for name in names)


def remove_notes(cache: str, names: list[bytes]) -> int:
    """Files and links of uv's that name one of the archives: it trusts them for ever.

    A link whose archive is gone already goes, too.
    """
    freed = 0
    for shelf in listed(cache):
        if not shelf.startswith("wheels-"):
            continue
        for folder, inner, files in os.walk(os.path.join(cache, shelf)):
            for path in (os.path.join(folder, name) for name in (*inner, *files)):
                freed += remove_file(path) if is_note(path, names) else 0
    return freed


def is_note(path: str, names: list[bytes]) -> bool:
    """Whether it is a file that names one of them, or a link that leads to one or nowhere."""
    if os.path.islink(path):
        target = os.fsencode(os.readlink(path))
        return not os.path.exists(path) or any(name in target for name in names)
    return os.path.isfile(path) and any(name in b"".join(read(path)) for name in names)


def remove_file(path: str) -> int:
    """Bytes that this has given back."""
    freed = os.lstat(path).st_blocks * BLOCK
    os.unlink(path)
    return freed


def is_linked(archive: str) -> bool:
    """Whether any of its files has another name somewhere."""
    for folder, _, names in os.walk(archive):
        if any(os.lstat(os.path.join(folder, name)).st_nlink > 1 for name in names):
            return True
    return False


def needed_files(store: str) -> set[str]:
    """Checksums of the files that environments were made with."""
    marks = os.path.join(store, "marks")
    lists = [os.path.join(marks, key, "needed.txt") for key in listed(marks)]
    lines = [line.decode() for path in lists if os.path.exists(path) for line in read(path)]
    return {line.split("/")[1] for line in lines if "/" in line}


def read(path: str) -> list[bytes]:
    """Its lines."""
    with open(path, "rb") as stream:
        return list(stream)


def main(store: str, user: str, seconds: str, *keys: str) -> None:
    """See above."""
    freed: dict[str, int] = {}
    for key in keys:
        if key != "cache":
            freed[key] = remove_environment(store, key, user, float(seconds))
    if "cache" in keys:
        with held(os.path.join(store, "locks", "store")) as free:
            freed["cache"] = remove_unused(store) if free else -1
    print(json.dumps(freed))


if __name__ == "__main__":
    main(*sys.argv[1:])
