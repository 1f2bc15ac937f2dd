"""A screen that nobody sees, for programs that open windows: Xvfb, where the base image has it.

It writes no file (its socket is an abstract one), and each variant has one of its own: through a
common one variants could tell each other things.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess

DISPLAY = ":99"
_START_S = 10.0
_SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"


class Screen:
    """Of one variant at a time.

    Args:
        wanted: false where the screen would be somebody's own.
    """

    def __init__(self, *, wanted: bool = True) -> None:
        self._program = shutil.which("Xvfb", path=_SEARCH_PATH) if wanted else None
        self.pid: int | None = None

    @property
    def variables(self) -> dict[str, str]:
        """What makes programs find it; nothing where there is none."""
        return {"DISPLAY": DISPLAY} if self._program else {}

    def light(self) -> None:
        """It is there from now on; at once where it is there already.

        Where it cannot be started a program that needs one says so itself.
        """
        if self._program is None or self._is_lit():
            return
        reading, writing = os.pipe()
        try:
            process = subprocess.Popen(
                [self._program, DISPLAY, *_OPTIONS, "-displayfd", str(writing)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(writing,),
                start_new_session=True,
            )
            process.returncode = 0  # it is waited for elsewhere
            self.pid = process.pid
            os.close(writing)
            writing = -1
            _hear_out(reading)
        except OSError:
            self._program = None
        finally:
            for end in (reading, writing):
                if end >= 0:
                    os.close(end)

    def _is_lit(self) -> bool:
        """Whether the process lives; one that ended is a child of ours, or of nobody any more."""
        if self.pid is None:
            return False
        try:
            with open(f"/proc/{self.pid}/stat", "rb") as handle:
                state = handle.read().rpartition(b")")[2].split()
        except OSError:
            return False
        return state[0] != b"Z" and int(state[1]) == os.getpid()


_OPTIONS = ("-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-nolisten", "unix")


def _hear_out(descriptor: int) -> None:
    """A line, which says that it is ready: it fails where nobody hears the line's end."""
    said = b"-"
    while said not in (b"", b"\n") and select.select([descriptor], [], [], _START_S)[0]:
        said = os.read(descriptor, 1)
