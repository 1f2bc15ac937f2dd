"""Large pages hold what small ones held, and no memory is used for what was never written."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import mmap, os, sys
sys.path.insert(0, os.getcwd())
from sandbox.guest import pages

SIZE = 16 * 2**20
def rollup(name):
    with open("/proc/self/smaps_rollup") as rows:
        return sum(int(row.split()[1]) for row in rows if row.startswith(name + ":"))

def memory():
    return mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)

full, sparse = memory(), memory()
for at in range(0, SIZE, 4096):
    full[at : at + 4] = at.to_bytes(4, "little")
for at in range(0, SIZE, 2**16):
    sparse[at] = 1
before, large = rollup("Rss"), rollup("AnonHugePages")
pages.enlarge()
assert all(full[at : at + 4] == at.to_bytes(4, "little") for at in range(0, SIZE, 4096))
print(rollup("AnonHugePages") - large, rollup("Rss") - before)
"""


def run(before: str = "") -> tuple[int, int]:
    """KiB in large pages, and KiB that the process grew by."""
    command = [sys.executable, "-c", before + PROGRAM]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    large, grown = map(int, result.stdout.split())
    return large, grown


def test_memory_in_use_is_put_into_large_pages_and_nothing_else() -> None:
    large, grown = run()
    if not large:
        pytest.skip("this kernel puts nothing into large pages when asked")
    assert large >= 2**11  # more is the kernel's choice: it gives what it has in one piece
    assert grown < 6 * 2**10


def test_without_the_system_s_calls_nothing_happens() -> None:
    large, _ = run("import sys\nsys.modules['ctypes'] = None\n")
    assert large == 0
