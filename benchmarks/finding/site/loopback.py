"""An HTTP server on this machine's loopback whose answers are a function of the request."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """What was asked; names of headers are in small letters."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """Names and values, sorted, as their order says nothing."""
        return tuple(sorted(parse_qsl(urlsplit(self.target).query, keep_blank_values=True)))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """What is answered.

    Attributes:
        delay_s: waited before the first byte.
        cut_after: bytes of the body that are sent before the connection is closed; None: all.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay_s: float = 0
    cut_after: int | None = None


Answer = Callable[[Request], Reply]


@dataclass
class Loopback:
    """A running server.

    Attributes:
        requests: everything that was asked, in the order in which it came.
    """

    base_url: str
    requests: list[Request] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def serve(answer: Callable[[Loopback], Answer]) -> Iterator[Loopback]:
    """Answer until the block ends; what still waits or is connected then is cut off.

    Args:
        answer: makes the function, told where it is served; called from several threads.
    """
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.state = Loopback(f"http://127.0.0.1:{server.server_port}")
        server.answer = answer(server.state)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.state
        finally:
            server.state.closing.set()
            server.shutdown()
            thread.join()
            server.cut_connections()


class _Server(ThreadingHTTPServer):
    state: Loopback
    answer: Answer
    daemon_threads = False  # they are joined when it is closed
    request_queue_size = 64

    def __init__(self, *arguments: Any) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Request(self.command, self.path, headers, self.rfile.read(length))
        self.server.state.requests.append(asked)
        reply = self.server.answer(asked)
        if reply.delay_s:
            self.server.state.closing.wait(reply.delay_s)
        with contextlib.suppress(OSError):
            self._send(reply)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _handle  # noqa: N815 - as the base names them

    def _send(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status not in {204, 304}:
            self.send_header("Content-Length", str(len(reply.body)))
        if reply.cut_after is not None:
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body[: reply.cut_after])
