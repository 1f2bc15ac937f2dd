"""What every command is given."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
