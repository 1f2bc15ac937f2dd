"""What is read from lines as real programs print them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.domain import Scalar
from sandbox.metrics import ScalarReader, read_scalars
from tests.support.printed_lines import CASES


def as_text(scalar: Scalar) -> str:
    """`loss=0.5%@3`."""
    value = repr(scalar.value).removesuffix(".0")
    step = "" if scalar.step is None else f"@{scalar.step:g}"
    return f"{scalar.name}={value}{scalar.unit or ''}{step}"


def by_name(scalars: list[tuple[object, ...]]) -> list[str]:
    return sorted(map(repr, scalars))


@pytest.mark.parametrize(("source", "text", "expected"), CASES)
def test_lines_of_popular_libraries(source: str, text: str, expected: str) -> None:
    assert " ".join(map(as_text, read_scalars(text))) == expected, source


def test_real_lines_of_real_repositories(shared: Path) -> None:
    cases = json.loads((shared / "metric-lines-open.json").read_text())["cases"]
    assert len(cases) > 30
    for case in cases:
        found = [(one.name, one.value, one.step, one.unit) for one in read_scalars(case["text"])]
        wanted = [
            (one["name"], one["value"], one.get("step"), one.get("unit")) for one in case["scalars"]
        ]
        assert by_name(found) == by_name(wanted), case["source"]


@pytest.mark.parametrize("size", [1, 3, 7])
@pytest.mark.parametrize(("source", "text", "expected"), CASES)
def test_pieces_of_any_size_read_like_the_whole(
    source: str, text: str, expected: str, size: int
) -> None:
    reader = ScalarReader()
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    found = [one for piece in pieces for one in reader.feed(piece)] + list(reader.close())
    assert " ".join(map(as_text, found)) == expected, source


def test_the_table_of_lines_is_large_and_has_silent_ones() -> None:
    assert len(CASES) > 150
    assert sum(not expected for _, _, expected in CASES) > 40
