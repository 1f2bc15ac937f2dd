"""Runs variants in a Session and keeps everything that was seen of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.domain import EntryKind, RunStatus
from sandbox.interfaces import (
    CellDone,
    CellEvent,
    Execution,
    ExecutionEnded,
    Outcome,
    Output,
    Session,
    Work,
)
from tests.support.guests import tar

STORE = f"sandbox-test-{os.getpid()}"
"""The Store of this run of the tests; its volume goes with it."""

MAIN = "import runpy, sys\nsys.argv = ['main.py']\nrunpy.run_path('main.py', run_name='__main__')\n"


@dataclass
class Seen:
    """What a variant showed, and how it ended."""

    events: list[CellEvent] = field(default_factory=list)
    late: list[CellEvent] = field(default_factory=list)
    ended: bool = False
    outcome: Outcome = field(default_factory=lambda: Outcome(RunStatus.lost))

    @property
    def outputs(self) -> list[Any]:
        shown = [event.output for event in self.events if isinstance(event, Output)]
        return _joined(shown)

    @property
    def done(self) -> list[CellDone]:
        return [event for event in self.events if isinstance(event, CellDone)]

    def text(self, *names: str) -> str:
        return _text(self.events, names or ("stdout", "stderr"))

    @property
    def late_text(self) -> str:
        return _text(self.late, ("stdout", "stderr"))

    @property
    def error(self) -> Any:
        (error,) = [one for one in self.outputs if one["output_type"] == "error"]
        return error


def _text(events: list[CellEvent], names: tuple[str, ...]) -> str:
    outputs: list[Any] = [event.output for event in events if isinstance(event, Output)]
    return "".join(one["text"] for one in outputs if one.get("name") in names)


def _joined(outputs: list[Any]) -> list[Any]:
    """Neighbours of one stream as one, as a notebook has them."""
    joined: list[Any] = []
    for one in outputs:
        last = joined[-1] if joined else {}
        if one["output_type"] == "stream" and last.get("name") == one["name"]:
            joined[-1] = {**last, "text": last["text"] + one["text"]}
        else:
            joined.append(one)
    return joined


def work(files: Mapping[str, bytes | str], kind: EntryKind, **fields: Any) -> Work:
    data, script = tar(files), kind is EntryKind.script
    return Work(
        tree=hashlib.sha256(data).hexdigest(),
        open_tree=lambda: iter([data]),
        kind=kind,
        **{"timeout_s": 120.0, "path": "main.py" if script else "main.ipynb", **fields},
    )


def script(
    session: Session,
    source: str,
    *,
    files: Mapping[str, bytes | str] | None = None,
    files_to: Path | None = None,
    on_output: Callable[[Execution], None] | None = None,
    **fields: Any,
) -> Seen:
    """Runs `main.py` with this source as the generated notebook would."""
    tree = {"main.py": source, **(files or {})}
    execution = session.begin(work(tree, EntryKind.script, **fields))
    return _follow(execution, [MAIN], files_to, on_output)


def notebook(session: Session, *cells: str, files: Mapping[str, str] | None = None) -> Seen:
    execution = session.begin(work({"x": "", **(files or {})}, EntryKind.notebook))
    return _follow(execution, cells, None, None)


def _follow(
    execution: Execution,
    cells: tuple[str, ...] | list[str],
    files_to: Path | None,
    on_output: Callable[[Execution], None] | None,
) -> Seen:
    seen = Seen()
    try:
        for index, cell in enumerate(cells):
            for event in execution.run_cell(index, cell):
                if on_output is not None and not seen.events:
                    on_output(execution)
                seen.events.append(event)
    except ExecutionEnded:
        seen.ended = True
    seen.outcome = execution.finish(files_to, on_event=seen.late.append)
    return seen
