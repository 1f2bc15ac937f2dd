from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.recorders.texts import (
    NAME_LIMIT,
    cut,
    from_key,
    markdown,
    one_line,
    public,
    storable,
    to_key,
)

anything = st.text(st.characters(exclude_categories=[]))


@pytest.fixture(scope="module")
def log(made_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], None]:
    """Logs a metric and a parameter of that name; MLflow is the judge of names."""
    from sandbox.recorders.store import open_client

    folder = tmp_path_factory.mktemp("names")
    client = open_client(f"sqlite:///{shutil.copy(made_store, folder)}")
    run_id = client.create_run("0").info.run_id

    def log_one(key: str) -> None:
        client.log_metric(run_id, key, 1.0, timestamp=0)
        client.log_param(run_id, key, "1")

    return log_one


@settings(deadline=None, max_examples=60)
@given(name=anything)
@example(name="")
@example(name=".")
@example(name="..")
@example(name="../../etc/x")
@example(name="/abs")
@example(name="a//b")
@example(name=" ")
@example(name=":u41:")
@example(name=":u3\U0001f680")
@example(name="::u")
@example(name="e\u0301")
@example(name="<script>alert(1)</script>")
@example(name="'; DROP TABLE metrics;--")
@example(name="a\nb")
def test_every_name_becomes_one_that_mlflow_takes_and_comes_back(
    log: Callable[[str], None], name: str
) -> None:
    key = to_key(name)
    log(key)
    assert 0 < len(key) <= NAME_LIMIT
    if len(key) < NAME_LIMIT:
        assert from_key(key) == name


@pytest.mark.parametrize("name", ["lr", "Adam.lr", "cell 7: lr", "a/b", "n-embd", "точность"])
def test_usual_names_stay_as_they_are(name: str) -> None:
    assert to_key(name) == name


def test_the_same_letter_written_in_two_ways_stays_two_names() -> None:
    assert to_key("é") != to_key("e\u0301")


def test_long_names_are_cut_and_stay_apart() -> None:
    assert to_key("x" * 5000) != to_key("x" * 4999)
    assert len(to_key("x" * 5000)) == NAME_LIMIT


def test_our_own_prefix_cannot_be_taken() -> None:
    key = to_key("system/cpu_s", reserved="system/")
    assert not key.startswith("system/")
    assert from_key(key) == "system/cpu_s"


def test_keys_of_others_are_left_alone() -> None:
    assert from_key("a:u110000:b") == "a:u110000:b"


@given(anything)
def test_what_is_storable_can_be_written_as_utf8_without_nul(text: str) -> None:
    assert b"\0" not in storable(text).encode()


@given(anything)
def test_a_line_is_one_visible_line(text: str) -> None:
    line = one_line(text)
    assert len(line) <= 200
    assert line.isprintable()


def test_direction_and_escape_characters_are_not_shown() -> None:
    assert one_line("a\u202eb\x1b[2Jc\u2028d") == "a\ufffdb\ufffd[2Jc d"


@pytest.mark.parametrize(
    "text",
    ["<img src=x>", "![x](http://evil/x)", "[a](javascript:x)", "`x`", "| a |", "# h", "**b**"],
)
def test_nothing_in_markdown_is_markup(text: str) -> None:
    safe = markdown(text)
    assert "<" not in safe
    assert "://" not in safe
    safe = safe.replace("&#58;", "")
    for sign in "[]()`|#*!":
        assert safe.count(sign) == safe.count(f"\\{sign}")


def test_credentials_leave_addresses() -> None:
    assert public("open https://me:secret@host/x y") == "open https://host/x y"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/home/ada/code/repo", "~/code/repo"),
        ("sandbox sweep /home/ada", "sandbox sweep ~"),
        ("--lock=/home/ada/lock.txt", "--lock=~/lock.txt"),
        ("/home/adam/x and /mnt/home/ada/x", "/home/adam/x and /mnt/home/ada/x"),
    ],
)
def test_whose_machine_it_is_is_not_told(
    text: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert public(text) == shown


@pytest.mark.parametrize("home", ["/", "", "/srv"])
def test_a_home_that_is_nobodys_is_no_name(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", home)
    assert public("/srv/data /x") == "/srv/data /x"


def test_a_cut_is_seen() -> None:
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcd", 4) == "abcd"
