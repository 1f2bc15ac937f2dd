"""Looks at every environment of the Store and prints what is there; changes nothing.

Arguments: the Store; `quick`, `sizes` or `deep`; seconds that looking at environments may take, and
again at what lies beside them. What is not measured by then has the sizes that its builder wrote
down. One line of JSON for each environment, and a last one for what lies beside them.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import stat
import sys
import time
from collections.abc import Iterator
from typing import Any

BLOCK = 512
PIECE = 1 << 20
BESIDE_S = 10.0


def listed(folder: str) -> list[str]:
    """Names in it, none where there is no such folder."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def told(marks: str) -> dict[str, Any]:
    """What the builder wrote down; nothing where it is of an older time."""
    known: dict[str, Any] = {}
    try:
        with open(os.path.join(marks, "complete"), encoding="utf-8") as stream:
            for line in stream:
                known.update(json.loads(line))
    except (OSError, ValueError, TypeError):
        return {}
    return known


def sites(folder: str) -> list[str]:
    """Where its packages lie."""
    library = os.path.join(folder, "lib")
    found = [os.path.join(library, name, "site-packages") for name in listed(library)]
    return [path for path in found if os.path.isdir(path)]


def locked(marks: str) -> list[tuple[str, str]]:
    """Names and versions of the lock that was installed."""
    try:
        with open(os.path.join(marks, "lock.txt"), encoding="utf-8") as stream:
            pins = [line.split(" ")[0].strip() for line in stream]
    except OSError:
        return []
    return [
        (name, version) for name, _, version in (pin.partition("==") for pin in pins) if version
    ]


def normal(name: str) -> str:
    """As the folder of its metadata spells it, case aside."""
    return name.lower().replace("-", "_").replace(".", "_")


def absent(folder: str, marks: str) -> Iterator[str]:
    """Packages of the lock that are not installed whole."""
    infos = {}
    for site in sites(folder):
        for name in listed(site):
            if name.endswith(".dist-info"):
                infos[normal(name[: -len(".dist-info")].split("-")[0])] = os.path.join(site, name)
    for name, version in locked(marks):
        info = infos.get(normal(name))
        if info is None or not os.path.exists(os.path.join(info, "RECORD")):
            yield f"{name} {version} is not there"


def broken(folder: str, seen: dict[int, str], until: float, *, deep: bool) -> Iterator[str]:
    """Files that are not what their wheel says; each inode is read once. Raises TimeoutError."""
    top = folder + os.sep
    for site in sites(folder):
        for path, told in recorded(site).items():
            whole = os.path.normpath(os.path.join(site, path))
            why = fault(whole, told, seen, deep=deep) if whole.startswith(top) else ""
            if why:
                yield f"{path} {why}"
            if time.monotonic() > until:
                raise TimeoutError


def recorded(site: str) -> dict[str, list[tuple[str, str]]]:
    """Checksum and size of each file, from every wheel that has it: what two have is either's."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in listed(site):
        if name.endswith(".dist-info"):
            for path, digest, size in rows(os.path.join(site, name, "RECORD")):
                if path != f"{name}/RECORD":  # what stands there of itself cannot be so
                    found.setdefault(path, []).append((digest, size))
    return found


def rows(record: str) -> list[list[str]]:
    """Of one RECORD; none where it cannot be read."""
    try:
        with open(record, encoding="utf-8", newline="") as stream:
            return [row for row in csv.reader(stream) if len(row) == 3]
    except (OSError, ValueError, csv.Error):
        return []


def fault(path: str, told: list[tuple[str, str]], seen: dict[int, str], *, deep: bool) -> str:
    """What is wrong with a file; empty = nothing. Each inode is looked at once."""
    try:
        status = os.lstat(path)
    except OSError:
        return "" if path.endswith(".pyc") else "is not there"
    if status.st_ino not in seen and stat.S_ISREG(status.st_mode):
        has = sha256(path) if deep else ""
        wrong = [difference(status.st_size, has, digest, size) for digest, size in told]
        seen[status.st_ino] = "" if "" in wrong else wrong[-1]
    return seen.get(status.st_ino, "")


def difference(bytes_: int, has: str, digest: str, size: str) -> str:
    """What is wrong with a file's contents; an empty checksum was not taken."""
    if size.isdecimal() and bytes_ != int(size):
        return f"has {bytes_} bytes, not {size}"
    kind, _, value = digest.partition("=")
    return "has other contents" if has and kind == "sha256" and has != value else ""


