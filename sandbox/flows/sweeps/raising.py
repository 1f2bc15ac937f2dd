"""Where in the repository's own files, or cells, an error was raised, told from its traceback."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_FRAMES = (
    re.compile(r'^[ \t]*File "([^"\n]{1,4096})", line (\d+)', re.MULTILINE),
    re.compile(r"^[ \t]*File ([^\s:,]{1,4096}):(\d+)", re.MULTILINE),
)
_CELLS = (
    re.compile(r'^[ \t]*File "<cell (\d{1,9})>", line (\d{1,9})', re.MULTILINE),
    re.compile(r"^[ \t]*(?:Cell|Input) In ?\[(\d{1,9})\], line (\d{1,9})", re.MULTILINE),
)
_OLDER = re.compile(
    r"^(?:<ipython-input-(\d{1,9})-\w+>|Input In \[(\d{1,9})\],?) in ", re.MULTILINE
)
_ARROW = re.compile(r"^-+> ?(\d{1,9})\b", re.MULTILINE)
_LONGEST = 200_000


def place_of(traceback: str, paths: Collection[str]) -> str | None:
    """`train.py:9`: the innermost frame that stands in one of the files; None = none does.

    Args:
        traceback: as Python or IPython writes it, colours and all; not to be trusted.
        paths: of the repository's files, relative to its root.
    """
    known = frozenset(paths)
    text = _COLOUR.sub("", traceback[-_LONGEST:])
    found = sorted(
        (match.start(), match[1], match[2]) for frame in _FRAMES for match in frame.finditer(text)
    )
    for _, path, line in reversed(found):
        own = next((tail for tail in _tails(path) if tail in known), None)
        if own is not None and "site-packages" not in path:
            return f"{own}:{line}"
    return None


class CellLine(NamedTuple):
    """A line of a cell that was the so-manyth to run."""

    nth: int
    line: int


def cell_of(traceback: str) -> CellLine | None:
    """The innermost frame that stands in a cell of a notebook; None = none does.

    Args:
        traceback: as our own shell or IPython writes it, of any age; not to be trusted.
    """
    text = _COLOUR.sub("", traceback[-_LONGEST:])
    found = [
        (match.start(), CellLine(int(match[1]), int(match[2])))
        for frame in _CELLS
        for match in frame.finditer(text)
    ]
    found += _older(text)
    return max(found)[1] if found else None


def _older(text: str) -> Iterator[tuple[int, CellLine]]:
    """The last cell that an arrow stands below; each is looked for once, however many there are."""
    last_arrow = max((one.start() for one in _ARROW.finditer(text)), default=-1)
    headers = (one for one in _OLDER.finditer(text) if one.end() <= last_arrow)
    header = max(headers, key=re.Match.start, default=None)
    arrow = header and _ARROW.search(text, header.end())
    if header and arrow:
        yield header.start(), CellLine(int(header[1] or header[2]), int(arrow[1]))


def _tails(path: str) -> Iterator[str]:
    """`/lab/repo/src/train.py`, `lab/repo/src/train.py`, …, `train.py`."""
    parts = path.split("/")
    yield from ("/".join(parts[at:]) for at in range(len(parts)))
