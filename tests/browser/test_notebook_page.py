"""The page of a hostile notebook, opened in a real Chromium, runs nothing and asks for nothing."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.notebooks import read_notebook, to_html

pytestmark = pytest.mark.browser

MARKERS = "Object.getOwnPropertyNames(window).filter(name => name.startsWith('XSS_'))"
# What the browser made of the page that could act, whatever the text of the page says.
ACTIVE = """[...document.querySelectorAll('*')].filter(element =>
    ['SCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'BASE', 'FORM', 'LINK', 'svg'].includes(element.tagName)
    || [...element.attributes].some(attribute => attribute.name.startsWith('on'))
    || (element.href || '').startsWith('javascript:')).map(element => element.outerHTML)"""


@pytest.fixture(scope="module")
def hostile_page(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    script = shared / "hostile" / "gen_hostile.py"
    command = [sys.executable, "-B", str(script), str(folder), "--only", "n01"]
    subprocess.run(command, check=True, capture_output=True)
    git = ["git", "--git-dir", str(folder / "n01_xss.git"), "show", "HEAD:xss.ipynb"]
    raw = subprocess.run(git, check=True, capture_output=True).stdout
    page = folder / "page.html"
    page.write_text(to_html(read_notebook(raw, path="xss.ipynb")), encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def served(hostile_page: Path) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(hostile_page.parent))

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{hostile_page.name}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("where", ["file", "served"])
def test_a_hostile_notebook_is_only_text_to_a_browser(
    where: str, hostile_page: Path, served: str, chromium: Any
) -> None:
    address = hostile_page.as_uri() if where == "file" else served
    requests: list[str] = []
    context = chromium.new_context()
    page = context.new_page()
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address, wait_until="networkidle")
    for opener in page.query_selector_all("details"):
        opener.evaluate("element => { element.open = !element.open }")

    assert page.evaluate(MARKERS) == []
    assert page.evaluate(ACTIVE) == []
    assert [url for url in requests if not url.startswith("data:image/")] == [address]
    text = page.inner_text("main")
    assert "window.XSS_21=1" in text  # what a stream printed is still to be read
    assert "window.XSS_26=1" in text  # and what the source of a cell says
    context.close()


def test_the_probe_sees_what_it_is_meant_to_see(chromium: Any) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.set_content("<p onclick='1'>a</p><script>window.XSS_1 = 1</script>")
    assert page.evaluate(MARKERS) == ["XSS_1"]
    assert len(page.evaluate(ACTIVE)) == 2
    context.close()
