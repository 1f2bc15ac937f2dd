"""The engine, made ahead of its first use."""

from __future__ import annotations

import dataclasses
import threading

import pytest

from sandbox.flows.context import Context
from sandbox.interfaces import Engine


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
