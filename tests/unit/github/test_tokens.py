from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.errors import InputError
from sandbox.github import find_token

TOKEN = "gho_0123456789abcdefghijklmnopqrstuvwxyz"


def gh(folder: Path, script: str) -> dict[str, str]:
    """A `gh` of its own on the path: what the real one prints, from a real process."""
    program = folder / "gh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {"PATH": f"{folder}:/bin:/usr/bin"}


def test_the_variable_comes_first(tmp_path: Path) -> None:
    environ = gh(tmp_path, "echo other_token_0000") | {"GITHUB_TOKEN": f" {TOKEN}\n"}
    found = find_token(environ, "GITHUB_TOKEN", "github.com")
    assert found
    assert (found.text, found.origin) == (TOKEN, "variable GITHUB_TOKEN")
    assert TOKEN not in repr(found)


def test_another_variable_can_be_named() -> None:
    found = find_token({"MINE": TOKEN, "GITHUB_TOKEN": "x" * 40}, "MINE", "github.com")
    assert found
    assert found.text == TOKEN


def test_gh_is_asked_for_the_host(tmp_path: Path) -> None:
    environ = gh(tmp_path, f'[ "$*" = "auth token --hostname ghe.example.org" ] && echo {TOKEN}')
    found = find_token(environ, "GITHUB_TOKEN", "ghe.example.org")
    assert found
    assert (found.text, found.origin) == (TOKEN, "gh's login")


@pytest.mark.parametrize(
    "script", ["exit 1", "echo", "printf 'two\\nlines'", "printf '\\377\\376'", "kill $$"]
)
def test_a_gh_without_login_is_none(tmp_path: Path, script: str) -> None:
    assert find_token(gh(tmp_path, script), "GITHUB_TOKEN", "github.com") is None


def test_no_gh_no_token(tmp_path: Path) -> None:
    assert find_token({"PATH": str(tmp_path)}, "GITHUB_TOKEN", "github.com") is None


@pytest.mark.parametrize("text", ["two words here", "short", "new\nline-token", "t\u00f6ken-token"])
def test_what_cannot_be_a_token_is_said_without_it(text: str) -> None:
    with pytest.raises(InputError, match="variable GITHUB_TOKEN holds no token") as caught:
        find_token({"GITHUB_TOKEN": text}, "GITHUB_TOKEN", "github.com")
    assert text not in caught.value.message
