"""Room on the disk: where it gets short, what finished trials left is removed before the next."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition


class NoRoomError(Exception):
    """There is less than was asked for, and nothing left to remove."""


def free_bytes(folder: Path) -> int:
    """On the disk that the folder is on."""
    return shutil.disk_usage(folder).free


@dataclass
class Room:
    """Lets trials begin while there is room; else those that run are waited for, then it cleans.

    Args:
        keep_bytes: that are to be free when a trial begins.
        measure: how many are.
        clean: removes what finished trials left; called while none runs.
    """

    keep_bytes: int
    measure: Callable[[], int]
    clean: Callable[[], None]
    _running: int = 0
    _changed: Condition = field(default_factory=Condition)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around a trial; from any thread.

        Raises:
            NoRoomError: cleaning did not help.
        """
        with self._changed:
            self._wait()
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _wait(self) -> None:
        self._changed.wait_for(lambda: self._has_room() or not self._running)
        if self._has_room():
            return
        self.clean()
        if not self._has_room():
            gigabytes = self.measure() / 1e9
            raise NoRoomError(f"{gigabytes:.1f} GB are free, and nothing is left to remove")

    def _has_room(self) -> bool:
        return self.measure() >= self.keep_bytes
