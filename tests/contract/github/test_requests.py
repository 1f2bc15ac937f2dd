"""Every request that we send is one that GitHub's own description allows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.errors import SandboxError, TargetError
from sandbox.github import (
    Proposal,
    Site,
    Wanted,
    create_gist,
    explain,
    find,
    fork,
    merge_upstream,
    propose,
)
from sandbox.recipes import bundled_folder, load_problems, problem_of
from tests.support.github_contract import Judge, Judged
from tests.support.github_emulated import EmulatedRepo, emulate_github
from tests.support.github_graphql import TOKEN, InMemory, Metadata, serve_github
from tests.support.github_sites import MakeSite

pytestmark = pytest.mark.slow
FILES = {"train.py": b"x", "requirements.txt": b"torch==1.0", "README.md": b"# digits"}


@pytest.fixture
def searched(judge: Judge, node_packages: Path) -> Iterator[Judged]:
    about = Metadata("ana", "digits", "handwritten digits", topics=("mnist",),
                     languages={"Python": 10})  # fmt: skip
    with (
        serve_github(node_packages, InMemory(about, FILES)) as site,
        judge.before(site.base_url) as judged,
    ):
        yield judged


@pytest.fixture
def owned(judge: Judge, node_packages: Path, tmp_path: Path) -> Iterator[tuple[Judged, str]]:
    repo = EmulatedRepo("ana", "digits", {"train.py": "x"})
    with (
        emulate_github(node_packages, tmp_path, repo, users=("me",)) as emulated,
        judge.before(emulated.base_url) as judged,
    ):
        yield judged, emulated.tokens["me"]


@pytest.mark.parametrize("token", [TOKEN, None])
@pytest.mark.parametrize(
    "wanted",
    [
        Wanted("handwritten digits"),
        Wanted("handwritten digits", by_stars=True, since="2022-01-01", max_size_bytes=10**8),
        Wanted("mnist", framework="pytorch"),
        Wanted(paper="1505.04597"),
        Wanted('odd "words" NOT stars:>1 OR é ' * 20),
    ],
)
def test_searches(searched: Judged, make_site: MakeSite, wanted: Wanted, token: str | None) -> None:
    problem = problem_of(wanted.words, load_problems([bundled_folder("recipes")]))
    full = Wanted(**{**vars(wanted), "problem": problem})
    find(make_site(searched.base_url, token=token), full)
    assert searched.requests
    assert searched.violations == []


def test_explanations(searched: Judged, make_site: MakeSite) -> None:
    explain(make_site(searched.base_url), "ana/digits", Wanted("digits"))
    with pytest.raises(TargetError):
        explain(make_site(searched.base_url), "ana/nothing", Wanted("digits"))
    assert len(searched.requests) >= 5
    assert searched.violations == []


def test_forks_and_what_is_given_back(owned: tuple[Judged, str], make_site: MakeSite) -> None:
    judged, token = owned
    site: Site = make_site(judged.base_url, token=token)
    made = fork(site, "ana/digits")
    assert made.full_name == "me/digits"
    assert made.upstream == "ana/digits"
    url = propose(site, Proposal("ana/digits", "main", "me:main", "a title", "a body"))
    assert "/pull/" in url
    for act in (
        lambda: merge_upstream(site, "me/digits", "main"),
        lambda: create_gist(site, {"a.md": "text"}, "about"),
    ):
        with pytest.raises(SandboxError):  # the emulated GitHub has neither; asking is judged
            act()
    methods = [one.method for one in judged.requests]
    assert methods.count("POST") == 4
    assert judged.violations == []
