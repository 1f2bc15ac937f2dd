"""When what a run failed with is the same as before."""

from __future__ import annotations

import pytest

from sandbox.environments import Raised


@pytest.mark.parametrize(
    ("why", "line", "is_like"),
    [
        ("TypeError: <Net object at 0x7f12aB> [in gym 0.25]", "f()", True),
        ("TypeError: <Net object at 0x55> [in gym 0.26]", "f()", True),
        ("TypeError: <Net object at 0x55> [in gym 0.26]", "g()", False),
        ("TypeError: <Net object at 0x55> [in numpy 0.26]", "f()", False),
        ("ValueError: <Net object at 0x55> [in gym 0.26]", "f()", False),
        ("TypeError: expected 4 [in gym 0.26]", "f()", False),
    ],
)
def test_addresses_and_releases_are_not_compared(
    why: str,
    line: str,
    is_like: bool,  # noqa: FBT001 - a row of the table
) -> None:
    raised = Raised("a.py", "TypeError: <Net object at 0x7f00> [in gym 0.25]", "f()")
    assert raised.is_like(Raised("a.py", why, line)) is is_like
