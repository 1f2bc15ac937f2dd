"""Runs the command it is given where windows can be opened: under Xvfb, where the base has it.

Xvfb is ended with the container, or with the group of processes that this one is in.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys

DISPLAY = ":99"
START_S = 10.0
OPTIONS = ("-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-nolisten", "unix")


def light(program: str) -> None:
    """Starts it and waits until it is ready; what it says of itself is of no interest here."""
    reading, writing = os.pipe()
    subprocess.Popen(
        [program, DISPLAY, *OPTIONS, "-displayfd", str(writing)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(writing,),
    )
    os.close(writing)
    said = b"-"
    while said not in (b"", b"\n") and select.select([reading], [], [], START_S)[0]:
        said = os.read(reading, 1)  # to the end of the line: it fails where nobody hears that out
    os.close(reading)
    os.environ["DISPLAY"] = DISPLAY


def main() -> None:
    """Becomes the command."""
    program = shutil.which("Xvfb")
    if program and "DISPLAY" not in os.environ:
        light(program)
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - the command is ours


if __name__ == "__main__":
    main()
