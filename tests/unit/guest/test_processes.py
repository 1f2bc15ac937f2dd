"""What a variant started is found and ended, wherever it hides."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import os, sys, time
sys.path.insert(0, os.getcwd())
from sandbox.guest import processes
assert processes.adopt_orphans()
reading, writing = os.pipe()
if os.fork() == 0:
    os.setsid()
    for _ in range(5):
        if os.fork() == 0:
            os.write(writing, b".")
            time.sleep(600)
    os._exit(0)
count = 0
while count < 5:
    count += len(os.read(reading, 9))
print(len(processes.descendants(os.getpid())) >= 5, processes.end_descendants())
print(processes.descendants(os.getpid()))
"""


def test_daemons_of_daemons_are_ended_by_whoever_adopts_orphans() -> None:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout == "True True\n[]\n"
