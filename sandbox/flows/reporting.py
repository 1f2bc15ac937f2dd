"""A sweep's comparison as files: the page that stands alone, markdown, and CSV."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sandbox import comparing, github, notebooks, recorders, reports
from sandbox.domain import Sweep
from sandbox.errors import InputError, StoreError
from sandbox.files import write_text
from sandbox.flows.comparing import Compared, look_up
from sandbox.flows.context import Context
from sandbox.flows.recording import tracking_uri
from sandbox.flows.retrieving import Difference
from sandbox.paths import Home
from sandbox.recorders.texts import public

REPORT = "report.html"
"""As which it is kept with the sweep."""

MOST_IMAGE_CHARS = 2_800_000
"""Of a page, so that one of 200 runs stays below 5 MB."""

_ENDINGS = (".html", ".md", ".csv")
_MOST_IMAGES = 4  # of one run
_MOST_NOTEBOOK_BYTES = 8 * 2**20
_MOST_IMAGE_BYTES = 2**20
_MOST_FRAMES = 400
_LEAST_IMAGE_CHARS = 20_000  # with less room than that, no further run is looked into
MOST_READ_BYTES = 64 * 2**20
"""Of all runs' notebooks and image files: reading one of some megabytes takes seconds."""


class Files(NamedTuple):
    """Where to write what; relative to the context's folder, None = not asked for."""

    html: Path | None = None
    markdown: Path | None = None
    csv: Path | None = None

    def check(self, folder: Path) -> None:
        """Raises InputError where writing would take something else away, or never end."""
        asked = [path for path in self if path is not None]
        for path, ending in zip(self, _ENDINGS, strict=True):
            if path is not None and not path.name:
                raise InputError(
                    f"{str(path)!r} names no file", hint=f"name one, as in report{ending}"
                )
        if len({(folder / path).resolve() for path in asked}) < len(asked):
            raise InputError(f"{asked[0]} is named twice", hint="give each a name of its own")
        for path, ending in zip(self, _ENDINGS, strict=True):
            if path is not None:
                _check_place(folder / path, path, ending)


def report(
    context: Context, words: Sequence[str], files: Files, *, goals: tuple[str, ...] = ()
) -> comparing.Comparison:
    """Compares as `comparing.look_up` does, and writes what is asked for.

    The page of a sweep is kept with it in the tracking store, too.

    Raises:
        InputError: as `look_up`, or a file cannot be written.
        StoreError: the store cannot be used.
    """
    files.check(context.folder)
    found = look_up(context, words, goals=goals, curves=files.html is not None)
    if files.markdown:
        _write(context, files.markdown, comparing.to_markdown(found.comparison))
    if files.csv:
        _write(context, files.csv, comparing.to_csv(found.comparison))
    if files.html:
        page = page_of(context.home, found)
        _write(context, files.html, page)
        if found.sweep is not None and len(words) < 2:
            _keep(context, found.sweep, page)
    return found.comparison


def write_difference(context: Context, found: Difference, path: Path) -> None:
    """What two runs have other than each other, as a page.

    Raises:
        InputError: the file cannot be written.
    """
    Files(path).check(context.folder)
    shown = reports.Differing(
        names=(found.left.name, found.right.name),
        sweeps=(found.left.sweep.id, found.right.sweep.id),
        workspace=found.right.workspace.name,
        facts=found.facts,
        tables={
            "parameters": found.parameters,
            "metrics": found.metrics,
            "packages": found.packages,
        },
        source=found.source,
        output=found.output,
        notebook=found.notebook,
    )
    mask = github.masker(context.environ)  # runs of earlier versions have theirs in their logs
    _write(context, path, mask(reports.difference_page(shown)))


def page_of(home: Home, found: Compared) -> str:
    """The page, with what executed notebooks on this machine showed."""
    frames, left_out = _frames(home, found)
    told = (*found.notes, *left_out)
    report = reports.Report(found.comparison, _told(found.sweep), frames, told)
    return reports.report_page(report, library=reports.script(home.scripts))


