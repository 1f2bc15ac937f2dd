"""What is said to people: on standard error, so that standard output stays for results."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from sandbox import foreign

if TYPE_CHECKING:
    from rich.console import Console


def visible(text: str) -> str:
    """Lines with control characters as symbols: studied code wrote some, and terminals obey."""
    return foreign.visible(text, keep="\n")


def one_line(text: str) -> str:
    """The same on one line: a value with a line break must not pass for a line of ours."""
    return foreign.visible(text)


def shortened(text: str, most: int = 60) -> str:
    """The same on one line of so many characters at most."""
    line = one_line(text)
    return line if len(line) <= most else f"{line[: most - 1]}…"


class Talk:
    """Lines for people."""

    @cached_property
    def console(self) -> Console:
        """Made for the first line: where there is nothing to say, rich is not imported."""
        from rich.console import Console

        return Console(stderr=True, highlight=False)

    def tell(self, text: str) -> None:
        from rich.text import Text

        self.console.print(Text(visible(text), style="dim"), soft_wrap=True)


def write_json(document: object) -> None:
    """The one document of `--json`; NaN and infinity, which JSON lacks, as null."""
    text = json.dumps(_finite(document), indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write(text.encode("utf-8", "replace").decode() + "\n")


def _finite(value: object) -> object:
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


def print_table(
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str = "",
    links: Mapping[str, str] | None = None,
) -> None:
    """A table on standard output, as wide as the terminal, whole where there is none.

    Args:
        links: text of a cell → address that a terminal opens.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for header in headers:
        table.add_column(visible(header), overflow="fold")
    for row in rows:
        cells = (Text(visible(cell), style=_link(cell, links or {})) for cell in row)
        table.add_row(*cells)
    console.print(table)


def _link(cell: str, links: Mapping[str, str]) -> str:
    return f"link {visible(links[cell])}" if cell in links else ""


def say_patch(patch: str) -> None:
    """A patch: for people on a terminal; into a file byte for byte, so that it can be applied."""
    if sys.stdout.isatty():
        say(patch.rstrip().replace("\r\n", "\n").replace("\t", "    "))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(patch.encode("utf-8", "surrogateescape"))


def say(text: str) -> None:
    """A line of result on standard output."""
    sys.stdout.write(visible(text) + "\n")
