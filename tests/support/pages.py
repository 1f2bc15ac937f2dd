"""Pages of ours in a real browser: what they ask for, what they complain of, who can use them."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MARKERS = "Object.getOwnPropertyNames(window).filter(name => name.startsWith('XSS_'))"
# Set before anything of the page runs: what its policy had to stop, and what was never stopped.
_WATCH = """window.stopped = [];
document.addEventListener('securitypolicyviolation', event => {
    window.stopped.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`) });"""


@dataclass
class Opened:
    """A page that is open.

    Attributes:
        requests: addresses asked for, data apart.
        complaints: errors and warnings of the console, and errors that nobody caught.
    """

    page: Any
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def markers(self) -> list[str]:
        return list(self.page.evaluate(MARKERS))

    def stopped(self) -> list[str]:
        return list(self.page.evaluate("window.stopped"))

    def hindrances(self, axe: Path) -> list[str]:
        """What axe-core finds serious or critical, each with where it is."""
        self.page.evaluate(axe.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['id']}: {node['html'][:200]}"
            for one in found["violations"]
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"]
        ]


@contextmanager
def opened(chromium: Any, address: str, **options: Any) -> Iterator[Opened]:
    """Opened in a context of its own, with everything on it unfolded.

    Args:
        options: of Playwright's context: `viewport`, `color_scheme`, `java_script_enabled`.
    """
    context = chromium.new_context(**options)
    context.add_init_script(_WATCH)
    shown = Opened(context.new_page())
    page = shown.page
    page.on("request", lambda one: _note(shown, one.url))
    page.on("console", lambda one: shown.complaints.append(f"{one.type}: {one.text}"))
    page.on("pageerror", lambda one: shown.complaints.append(str(one)))
    page.goto(address, wait_until="networkidle")
    try:
        yield shown
    finally:
        context.close()


def _note(shown: Opened, url: str) -> None:
    if not url.startswith("data:image/"):
        shown.requests.append(url)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(page: Path) -> Iterator[str]:
    """Its address on a web server of its own, as long as the block lasts."""
    handler = functools.partial(_Quiet, directory=str(page.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/{page.name}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def at_place(page: Path, where: str) -> Iterator[str]:
    """Its address on the disk (`file`), or `served`."""
    if where == "file":
        yield page.as_uri()
    else:
        with served(page) as address:
            yield address
