"""What every command is given."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sandbox.flows.context import Context
from sandbox.interfaces import Engine

LEAVING = """
import dataclasses, time
from sandbox.api.connecting import connect
from sandbox.engines.local import LocalEngine

class Slow(LocalEngine):
    def get_ready(self):
        time.sleep(0.5)
        print("ready")

context = connect()
engine = Slow(context.home.store)
dataclasses.replace(context, make_engine=lambda: engine).meet_engine()
print("leaving")
"""


def test_who_leaves_waits_for_an_engine_that_is_being_met(tmp_path: Path) -> None:
    """A daemon would still be importing when Python is gone, and crash."""
    environment = {**os.environ, "SANDBOX_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-c", LEAVING]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["leaving", "ready"]


def test_what_is_wrong_with_an_engine_is_told_at_its_first_use_alone(context: Context) -> None:
    """A thread that ends with an error would fail this test."""

    def make() -> Engine:
        raise RuntimeError("not even an error of ours")

    broken = dataclasses.replace(context, make_engine=make)
    broken.meet_engine()
    for thread in threading.enumerate():
        if thread.name == "engine-ahead":
            thread.join()
    with pytest.raises(RuntimeError, match="not even"):
        _ = broken.engine
