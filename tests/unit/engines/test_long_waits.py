from __future__ import annotations

from sandbox.engines.wire import LONGEST_WAIT_S, Wire
from sandbox.guest import protocol


class Patient:
    """A transport that remembers how long it was asked to wait."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def send(self, data: bytes) -> None:
        raise NotImplementedError

    def receive(self, timeout_s: float) -> tuple[str, bytes] | None:
        self.waits.append(timeout_s)
        return "stdout", protocol.encode("begun")

    def close(self) -> None:
        raise NotImplementedError


def test_a_wait_of_ages_is_asked_of_the_system_in_parts() -> None:
    transport = Patient()
    message = Wire(transport).receive(1e15)
    assert message is not None
    assert transport.waits == [LONGEST_WAIT_S]
