"""The site answers as GitHub does, or refuses: GraphQL by GitHub's schema, REST by its models."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.github_contract import check_payload
from tests.support.github_graphql import TOKEN, InMemory, Metadata, Site, serve_github

FILES = {
    "LICENSE": b"MIT License\n",
    "README.md": b"# net\nTrains on MNIST.\n",
    "data/logo.png": b"\x89PNG\0",
    "src/net/train.py": b"lr = 0.1\n",
}
NET = Metadata(
    "octo",
    "net",
    "A deep net",
    stars=12,
    license_id="MIT",
    topics=("deep-learning", "mnist"),
    languages={"Shell": 10, "Python": 900},
    size_kb=40,
    pushed_at="2024-05-01T12:00:00Z",
)
WANTED = """
fragment Wanted on Repository {
  nameWithOwner description url stargazerCount diskUsage pushedAt
  isArchived isEmpty isFork
  licenseInfo { spdxId key }
  repositoryTopics(first: 10) { nodes { topic { name } } }
  languages(first: 10, orderBy: {field: SIZE, direction: DESC}) { edges { size node { name } } }
  primaryLanguage { name }
  defaultBranchRef { name target { oid ... on Commit { committedDate } } }
  root: object(expression: "HEAD:") { ...Folder }
  file: object(expression: "HEAD:README.md") { ... on Blob { byteSize isBinary text } }
  none: object(expression: "HEAD:nope") { oid }
}
fragment Folder on Tree {
  entries {
    name path type size
    object { ... on Blob { byteSize isBinary text } ... on Tree { entries { name path type } } }
  }
}
"""


@pytest.fixture
def site(node_packages: Path) -> Iterator[Site]:
    many = [InMemory(Metadata("many", f"n{place}", stars=place), {}) for place in range(5)]
    with serve_github(node_packages, InMemory(NET, FILES), *many) as served:
        yield served


def ask(site: Site, query: str, **variables: str) -> Any:
    answer = requests.post(
        f"{site.base_url}/graphql",
        json={"query": query, "variables": variables},
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=30,
    )
    assert answer.status_code == 200
    return answer.json()


def get(site: Site, path: str, token: str = TOKEN, **headers: str) -> requests.Response:
    said = {"Authorization": f"token {token}"} if token else {}
    return requests.get(site.base_url + path, headers={**said, **headers}, timeout=30)


def test_a_repository_is_told_with_its_folders_and_files(site: Site) -> None:
    query = '{ net: repository(owner: "Octo", name: "net") { ...Wanted } rateLimit { cost } }'
    answer = ask(site, query + WANTED)
    assert "errors" not in answer
    assert answer["data"]["rateLimit"] == {"cost": 1}
    net = answer["data"]["net"]
    oid = net["defaultBranchRef"]["target"].pop("oid")
    assert len(oid) == 40
    root = net.pop("root")["entries"]
    assert net == {
        "nameWithOwner": "octo/net",
        "description": "A deep net",
        "url": "https://github.com/octo/net",
        "stargazerCount": 12,
        "diskUsage": 40,
        "pushedAt": "2024-05-01T12:00:00Z",
        "isArchived": False,
        "isEmpty": False,
        "isFork": False,
        "licenseInfo": {"spdxId": "MIT", "key": "mit"},
        "repositoryTopics": {
            "nodes": [{"topic": {"name": "deep-learning"}}, {"topic": {"name": "mnist"}}]
        },
        "languages": {
            "edges": [
                {"size": 900, "node": {"name": "Python"}},
                {"size": 10, "node": {"name": "Shell"}},
            ]
        },
        "primaryLanguage": {"name": "Python"},
        "defaultBranchRef": {
            "name": "main",
            "target": {"committedDate": "2024-05-01T12:00:00Z"},
        },
        "file": {"byteSize": 23, "isBinary": False, "text": "# net\nTrains on MNIST.\n"},
        "none": None,
    }
    assert [(one["name"], one["type"]) for one in root] == [
        ("LICENSE", "blob"),
        ("README.md", "blob"),
        ("data", "tree"),
        ("src", "tree"),
    ]
    assert root[3]["object"]["entries"] == [{"name": "net", "path": "src/net", "type": "tree"}]


def test_a_binary_file_has_no_text(site: Site) -> None:
    answer = ask(
        site,
        '{ repository(owner: "octo", name: "net") { object(expression: "HEAD:data/logo.png")'
        " { ... on Blob { isBinary text } } } }",
    )
    assert answer["data"]["repository"]["object"] == {"isBinary": True, "text": None}


def test_an_empty_repository_says_so(site: Site) -> None:
    answer = ask(
        site,
        '{ repository(owner: "many", name: "n1") { isEmpty defaultBranchRef { name }'
        ' object(expression: "HEAD:") { oid } } }',
    )
    assert answer["data"]["repository"] == {
        "isEmpty": True,
        "defaultBranchRef": None,
        "object": None,
    }


def test_a_missing_repository_is_null_and_an_error_while_others_are_answered(site: Site) -> None:
    answer = ask(
        site,
        """query Q($name: String!) {
          a: repository(owner: "octo", name: "gone") { name }
          b: repository(owner: "octo", name: $name) { name }
        }""",
        name="net",
    )
    assert answer["data"] == {"a": None, "b": {"name": "net"}}
    (error,) = answer["errors"]
    assert (error["type"], error["path"]) == ("NOT_FOUND", ["a"])
    assert error["message"] == "Could not resolve to a Repository with the name 'octo/gone'."


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("stars", "Cannot query field 'stars' on type 'Repository'"),
        ("repositoryTopics { nodes { topic { name } } }", "You must provide a `first` or `last`"),
        ("languages(first: 101) { totalCount }", "exceed the limit of 100"),
        ("hasWikiEnabled", "this site does not know Repository.hasWikiEnabled"),
        ("object(expression: 3) { oid }", "String cannot represent a non string value"),
    ],
)
def test_a_query_that_github_would_not_answer_is_told_why(
    site: Site, inside: str, said: str
) -> None:
    answer = ask(site, f'{{ repository(owner: "octo", name: "net") {{ {inside} }} }}')
    assert said in answer["errors"][0]["message"]


@pytest.mark.parametrize("path", ["/graphql", "/search/code?q=lr", "/user"])
def test_a_token_is_needed_and_has_to_be_right(site: Site, path: str) -> None:
    assert get(site, path, token="").json()["message"] == "Requires authentication"
    refused = get(site, path, token="wrong")
    assert (refused.status_code, refused.json()["message"]) == (401, "Bad credentials")


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("repository", "/repos/octo/net"),
        ("repository", "/repositories/1000"),
        ("search", "/search/repositories?q=deep"),
        ("code search", "/search/code?q=lr"),
        ("readme", "/repos/octo/net/readme"),
        ("content", "/repos/octo/net/contents/src/net/train.py"),
        ("license", "/repos/octo/net/license"),
        ("tree", "/repos/octo/net/git/trees/main?recursive=1"),
        ("rate limit", "/rate_limit"),
    ],
)
def test_what_rest_answers_is_what_github_describes(site: Site, kind: str, path: str) -> None:
    answer = get(site, path)
    assert answer.status_code == 200
    check_payload(kind, answer.json())
    if kind in {"search", "code search"}:
        assert answer.json()["total_count"] == 1


def test_files_come_as_base64_or_raw_and_folders_as_lists(site: Site) -> None:
    readme = get(site, "/repos/octo/net/readme")
    assert base64.b64decode(readme.json()["content"]) == FILES["README.md"]
    raw = get(site, "/repos/octo/net/readme", Accept="application/vnd.github.raw+json")
    assert raw.content == FILES["README.md"]
    listed = get(site, "/repos/octo/net/contents/src").json()
    assert [(one["path"], one["type"]) for one in listed] == [("src/net", "dir")]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/repos/octo/gone", 404),
        ("/repos/octo/net/contents/nope", 404),
        ("/repos/octo/net/contents/src?ref=dev", 404),
        ("/repos/many/n1/readme", 404),
        ("/repos/many/n1/license", 404),
        ("/repos/many/n1/git/trees/main", 409),
        ("/search/repositories?q=", 422),
        ("/search/repositories?q=n&per_page=100&page=11", 422),
    ],
)
def test_what_is_not_there_is_refused(site: Site, path: str, status: int) -> None:
    answer = get(site, path)
    assert (answer.status_code, "message" in answer.json()) == (status, True)


def test_pages_are_linked_and_sorted(site: Site) -> None:
    url = "/search/repositories?q=user:many&sort=stars&per_page=2"
    names: list[str] = []
    while url:
        answer = get(site, url)
        names += [one["name"] for one in answer.json()["items"]]
        url = answer.links.get("next", {}).get("url", "").removeprefix(site.base_url)
    assert names == ["n4", "n3", "n2", "n1", "n0"]


def test_what_has_not_changed_is_not_sent_and_costs_nothing(site: Site) -> None:
    first = get(site, "/repos/octo/net")
    again = get(site, "/repos/octo/net", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    left = [one.headers["X-RateLimit-Remaining"] for one in (first, again)]
    assert left == ["4999", "4999"]


def test_a_used_up_budget_is_refused_until_it_is_full_again(site: Site) -> None:
    site.limits.leave("search", 1, caller="me", reset_s=30)
    assert get(site, "/search/repositories?q=deep").status_code == 200
    refused = get(site, "/search/repositories?q=deep")
    assert refused.status_code == 403
    assert refused.json()["message"].startswith("API rate limit exceeded")
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert refused.headers["X-RateLimit-Resource"] == "search"
    reset = int(refused.headers["X-RateLimit-Reset"])
    site.limits.clock = lambda: reset
    assert get(site, "/search/repositories?q=deep").status_code == 200


def test_a_used_up_budget_of_graphql_is_an_error_with_200(site: Site) -> None:
    site.limits.leave("graphql", 0, caller="me")
    assert ask(site, "{ viewer { login } }")["errors"][0]["type"] == "RATE_LIMITED"
