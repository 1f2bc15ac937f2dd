"""The page of what two runs have other than each other, in a real Chromium."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.comparing import text_difference
from sandbox.notebooks import compare_notebooks
from sandbox.reports import Differing, difference_page
from tests.support.images import png
from tests.support.made_notebooks import notebook, picture, shown, stream
from tests.support.pages import at_place, opened

pytestmark = pytest.mark.browser

TABLE = "<table class='dataframe'><tr style='text-align: right;'><td>%d</td></tr></table>"
PATCH = """diff --git a/train.py b/train.py
--- a/train.py
+++ b/train.py
@@ -1,2 +1,2 @@
 model = Net()
-train(lr=0.1)
+train(lr=0.01)
"""
PHONE = {"viewport": {"width": 390, "height": 844}}
LOOKS = [{}, {"color_scheme": "dark"}, PHONE]


def executed(rate: str, width: int) -> bytes:
    return notebook(
        "# Train",
        (f"lr = {rate}", []),
        ("train(lr)", [stream(f"loss {width}"), picture(png(width, 40))]),
        ("table", [shown(text__html=TABLE % width)]),
        ("broken()", [stream(f"\x1b[31mred {width}\x1b[0m", "stderr")]),
    )


def differing(left: bytes, right: bytes, **parts: Any) -> Differing:
    fields: dict[str, Any] = {
        "names": ("baseline", "lr=0.01"),
        "sweeps": ("s-1", "s-1"),
        "workspace": "digits",
        "facts": {"status": ("succeeded", "failed")},
        "tables": {"parameters": {"lr": ("0.1", "0.01")}, "metrics": {"loss": (0.1, 0.25)}},
        "source": PATCH,
        "output": text_difference("a\nb", "a\nc"),
        "notebook": compare_notebooks(left, right),
    }
    fields["tables"]["packages"] = None
    return Differing(**{**fields, **parts})


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    page = tmp_path_factory.mktemp("diff") / "diff.html"
    found = differing(executed("0.1", 30), executed("0.01", 60))
    page.write_text(difference_page(found), encoding="utf-8")
    return page.as_uri()


@pytest.mark.parametrize("look", LOOKS)
def test_it_asks_for_nothing_complains_of_nothing_and_fits(
    address: str, look: dict[str, Any], chromium: Any
) -> None:
    with opened(chromium, address, **look) as page:
        assert page.requests == [address]
        assert page.complaints == []
        assert page.stopped() == []
        assert page.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.parametrize("look", LOOKS)
def test_it_hinders_nobody(
    address: str, look: dict[str, Any], chromium: Any, node_packages: Path
) -> None:
    with opened(chromium, address, **look) as page:
        assert page.hindrances(node_packages / "axe-core" / "axe.min.js") == []


def test_outputs_stand_side_by_side_with_their_images(address: str, chromium: Any) -> None:
    with opened(chromium, address) as page:
        widths = page.page.eval_on_selector_all(
            ".side img", "all => all.map(one => one.naturalWidth)"
        )
        assert widths == [30, 60]
        cell = page.page.locator("article", has_text="cell 3: another output")
        left, right = (cell.locator(".side").nth(at).bounding_box() for at in (0, 1))
        assert left["y"] == right["y"]
        assert left["x"] < right["x"]


def test_what_changed_is_marked_and_what_is_unknown_is_said(address: str, chromium: Any) -> None:
    with opened(chromium, address) as page:
        marks = page.page.eval_on_selector_all("#code mark", "all => all.map(one => one.innerText)")
        assert marks == ["1", "01"]
        assert "packages" in page.page.locator("dd", has_text="packages").inner_text()
        assert "1 cell is the same" in page.page.inner_text("#notebook")


# ---------------------------------------------------------------- hostile

KINDS = {
    "text__html": "<script>window.XSS_%d=1</script><img src=x onerror='window.XSS_%d=1'>",
    "image__svg": (
        "<svg xmlns='http://www.w3.org/2000/svg' onload='window.XSS_%d=1'>"
        "<script>window.XSS_%d=1</script></svg>"
    ),
    "text__markdown": "<script>window.XSS_%d=1</script> [x](javascript:window.XSS_%d=1)",
    "text__latex": "$x$ <script>window.XSS_%d=1</script><b onclick='window.XSS_%d=1'>",
    "text__plain": "<script>window.XSS_%d=1</script></pre><img src=x onerror='window.XSS_%d=1'>",
    "application__javascript": "window.XSS_%d=1;window.XSS_%d=1",
    "application__json": '["<script>window.XSS_%d=1</script><script>window.XSS_%d=1</script>"]',
    "image__png": "' onerror='window.XSS_%d=1' x='window.XSS_%d=1",
}


def hostile(first: int) -> bytes:
    """A script in every type of output, in a traceback, and in sources."""
    text = "</script><script>window.XSS_%d=1</script><img src=x onerror='window.XSS_%d=1'>"
    error = {"output_type": "error", "ename": text % (1, 1), "evalue": text % (2, 2)}
    error["traceback"] = [text % (first, first)]  # type: ignore[assignment]
    cells = [
        (f"x = {first} # {text % (3, 3)}", [shown(**{kind: body % (first + at, first + at)})])
        for at, (kind, body) in enumerate(KINDS.items())
    ]
    streams = [stream(text % (first, 4)), stream(text % (first, 5), "stderr"), error]
    return notebook(text % (first, 6), *cells, ("y", streams))


def n01(shared: Path, folder: Path) -> bytes:
    program = shared / "hostile" / "gen_hostile.py"
    command = [sys.executable, "-B", str(program), str(folder), "--only", "n01"]
    subprocess.run(command, check=True, capture_output=True)
    git = ["git", "--git-dir", str(folder / "n01_xss.git"), "show", "HEAD:xss.ipynb"]
    return subprocess.run(git, check=True, capture_output=True).stdout


def check_harmless(found: Differing, folder: Path, chromium: Any, where: str = "file") -> str:
    """Returns what there is to be read."""
    path = folder / "page.html"
    path.write_text(difference_page(found), encoding="utf-8")
    with at_place(path, where) as address, opened(chromium, address) as page:
        assert page.markers() == []
        assert page.requests == [address]
        assert page.complaints == []
        assert page.stopped() == []  # nothing got as far as the policy
        return str(page.page.inner_text("main"))


def test_no_type_of_output_can_run(tmp_path: Path, chromium: Any) -> None:
    text = "<script>window.XSS_9=1</script>\u202e\x1b[2J"
    patch = PATCH.replace("model", text)
    parts = {"names": (text, text), "source": patch, "facts": {text: (text, text)}}
    tables = {"parameters": {text: (text, None)}, "metrics": {text: (1.0, None)}, "packages": {}}
    found = differing(hostile(100), hostile(200), tables=tables, output=patch, **parts)
    shown_text = check_harmless(found, tmp_path, chromium)
    assert "window.XSS_9=1" in shown_text
    assert "window.XSS_203=1" in shown_text


@pytest.mark.parametrize("where", ["file", "served"])
def test_the_notebook_that_carries_a_marker_everywhere_cannot_run(
    where: str, tmp_path: Path, shared: Path, chromium: Any
) -> None:
    raw = n01(shared, tmp_path)
    for left, right in ((raw, notebook()), (notebook(), raw), (raw, executed("1", 9))):
        found = differing(left, right)
        assert "window.XSS_21=1" in check_harmless(found, tmp_path, chromium, where)


def test_an_output_without_end_is_cut_and_said(tmp_path: Path, chromium: Any) -> None:
    long = notebook(("x", [stream("a" * 5_000_000)]), ("y", [shown(text__html="<b>" * 1_000_000)]))
    path = tmp_path / "page.html"
    found = differing(long, notebook(("x", []), ("y", [])))
    path.write_text(difference_page(found), encoding="utf-8")
    assert path.stat().st_size < 1_500_000
    with opened(chromium, path.as_uri()) as page:
        assert "characters left out here" in page.page.inner_text("main")
