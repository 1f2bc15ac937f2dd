"""What stands at the head of a run's page in MLflow: Markdown made of our words and safe values.

A description has blocks, each between two comments that the page does not show: what is in a block
is ours and written anew when more is known, what stands around it may be the user's.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sandbox.domain import Note, Run, RunStatus, Sweep
from sandbox.recorders.texts import code, fenced, markdown, public

HEADLINES = 8
"""Metrics named in a description; the page lists all of them below."""

LIMIT = 5000
"""Characters of a whole description: what the smallest MLflow takes as a tag."""

SUMMARY, COMPARED, NOTES = "summary", "compared", "notes"
"""Names of blocks: of a sweep, of a run, of a run."""

COMMAND = "$ "
"""Begins a line that is to be typed."""

_OWN = {"sweep": 2000, "run": 3200}
"""Characters that are written when a run is recorded, so that room is left for what comes later."""

_ABOVE = 2
"""Parts of a summary that stand above the picture."""

_MOST = {SUMMARY: 2900, NOTES: 1100}
_PATCH = 1500
_NOTEBOOK, _DIFF = "notebook.ipynb", "tweak.patch"
PAGE = "notebook.html"
"""The executed notebook, to be read."""


def describe_run(
    sweep: Sweep, run: Run, notes: Iterable[str], *, patch: str = "", files: Iterable[str] = ()
) -> str:
    """What was changed, how it ended, the first numbers, and where to read on.

    Args:
        patch: what the run changed in files, as a unified diff.
        files: names under which the run's artifacts are kept.
    """
    parts = [_what(sweep, run), block(COMPARED, ""), _listed(_tweaks(run))]
    parts += [_changed(patch), _how(run)]
    parts += [_listed(_metrics(sweep, run.metrics)), _where(set(files))]
    parts.append("\n".join(f"- {markdown(note, 300)}" for note in notes))
    return f"{_within(parts, _OWN['run'])}\n\n{block(NOTES, '')}"


def describe_sweep(sweep: Sweep) -> str:
    """The question, the command that repeats it, and what it was asked of.

    A guess stands where later the summary will, which has it beside the result.
    """
    guess = f"Guessed before: {markdown(sweep.guess)}" if sweep.guess else ""
    parts = [f"**{markdown(sweep.question, 500)}**"] if sweep.question else []
    parts += [
        block(SUMMARY, guess),
        f"{sweep.variants} runs of **{markdown(sweep.entry)}** planned, {_source(sweep)}.",
        _again(sweep.command),
    ]
    if sweep.directions:
        told = ", ".join(f"{markdown(name)}: {way}" for name, way in sweep.directions.items())
        parts.append(f"Better is: {told}")
    return _within(parts, _OWN["sweep"])


def _within(parts: Iterable[str], limit: int) -> str:
    """Whole parts, as many as fit: a cut through one would leave marks open."""
    kept: list[str] = []
    for part in filter(None, parts):
        if sum(len(one) + 2 for one in kept) + len(part) > limit:
            kept.append("…")
            break
        kept.append(part)
    return "\n\n".join(kept)


# ---------------------------------------------------------------- parts


def _what(sweep: Sweep, run: Run) -> str:
    changed = "The baseline: nothing changed" if not run.tweaks else markdown(run.name)
    again = f", repeat {run.repeat + 1}" if run.repeat else ""
    return f"**{changed}**{again} in **{markdown(run.entry)}**, {_source(sweep)}."


def _source(sweep: Sweep) -> str:
    return f"{markdown(public(sweep.repo))} at {markdown(sweep.commit[:12])}"


def _again(command: str) -> str:
    shown = _unmarked(code(public(command), 1000))
    return f"Again with: {shown}" if command else ""


def _tweaks(run: Run) -> Iterator[tuple[str, str]]:
    return ((markdown(tweak.name), markdown(tweak.value)) for tweak in run.tweaks)


def _changed(patch: str) -> str:
    """The diff itself, cut at the end of a line."""
    if not patch.strip():
        return ""
    shown = patch if len(patch) <= _PATCH else patch[:_PATCH].rpartition("\n")[0]
    more = "" if shown == patch else f"\n\nThe whole of it: **Artifacts**, {code(_DIFF)}"
    return f"{_unmarked(fenced(shown, 'diff'))}{more}"


def _how(run: Run) -> str:
    how = run.status.value.replace("_", " ")
    cause = f": {markdown(run.cause, 500)}" if run.cause else ""
    mark = "" if run.status is RunStatus.succeeded else "**"
    return f"{mark}{how.capitalize()}{mark} after {run.elapsed_s:.3g} s{cause}"


def _metrics(sweep: Sweep, metrics: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    """Those with a known direction first: they are what the sweep asks about."""
    names = sorted(metrics, key=lambda name: name not in sweep.directions)
    for name in names[:HEADLINES]:
        yield markdown(name), f"{metrics[name]:.6g}"


def _where(files: set[str]) -> str:
    """A link would have to name the run, which has no id yet when this is written."""
    shown = [code(name) for name in (PAGE, _NOTEBOOK) if name in files]
    return f"Executed notebook: tab **Artifacts**, {' or '.join(shown)}" if shown else ""


def _listed(rows: Iterable[tuple[str, str]]) -> str:
    """Not as a table: MLflow's pages set no space between the columns of one."""
    return "\n".join(f"- {name}: **{value}**" for name, value in rows)


