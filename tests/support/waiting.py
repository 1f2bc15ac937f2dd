"""Waiting, within bounds, for what other processes do in their own time."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], bool], most_s: float = 30.0) -> None:
    """Raises AssertionError where the condition does not hold within `most_s` seconds."""
    deadline = time.monotonic() + most_s
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
