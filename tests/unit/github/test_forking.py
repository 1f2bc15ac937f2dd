"""Forks as GitHub was recorded to make them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import InputError, RefusedError, SandboxError, TargetError
from sandbox.github import account, fork, merge_upstream
from tests.support.github_recordings import Recordings, serve_recordings
from tests.support.github_sites import MakeSite
from tests.unit.github.conftest import TOKEN

USER = {"login": "Alaurant", "name": "A. Laurant", "id": 42}
Exchange = dict[str, Any]


def said(method: str, url: str, status: int, body: object) -> Exchange:
    return {"request": {"method": method, "url": url},
            "response": {"status": status, "headers": {}, "json": body}}  # fmt: skip


class Stage:
    """Recordings, with what they lack before and behind them."""

    def __init__(self, folder: Path, payloads: Path, stack: ExitStack) -> None:
        self._folder, self._payloads, self._stack = folder, payloads, stack

    def serve(
        self, *exchanges: Exchange, recording: str | None = None, login: str = "Alaurant"
    ) -> Recordings:
        file = self._folder / "more.json"
        user = said("GET", "/user", 200, {**USER, "login": login})
        file.write_text(json.dumps({"exchanges": [user, *exchanges]}))
        recorded = [self._payloads / f"{recording}.json"] if recording else []
        return self._stack.enter_context(serve_recordings(file, *recorded))


@pytest.fixture
def stage(tmp_path: Path, shared: Path) -> Iterator[Stage]:
    with ExitStack() as stack:
        yield Stage(tmp_path, shared / "github-payloads", stack)


def test_a_fork_is_made_and_waited_for(stage: Stage, make_site: MakeSite) -> None:
    missing = said("GET", "/repos/Alaurant/temp-testFork/branches/main", 404,
                   {"message": "Branch not found"})  # fmt: skip
    there = said("GET", "/repos/Alaurant/temp-testFork/branches/main", 200,
                 {"name": "main", "commit": {}})  # fmt: skip
    server = stage.serve(missing, missing, there, recording="fork-create-2024")
    waited: list[float] = []
    site = make_site(server.base_url, token=TOKEN)
    made = fork(site, "hub4j-test-org/temp-testFork", wait=waited.append)
    assert made.full_name == "Alaurant/temp-testFork"
    assert made.upstream == "hub4j-test-org/temp-testFork"
    assert made.url == f"{server.base_url}/Alaurant/temp-testFork"
    assert made.is_ready
    assert waited == [0.25, 0.5]


def test_patience_has_an_end(stage: Stage, make_site: MakeSite) -> None:
    server = stage.serve(recording="fork-create-2024")  # its branch is never there
    waited: list[float] = []
    site = make_site(server.base_url, token=TOKEN)
    made = fork(site, "hub4j-test-org/temp-testFork", wait=waited.append)
    assert not made.is_ready
    assert 60 <= sum(waited) < 70


def test_an_old_fork_is_used_as_it_is(stage: Stage, make_site: MakeSite) -> None:
    there = said("GET", "/repos/Alaurant/temp-testFork/branches/main", 200, {"name": "main"})
    server = stage.serve(there, recording="fork-create-2024")
    made = fork(make_site(server.base_url, token=TOKEN), "hub4j-test-org/temp-testFork")
    assert not made.is_new
    assert made.is_ready


def test_a_renamed_repository_is_forked_by_its_new_name(stage: Stage, make_site: MakeSite) -> None:
    server = stage.serve(recording="fork-create-301-then-202-twice-2018", login="sigmavirus24")
    site = make_site(server.base_url, token=TOKEN)
    made = fork(site, "kennethreitz/requests", wait=lambda _: None)
    assert made.upstream == "requests/requests"
    assert [one.path for one in server.requests if one.method == "POST"] == [
        "/repos/requests/requests/forks"
    ]


def test_ones_own_needs_no_fork(stage: Stage, make_site: MakeSite) -> None:
    own = {"full_name": "Alaurant/x", "owner": {"login": "Alaurant"}, "default_branch": "main",
           "fork": False}  # fmt: skip
    server = stage.serve(said("GET", "/repos/Alaurant/x", 200, own))
    made = fork(make_site(server.base_url, token=TOKEN), "Alaurant/x")
    assert made.full_name == made.upstream == "Alaurant/x"
    assert not [one for one in server.requests if one.method == "POST"]


@pytest.mark.parametrize(
    ("source", "answer", "text"),
    [
        ({"allow_forking": False}, None, "does not allow forks"),
        ({}, (403, {"message": "The repository exists, but it contains no Git content."}),
         "contains no Git content"),
        ({}, (403, {"message": "Resource not accessible by personal access token"}),
         "Resource not accessible"),
    ],
)  # fmt: skip
def test_what_may_not_be_forked(
    stage: Stage, make_site: MakeSite, source: dict[str, Any], answer: Any, text: str
) -> None:
    about = {"full_name": "o/x", "owner": {"login": "o"}, "default_branch": "main", **source}
    exchanges = [said("GET", "/repos/o/x", 200, about)]
    exchanges += [said("POST", "/repos/o/x/forks", *answer)] if answer else []
    server = stage.serve(*exchanges)
    about["url"] = f"{server.base_url}/repos/o/x"
    with pytest.raises(RefusedError, match=text) as caught:
        fork(make_site(server.base_url, token=TOKEN), "o/x")
    assert caught.value.hint


def test_without_a_token_there_is_no_account(stage: Stage, make_site: MakeSite) -> None:
    server = stage.serve()
    with pytest.raises(InputError, match="there is no token") as caught:
        account(make_site(server.base_url))
    assert "gh auth login" in (caught.value.hint or "")
    assert server.requests == []


def test_commits_tell_no_private_address(stage: Stage, make_site: MakeSite) -> None:
    who = account(make_site(stage.serve().base_url, token=TOKEN))
    assert (who.login, who.name) == ("Alaurant", "A. Laurant")
    assert who.email.startswith("42+Alaurant@users.noreply.")


def test_an_update_that_cannot_be_is_said_in_githubs_words(
    stage: Stage, make_site: MakeSite
) -> None:
    at = "/repos/PyGithub/PyGithub/compare/merge-conflict...Felixoid:merge-conflict?page=1"
    even = said("GET", at, 200, {"ahead_by": 0})
    gone = said("GET", at.replace("merge-conflict", "doesnt-exist"), 200, {"ahead_by": 0})
    server = stage.serve(even, gone, recording="fork-merge-upstream-404-409-2025")
    site = make_site(server.base_url, token=TOKEN)
    with pytest.raises(TargetError):
        merge_upstream(site, "Felixoid/PyGithub", "doesnt-exist")
    with pytest.raises(RefusedError, match="conflict"):
        merge_upstream(site, "Felixoid/PyGithub", "merge-conflict")


def test_ones_own_fork_has_the_upstream_that_github_names(
    stage: Stage, make_site: MakeSite
) -> None:
    own = {"full_name": "Alaurant/x", "owner": {"login": "Alaurant"}, "default_branch": "main",
           "fork": True, "parent": {"full_name": "ana/x", "default_branch": "main"}}  # fmt: skip
    server = stage.serve(said("GET", "/repos/Alaurant/x", 200, own))
    made = fork(make_site(server.base_url, token=TOKEN), "Alaurant/x")
    assert (made.full_name, made.upstream) == ("Alaurant/x", "ana/x")


def test_ones_own_fork_may_have_no_upstream_that_is_named(
    stage: Stage, make_site: MakeSite
) -> None:
    own = {"full_name": "Alaurant/x", "owner": {"login": "Alaurant"}, "default_branch": "main",
           "fork": True, "url": "https://api.github.com/repos/Alaurant/x"}  # fmt: skip
    server = stage.serve(
        said("GET", "/repos/Alaurant/x", 200, own), said("GET", "/repos/Alaurant/x", 200, own)
    )
    found = fork(make_site(server.base_url, token=TOKEN), "Alaurant/x")
    assert (found.full_name, found.upstream) == ("Alaurant/x", "Alaurant/x")


def test_a_fork_with_commits_of_its_own_is_left_alone(stage: Stage, make_site: MakeSite) -> None:
    ahead = said("GET", "/repos/PyGithub/PyGithub/compare/main...Felixoid:main?page=1", 200,
                 {"ahead_by": 2})  # fmt: skip
    server = stage.serve(ahead, recording="fork-merge-upstream-404-409-2025")
    with pytest.raises(RefusedError, match="2 commits of its own on main"):
        merge_upstream(make_site(server.base_url, token=TOKEN), "Felixoid/PyGithub", "main")
    assert not [one for one in server.requests if one.method == "POST"]


def test_a_fork_that_is_somebody_elses_is_not_taken(stage: Stage, make_site: MakeSite) -> None:
    server = stage.serve(recording="fork-create-2024", login="mallory")
    with pytest.raises(RefusedError, match="a fork that is not mallory's"):
        fork(make_site(server.base_url, token=TOKEN), "hub4j-test-org/temp-testFork")


@pytest.mark.parametrize(
    "made",
    [{}, [], {"full_name": 5}, {"full_name": "me/x"}, {"owner": None, "full_name": "me/x"},
     {"owner": {"login": "Alaurant"}, "full_name": "../../x",
      "created_at": "2020-01-01T00:00:00Z"}],
)  # fmt: skip
def test_a_fork_that_is_none_is_told(stage: Stage, make_site: MakeSite, made: object) -> None:
    about = {"full_name": "o/x", "owner": {"login": "o"}, "default_branch": "main", "fork": False}
    exchanges = [said("GET", "/repos/o/x", 200, about), said("POST", "/repos/o/x/forks", 202, made)]
    server = stage.serve(*exchanges)
    with pytest.raises(SandboxError):
        fork(make_site(server.base_url, token=TOKEN), "o/x", wait=lambda _: None)
