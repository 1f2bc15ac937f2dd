"""What PyGithub asks of the site is what GitHub takes, and it reads the site's answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from github import Auth, Github, RateLimitExceededException

from tests.support.github_contract import Judge, Judged
from tests.support.github_graphql import TOKEN, InMemory, Metadata, Site, serve_github

pytestmark = pytest.mark.slow
NET = Metadata("octo", "net", "A deep net", stars=7, topics=("nlp",), languages={"Python": 9})
FILES = {"README.md": b"# net\n", "src/train.py": b"lr = 0.1\n"}


@pytest.fixture
def site(node_packages: Path) -> Iterator[Site]:
    with serve_github(node_packages, InMemory(NET, FILES)) as served:
        yield served


@pytest.fixture
def judged(judge: Judge, site: Site) -> Iterator[Judged]:
    with judge.before(site.base_url) as before:
        yield before


@pytest.fixture
def github(judged: Judged) -> Iterator[Github]:
    with Github(auth=Auth.Token(TOKEN), base_url=judged.base_url, retry=None) as client:
        yield client
    assert judged.violations == []


def test_a_repository_is_found_and_read(github: Github) -> None:
    (found,) = github.search_repositories("deep topic:nlp", sort="stars", order="desc")
    assert (found.full_name, found.stargazers_count) == ("octo/net", 7)
    assert found.get_readme().decoded_content == FILES["README.md"]
    tree = found.get_git_tree("main", recursive=True).tree
    assert [entry.path for entry in tree] == ["README.md", "src", "src/train.py"]
    content = found.get_contents("src/train.py")
    assert not isinstance(content, list)
    assert content.decoded_content == FILES["src/train.py"]


def test_a_query_is_answered(github: Github) -> None:
    query = 'query Q($n: String!) { repository(owner: "octo", name: $n) { stargazerCount } }'
    _, answer = github.requester.graphql_query(query, {"n": "net"})
    assert answer["data"] == {"repository": {"stargazerCount": 7}}


def test_a_used_up_budget_is_the_error_it_is(github: Github, site: Site) -> None:
    site.limits.leave("core", 0, caller="me")
    with pytest.raises(RateLimitExceededException):
        github.get_repo("octo/net")
