"""The table of `sandbox clean`."""

from __future__ import annotations

from sandbox.cli.keeping import HEADERS, document, rows
from sandbox.flows.home.cleaning import Cleaned, Item

MB = 2**20


def environment(name: str, keep: str | None, python: str = "3.11") -> Item:
    return Item("environment", name, f"Python {python}", 3 * MB, 2 * MB, (), 0.0, keep)


def test_what_stays_for_one_reason_is_one_line_and_what_can_go_a_line_each() -> None:
    others = [environment(f"other{number}", "another home uses it") for number in range(70)]
    items = (
        *others,
        environment("mine", "here has it"),
        environment("a", None),
        environment("b", None),
        Item("image", "base", "base image", MB, MB, (), 0.0, "another home uses it"),
    )
    table = list(rows(Cleaned(items, applied=True, removed=("a",), kept={"b": "in use by now"})))
    assert all(len(row) == len(HEADERS) for row in table)
    assert [(row[0], row[1], row[-1]) for row in table] == [
        ("environment", "a", "removed"),
        ("environment", "b", "in use by now"),
        ("environment", "70 of them (--json)", "another home uses it"),
        ("environment", "mine", "here has it"),
        ("image", "base", "another home uses it"),
    ]
    folded = table[2]
    assert folded[2] == "Python 3.11"
    assert folded[3].startswith("<= 2")
    assert len(document(Cleaned(items))["items"]) == len(items)  # type: ignore[arg-type]


def test_what_folded_things_do_not_have_in_common_is_left_out() -> None:
    items = (environment("a", "x has it"), environment("b", "x has it", "3.12"))
    ((_, name, holds, *_),) = rows(Cleaned(items))
    assert (name, holds) == ("2 of them (--json)", "")
