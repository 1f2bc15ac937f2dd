"""What a sweep has shown, as tags of runs that are recorded already. Pure functions over values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from sandbox.interfaces import Findings
from sandbox.recorders.descriptions import (
    COMPARED,
    NOTES,
    PAGE,
    SUMMARY,
    compared_text,
    notes_text,
    summary_text,
    with_block,
)
from sandbox.recorders.texts import one_line
from sandbox.recorders.values import storable_tags

DESCRIPTION = "mlflow.note.content"
VERDICT = "sandbox.verdict"
KEY = "sandbox.key"

RANK = "sandbox.rank"
"""Written with as many digits in all runs of a sweep: the UI sorts tags as text."""

TOLD = (KEY, DESCRIPTION, VERDICT, RANK)
"""Tags that have to be known to say what is to be changed."""


@dataclass(frozen=True)
class Told:
    """A run that stands in the store.

    Attributes:
        tags: those of `TOLD` that it has, and maybe others.
    """

    run_id: str
    tags: Mapping[str, str] = field(default_factory=dict)


def changes(
    parent: str, runs: Iterable[Told], findings: Findings, *, experiment_id: str
) -> Iterator[tuple[str, dict[str, str]]]:
    """(run's id, tags it is to have) for all that have others now; given twice, none are left.

    The sweep itself comes first, then runs in the order in which the findings name them.

    Args:
        parent: id of the run that stands for the sweep itself.
    """
    place = f"#/experiments/{experiment_id}/runs"
    by_key = {one.tags.get(KEY, ""): one for one in runs}
    sweep = next((one for one in by_key.values() if one.run_id == parent), Told(parent))
    wanted = {f"sandbox.{name}": one_line(value, 500) for name, value in findings.tags.items()}
    if findings.summary:
        described = sweep.tags.get(DESCRIPTION, "")
        told = summary_text(findings.summary, _address(parent, findings.picture))
        wanted[DESCRIPTION] = with_block(described, SUMMARY, told)
    yield from _changed(sweep, wanted)
    digits = len(str(max(findings.ranks.values(), default=0)))
    keys = dict.fromkeys((*findings.ranks, *findings.verdicts, *findings.compared, *findings.notes))
    for key in keys:
        if key in by_key:
            yield from _changed(by_key[key], _of_run(by_key[key], key, findings, (place, digits)))


def _address(run_id: str, picture: str | None) -> str:
    """Relative to MLflow's page, which shows no picture that is written out in the text."""
    return f"get-artifact?path={quote(picture, safe='')}&run_uuid={run_id}" if picture else ""


def _of_run(run: Told, key: str, findings: Findings, shown: tuple[str, int]) -> dict[str, str]:
    """`shown`: where its page is, and with how many digits a rank is written."""
    (place, digits), wanted = shown, {}
    description = run.tags.get(DESCRIPTION, "")
    if key in findings.compared:
        page = f"{place}/{run.run_id}/artifacts/{PAGE}" if PAGE in description else ""
        told = compared_text(findings.compared[key], page)
        description = with_block(description, COMPARED, told)
    if key in findings.notes:
        description = with_block(description, NOTES, notes_text(findings.notes[key]))
    if key in findings.verdicts:
        wanted[VERDICT] = one_line(findings.verdicts[key])
    if key in findings.ranks:
        wanted[RANK] = f"{findings.ranks[key]:0{digits}}"
    return {**wanted, DESCRIPTION: description} if description else wanted


def _changed(run: Told, wanted: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    fresh = {
        name: value for name, value in storable_tags(wanted).items() if run.tags.get(name) != value
    }
    if fresh:
        yield run.run_id, fresh