def sha256(path: str) -> str:
    """As RECORD writes it."""
    made = hashlib.sha256()
    with open(path, "rb") as stream:
        for piece in iter(lambda: stream.read(PIECE), b""):
            made.update(piece)
    return base64.urlsafe_b64encode(made.digest()).decode().rstrip("=")


def figures(top: str, until: float) -> tuple[int, int]:
    """Bytes on disk, and those of them in no other environment. Raises TimeoutError."""
    size = alone = 0
    for folder, _, names in os.walk(top):
        if time.monotonic() > until:
            raise TimeoutError
        own = os.stat(folder).st_blocks * BLOCK
        size, alone = size + own, alone + own
        for name in names:
            status = os.lstat(os.path.join(folder, name))
            taken = status.st_blocks * BLOCK
            size += taken
            alone += taken if status.st_nlink <= 2 else 0
    return size, alone


def unused(cache: str, until: float) -> int:
    """Bytes of unpacked wheels that no environment is linked to, as far as time allows."""
    archives, size = os.path.join(cache, "archive-v0"), 0
    try:
        for name in listed(archives):
            size += alone(os.path.join(archives, name), until)
    except TimeoutError:
        pass
    return size


def alone(archive: str, until: float) -> int:
    """Its bytes; 0 where any of its files has another name somewhere. Raises TimeoutError."""
    size = 0
    for folder, _, names in os.walk(archive):
        if time.monotonic() > until:
            raise TimeoutError
        size += os.stat(folder).st_blocks * BLOCK
        for name in names:
            status = os.lstat(os.path.join(folder, name))
            if status.st_nlink > 1:
                return 0
            size += status.st_blocks * BLOCK
    return size


def look(store: str, key: str, how: str, seen: dict[int, str], until: float) -> dict[str, Any]:
    """One environment."""
    folder, marks = os.path.join(store, "environments", key), os.path.join(store, "marks", key)
    complete = os.path.exists(os.path.join(marks, "complete")) and os.path.isdir(folder)
    found: dict[str, Any] = {**told(marks), "key": key, "complete": complete}
    found["built_at"] = modified(os.path.join(marks, "complete")) or modified(folder)
    users = os.path.join(marks, "users")
    found["users"] = {name: modified(os.path.join(users, name)) for name in listed(users)}
    found["packages"] = len(locked(marks))
    found["faults"] = list(absent(folder, marks))[:20] if complete else []
    found["whole"] = True
    try:
        if how == "sizes":
            found["size_bytes"], found["new_bytes"] = figures(folder, until)
        elif complete and not found["faults"]:
            found["faults"] = list(broken(folder, seen, until, deep=how == "deep"))[:20]
    except TimeoutError:
        found["whole"] = False
    return found


def modified(path: str) -> float:
    """0 where there is nothing."""
    try:
        return os.lstat(path).st_mtime
    except OSError:
        return 0.0


def main(store: str, how: str, seconds: str) -> None:
    """See above."""
    until = time.monotonic() + float(seconds)
    seen: dict[int, str] = {}
    keys = {*listed(os.path.join(store, "environments")), *listed(os.path.join(store, "marks"))}
    for key in sorted(keys):
        if not key.startswith("."):
            print(json.dumps(look(store, key, how, seen, until)))
    room = os.statvfs(store)
    rest = {
        "free_bytes": room.f_bavail * room.f_frsize,
        "disk_bytes": room.f_blocks * room.f_frsize,
    }
    beside = time.monotonic() + min(float(seconds), BESIDE_S)
    rest["unused_bytes"] = unused(os.path.join(store, "cache"), beside)
    print(json.dumps(rest))


if __name__ == "__main__":
    main(*sys.argv[1:])
