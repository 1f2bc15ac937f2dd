"""What users guessed, noted and tried: as JSON, and as lines for people. Pure functions."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from sandbox.domain import Note

if TYPE_CHECKING:
    from sandbox.api import Diary, Thoughts, Try
    from sandbox.comparing import Calibration


def thoughts_document(one: Thoughts) -> dict[str, object]:
    """What stands beside a comparison."""
    from sandbox.comparing import judged_to_json

    return {
        "guess": judged_to_json(one.judged) if one.judged else None,
        "calibration": _calibration(one.calibration),
        "user_notes": [asdict(note) for note in one.notes],
    }


def thoughts_lines(one: Thoughts) -> Iterator[str]:
    """The same below a table; the calibration only where there was a guess."""
    from sandbox.comparing import calibration_line, guess_lines

    if one.judged is not None:
        yield from guess_lines(one.judged)
        yield from filter(None, [calibration_line(one.calibration)])
    yield from note_lines(one.notes)


def note_lines(notes: Sequence[Note]) -> Iterator[str]:
    """With the run's name and when."""
    for note in notes:
        what = "noted on" if note.kind == "note" else note.kind
        yield f"{_when(note.at)}  {what} {note.name}: {note.text}"


def diary_document(one: Diary) -> dict[str, object]:
    """Tries and notes, in time."""
    entries = [
        {"workspace": place, "at": entry.at, **_entry(entry)} for place, entry in one.entries
    ]
    return {"entries": entries, "calibration": _calibration(one.calibration)}


def diary_lines(one: Diary) -> Iterator[str]:
    """The first line of each entry begins with its time, the others are indented."""
    from sandbox.comparing import calibration_line

    for place, entry in one.entries:
        told = _told(place, entry)
        for number, line in enumerate(told):
            yield f"{' ' * 18 if number else _when(entry.at) + '  '}{line}"
    yield from filter(None, [calibration_line(one.calibration)])


def _told(place: str, one: Try | Note) -> Iterator[str]:
    return _note_told(place, one) if isinstance(one, Note) else _try_told(place, one)


def _calibration(one: Calibration) -> dict[str, object]:
    """How many guesses were right, of how many that could be told."""
    return {name: {"right": hits, "of": count} for name, (hits, count) in vars(one).items()}


def _entry(one: Try | Note) -> dict[str, object]:
    from sandbox.comparing import judged_to_json

    if isinstance(one, Note):
        return asdict(one)
    sweep = one.sweep
    return {
        "kind": "sweep",
        "sweep": sweep.id,
        "entry": sweep.entry,
        "question": sweep.question,
        "command": sweep.command,
        "runs": one.runs,
        "failed": one.failed,
        "status": one.status,
        "best": dict(one.best) if one.best else None,
        "is_best_so_far": one.is_best_so_far,
        "guess": judged_to_json(one.judged) if one.judged else None,
    }


def _try_told(place: str, one: Try) -> Iterator[str]:
    from sandbox.comparing import guess_lines

    sweep = one.sweep
    many = "1 run" if one.runs == 1 else f"{one.runs} runs"
    failed = f", {one.failed} without a result" if one.failed else ""
    ended = {"succeeded": "", None: ", not ended"}.get(one.status, f", {one.status}")
    yield f"{place}, {sweep.entry}: {many}{failed}{ended} ({sweep.id})"
    for words in filter(None, (sweep.question, sweep.command)):
        yield f"asked: {words}"
    if one.judged is not None:
        yield from guess_lines(one.judged)
    elif sweep.guess:
        yield f"guessed: {sweep.guess}"
    if one.best is not None:
        best = " — the best so far" if one.is_best_so_far else ""
        yield f"best: {one.best['name']}, {one.best['metric']} {one.best['value']:.4g}{best}"


def _note_told(place: str, one: Note) -> Iterator[str]:
    what = "noted on" if one.kind == "note" else one.kind
    yield f"{place}, {what} {one.name} ({one.sweep}): {one.text}"


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
