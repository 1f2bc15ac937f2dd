"""The place where variants run: its files are laid out, held still, put back, and cleared away."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from typing import Iterable, Mapping, Sequence

from . import collecting, files, processes
from .files import Copy, Trees
from .snapshots import Snapshot, Spool
from .watching import Watch

SPOOL_PART = 4
"""What a prefix wrote is kept up to this part of the room that is left."""

CLOCK_NS = 20_000_000
"""So much older than a moment the time of a file may be that was written after it."""


class Ground:
    """Working copy, home and shared folders of the one process that runs at a time.

    A stack of states that can be come back to: without any repository, with a tree as it was
    unpacked, and above these one for each process that is held.

    Args:
        folder: has `repo` and `home` below it, and nothing else with a name.
        shared: folders emptied with each variant; they say that this is a container of our own.
    """

    def __init__(self, folder: str, shared: Sequence[str]) -> None:
        self.folder, self.disks = folder, (folder, *shared)
        self.root, self.home = os.path.join(folder, "repo"), os.path.join(folder, "home")
        self.temporary = os.path.join(self.home, ".tmp")
        self.is_own = bool(shared)
        self._is_spoilt = False
        self.trees = Trees(folder)
        self._tree: str | None = None
        self._sizes: dict[str, int] = {}
        self._laid_out_ns = 0
        self._states: list[Snapshot] = []
        self._watch: Watch | None = None

    def level(self) -> None:
        """No repository, a home of its own; raises OSError where it has no room."""
        self._tree = None
        while len(self._states) > 1:
            self._states.pop().close()
        if not self.restore():
            for folder in (self.root, self.temporary):
                os.makedirs(folder, exist_ok=True)
            _provide_caches(self.home)
            with contextlib.suppress(OSError):  # then it is made anew for each variant
                self._watch = Watch()
                self._push()

    def accept(self) -> None:
        """What was written since `level` belongs to it from now on."""
        if self._states and self._watch is not None:
            self._states.pop().close()
            self._push()

    def lay_out(self, tree: str) -> None:
        """Fills it with the files of a tree; raises OSError, or TarError where it is broken."""
        if self._tree == tree and len(self._states) > 1:
            return
        self.level()
        copies = self._unpack(tree)
        self._sizes = {path: copy.size for path, copy in copies.items()}
        self._laid_out_ns = time.time_ns() - CLOCK_NS
        if self._states:
            with contextlib.suppress(OSError):
                self._push(copies)
                self._tree = tree

    def made(self) -> Iterable[str]:
        """Files, links and the like in the working copy that are other ones than in the tree.

        Where the kernel told what was written, that is looked at and nothing else.
        """
        self.note_writes()
        if self._tree is not None and len(self._states) > 1 and not self._is_spoilt:
            return self._states[1].made_since(self.root)
        return (path for path in collecting.below(self.root) if self._is_made(path))

    def _is_made(self, path: str) -> bool:
        try:
            status = os.lstat(path)
        except OSError:
            return False
        is_new = status.st_mtime_ns >= self._laid_out_ns
        return is_new or self._sizes.get(path) != status.st_size

    def hold(self) -> None:
        """Remembers how things stand now, to come back to; raises OSError where that cannot be."""
        if self._tree is None or self._watch is None:
            raise OSError("what it writes cannot be watched here")
        if self.is_own and processes.has_shared_memory():
            raise OSError("it has shared memory, queues or semaphores of System V")
        self._push()

    def note_writes(self) -> None:
        """To be called often: the kernel remembers so many."""
        try:
            if self._watch is not None:
                self._collect(self._watch)
        except OSError:
            self._is_spoilt = True

    def release(self) -> None:
        """Forgets what was held last."""
        if len(self._states) > 2:
            self._states.pop().close()

    def restore(self) -> bool:
        """Everything as it was held last; False where that failed, and all is cleared away."""
        if not self._states or self._watch is None or self._is_spoilt:
            self.clear()
            return False
        try:
            self._collect(self._watch)
            self._states[-1].restore()
            self._watch.written()  # our own
        except OSError:
            self.clear()
            return False
        self._forget_shared_memory()
        return True

    def clear(self) -> None:
        """Nothing is left but the trees, which have no name here."""
        self._tree, self._is_spoilt = None, False
        while self._states:
            self._states.pop().close()
        if self._watch is not None:
            self._watch.close()
            self._watch = None
        for folder in self.disks:
            files.empty(folder)
        self._forget_shared_memory()

    def close(self) -> None:
        self.clear()
        self.trees.close()
        with contextlib.suppress(OSError):  # a mount point stays
            os.rmdir(self.folder)

    def _push(self, copies: Mapping[str, Copy] | None = None) -> None:
        watch = self._watch
        if watch is None:
            raise OSError("nothing is watched")
        self._collect(watch)
        status = os.statvfs(self.folder)
        spool = Spool(self.folder, status.f_bavail * status.f_frsize // SPOOL_PART)
        before = self._states[-1] if self._states else None
        try:
            state = Snapshot(self.disks, watch, spool, copies=copies, before=before)
        except OSError:
            spool.close()
            raise
        self._states.append(state)

    def _collect(self, watch: Watch) -> None:
        written = watch.written()
        if written is not None:
            for state in self._states:
                state.touch(written)

    def _unpack(self, tree: str) -> dict[str, Copy]:
        """Trees of earlier variants give way where there is no room."""
        try:
            return self.trees.unpack(tree, self.root)
        except OSError:
            if not self.trees.keep_only(tree):
                raise
            files.empty(self.root)
            return self.trees.unpack(tree, self.root)

    def _forget_shared_memory(self) -> None:
        if self.is_own:
            processes.forget_shared_memory()


def _provide_caches(home: str) -> None:
    """Copies what the environment prepared for every home (font lists) into this one."""
    environment = os.path.dirname(os.path.dirname(sys.executable))
    prepared = os.path.join(environment, "home")
    is_own = os.path.isfile(os.path.join(environment, "pyvenv.cfg"))
    if not is_own or not os.path.isdir(prepared):
        return
    for name in os.listdir(prepared):
        source, target = os.path.join(prepared, name), os.path.join(home, name)
        if os.path.isdir(source):
            shutil.copytree(source, target, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(source, target)
