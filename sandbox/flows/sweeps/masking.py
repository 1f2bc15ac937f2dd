"""The door at which secrets stay behind: what a run said is kept without them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping

from sandbox import github
from sandbox.domain import Run, Scalar
from sandbox.notebooks import CellError


def without_secrets(run: Run, environ: Mapping[str, str]) -> Run:
    """The run with the words of its code masked: its cause, error, notes, and lines of numbers.

    What was typed for it, too; but not what was varied, by which runs are told apart.
    """
    mask = github.masker(environ)
    varied = {tweak.name for tweak in run.tweaks}
    typed = {
        name: value if name in varied else mask(value) for name, value in run.parameters.items()
    }
    return dataclasses.replace(
        run,
        cause=None if run.cause is None else mask(run.cause),
        error=mask(run.error),
        notes=tuple(map(mask, run.notes)),
        parameters=typed,
        scalars=tuple(_scalars(run.scalars, mask)),
    )


def words_without_secrets(error: CellError | None, environ: Mapping[str, str]) -> CellError | None:
    """What was raised, masked before any of it is cut: half of a secret has no known shape."""
    if error is None:
        return None
    mask = github.masker(environ)
    return dataclasses.replace(error, evalue=mask(error.evalue), traceback=mask(error.traceback))


def _scalars(scalars: Iterable[Scalar], mask: Callable[[str], str]) -> Iterator[Scalar]:
    """Most stand in a line, or a file, with others."""
    before, after = "", ""
    for one in scalars:
        if one.line is None:
            yield one
            continue
        if one.line != before:
            before, after = one.line, mask(one.line)
        yield one if after == before else dataclasses.replace(one, line=after)
