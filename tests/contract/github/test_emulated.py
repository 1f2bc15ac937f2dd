"""The emulated GitHub is one that PyGithub can work with, and what it answers is GitHub's form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from github import Auth, Github, UnknownObjectException
from pydantic import ValidationError

from tests.support.github_contract import Judge, check_payload
from tests.support.github_emulated import Emulated, EmulatedRepo, emulate_github

pytestmark = pytest.mark.slow
FILES = {"README.md": "# net\n", "src/a.py": "x = 1\n", "train.py": "lr = 0.1\n"}
NET = EmulatedRepo("octo", "net", FILES, "a deep net")


@pytest.fixture
def emulated(node_packages: Path, tmp_path: Path) -> Iterator[Emulated]:
    with emulate_github(node_packages, tmp_path, NET, users=("me",)) as started:
        yield started


def client(emulated: Emulated, base_url: str | None = None) -> Github:
    auth = Auth.Token(emulated.tokens["me"])
    return Github(auth=auth, base_url=base_url or emulated.base_url, retry=None)


def test_files_of_the_seed_are_there(emulated: Emulated) -> None:
    with client(emulated) as github:
        tree = github.get_repo("octo/net").get_git_tree("main", recursive=True).tree
        assert [entry.path for entry in tree] == ["README.md", "src", "src/a.py", "train.py"]


def test_a_token_speaks_for_its_user(emulated: Emulated) -> None:
    assert {login: emulated.api(login, "GET", "/user")["login"] for login in emulated.tokens} == {
        "me": "me",
        "octo": "octo",
    }


def test_a_change_goes_from_a_fork_into_a_draft_within_the_contract(
    emulated: Emulated, judge: Judge
) -> None:
    with judge.before(emulated.base_url) as judged, client(emulated, judged.base_url) as github:
        parent = github.get_repo("octo/net")
        fork = github.get_user().create_fork(parent)
        head = fork.get_git_ref("heads/main").object.sha
        fork.create_git_ref("refs/heads/tweak", head)
        fork.create_file("notes/run.md", "Add a note", "a note\n", branch="tweak")
        draft = parent.create_pull(title="A tweak", head="me:tweak", base="main", draft=True)
        assert (draft.draft, draft.state, draft.number) == (True, "open", 1)
        assert judged.violations == []
        assert len(judged.requests) == 6
    assert emulated.api("octo", "GET", "/repos/octo/net/pulls/1")["head"]["label"] == "me:tweak"


def test_nothing_is_left_of_it_afterwards(node_packages: Path, tmp_path: Path) -> None:
    for start in ("first", "second"):
        (tmp_path / start).mkdir()
        with emulate_github(node_packages, tmp_path / start, NET) as emulated:
            assert emulated.api("octo", "GET", "/user/repos")[0]["full_name"] == "octo/net"
            emulated.api("octo", "POST", "/user/repos", name="other")


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("tree", "/repos/octo/net/git/trees/main?recursive=1"),
        ("readme", "/repos/octo/net/readme"),
        ("content", "/repos/octo/net/contents/src/a.py"),
        ("rate limit", "/rate_limit"),
    ],
)
def test_what_it_answers_is_valid(emulated: Emulated, kind: str, path: str) -> None:
    check_payload(kind, emulated.api("me", "GET", path))


@pytest.mark.parametrize(
    ("kind", "path", "missing"),
    [
        ("search", "/search/repositories?q=deep", "score"),
        ("repository", "/repos/octo/net", "subscribers_count"),
    ],
)
def test_what_its_docstring_says_is_not_valid_is_not(
    emulated: Emulated, kind: str, path: str, missing: str
) -> None:
    with pytest.raises(ValidationError, match=missing):
        check_payload(kind, emulated.api("me", "GET", path))


def test_what_its_docstring_says_is_missing_is_missing(emulated: Emulated) -> None:
    with client(emulated) as github:
        absent: list[Any] = [
            lambda: github.get_repo("octo/net").get_license(),
            lambda: github.get_gist("1"),
        ]
        for ask in absent:
            with pytest.raises(UnknownObjectException):
                ask()
