"""The pristine tree, the private working copy of each variant, and what is copied out of it.

A tree is kept as an unlinked tar file that only the supervisor has open: no variant can reach it.
"""

import fnmatch
import os
import shutil
import stat
import tarfile
import tempfile

from . import protocol


class Trees:
    """The most recently used trees, by identity."""

    def __init__(self, folder, keep=2):
        self._folder = folder
        self._keep = keep
        self._held = {}
        self._incoming = None

    def holds(self, identity):
        return identity in self._held

    def receive(self, identity, body, last):
        """Takes one part of a tree that is being sent."""
        if self._incoming is None:
            self._incoming = tempfile.TemporaryFile(dir=self._folder)
        self._incoming.write(body)
        if last:
            self._held[identity], self._incoming = self._incoming, None
            while len(self._held) > self._keep:
                self._held.pop(next(iter(self._held))).close()

    def unpack(self, identity, target):
        """Writes the tree into the empty folder `target`."""
        held = self._held.pop(identity)
        self._held[identity] = held
        held.seek(0)
        with tarfile.open(fileobj=held, mode="r:") as archive:
            for member in archive:
                _extract(archive, member, target)


def _extract(archive, member, target):
    """Regular files, folders and links as they stand; the host made the archive and checked it."""
    path = os.path.join(target, member.name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if member.isdir():
        os.makedirs(path, exist_ok=True)
    elif member.issym():
        os.symlink(member.linkname, path)
    elif member.isreg():
        with archive.extractfile(member) as source, open(path, "wb") as copy:
            shutil.copyfileobj(source, copy, protocol.PART_BYTES)
        os.chmod(path, member.mode & 0o777 | 0o600)
        os.utime(path, (member.mtime, member.mtime))


def remove(folder):
    """Removes a folder whatever permissions its owner left on it."""

    def open_up(function, path, _):
        os.chmod(os.path.dirname(path), 0o700)
        try:
            os.chmod(path, 0o700)
            function(path)
        except OSError:
            pass

    for _ in range(3):
        if not os.path.lexists(folder):
            return
        shutil.rmtree(folder, onerror=open_up)


def empty(folder):
    """Removes everything in a folder that is not the folder itself."""
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        if os.path.isdir(path) and not os.path.islink(path):
            remove(path)
        else:
            try:
                os.unlink(path)
            except OSError:
                pass


class Collected:
    """What matched, within the bounds: open files and sizes, and a line for all that was left."""

    def __init__(self):
        self.files = []
        self.notes = []


def collect(root, patterns):
    """Regular files below `root` whose relative path matches; links and devices are never opened."""
    found, budget = Collected(), protocol.MAX_FILE_BYTES
    if not patterns:
        return found
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = os.path.relpath(os.path.join(folder, name), root)
            if any(fnmatch.fnmatch(path, pattern) for pattern in patterns):
                budget = _take(root, path, budget, found)
    return found


def _take(root, path, budget, found):
    try:
        status = os.lstat(os.path.join(root, path))
    except OSError as error:
        found.notes.append("not copied: {} ({})".format(path, error.strerror))
        return budget
    if not stat.S_ISREG(status.st_mode):
        found.notes.append("not copied: {} is no regular file".format(path))
    elif len(found.files) >= protocol.MAX_FILES:
        found.notes.append("not copied: {} (more than {} files)".format(path, protocol.MAX_FILES))
    elif status.st_size > budget:
        found.notes.append("not copied: {} ({} bytes)".format(path, status.st_size))
    else:
        found.files.append((path, status.st_size))
        return budget - status.st_size
    return budget


def parts(root, path, size):
    """The bytes of one collected file, in parts, never more than `size`."""
    descriptor = os.open(os.path.join(root, path), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as handle:
        while size > 0:
            part = handle.read(min(protocol.PART_BYTES, size))
            if not part:
                return
            size -= len(part)
            yield part
