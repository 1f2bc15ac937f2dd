"""What the host adds to a notebook once its run is over: the results, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from sandbox.domain import RunStatus, Scalar
from sandbox.interfaces import Outcome
from sandbox.notebooks.scripts import RESULTS_TAG

if TYPE_CHECKING:
    from nbformat import NotebookNode

MAX_ROWS = 200
END_TAG = "sandbox-end"

Row = tuple[str, str, str, int]


def add_results(
    notebook: NotebookNode, scalars: Iterable[Scalar], *, outcome: Outcome | None = None
) -> NotebookNode:
    """The notebook with the scalars in the cell tagged `sandbox-results`, where there is one.

    Where nothing is to be added it is the very one that was given; else cells are shared with it.
    Each name has one row, with its last value, the step of that and how often it was reported.

    Args:
        outcome: where it is no success, a last cell tells status, cause and notes.
    """
    import copy

    cells = list(notebook.cells)
    for index, cell in enumerate(cells):
        if RESULTS_TAG in cell.metadata.get("tags", []):
            cells[index] = copy.copy(cell)
            cells[index]["outputs"] = [_table(_rows(scalars))]
    if outcome is not None and (outcome.status != RunStatus.succeeded or outcome.notes):
        cells.append(_end_cell(outcome))
    if list(map(id, cells)) == list(map(id, notebook.cells)):
        return notebook
    made = copy.copy(notebook)
    made["cells"] = cells
    return made


def _rows(scalars: Iterable[Scalar]) -> list[Row]:
    seen: dict[str, list[Scalar]] = {}
    for scalar in scalars:
        seen.setdefault(scalar.name, []).append(scalar)
    return [_row(name, points) for name, points in seen.items()]


def _row(name: str, points: Sequence[Scalar]) -> Row:
    last = points[-1]
    step = "" if last.step is None else str(last.step)
    return name, f"{last.value:.10g}{last.unit or ''}", step, len(points)


def _table(rows: list[Row]) -> Any:
    from nbformat.v4 import new_output

    if not rows:
        plain = "the run reported no number"
        data = {"text/plain": plain, "text/html": f"<p>{plain}</p>"}
    else:
        data = {"text/plain": _plain(rows), "text/html": _html(rows)}
    return new_output("display_data", data)  # type: ignore[no-untyped-call]


def _plain(rows: list[Row]) -> str:
    cells = [("name", "last", "step", "reported"), *_shown(rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(4)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in cells]
    return "\n".join([*lines, *_left_out(rows)])


def _html(rows: list[Row]) -> str:
    head = "<tr><th>name</th><th>last</th><th>step</th><th>reported</th></tr>"
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>"
        for row in _shown(rows)
    )
    note = "".join(f"<p>{line}</p>" for line in _left_out(rows))
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>{note}"


def _shown(rows: list[Row]) -> list[tuple[str, str, str, str]]:
    return [(name, value, step, str(times)) for name, value, step, times in rows[:MAX_ROWS]]


def _left_out(rows: list[Row]) -> list[str]:
    more = len(rows) - MAX_ROWS
    return [f"and {more} more names"] if more > 0 else []


def _end_cell(outcome: Outcome) -> Any:
    from nbformat.v4 import new_code_cell, new_output

    cause = f": {outcome.cause}" if outcome.cause else ""
    lines = [f"run {outcome.status}{cause}", *outcome.notes]
    output = new_output(  # type: ignore[no-untyped-call]
        "stream", name="stderr", text="\n".join(lines) + "\n"
    )
    cell = new_code_cell(  # type: ignore[no-untyped-call]
        "# How the run ended.", id="run-end", outputs=[output]
    )
    cell.metadata["tags"] = [END_TAG]
    return cell
