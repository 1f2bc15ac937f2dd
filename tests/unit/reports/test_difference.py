"""What the page of two runs says of how it was made."""

from __future__ import annotations

from sandbox.notebooks import compare_notebooks
from sandbox.reports.difference import Differing, difference_page
from tests.support.made_notebooks import notebook

SAID = "side by side by their place"


def page(left: bytes, right: bytes) -> str:
    cells = compare_notebooks(left, right)
    tables = {"parameters": {}, "metrics": {}, "packages": None}
    found = Differing(("a", "b"), ("s", "s"), "digits", {}, tables, None, None, cells)
    return difference_page(found)


def test_it_says_where_cells_were_paired_by_their_place() -> None:
    long = "\n".join(f"x{line} = {line}" for line in range(300))
    assert SAID in page(notebook((long, []), ("y", [])), notebook((f"{long}\nz", []), ("w", [])))
    assert SAID not in page(notebook(("x", []), ("y", [])), notebook(("z", []), ("w", [])))
