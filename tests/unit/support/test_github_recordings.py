"""Recorded exchanges come back as they were, but for the address and the times."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests

from tests.support.github_recordings import Recording, serve_recordings

LIMITS = "rate-403-secondary-no-retry-after.json"


@pytest.fixture
def payloads(shared: Path) -> Path:
    return shared / "github-payloads"


def test_a_request_is_found_whatever_the_order_of_its_query(payloads: Path) -> None:
    with serve_recordings(payloads / "search-repos-sorted-2019.json") as github:
        url = f"{github.base_url}/search/repositories"
        asked = {"q": "tetris language:assembly", "sort": "stars"}
        answer = requests.get(url, params=asked, timeout=10)
        assert answer.json()["total_count"] > 1000
        assert answer.links["next"]["url"].startswith(github.base_url)
        assert "https://api.github.com" not in answer.text
        assert github.unmatched == []


def test_a_query_of_our_own_is_answered_by_a_recording_of_another(payloads: Path) -> None:
    recording = Recording(payloads / "search-repos-none.json", at="/search/repositories")
    with serve_recordings(recording) as github:
        answer = requests.get(f"{github.base_url}/search/repositories?q=mine", timeout=10)
        assert answer.json()["total_count"] == 0
        assert github.requests[0].query == (("q", "mine"),)


def test_what_was_not_recorded_is_404_and_counted(payloads: Path) -> None:
    with serve_recordings(payloads / "repo-get-2025.json") as github:
        answer = requests.post(f"{github.base_url}/repos/a/b", json={"name": "c"}, timeout=10)
        assert answer.status_code == 404
        assert answer.json()["message"] == "Not Found"
        assert [(one.method, one.path, one.json) for one in github.unmatched] == [
            ("POST", "/repos/a/b", {"name": "c"})
        ]


def test_equal_requests_are_answered_in_order_and_the_last_repeats(payloads: Path) -> None:
    with serve_recordings(payloads / "error-502-then-200.json") as github:
        url = f"{github.base_url}/repos/PyGithub/PyGithub"
        codes = [requests.get(url, timeout=10).status_code for _ in range(5)]
        assert codes == [502, 502, 502, 200, 200]


def test_a_renamed_repository_leads_on_to_its_new_address_on_this_server(payloads: Path) -> None:
    with serve_recordings(payloads / "repo-301-renamed-2023.json") as github:
        answer = requests.get(f"{github.base_url}/repos/EnricoMi/test", timeout=10)
        assert answer.status_code == 200
        assert [one.path for one in github.requests] == [
            "/repos/EnricoMi/test",
            "/repositories/638123443",
        ]


def test_times_are_said_relative_to_now(payloads: Path) -> None:
    (exchange,) = Recording(payloads / LIMITS).exchanges()
    with serve_recordings(payloads / LIMITS) as github:
        headers = requests.get(github.base_url + exchange["request"]["url"], timeout=10).headers
    assert 0 <= int(headers["X-RateLimit-Reset"]) - time.time() <= 3
    assert abs(parsedate_to_datetime(headers["Date"]).timestamp() - time.time()) < 3


def test_a_page_that_is_known_already_is_not_sent_again(payloads: Path) -> None:
    recording = Recording(payloads / "repo-get-2025.json", conditional=True)
    with serve_recordings(recording) as github:
        url = f"{github.base_url}/repos/PyGithub/PyGithub"
        tag = requests.get(url, timeout=10).headers["ETag"]
        again = requests.get(url, headers={"If-None-Match": tag}, timeout=10)
        assert (again.status_code, again.content) == (304, b"")
        assert requests.get(url, headers={"If-None-Match": '"x"'}, timeout=10).status_code == 200


def test_an_answer_can_break_off(payloads: Path) -> None:
    recording = Recording(payloads / "repo-get-2025.json", cut=True)
    with (
        serve_recordings(recording) as github,
        pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"),
    ):
        requests.get(f"{github.base_url}/repos/PyGithub/PyGithub", timeout=10)


def test_an_answer_can_be_late_and_does_not_outlast_the_server(payloads: Path) -> None:
    recording = Recording(payloads / "repo-get-2025.json", delay_s=60)
    began = time.monotonic()
    with serve_recordings(recording) as github, pytest.raises(requests.ReadTimeout):
        requests.get(f"{github.base_url}/repos/PyGithub/PyGithub", timeout=0.2)
    assert time.monotonic() - began < 10


def test_every_payload_is_served(payloads: Path) -> None:
    for file in sorted(payloads.glob("*.json")):
        with serve_recordings(file) as github:
            for exchange in Recording(file).exchanges():
                asked, answered = exchange["request"], exchange["response"]
                answer = requests.request(
                    asked["method"],
                    github.base_url + asked["url"],
                    json=asked.get("json"),
                    allow_redirects=False,
                    timeout=10,
                )
                assert answer.status_code == answered["status"], file.name
            assert github.unmatched == []
