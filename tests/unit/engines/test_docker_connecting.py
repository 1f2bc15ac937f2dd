"""Reaching a Docker engine, from several threads."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import pytest

from sandbox.engines.docker import DockerEngine
from sandbox.errors import EngineError

pytestmark = pytest.mark.slow


def test_who_waits_for_an_engine_that_does_not_answer_waits_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It hears each, and says nothing until the time is over."""
    heard: list[socket.socket] = []
    asked = threading.Event()

    def listen() -> None:
        with suppress(OSError):
            while True:
                heard.append(server.accept()[0])
                asked.set()

    def meet() -> None:
        with suppress(EngineError):
            engine.get_ready()

    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.getsockname()[1]}")
        engine = DockerEngine()
        listening = threading.Thread(target=listen, daemon=True)
        meeting = threading.Thread(target=meet)
        listening.start()
        meeting.start()
        assert asked.wait(60)
        with pytest.raises(EngineError, match="no Docker engine answers"):
            engine.describe()
        meeting.join()
        server.shutdown(socket.SHUT_RDWR)
        listening.join()
    for one in heard:
        one.close()
    assert len(heard) == 1