# ---------------------------------------------------------------- blocks


def block(name: str, text: str) -> str:
    """The text between the marks of a block; an empty one shows as nothing."""
    return "\n".join(filter(None, [f"<!-- sandbox {name} -->", text, f"<!-- end {name} -->"]))


def _unmarked(text: str) -> str:
    """Code as it is, but for what would pass for a mark of ours: a blank of another kind."""
    return re.sub(r"<!-- (?=(sandbox|end) )", "<!--\N{NO-BREAK SPACE}", text)


def with_block(description: str, name: str, text: str) -> str:
    """The description with that in the block's place; behind all where it has no such block.

    A user may have made it so long that there is no room: then it stays as it is.
    """
    inside = re.compile(rf"<!-- sandbox {name} -->.*?<!-- end {name} -->", re.DOTALL)
    fresh = block(name, text)
    if inside.search(description):
        changed = inside.sub(lambda _found: fresh, description, count=1)
    else:
        changed = "\n\n".join(filter(None, [description, fresh if text else ""]))
    return changed if len(changed) <= LIMIT else description


def summary_text(summary: Mapping[str, Sequence[str]], picture: str = "") -> str:
    """What a sweep has shown: a heading and lines for each part, the first ones above the picture.

    The UI shows the first lines of a description until one asks for more.

    Args:
        picture: relative to the page, so that it is found wherever the server stands.
    """
    parts = []
    for heading, lines in summary.items():
        shown = [f"- {_line(line)}" for line in lines]
        parts.append("\n".join([f"**{markdown(heading)}**", "", *shown]))
    parts.insert(_ABOVE, f"![effects]({picture})" if picture else "")
    return _within(parts, _MOST[SUMMARY])


def _line(line: str) -> str:
    if line.startswith(COMMAND):
        return _unmarked(code(public(line.removeprefix(COMMAND)), 500))
    return markdown(public(line), 400)


def compared_text(line: str, page: str = "") -> str:
    """How a run compares with the baseline, and where its executed notebook can be read.

    Args:
        page: within the UI; empty = it has none.
    """
    told = [f"**Compared:** {markdown(line, 250)}"] if line else []
    told += [f"[Executed notebook]({page})"] if page else []
    return "\n\n".join(told)


def notes_text(notes: Sequence[Note]) -> str:
    """The newest notes, as many as fit, in the order of time."""
    lines: list[str] = []
    for note in sorted(notes, key=lambda one: one.at, reverse=True):
        when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(note.at))
        what = "" if note.kind == "note" else f"{markdown(note.kind)} "
        line = f"- {when} UTC: {what}{markdown(public(note.text), 400)}"
        if sum(map(len, lines)) + len(line) > _MOST[NOTES] - 200:
            lines.append("- … older ones: sandbox journal")
            break
        lines.append(line)
    return "\n".join(["**Notes**", "", *reversed(lines)]) if lines else ""
