from __future__ import annotations

import pytest

from sandbox.checkouts.links import outer_links


@pytest.mark.parametrize(
    ("links", "outer"),
    [
        ({"a": "b"}, ()),
        ({"a": "missing/but/inside"}, ()),
        ({"d/a": "../b"}, ()),
        ({"d/a": "../../b"}, ("d/a",)),
        ({"a": "/etc/passwd"}, ("a",)),
        ({"a": "./././x/../y"}, ()),
        ({"a": ".."}, ("a",)),
        ({"a": "."}, ()),
        ({"a": ".git"}, ("a",)),
        ({"a": ".GIT/config"}, ("a",)),
        ({"d/a": "../.git/hooks"}, ("d/a",)),
        ({"a": "b", "b": "a"}, ("a", "b")),
        ({"a": "a"}, ("a",)),
        ({"a": "b", "b": "/etc"}, ("a", "b")),
        ({"a": "b/x", "b": "../y"}, ("a", "b")),
        ({"deep/er/up": "../..", "a": "deep/er/up/../x"}, ("a",)),
        ({"deep/er/up": "../..", "a": "deep/er/up/x"}, ()),
        ({"a": "x\0y"}, ("a",)),
    ],
)
def test_links_are_followed_on_paper_as_the_kernel_would(
    links: dict[str, str], outer: tuple[str, ...]
) -> None:
    assert outer_links(links) == outer
