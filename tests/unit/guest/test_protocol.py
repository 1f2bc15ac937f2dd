"""Lines in, messages out, however the bytes are cut; nothing else gets through."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.guest import protocol

texts = st.text(st.characters(exclude_categories=[]), max_size=20)  # lone surrogates among them
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
messages = st.tuples(
    st.sampled_from(["stream", "display", "done"]),
    st.none() | st.binary(max_size=50),
    values,
)


def _line(**fields: object) -> bytes:
    return json.dumps({"v": protocol.VERSION, "type": "note", **fields}).encode() + b"\n"


@given(st.lists(messages, max_size=6), st.lists(st.integers(1, 40), max_size=30))
def test_messages_come_out_as_they_went_in_however_the_bytes_are_cut(
    sent: list[tuple[str, bytes | None, object]], cuts: list[int]
) -> None:
    data = b"".join(protocol.encode(kind, body, value=value) for kind, body, value in sent)
    reader, found = protocol.Reader(), []
    for size in [*cuts, len(data)]:
        found += reader.feed(data[:size])
        data = data[size:]
    received = [(fields["type"], body, fields["value"]) for fields, body in found]
    assert received == [(kind, body or b"", value) for kind, body, value in sent]


@pytest.mark.parametrize(
    "line",
    [
        b"hello",
        b"",
        b"[]",
        b"null",
        b'"stream"',
        b"{}",
        b'{"type": "note"}',
        b'{"v": 1}',
        b'{"v": 1, "type": 3}',
        b'{"v": 2, "type": "note"}',
        b'{"v": 1, "type": "note", "body": -1}',
        b'{"v": 1, "type": "note", "body": true}',
        b'{"v": 1, "type": "note", "body": 1e3}',
        b'{"v": 1, "type": "note", "body": 99999999999}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_hostile_line_is_refused(line: bytes) -> None:
    with pytest.raises(protocol.ProtocolError):
        protocol.decode(line)


def test_a_number_of_a_million_digits_is_no_work_and_no_error() -> None:
    fields = protocol.decode(b'{"v": 1, "type": "note", "n": ' + b"9" * 10**6 + b"}")
    assert fields["n"] == "9" * 10**6


def test_what_came_before_garbage_is_not_lost() -> None:
    reader = protocol.Reader()
    found = reader.feed(_line(text="kept") + b"garbage\n" + _line(text="after"))
    assert [fields["text"] for fields, _ in found] == ["kept"]
    with pytest.raises(protocol.ProtocolError):
        reader.feed(b"")


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_line_without_end_is_refused_before_it_fills_the_memory(end: bytes) -> None:
    reader = protocol.Reader(max_line_bytes=100)
    with pytest.raises(protocol.ProtocolError, match="more than 100 bytes"):
        reader.feed(b"x" * 101 + end)


def test_sources_are_equal_bytes_in_any_order() -> None:
    one = protocol.encode_sources({"a": "1", "b": "ü"})
    assert one == protocol.encode_sources({"b": "ü", "a": "1"})
    size, _, text = one.partition(b"\n")
    assert int(size) == len(text)


@pytest.mark.parametrize(
    ("path", "patterns", "expected"),
    [
        ("out/A.PNG", ["*.png"], True),
        ("a.png", ["**/*.png"], True),
        ("b/a.png", ["**/*.PNG"], True),
        ("a.png.txt", ["*.png"], False),
        ("mlruns/0/r/metrics/loss", ["*mlruns/*/metrics/*"], True),
        ("a\nb.png", ["*.png"], True),
        ("a", [], False),
    ],
)
def test_paths_match_globs_whatever_their_case_and_depth(
    path: str, patterns: list[str], *, expected: bool
) -> None:
    assert protocol.matches(path, patterns) is expected
