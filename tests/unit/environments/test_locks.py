"""A lock as a file, and back."""

from __future__ import annotations

import pytest

from sandbox.domain import FROM_SOURCE, Environment
from sandbox.environments import lock_text, read_lock
from sandbox.errors import InputError

SHA = f"--hash=sha256:{'a' * 64}"
LOCK = f"alpha==1.0+cpu {SHA} --hash=sha256:{'b' * 64}\nbeta==2!1.0rc1 {SHA}{FROM_SOURCE}"
COMMIT = f"git+https://github.com/ada/tool.git@{'c' * 40}"
OF_GIT = f"tool==0.1 {SHA}{FROM_SOURCE} {COMMIT}#subdirectory=src/tool"


@pytest.mark.parametrize(
    "environment",
    [
        Environment("3.7", LOCK, ("libgl1", "libstdc++6"), "cuda"),
        Environment("3.11", f"{LOCK}\n{OF_GIT}"),
        Environment("3.13", ""),
    ],
    ids=["everything", "a commit", "python alone"],
)
def test_what_comes_back_is_the_same_environment(environment: Environment) -> None:
    text = lock_text(environment, as_of="2020-04-18")
    assert read_lock(text, name="lock.txt").id == environment.id
    assert "2020-04-18" in text
    assert text.endswith("\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("alpha==1.0\n", "which Python"),
        ("# python: 3.11\nalpha==1.0\n", "no locked package: alpha==1.0"),
        (f"# python: 3.11\n--index-url=x\nalpha==1.0 {SHA}\n", "--index-url"),
        (f"# python: 3.11\nalpha @ file:///x {SHA}\n", "no locked package"),
        (f"# python: 3.11\nx==1 {SHA}{FROM_SOURCE} git+file:///x@{'c' * 40}\n", "no locked pack"),
        (f"# python: 3.11\nx==1 {SHA}{FROM_SOURCE} {COMMIT.replace('ada', '..')}\n", "no locked"),
        (f"# python: 3.11\n# from source: x==1\x1b[31m {SHA} {COMMIT}\nx==1 {SHA}\n", r"\\x1b"),
        (f"# python: 3.11\nx==1 {SHA}{FROM_SOURCE} {COMMIT[:-9]}\n", "no locked package"),
        ("# python: 3.11; rm\n", "which Python"),
        ("# python: 3.11\n# system packages: -o Debug\n", "head that is not ours"),
        ("# python: 3.11\n# system packages: libc6-\n", "head that is not ours"),
        ("# python: 3.11\n# accelerator: tpu\n", "head that is not ours"),
        ("# python: 3.1\u0663\n", "which Python"),
        ("\0" * 100, "which Python"),
    ],
)
def test_what_is_no_lock_of_ours_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told.replace("(", r"\(")) as caught:
        read_lock(text, name="some.txt")
    assert "some.txt" in caught.value.message


def test_one_that_is_too_long_is_refused_and_not_cut() -> None:
    lines = "# a comment\n" * (8 * 2**20 // 12)
    with pytest.raises(InputError, match=r"some.txt is longer than any lock: more than 8 MB"):
        read_lock(f"# python: 3.11\n{lines}alpha==1.0 {SHA}\n", name="some.txt")


def test_where_wheels_have_been_made_it_still_says_of_which_commit() -> None:
    environment = Environment("3.11", OF_GIT)
    own = f"tool==0.1 --hash=sha256:{'d' * 64}"
    text = lock_text(environment, wheels=own)
    assert own in text.splitlines()
    assert read_lock(text, name="lock.txt") == environment
