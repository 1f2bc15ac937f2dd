"""A copy is a whole process of its own, and a child of its origin's parent."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import os, subprocess, sys, threading, time
sys.path.insert(0, os.getcwd())
from sandbox.guest import copying

def work():
    supervisor = os.getppid()
    if THREADS:
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    os.register_at_fork(after_in_child=lambda: told.append("in the copy"))
    told = []
    if not copying.fork_away():
        os._exit(0 if told == [] else 1)
    copying.await_parent(supervisor)
    assert os.getppid() == supervisor
    assert told, told
    assert threading.main_thread() is threading.current_thread()
    thread = threading.Thread(target=told.append, args=("a thread",))
    thread.start(); thread.join()
    assert told[-1] == "a thread"
    assert threading.get_native_id() == os.getpid()
    assert subprocess.check_output(["echo", "a child"]) == b"a child\\n"
    if ABORTS:
        os.abort()
    os._exit(7)

from sandbox.guest import processes
processes.adopt_orphans()
if os.fork() == 0:
    try:
        work()
    finally:
        os._exit(9)
ends = []
while True:
    try:
        ends.append(os.wait()[1])
    except ChildProcessError:
        break
print(sorted(ends))
"""


@pytest.mark.parametrize("threads", [False, True], ids=["at once", "by one between"])
@pytest.mark.parametrize(("aborts", "status"), [(False, 7 << 8), (True, 6)])
def test_whoever_had_the_origin_made_has_the_copy(
    *, threads: bool, aborts: bool, status: int
) -> None:
    program = f"THREADS, ABORTS = {threads}, {aborts}\n{PROGRAM}"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert result.stdout == f"{sorted([0, status])}\n", result.stderr
