"""What a sweep has shown, put together when it has ended, for MLflow and for the journal."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from sandbox import comparing, recorders, reports
from sandbox.comparing import Comparison, Judged
from sandbox.domain import Note, Run, RunStatus, Sweep
from sandbox.errors import InputError
from sandbox.flows.comparing import Compared, of_runs
from sandbox.flows.context import Context
from sandbox.flows.recording import tracking_uri
from sandbox.flows.reporting import REPORT, page_of
from sandbox.interfaces import Findings

PICTURE = "effects.svg"
MOST_REPORTED = 200
"""Of a sweep with more runs the page is made when it is asked for: `sandbox compare --html`."""
NOT_COMPARED = (ArithmeticError, ValueError)
"""Numbers that nobody thought of: what else there is to say of a sweep is said all the same."""
_YOURS = "Your guess"
_ENDED = frozenset((RunStatus.succeeded, RunStatus.timed_out, RunStatus.pruned))


def concluding(context: Context, workspace: str) -> recorders.Conclude:
    """Concludes sweeps of a workspace."""
    paths = context.home.workspace(workspace)

    def conclude(sweep: Sweep, runs: Sequence[Run]) -> recorders.Conclusion:
        notes = recorders.load_notes(paths.notes).of_sweep(sweep.id)
        try:
            return _concluded(context, sweep, runs, notes)
        except NOT_COMPARED as error:
            context.tell(not_compared(sweep, error))
            return recorders.Conclusion(Findings(notes=notes), facts_of(runs))

    return conclude


def not_compared(sweep: Sweep, error: Exception) -> str:
    """That the sweep ends without a comparison, and why."""
    return f"sweep {sweep.id} could not be compared: {error}"


def _concluded(
    context: Context, sweep: Sweep, runs: Sequence[Run], notes: Mapping[str, Sequence[Note]]
) -> recorders.Conclusion:
    comparison = of_runs(context, sweep, runs)
    judged = judged_of(sweep.guess, comparison)
    facts = facts_of(runs, comparison, judged)
    if len(runs) < 2:  # nothing to compare; a single run has to cost little
        return recorders.Conclusion(Findings(notes=notes), facts)
    findings = _findings(context, comparison, judged, notes)
    if untold := recorders.untold(tracking_uri(context), len(runs)):
        left = f"{untold} of {len(runs)} runs get no description of how they compare: a server is"
        context.tell(f"{left} told of each by a call of its own; sandbox compare has all of them")
    if len(runs) <= MOST_REPORTED:
        page = page_of(context.home, Compared(sweep, tuple(runs), comparison))
        files = {**findings.files, REPORT: page.encode("utf-8", "replace")}
        findings = dataclasses.replace(findings, files=files)
    return recorders.Conclusion(findings, facts)


def judged_of(guess: str | None, comparison: Comparison) -> Judged | None:
    """A sweep's guess beside its result; None = nothing was guessed."""
    if guess is None:
        return None
    try:
        return comparing.judge(comparing.read_guess(guess), comparison)
    except InputError:  # a tag that somebody has changed in the UI
        return None


def facts_of(
    runs: Sequence[Run], comparison: Comparison | None = None, judged: Judged | None = None
) -> dict[str, object]:
    """In plain values, what is wanted of a sweep without reading all of its runs."""
    return {
        "runs": len(runs),
        "failed": sum(run.status not in _ENDED for run in runs),
        "best": _best(comparison) if comparison else None,
        "guess": comparing.judged_to_json(judged) if judged else None,
    }


def _best(comparison: Comparison) -> dict[str, object] | None:
    best, main = comparing.best_row(comparison), comparison.main
    if best is None or main is None:
        return None
    return {
        "name": best.name,
        "metric": main,
        "value": best.metrics[main].mean,
        "way": comparison.better[main].way,
    }


def _findings(
    context: Context,
    comparison: Comparison,
    judged: Judged | None,
    notes: Mapping[str, Sequence[Note]],
) -> Findings:
    summary = dict(comparing.sentences(comparison))
    tags = {}
    if judged is not None:
        summary[_YOURS] = comparing.guess_lines(judged)
        tags = {"guess": str(judged.guess), "guess_result": comparing.guess_lines(judged)[-1]}
    picture = _picture(context, comparison)
    return Findings(
        summary=summary,
        picture=PICTURE if picture else None,
        files={PICTURE: picture.encode()} if picture else {},
        verdicts=comparing.verdicts(comparison),
        ranks=comparing.ranks(comparison),
        compared=comparing.against_baseline(comparison),
        notes=notes,
        tags=tags,
    )


def _picture(context: Context, comparison: Comparison) -> str | None:
    """A plot that cannot be drawn is no reason to say nothing of the sweep."""
    try:
        return reports.effects_svg(comparison)
    except NOT_COMPARED as error:
        context.tell(f"the plot of effects could not be drawn, and is not in MLflow: {error}")
        return None
