from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from benchmarks.finding.site.loopback import Loopback, Reply, Request, serve
from sandbox.github.together import ask_together
from tests.support.github_sites import MakeSite

_FIND = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
from sandbox.github.together import ask_together
import requests

def ask(number):
    requests.get(sys.argv[1], timeout=120)

ask_together(ask, range(3))
"""


def test_answers_come_in_the_order_of_the_questions(make_site: MakeSite) -> None:
    def answer(_: Loopback) -> Callable[[Request], Reply]:
        return lambda request: Reply(200, {}, f'"{request.path}"'.encode())

    with serve(answer) as server:
        site = make_site(server.base_url)
        paths = [f"/repos/a/{number}" for number in range(9)]
        assert ask_together(site.get, paths) == paths
    assert ask_together(site.get, []) == []


def test_the_first_error_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        ask_together(lambda number: 1 / number, [1, 2, 0, 4])


def test_an_interruption_waits_for_no_request() -> None:
    slow = Reply(200, {}, b"{}", delay_s=100)
    with serve(lambda _: lambda _: slow) as server:
        command = [sys.executable, "-c", _FIND, server.base_url]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as asking:
            while len(server.requests) < 3 and asking.poll() is None:
                time.sleep(0.02)
            asking.send_signal(signal.SIGINT)
            _, said = asking.communicate(timeout=50)
    assert "KeyboardInterrupt" in said
