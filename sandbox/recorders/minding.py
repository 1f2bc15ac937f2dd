"""Runs a command for as long as its starter lives: standard library only, run by its path.

However the starter ends, by SIGKILL too, the kernel closes its end of our standard input; the
command and all of its group are then ended. `PR_SET_PDEATHSIG` would reach the command alone, not
what it has started, and asks about a thread.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def main(command: list[str]) -> int:
    """Its exit code; has to lead a process group of its own."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it gets the same, and may end tidily
    threading.Thread(target=_mind, daemon=True).start()
    return child.wait()


def _mind() -> None:
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
