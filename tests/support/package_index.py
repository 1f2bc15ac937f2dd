"""A package index that tells dates and withdrawals, in a folder or behind a loopback server."""

from __future__ import annotations

import hashlib
import html
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from packaging.utils import canonicalize_name


@dataclass(frozen=True)
class Offer:
    """A file and what its index says of it."""

    file: Path
    uploaded: str | None = None
    yanked: str | None = None
    requires_python: str | None = None

    @property
    def name(self) -> str:
        return str(canonicalize_name(self.file.name.rsplit("-", self._parts)[0]))

    @property
    def _parts(self) -> int:
        return 4 if self.file.suffix == ".whl" else 1

    @property
    def link(self) -> str:
        digest = hashlib.sha256(self.file.read_bytes()).hexdigest()
        facts = {
            "href": f"{self.file.as_uri()}#sha256={digest}",
            "data-upload-time": f"{self.uploaded}T12:00:00Z" if self.uploaded else None,
            "data-yanked": self.yanked,
            "data-requires-python": self.requires_python,
        }
        pairs = (f'{key}="{html.escape(text)}"' for key, text in facts.items() if text is not None)
        return f"<a {' '.join(pairs)}>{self.file.name}</a><br/>\n"


def write_index(folder: Path, offers: Sequence[Offer]) -> str:
    """A simple index (PEP 503) in a folder; returns its `file:` URL."""
    pages: dict[str, str] = {}
    for offer in offers:
        pages[offer.name] = pages.get(offer.name, "") + offer.link
    for name, text in pages.items():
        page = folder / name / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text)
    return folder.as_uri()


def make_sdist(folder: Path, name: str, version: str) -> Path:
    """A file with the name of an sdist; whoever opened it would find nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}-{version}.tar.gz"
    file.write_bytes(b"never opened")
    return file


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """`http://127.0.0.1:PORT` while it serves."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
