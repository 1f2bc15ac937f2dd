from __future__ import annotations

import dataclasses

import pytest

from sandbox.flows.estimating import duration, estimate
from tests.support.made_runs import make_run


def test_what_is_shared_is_counted_once_for_each_job() -> None:
    baseline = dataclasses.replace(
        make_run(), elapsed_s=11.0, shared_s=10.0, peak_memory_bytes=100 * 2**20
    )
    assert "about 35 s and 200 MiB" in estimate(baseline, 50, 2)
    assert estimate(baseline, 1, 1).startswith(
        "the baseline took 11.0 s and 100 MiB; 1 run is left, 1 at a time"
    )


@pytest.mark.parametrize(("seconds", "text"), [(4.4, "4 s"), (200, "3:20 min"), (7500, "2:05 h")])
def test_durations_read_as_people_say_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text
