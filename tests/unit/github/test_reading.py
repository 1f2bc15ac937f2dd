"""What GitHub was recorded to answer, and what it never should, as our values."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.github import reading

SEARCHES = (
    "search-repos-machine-learning-2020",
    "search-repos-org-2022",
    "search-repos-sorted-2019",
    "search-repos-text-match-2017",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=9,
)


def recorded(shared: Path, name: str) -> list[dict[str, Any]]:
    text = (shared / "github-payloads" / f"{name}.json").read_text()
    return [one["response"]["json"] for one in json.loads(text)["exchanges"]]


@pytest.mark.parametrize("name", SEARCHES)
def test_every_repository_of_a_recorded_search_is_read(shared: Path, name: str) -> None:
    for page in recorded(shared, name):
        for item in page["items"]:
            found = reading.candidate(item)
            assert found
            assert found.full_name == item["full_name"]
            assert found.stars == item["stargazers_count"]
            assert found.size_bytes == item["size"] * 1024
            assert found.url == f"https://github.com/{item['full_name']}"
            assert (found.license is None) == (item.get("license") is None)


def test_the_repositories_of_a_recorded_code_search(shared: Path) -> None:
    for page in recorded(shared, "search-code-2pages-2026"):
        names = [one.full_name for one in reading.found_repositories(page)]
        assert names == list(dict.fromkeys(o["repository"]["full_name"] for o in page["items"]))


def test_readmes_and_files_are_decoded(shared: Path) -> None:
    readme = recorded(shared, "readme")[1]
    assert "markdown readme" in (reading.content(readme) or "")
    assert reading.content(recorded(shared, "contents-file")[0]) is not None


@pytest.mark.parametrize(
    "name", ["a", "a/b/c", "../b", "a/..", "-x/ y", "a/b\n", "a b/c", "", None, 3, "a/" + "b" * 101]
)
def test_what_is_no_name_is_no_candidate(name: object) -> None:
    assert reading.candidate({"full_name": name}) is None


def test_a_page_of_another_kind_is_no_link() -> None:
    found = reading.candidate({"full_name": "a/b", "html_url": "javascript:alert(1)"})
    assert found
    assert found.url == "https://github.com/a/b"


@given(st.dictionaries(st.sampled_from(
    ["full_name", "html_url", "license", "size", "topics", "stargazers_count", "pushed_at",
     "nameWithOwner", "tree", "readme", "repositoryTopics", "entries", "content", "encoding"]),
    JSON,
))  # fmt: skip
def test_no_payload_is_too_odd(payload: dict[str, Any]) -> None:
    named = {**payload, "full_name": "a/b", "nameWithOwner": "a/b"}
    assert reading.candidate(named)
    assert reading.looked_into(named)
    reading.listing(payload)
    reading.content(payload)


def test_a_query_names_each_repository_once() -> None:
    text, variables = reading.query_of(("a/b", "c/d"))
    assert text.count("...card }") == 2
    assert variables == {"o0": "a", "n0": "b", "o1": "c", "n1": "d"}
