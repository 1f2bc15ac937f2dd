"""The files of a variant as they stood at one moment, and the way back to them.

Programs run in the place itself; afterwards what they changed is put back. So files that nobody
touches cost one look each at most, not a copy, and paths, descriptors and memory maps stay what
they were.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from typing import Container, Iterable, Iterator, Mapping, NamedTuple, Optional

from . import collecting, files
from .files import Copy
from .watching import Watch

_BLOCK_BYTES = 2**20


class Entry(NamedTuple):
    """A path as it stood: what `lstat` said; the bytes of a file, or the target of a link."""

    status: os.stat_result
    copy: Optional[Copy] = None  # noqa: UP045 - evaluated, in Python 3.7 too
    target: Optional[str] = None  # noqa: UP045


class Spool:
    """Keeps bytes of files out of reach of the variants, up to a bound."""

    def __init__(self, folder: str, most_bytes: int) -> None:
        self._handle = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - kept open
        self._left = most_bytes

    def keep(self, path: str, size: int) -> Copy:
        """Raises OSError where there is no room for it, or it cannot be read."""
        if size > self._left:
            raise OSError(f"too many bytes were written to be kept: {path}")
        self._left -= size
        start = self._handle.seek(0, os.SEEK_END)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb", 0) as source:
            shutil.copyfileobj(source, self._handle, _BLOCK_BYTES)
        self._handle.flush()
        return Copy(self._handle, start, self._handle.tell() - start)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._handle.close()


class Snapshot:
    """The state of some folders; making it raises OSError for what could not be brought back.

    Args:
        copies: bytes of files that are kept elsewhere already, by path.
        before: an earlier one; of what has not changed since its copies are used.
    """

    def __init__(
        self,
        folders: Iterable[str],
        watch: Watch,
        spool: Spool,
        *,
        copies: Mapping[str, Copy] | None = None,
        before: Snapshot | None = None,
    ) -> None:
        self._roots = tuple(folders)
        self._watch = watch
        self._spool = spool
        self._touched: set[str] = set()
        self._is_as_it_was = True
        present = dict(_walk(self._roots))
        known = before.untouched(present) if before is not None else {}
        self._entries = {
            path: known.get(path) or _entry(path, status, spool, copies or {})
            for path, status in present.items()
        }
        self._top = {root: os.lstat(root) for root in self._roots}
        watch.add(self._folders())

    def touch(self, paths: Iterable[str]) -> None:
        """Something happened; these were written to, whatever their time stamps say."""
        self._is_as_it_was = False
        self._touched.update(paths)

    def restore(self) -> None:
        """Puts everything back; raises OSError where that is not possible."""
        if self._is_as_it_was:
            return
        for path, _ in list(_walk(self._roots, known=self._entries)):
            if path not in self._entries:
                files.remove(path)
        for path in sorted(self._entries):
            entry = self._entries[path]
            if path in self._touched or not _is_same(entry, _look(path)):
                self._entries[path] = self._put_back(path, entry)
        for path in sorted(self._folders(), reverse=True):
            self._settle(path)
        self._touched.clear()
        self._is_as_it_was = True

    def made_since(self, folder: str) -> Iterator[str]:
        """Files, links and the like below one of the folders that were made or written since.

        They cost a look at each, and at what lies in new folders; nothing where nothing happened.
        """
        for path in sorted(self._touched):
            status, known = _look(path), self._entries.get(path)
            if status is None and known is None:
                self._touched.discard(path)
            elif status is None or not path.startswith(folder + os.sep):
                continue
            elif stat.S_ISDIR(status.st_mode):
                if known is None or not _is_same(known, status):
                    yield from collecting.below(path)
            elif known is None or _is_other(known.status, status):
                yield path

    def close(self) -> None:
        self._spool.close()

    def _folders(self) -> set[str]:
        entries = self._entries.items()
        return {*self._roots, *(path for path, one in entries if stat.S_ISDIR(one.status.st_mode))}

    def untouched(self, present: Mapping[str, os.stat_result]) -> dict[str, Entry]:
        """What stands there now as it stood then."""
        return {
            path: entry
            for path, entry in self._entries.items()
            if path not in self._touched and _is_same(entry, present.get(path))
        }

    def _put_back(self, path: str, entry: Entry) -> Entry:
        now, mode = _look(path), entry.status.st_mode
        if now is not None and stat.S_IFMT(now.st_mode) != stat.S_IFMT(mode):
            files.remove(path)
            now = None
        if entry.target is not None:
            files.remove(path)
            os.symlink(entry.target, path)
            return Entry(os.lstat(path), target=entry.target)
        if entry.copy is not None:
            _write(path, entry.copy)
        else:
            if now is None:
                os.mkdir(path)
            self._watch.add([path])
            return entry  # its own turn comes when all below is in place
        _set(path, entry.status)
        return Entry(os.lstat(path), entry.copy)

    def _settle(self, path: str) -> None:
        """A folder's own permissions and times, which what lies in it has changed."""
        entry = self._entries.get(path)
        then = self._top[path] if entry is None else entry.status
        now = os.lstat(path)
        if (now.st_ino, now.st_ctime_ns) == (then.st_ino, then.st_ctime_ns):
            return
        with contextlib.suppress(PermissionError):  # a mount point is not ours
            _set(path, then)
        if entry is None:
            self._top[path] = os.lstat(path)
        else:
            self._entries[path] = Entry(os.lstat(path))


