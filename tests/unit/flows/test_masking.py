"""A run is written down without the secrets that its code told."""

from __future__ import annotations

from dataclasses import replace

from sandbox.domain import RunStatus, Scalar
from sandbox.flows.sweeps.masking import without_secrets
from tests.support.made_runs import make_run

TOKEN = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6"


def test_cause_notes_and_lines_of_numbers_are_masked() -> None:
    said = f"ValueError: bad token {TOKEN} at https://u:pw@host/x"
    run = replace(
        make_run({}, {}, status=RunStatus.failed),
        cause=said,
        notes=(said, "plain"),
        scalars=(Scalar("loss", 1.0, 1.0, None, said), Scalar("loss", 2.0)),
    )
    kept = without_secrets(run, {})
    assert TOKEN not in repr(kept)
    assert "u:pw" not in repr(kept)
    assert (kept.notes[1], kept.scalars[1]) == ("plain", run.scalars[1])
