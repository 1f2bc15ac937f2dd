from __future__ import annotations

from typing import Any

import pytest
from nbformat import v4

from sandbox.interfaces import ClearOutput, Output
from sandbox.notebooks.outputs import ERROR_BYTES, OutputCollector
from tests.support.executions import display, stream


def collect(*events: Output | ClearOutput, limit_bytes: int = 2**20) -> list[Any]:
    notebook = v4.new_notebook(cells=[v4.new_code_cell("1")])
    collector = OutputCollector(notebook, limit_bytes=limit_bytes)
    collector.begin(0)
    for event in events:
        collector.take(event)
    collector.end()
    return list(notebook.cells[0].outputs)


def texts(outputs: list[Any]) -> list[tuple[str, str]]:
    return [(output.name, output.text) for output in outputs]


def test_text_of_one_stream_in_a_row_is_one_output() -> None:
    events = [stream("a"), stream("b"), stream("c", "stderr"), stream("d")]
    assert texts(collect(*events)) == [("stdout", "ab"), ("stderr", "c"), ("stdout", "d")]


def test_clearing_at_once_takes_away_what_was_shown() -> None:
    assert texts(collect(stream("a"), ClearOutput(wait=False), stream("b"))) == [("stdout", "b")]


def test_clearing_with_wait_waits_for_the_next_output() -> None:
    assert texts(collect(stream("a"), ClearOutput(wait=True))) == [("stdout", "a")]
    assert texts(collect(stream("a"), ClearOutput(wait=True), stream("b"))) == [("stdout", "b")]


def test_an_update_changes_a_display_of_an_earlier_cell() -> None:
    notebook = v4.new_notebook(cells=[v4.new_code_cell("1"), v4.new_code_cell("2")])
    changed: list[int] = []
    collector = OutputCollector(notebook, on_change=changed.append)
    collector.begin(0)
    collector.take(display("one", text_plain="first"))
    collector.end()
    collector.begin(1)
    collector.take(display("one", update=True, text_plain="second"))
    collector.end()
    assert notebook.cells[0].outputs[0].data == {"text/plain": "second"}
    assert notebook.cells[1].outputs == []
    assert changed == [0]


def test_an_update_of_a_cleared_display_changes_nothing() -> None:
    events = [display("one", text_plain="a"), ClearOutput(wait=False)]
    assert collect(*events, display("one", update=True, text_plain="b")) == []


def test_output_beyond_the_limit_is_left_out_but_for_its_end_and_that_is_told() -> None:
    lines = [stream(f"line {number}\n") for number in range(10_000)]
    outputs = collect(*lines, limit_bytes=2000)
    first, note, last = outputs
    assert first.text.startswith("line 0\n")
    assert len(first.text) <= 2000
    assert "left out here" in note.text
    assert last.text.endswith("line 9999\n")
    assert sum(len(output.text) for output in outputs) < 20_000


def test_a_display_that_is_too_large_is_left_out_and_that_is_told() -> None:
    outputs = collect(display(text_plain="x" * 5000), limit_bytes=2000)
    assert [output.output_type for output in outputs] == ["stream"]
    assert "left out here" in outputs[0].text


def test_an_error_is_kept_when_nothing_else_is_and_made_to_fit() -> None:
    trace = [f"{number} {'x' * 100}" for number in range(5000)]
    error = {"output_type": "error", "ename": "E", "evalue": "v" * 10**6, "traceback": trace}
    outputs = collect(stream("x" * 5000), Output(error), limit_bytes=1000)
    kept = next(output for output in outputs if output.output_type == "error")
    assert sum(map(len, kept.traceback)) <= ERROR_BYTES
    assert kept.traceback[0] == trace[0]
    assert kept.traceback[-1] == trace[-1]
    assert len(kept.evalue) <= ERROR_BYTES


def test_what_was_cleared_does_not_count_against_the_limit() -> None:
    figures = [display(image_png="x" * 700) for _ in range(50)]
    events = [event for figure in figures for event in (ClearOutput(wait=True), figure)]
    outputs = collect(*events, limit_bytes=2000)
    assert [output.output_type for output in outputs] == ["display_data"]


def test_many_tiny_outputs_are_bounded_too() -> None:
    events = [stream("x", name) for _ in range(5000) for name in ("stdout", "stderr")]
    assert len(collect(*events, limit_bytes=10_000)) < 100


@pytest.mark.parametrize("text", ["a\ud800b", "\udcff"])
def test_half_characters_are_replaced(text: str) -> None:
    (output,) = collect(stream(text))
    output.text.encode()
    assert "\ufffd" in output.text


def test_text_is_cut_between_characters() -> None:
    first, *_ = collect(stream("\u2603" * 1000), limit_bytes=1000)
    assert set(first.text) == {"\u2603"}
