"""A package index on this machine's loopback that answers what a test says."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})


@dataclass
class Index:
    """What it answers by path, and what it was asked: path and `Authorization`.

    Attributes:
        url: with `http:`, the path is `/simple`.
    """

    url: str
    answers: dict[str, Answer | Callable[[], Answer]] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)


@contextmanager
def serve_index() -> Iterator[Index]:
    """Answers until the block ends; 404 for what it does not know."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append((self.path, self.headers.get("Authorization")))
            answer = index.answers.get(self.path, Answer(status=404))
            answer = answer() if callable(answer) else answer
            answer = _part_of(answer, self.headers.get("Range"))
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        index = Index(f"http://127.0.0.1:{server.server_port}/simple")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()


def _part_of(answer: Answer, wanted: str | None) -> Answer:
    """What `Range` asks for, where the answer says that it accepts that."""
    if wanted is None or answer.headers.get("Accept-Ranges") != "bytes":
        return answer
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    size = len(answer.body)
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last) + 1, size) if first else size
    where = {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
    return Answer(answer.body[start:end], 206, {**answer.headers, **where})
