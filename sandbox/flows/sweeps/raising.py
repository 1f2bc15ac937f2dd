"""Where in the repository's own files an error was raised, told from its traceback."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_FRAMES = (
    re.compile(r'^\s*File "([^"\n]{1,4096})", line (\d+)', re.MULTILINE),
    re.compile(r"^\s*File ([^\s:,]{1,4096}):(\d+)", re.MULTILINE),
)
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


def _tails(path: str) -> Iterator[str]:
    """`/lab/repo/src/train.py`, `lab/repo/src/train.py`, …, `train.py`."""
    parts = path.split("/")
    yield from ("/".join(parts[at:]) for at in range(len(parts)))
