"""What GitHub would not take is refused and told, and what it would take comes through whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from pydantic import ValidationError

from tests.support.github_contract import Judge, Judged, check_payload
from tests.support.github_recordings import Recording, Recordings, serve_recordings

pytestmark = pytest.mark.slow
FILES = [
    "contents-file.json",
    "fork-create-org-2019.json",
    "graphql-query-2024.json",
    "repo-301-renamed-2023.json",
    "repo-get-2025.json",
    "search-repos-sorted-2019.json",
]


@pytest.fixture
def payloads(shared: Path) -> Path:
    return shared / "github-payloads"


@pytest.fixture
def recorded(payloads: Path) -> Iterator[Recordings]:
    with serve_recordings(*(payloads / name for name in FILES)) as served:
        yield served


@pytest.fixture
def judged(judge: Judge, recorded: Recordings) -> Iterator[Judged]:
    with judge.before(recorded.base_url) as before:
        yield before


@pytest.mark.parametrize(
    ("method", "target", "body", "said"),
    [
        ("GET", "/search/repositories?sort=stars", None, "required property 'q'"),
        ("GET", "/search/repositories?q=a&sort=starz", None, "sort must be equal to one of"),
        ("GET", "/search/repositories?q=a&per_page=all", None, "per_page must be integer"),
        ("GET", "/search/repositories?q=a&perpage=9", None, "no query parameter .* perpage"),
        ("GET", "/search/repos?q=a", None, "hasn't been found"),
        ("DELETE", "/search/repositories?q=a", None, 'does not have "delete" method'),
        ("POST", "/repos/a/b/forks", {"organization": 3}, "organization must be string"),
        ("POST", "/repos/a/b/forks", {"organisation": "c"}, "additional"),
        ("POST", "/gists", {"public": True}, "required property 'files'"),
        ("POST", "/repos/a/b/merge-upstream", {}, "required property 'branch'"),
    ],
)
def test_what_github_does_not_take_is_refused(  # noqa: PLR0917 - as the table has it
    judged: Judged,
    recorded: Recordings,
    method: str,
    target: str,
    body: dict[str, object] | None,
    said: str,
) -> None:
    answer = requests.request(method, judged.base_url + target, json=body, timeout=30)
    assert answer.status_code in {404, 405, 422}
    (violation,) = judged.violations
    assert (violation.method, violation.target) == (method, target)
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(violation.problem)
    assert recorded.requests == []


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("GET", "/search/repositories?sort=stars&q=tetris+language%3Aassembly", None),
        ("GET", "/repos/PyGithub/PyGithub", None),
        ("POST", "/repos/PyGithub/PyGithub/forks", {"organization": "BeaverSoftware"}),
        ("GET", "/repos/a/b/contents/deep%20er/x.py?ref=main", None),
        ("PATCH", "/repos/a/b/git/refs/heads/tweak", {"sha": "a" * 40}),
        ("POST", "/graphql", {"query": "{ viewer { login } }"}),
    ],
)
def test_what_github_takes_comes_through_as_it_was_asked(
    judged: Judged, recorded: Recordings, method: str, target: str, body: dict[str, str] | None
) -> None:
    headers = {"Authorization": "Bearer abc"}
    there = requests.request(
        method, judged.base_url + target, json=body, headers=headers, timeout=30
    )
    direct = requests.request(
        method, recorded.base_url + target, json=body, headers=headers, timeout=30
    )
    assert judged.violations == []
    through, plain = recorded.requests
    assert (through.method, through.target, through.body) == (method, target, plain.body)
    assert through.headers["authorization"] == "Bearer abc"
    assert (there.status_code, there.text) == (
        direct.status_code,
        direct.text.replace(recorded.base_url, judged.base_url),
    )


def test_a_redirect_is_left_to_the_client_and_leads_past_the_judge_again(judged: Judged) -> None:
    answer = requests.get(f"{judged.base_url}/repos/EnricoMi/test", timeout=30)
    assert [one.path for one in judged.requests] == [
        "/repos/EnricoMi/test",
        "/repositories/638123443",
    ]
    assert answer.json()["id"] == 638123443
    assert judged.violations == []


@pytest.mark.parametrize(
    ("kind", "file", "index"),
    [
        ("repository", "repo-get-2025.json", 0),
        ("fork", "fork-create-2024.json", 1),
        ("search", "search-repos-org-2022.json", 0),
        ("code search", "search-code-2pages-2026.json", 0),
        ("readme", "readme.json", 1),
        ("content", "contents-file.json", 0),
        ("license", "license-mit.json", 0),
        ("rate limit", "rate-limit-2023.json", 0),
    ],
)
def test_what_github_answered_is_valid_and_something_else_is_not(
    payloads: Path, kind: str, file: str, index: int
) -> None:
    check_payload(kind, Recording(payloads / file).exchanges()[index]["response"]["json"])
    with pytest.raises(ValidationError):
        check_payload(kind, {"message": "Not Found"})
