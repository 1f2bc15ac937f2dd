"""A worker is the studied code's process: it may say what the protocol knows, and no more."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from sandbox.guest import protocol
from sandbox.guest.outlet import Outlet
from sandbox.guest.relay import Relay, checked


@pytest.fixture
def pipe() -> Iterator[tuple[int, Outlet]]:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    yield reading, Outlet(writing)
    os.close(reading)
    os.close(writing)


def _read(reading: int) -> list[protocol.Fields]:
    try:
        data = os.read(reading, 2**20)
    except BlockingIOError:
        return []
    return [fields for fields, _ in protocol.Reader().feed(data)]


def _deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "message",
    [
        {"type": "hello"},
        {"type": "outcome", "exit_code": 0},
        {"type": "file", "path": "/etc/passwd"},
        {"type": "stream", "name": "stdout", "text": "forged"},
        {"type": "done", "cell": "1", "status": "ok"},
        {"type": "done", "cell": 2**60, "status": "ok"},
        {"type": "done", "cell": 1, "status": None},
        {"type": "display", "cell": 1, "data": [], "metadata": {}},
        {"type": "display", "cell": 1, "data": {"a": _deep(100)}, "metadata": {}},
        {"type": "error", "cell": 1, "ename": "E", "evalue": "v", "traceback": [1]},
        {"type": "note"},
    ],
)
def test_a_message_that_no_worker_of_ours_sends_is_refused(message: protocol.Fields) -> None:
    with pytest.raises(protocol.ProtocolError):
        checked(message)


def test_unknown_fields_are_left_out() -> None:
    message = {"type": "note", "text": "t", "body": 3, "kind": "x", "name": "y", "v": 1}
    assert checked(message) == ("note", {"text": "t"})


def test_notes_are_bounded_in_number_and_length(pipe: tuple[int, Outlet]) -> None:
    reading, host = pipe
    relay = Relay(host)
    for _ in range(2 * protocol.MAX_NOTES):
        relay.pass_on("note", {"text": "x" * 5000})
    host.flush()
    notes = []
    while found := _read(reading):
        notes += found
        host.flush()
    assert len(notes) <= protocol.MAX_NOTES
    assert max(len(note["text"]) for note in notes) == 1000


def test_displays_past_the_bound_are_left_out_and_that_is_said_once(
    pipe: tuple[int, Outlet],
) -> None:
    reading, host = pipe
    relay = Relay(host)
    big = {"cell": 1, "data": {"text/plain": "x" * protocol.MAX_SHOWN_BYTES}, "metadata": {}}
    for _ in range(3):
        relay.pass_on("display", big)
    relay.pass_on("display", {"cell": 1, "data": {"text/plain": "small"}, "metadata": {}})
    first, second = _read(reading)
    assert "left out" in first["text"]
    assert second["data"] == {"text/plain": "small"}


def test_a_slow_reader_is_not_waited_for(pipe: tuple[int, Outlet]) -> None:
    reading, host = pipe
    host.add(b"x" * 2**20)
    assert host.size > 0
    total = 0
    while host.size:
        total += len(os.read(reading, 2**20))
        host.flush()
    total += len(os.read(reading, 2**20))
    assert total == 2**20