def _entry(path: str, status: os.stat_result, spool: Spool, copies: Mapping[str, Copy]) -> Entry:
    mode = status.st_mode
    if stat.S_ISREG(mode):
        return Entry(status, copies.get(path) or spool.keep(path, status.st_size))
    if stat.S_ISLNK(mode):
        return Entry(status, target=os.readlink(path))
    if stat.S_ISDIR(mode):
        return Entry(status)
    raise OSError(f"neither file, folder nor link: {path}")


def _walk(
    roots: Iterable[str], *, known: Container[str] | None = None
) -> Iterator[tuple[str, os.stat_result]]:
    """Everything below, roots aside.

    Args:
        known: only these folders are looked into, and opened up where they were locked.
    """
    queue = list(roots)
    while queue:
        folder = queue.pop()
        if known is not None and not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            os.chmod(folder, 0o700)
        with os.scandir(folder) as found:
            for one in found:
                status = one.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode) and (known is None or one.path in known):
                    queue.append(one.path)
                yield one.path, status


def _look(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except OSError:
        return None


def _is_same(entry: Entry, now: os.stat_result | None) -> bool:
    """As far as `lstat` tells; a folder's own times say nothing of it."""
    then = entry.status
    if now is None or (now.st_ino, now.st_mode) != (then.st_ino, then.st_mode):
        return False
    if stat.S_ISDIR(then.st_mode):
        return True
    times = now.st_mtime_ns == then.st_mtime_ns and now.st_ctime_ns == then.st_ctime_ns
    return times and now.st_size == then.st_size


def _is_other(then: os.stat_result, now: os.stat_result) -> bool:
    """What was put back in between has its old size and time, but not its old inode."""
    kinds = stat.S_IFMT(then.st_mode), stat.S_IFMT(now.st_mode)
    is_same_size = then.st_size == now.st_size and then.st_mtime_ns == now.st_mtime_ns
    return kinds[0] != kinds[1] or not is_same_size


def _write(path: str, copy: Copy) -> None:
    """In place where the file is still there: a held process may have it open."""
    with contextlib.suppress(FileNotFoundError):
        os.chmod(path, 0o600)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK
    with open(os.open(path, flags, 0o600), "wb") as target:
        copy.handle.seek(copy.offset)
        starts = range(0, copy.size, _BLOCK_BYTES)
        target.writelines(copy.handle.read(min(copy.size - at, _BLOCK_BYTES)) for at in starts)


def _set(path: str, then: os.stat_result) -> None:
    """Permissions and times as they were; no extended attributes, no access lists."""
    with contextlib.suppress(OSError, AttributeError):
        for name in os.listxattr(path):
            os.removexattr(path, name)
    os.chmod(path, stat.S_IMODE(then.st_mode))
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))
