"""How a run's status comes of its process, its cells and its numbers."""

from __future__ import annotations

import pytest

from sandbox.domain import RunStatus, Scalar
from sandbox.flows.sweeps.running import judge
from sandbox.interfaces import Outcome
from sandbox.notebooks import CellError

FINE = Outcome(RunStatus.succeeded, exit_code=0)
RAISED = Outcome(RunStatus.failed, cause="exit code 1", exit_code=None)
LEFT = Outcome(RunStatus.failed, cause="left with exit code 3", exit_code=3)
LATE = Outcome(RunStatus.timed_out, cause="stopped by the time limit of 3 s")
NAN = (Scalar("loss", 1.0), Scalar("loss", float("nan")))


def error(name: str, text: str) -> CellError:
    return CellError(cell=1, ename=name, evalue=text)


@pytest.mark.parametrize(
    ("outcome", "raised", "scalars", "status", "cause"),
    [
        (FINE, None, (), "succeeded", None),
        (FINE, None, NAN, "diverged", "loss"),
        (FINE, error("ValueError", "too small\nby far"), (), "failed", "ValueError: too small"),
        (RAISED, error("KeyError", "'lr'"), NAN, "failed", "KeyError: 'lr'"),
        (RAISED, error("KeyboardInterrupt", ""), (), "failed", "KeyboardInterrupt"),
        (LEFT, error("SystemExit", "3"), (), "failed", "left with exit code 3"),
        (LEFT, error("SystemExit", "no data"), (), "failed", "left with exit code 3: no data"),
        (LATE, error("ExecutionEnded", ""), NAN, "timed_out", "stopped by the time limit of 3 s"),
        (FINE, error("EOFError", "EOF when reading a line"), (), "failed", "it asked for input"),
    ],
)
def test_a_status_and_one_line_of_cause(
    outcome: Outcome,
    raised: CellError | None,
    scalars: tuple[Scalar, ...],
    status: str,
    cause: str | None,
) -> None:
    judged, why = judge(outcome, raised, scalars)
    assert judged == status
    assert (why is None) == (cause is None)
    assert (cause or "") in (why or "")
    assert "\n" not in (why or "")