def _told(sweep: Sweep | None) -> Sweep | None:
    if sweep is None:
        return None
    return dataclasses.replace(
        sweep,
        command=public(sweep.command),
        repo=public(sweep.repo),
    )


# ---------------------------------------------------------------- images


def _frames(home: Home, found: Compared) -> tuple[list[reports.Frame], list[str]]:
    """What there is room for, and a note of what there is not."""
    if found.sweep is None:
        return [], []
    folder = recorders.artifact_folder(home.artifacts, found.sweep.workspace)
    kept = _Kept(folder)
    room, frames, left, unread = MOST_IMAGE_CHARS, [], 0, 0
    for at, row in enumerate(reports.wanted_first(found.comparison)):
        if at == _MOST_FRAMES or room < _LEAST_IMAGE_CHARS or kept.read_bytes >= MOST_READ_BYTES:
            unread = len(found.comparison.rows) - at
            break
        run_id = row.runs[0].run_id
        images = _images(kept, run_id) if run_id else ()
        size = sum(map(len, images))
        if size > room:
            left += 1
        elif images:
            room -= size
            frames.append(reports.Frame(row.variant, images))
    return frames, list(_images_left_out(left, unread))


def _images_left_out(left: int, unread: int) -> Iterator[str]:
    where = "they are in MLflow, each with its run: sandbox ui"
    if left:
        yield f"the plots of {left} variants are left out, to keep this page small; {where}"
    if unread:
        yield f"the last {unread} variants were not looked into for plots; {where}"


class _Kept:
    """What runs left behind; counts what is read of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.read_bytes = 0

    def read(self, run_id: str, name: str, most: int) -> bytes:
        """Empty where it cannot be read, or is larger."""
        raw = recorders.read_kept(self.folder, run_id, name, most=most) or b""
        self.read_bytes += len(raw)
        return raw


def _images(kept: _Kept, run_id: str) -> tuple[str, ...]:
    """Of the executed notebook, else of the files that the run left behind."""
    raw = kept.read(run_id, "notebook.ipynb", _MOST_NOTEBOOK_BYTES)
    shown = notebooks.images_of(raw, most=_MOST_IMAGES) if raw else ()
    return shown or _image_files(kept, run_id)


def _image_files(kept: _Kept, run_id: str) -> tuple[str, ...]:
    names = [
        name
        for name in recorders.kept_files(kept.folder, run_id)
        if name.lower().endswith((".png", ".jpg", ".jpeg"))
    ]
    found = (kept.read(run_id, name, _MOST_IMAGE_BYTES) for name in names[:_MOST_IMAGES])
    return tuple(url for raw in found if raw and (url := notebooks.image_of(raw)))


# ---------------------------------------------------------------- files


def _check_place(place: Path, typed: Path, ending: str) -> None:
    if not (place.is_symlink() or place.exists()):
        return
    if place.is_symlink() or not place.is_file():
        raise InputError(f"{typed} is there, and is no regular file", hint="name another file")
    if place.suffix != ending:
        raise InputError(
            f"{typed} is there already", hint=f"it is not written over; name a file {ending}"
        )


def _write(context: Context, path: Path, text: str) -> None:
    place = context.folder / path
    told = text.encode("utf-8", "replace").decode()
    try:
        if place.is_file() or not place.exists():
            place.parent.resolve(strict=True)  # a folder that is not there is not made
            write_text(place.resolve(), told)
        else:  # `/dev/stdout`
            place.write_text(told, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror}", hint="name a file in a folder that is there"
        ) from error
    context.tell(f"wrote {path}")


def _keep(context: Context, sweep: Sweep, page: str) -> None:
    try:
        recorders.attach(
            tracking_uri(context),
            REPORT,
            page.encode("utf-8", "replace"),
            experiment=sweep.workspace,
            sweep_id=sweep.id,
            schema=context.home.schema,
        )
    except StoreError as error:
        context.tell(f"the report is not kept with the sweep: {error.message}")
