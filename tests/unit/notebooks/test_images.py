"""Images out of executed notebooks: only such that are what they say."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from sandbox.notebooks import image_of, images_of
from tests.support.images import png
from tests.support.made_notebooks import notebook, picture, shown, stream


def test_images_among_outputs_come_in_order_up_to_the_number_asked_for() -> None:
    pictures = [png(width, 3) for width in (3, 4, 5)]
    raw = notebook(
        ("a", [stream("x"), picture(pictures[0])]), ("b", list(map(picture, pictures[1:])))
    )
    urls = [f"data:image/png;base64,{base64.b64encode(one).decode()}" for one in pictures]
    assert images_of(raw, most=10) == tuple(urls)
    assert images_of(raw, most=2) == tuple(urls[:2])


@pytest.mark.parametrize(
    "output",
    [
        shown(image__png="PHNjcmlwdD4="),
        shown(image__png="not base64"),
        shown(image__png="' onerror='1"),
        shown(image__gif="R0lGODlh"),
        shown(text__html="<img src='data:image/png;base64,iVBORw0KGgo='>"),
        shown(text__markdown="![x](../../etc/hostname) ![y](file:///etc/hostname)"),
    ],
)
def test_what_is_no_image_of_a_known_kind_is_none(output: dict[str, object]) -> None:
    assert images_of(notebook(("x", [output])), most=5) == ()


def test_what_markdown_points_at_is_never_opened(tmp_path: Path) -> None:
    (tmp_path / "plot.png").write_bytes(png(3, 3))
    raw = notebook(f"![a]({tmp_path}/plot.png) ![b](plot.png) ![c](file://{tmp_path}/plot.png)")
    assert images_of(raw, most=5) == ()


def test_an_svg_becomes_an_image_that_cannot_run() -> None:
    svg = "<svg xmlns='http://www.w3.org/2000/svg' onload='window.XSS_1=1'/>"
    [url] = images_of(notebook(("x", [shown(image__svg=svg)])), most=5)
    assert url.startswith("data:image/svg+xml;base64,")
    assert base64.b64decode(url.split(",")[1]).decode() == svg


def test_a_file_is_an_image_by_what_it_begins_with() -> None:
    assert image_of(png(2, 2)) is not None
    assert image_of(b"\xff\xd8\xff\xe0 jpeg") is not None
    assert image_of(b"<svg onload=1>") is None
    assert image_of(b"") is None


def test_damaged_notebooks_have_no_images() -> None:
    assert images_of(b'{"image/png', most=1) == ()
