"""Where the site's repositories come from, and which of them a search finds."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.finding.site import BareGit, InMemory, Metadata
from benchmarks.finding.site.search import InvalidSearchError, matches, parse

FILES = {"README.md": b"# hello\n", "a-b": b"1", "a/c.py": b"x = 1\n", "a/d/e.py": b"", "a.b": b"2"}
DEEP = Metadata(
    "octo",
    "deep-net",
    "Trains a transformer",
    stars=12,
    license_id="MIT",
    topics=("nlp",),
    languages={"Jupyter Notebook": 5},
    size_kb=300,
    pushed_at="2024-05-01T12:00:00Z",
)


def bare(folder: Path, files: dict[str, bytes]) -> Path:
    work, made = folder / "work", folder / "made.git"
    git = ["git", "-C", str(work), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "init", "--quiet", "-b", "main", str(work)], check=True)
    for path, content in files.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_bytes(content)
    subprocess.run([*git, "add", "."], check=True)
    date = ["--date", "2024-05-01T12:00:00Z"]
    subprocess.run([*git, "commit", "--quiet", "--message", "x", *date], check=True)
    subprocess.run(["git", "clone", "--quiet", "--bare", str(work), str(made)], check=True)
    return made


def test_files_in_memory_have_the_hashes_that_git_gives_them(tmp_path: Path) -> None:
    lying = BareGit(bare(tmp_path, FILES), DEEP)
    given = InMemory(DEEP, FILES)
    theirs, ours = lying.head(), given.head()
    assert theirs is not None
    assert ours is not None
    assert ours.entries == theirs.entries
    assert ours.tree == theirs.tree
    readme = ours.readme()
    assert readme is not None
    assert lying.blob(readme.sha) == given.blob(readme.sha) == b"# hello\n"


def test_a_repository_without_a_commit_has_no_head(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "empty")], check=True)
    assert BareGit(tmp_path / "empty", DEEP).head() is None
    assert InMemory(DEEP, {}).head() is None


def test_a_hash_that_is_no_file_is_a_key_error(tmp_path: Path) -> None:
    lying = BareGit(bare(tmp_path, FILES), DEEP)
    head = lying.head()
    assert head is not None
    for repository in (lying, InMemory(DEEP, FILES)):
        for sha in (head.tree, "0" * 40):
            with pytest.raises(KeyError):
                repository.blob(sha)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("deep transformer", True),
        ("deep vision", False),
        ("NLP", True),
        ("hello", False),
        ("hello in:readme", True),
        ("transformer in:readme", False),
        ("transformer in:description,readme", True),
        ('"a transformer"', True),
        ('"transformer a"', False),
        ("vision OR nlp", True),
        ("vision OR nlp stars:>100", False),
        ("topic:vision OR topic:nlp", True),
        ("deep NOT transformer", False),
        ("deep -topic:vision", True),
        ('language:"Jupyter Notebook"', True),
        ("language:jupyter-notebook", True),
        ("language:python", False),
        ("license:mit", True),
        ("pushed:>=2024-05-01", True),
        ("pushed:>2024-05-01", False),
        ("pushed:2023-01-01..2024-12-31", True),
        ("size:<=300", True),
        ("size:<300", False),
        ("stars:10..*", True),
        ("archived:false", True),
        ("archived:true", False),
        ("user:octo", True),
        ("repo:octo/other", False),
    ],
)
def test_a_search_finds_what_it_asks_for(text: str, *, found: bool) -> None:
    assert matches(parse(text), InMemory(DEEP, FILES)) is found


def test_forks_are_found_only_where_they_are_asked_for() -> None:
    fork = InMemory(replace(DEEP, is_fork=True), FILES)
    said = {text: matches(parse(text), fork) for text in ("deep", "deep fork:true", "fork:only")}
    assert said == {"deep": False, "deep fork:true": True, "fork:only": True}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ('"open', "open quote"),
        ("a OR b OR c OR d OR e OR f OR g", "More than five"),
        ("word " * 60, "longer than 256"),
        ("stars:>many", "not a number"),
    ],
)
def test_a_search_that_github_does_not_take_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidSearchError, match=said):
        matches(parse(text), InMemory(DEEP, FILES))
