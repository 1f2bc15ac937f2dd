"""A status comes from facts of the engine and the guest, each told from all others."""

from __future__ import annotations

import pytest

from sandbox.domain import EntryKind, RunStatus
from sandbox.engines.outcomes import Facts, decide

NOTEBOOK, SCRIPT = EntryKind.notebook, EntryKind.script


@pytest.mark.parametrize(
    ("facts", "status", "cause"),
    [
        (Facts(SCRIPT, 9, exit_code=0), "succeeded", None),
        (Facts(SCRIPT, 9, exit_code=3), "failed", "left with exit code 3"),
        (Facts(SCRIPT, 9, exit_code=0, cell_exit_code=2), "failed", "left with exit code 2"),
        (Facts(SCRIPT, 9, signal=11, in_cell=True), "failed", "killed by SIGSEGV"),
        (Facts(SCRIPT, 9, signal=63), "failed", "killed by signal 63"),
        (Facts(SCRIPT, 9, exit_code=0, in_cell=True), "succeeded", None),
        (
            Facts(NOTEBOOK, 9, exit_code=0, in_cell=True),
            "failed",
            "the process ended within a cell, with exit code 0",
        ),
        (Facts(NOTEBOOK, 9, signal=9, stopped=True), "succeeded", None),
        (Facts(SCRIPT, 9, signal=9, oom_kills=1), "out_of_memory", None),
        (Facts(SCRIPT, 9, exit_code=0, oom_kills=1), "out_of_memory", None),
        (Facts(SCRIPT, 9, exit_code=0, disk_full=True), "succeeded", None),
        (Facts(SCRIPT, 9, exit_code=1, disk_full=True), "disk_limit", None),
        (Facts(SCRIPT, 9, exit_code=0, cell_failed=True, disk_full=True), "disk_limit", None),
        (Facts(SCRIPT, 9, timed_out=True, signal=9, stopped=True), "timed_out", None),
        (Facts(SCRIPT, 2.5, timed_out=True), "timed_out", "stopped by the time limit of 2.5 s"),
        (Facts(SCRIPT, 9, exit_code=0, abandoned=True), "cancelled", "cancelled within a cell"),
        (Facts(SCRIPT, 9, signal=9, stopped=True, abandoned=True), "cancelled", None),
    ],
)
def test_each_end_has_its_status_and_cause(facts: Facts, status: str, cause: str | None) -> None:
    found, why = decide(facts)
    assert found is RunStatus(status)
    assert (why is None) == (found is RunStatus.succeeded)
    if cause:
        assert why == cause


def test_a_process_that_wrote_into_our_channel_failed() -> None:
    status, why = decide(Facts(SCRIPT, 9, signal=9, broken="not a message"))
    assert status is RunStatus.failed
    assert why is not None
    assert "not a message" in why
