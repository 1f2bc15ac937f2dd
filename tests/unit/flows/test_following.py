"""Packages at git repositories, from a real server on loopback that stands in for GitHub."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox import api
from sandbox.domain import Repo, Requirements
from sandbox.environments.addresses import GitAddress
from sandbox.environments.resolving.sourcing import Fetched, NotMade, Wish
from sandbox.environments.sources.commits import Commits, address_of
from sandbox.environments.sources.sdists import Sdist
from sandbox.environments.store.using import use
from sandbox.flows.context import Context
from sandbox.flows.environments.following import fetch_git, without_itself
from tests.support.git_repos import Origin, make_fork, make_origin, plain_git
from tests.support.git_server import GitServer, serve_git

TOOL = GitAddress("tool", "https://github.com/ada/tool")
OLD, NEW = "2021-03-04", "2024-05-06"


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    """Two commits, three years apart, and a tag on the first."""
    made = make_origin(tmp_path / "served" / "ada" / "tool", {"setup.py": "# old\n"})
    made.git("tag", "v1")
    for key in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        made.git("config", key, "true")
    (made.path / "setup.py").write_text("# new\n")
    plain_git(made.path, "commit", "--quiet", "-am", "new", date=f"{NEW}T00:00:00+00:00")
    return made


@pytest.fixture
def server(origin: Origin) -> Iterator[GitServer]:
    with serve_git(origin.path.parents[1]) as running:
        yield running


@pytest.fixture
def context(tmp_path: Path, server: GitServer) -> Context:
    """Of somebody who has a token."""
    home = tmp_path / "own-home"
    home.mkdir()
    mapped = f'"url.{server.url}/.insteadOf" = "https://github.com/"\n"safe.directory" = "*"\n'
    (home / "sandbox.toml").write_text(f"[git.config]\n{mapped}")
    environ = {"GITHUB_TOKEN": "ghp_" + "s" * 36}
    return api.connect(home, engine="local", environ=environ, folder=tmp_path)


def members(path: Path) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as archive:
        files = [one for one in archive.getmembers() if one.isfile()]
        streams = ((one.name, archive.extractfile(one)) for one in files)
        return {name: stream.read() for name, stream in streams if stream}


def fetch(context: Context, tmp_path: Path, address: GitAddress, day: str | None) -> bytes | str:
    """What its setup.py says, or why it is not to be had."""
    folder = tmp_path / f"fetched-{address.ref}-{day}"
    folder.mkdir()
    answer = fetch_git(context, address, day, folder / "files.tar")
    if isinstance(answer, NotMade):
        return answer.why
    assert isinstance(answer, Fetched)
    ((name, content),) = members(folder / "files.tar").items()
    assert name.startswith(answer.commit)
    assert name.endswith("/setup.py")
    return content


def test_a_branch_is_taken_as_it_was_on_the_day(context: Context, tmp_path: Path) -> None:
    main = GitAddress("tool", TOOL.url, "main")
    assert fetch(context, tmp_path, TOOL, "2022-01-01") == b"# old\n"
    assert fetch(context, tmp_path, main, NEW) == b"# new\n"
    assert fetch(context, tmp_path, TOOL, None) == b"# new\n"


def test_a_branch_younger_than_the_day_is_taken_as_it_is(context: Context, tmp_path: Path) -> None:
    assert fetch(context, tmp_path, TOOL, "2000-01-01") == b"# new\n"


def test_a_tag_or_a_commit_is_what_it_is(context: Context, tmp_path: Path, origin: Origin) -> None:
    newest = GitAddress("tool", TOOL.url, origin.git("rev-parse", "HEAD"))
    assert fetch(context, tmp_path, GitAddress("tool", TOOL.url, "v1"), NEW) == b"# old\n"
    assert fetch(context, tmp_path, newest, OLD) == b"# new\n"


def test_the_users_token_is_never_shown(
    context: Context, tmp_path: Path, server: GitServer
) -> None:
    fetch(context, tmp_path, TOOL, None)
    assert server.requests
    assert not [headers for *_, headers in server.requests if "Authorization" in headers]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (GitAddress("x", "https://evil.example.org/a/x"), "is not a known host"),
        (GitAddress("x", "https://github.com/ada/absent"), "ada/absent"),
        (GitAddress("tool", TOOL.url, "v9"), "no ref 'v9'"),
    ],
)
def test_what_is_not_to_be_had_is_said(
    context: Context, tmp_path: Path, server: GitServer, address: GitAddress, told: str
) -> None:
    why = fetch(context, tmp_path, address, None)
    assert isinstance(why, str)
    assert told in why
    if "evil" in address.url:
        assert not server.requests


def wish(as_of: str | None = None, sha256: str | None = None) -> Wish:
    return Wish(TOOL.requirement, "3.11", as_of, sha256)


@pytest.fixture
def commits(context: Context, tmp_path: Path) -> Commits:
    def bring(address: GitAddress, day: str | None, target: Path) -> Fetched | NotMade:
        return fetch_git(context, address, day, target)

    return Commits(bring, tmp_path / "sdists", tmp_path / "locks" / "fetching", [].append)


def test_what_was_fetched_is_not_fetched_again(commits: Commits, server: GitServer) -> None:
    first = commits.find(TOOL, wish("2022-01-01"))
    assert isinstance(first, Sdist)
    asked = len(server.requests)
    again = commits.find(TOOL, wish("2022-01-01"))
    assert isinstance(again, Sdist)
    assert (again.sha256, len(server.requests)) == (first.sha256, asked)
    assert commits.find(TOOL, wish(NEW)) != first
    assert (commits.folder / str(first.sha256) / first.filename).is_file()
    assert not list(commits.folder.glob(".*"))


def test_the_commit_that_it_came_from_gives_the_same_bytes(commits: Commits) -> None:
    first = commits.find(TOOL, wish("2022-01-01"))
    assert isinstance(first, Sdist)
    pinned = address_of(Wish(f"tool @ {first.origin}", "3.11"))
    assert pinned is not None
    again = commits.find(pinned, wish(sha256=first.sha256))
    assert isinstance(again, Sdist)
    assert again.sha256 == first.sha256


def test_a_lock_gives_the_same_bytes_whatever_the_package_calls_itself(
    commits: Commits, tmp_path: Path
) -> None:
    """The address says nothing of a name, so it was a guess; the lock has the wheel's own."""
    first = commits.find(TOOL, wish("2022-01-01"))
    assert isinstance(first, Sdist)
    pinned = address_of(Wish(f"another @ {first.origin}", "3.11"))
    assert pinned is not None
    elsewhere = replace(commits, folder=tmp_path / "elsewhere", known={})
    again = elsewhere.find(pinned, wish(sha256=first.sha256))
    assert isinstance(again, Sdist)
    assert again.sha256 == first.sha256


def test_packages_of_one_repository_lie_apart(commits: Commits, origin: Origin) -> None:
    origin.commit({"a/b/setup.py": "", "a-b/setup.py": ""})
    folders = ("a/b", "a-b", "")
    found = [commits.find(replace(TOOL, folder=folder), wish()) for folder in folders]
    assert len({one.sha256 for one in found if isinstance(one, Sdist)}) == 3


def test_a_fork_with_the_same_commit_is_told_as_itself(commits: Commits, origin: Origin) -> None:
    commit = origin.git("rev-parse", "HEAD")
    make_fork(origin.path.parent / "fork", origin)
    for url in (TOOL.url, "https://github.com/ada/fork"):
        for _ in range(2):
            found = commits.find(replace(TOOL, url=url, ref=commit), wish())
            assert isinstance(found, Sdist)
            assert found.origin == f"git+{url}@{commit}"


def test_other_files_than_a_lock_names_are_refused(commits: Commits) -> None:
    answer = commits.find(TOOL, wish(sha256="0" * 64))
    assert isinstance(answer, NotMade)
    assert answer.why == "the files there are not those that the lock names"


def test_what_failed_is_asked_once_in_a_command(commits: Commits, server: GitServer) -> None:
    absent = GitAddress("x", "https://github.com/ada/absent")
    first = commits.find(absent, wish())
    asked = len(server.requests)
    assert commits.find(absent, wish()) == first
    assert (asked > 0, len(server.requests)) == (True, asked)


def commit_today(origin: Origin) -> str:
    (origin.path / "setup.py").write_text("# today\n")
    plain_git(origin.path, "commit", "--quiet", "-am", "today", date=f"{NEW}T12:00:00+00:00")
    return origin.git("rev-parse", "HEAD")


def test_a_branch_that_may_go_on_is_fetched_again_when_that_is_asked(
    commits: Commits, origin: Origin
) -> None:
    today = datetime.now(UTC).date().isoformat()
    days = (None, today, "2000-01-01")
    first = [commits.find(TOOL, wish(day)) for day in days]
    commit = commit_today(origin)
    kept = [replace(commits, known={}).find(TOOL, wish(day)) for day in days]
    assert kept == first
    anew = [replace(commits, known={}, again=True).find(TOOL, wish(day)) for day in days]
    assert [one.origin for one in anew if isinstance(one, Sdist)] == [
        f"git+{TOOL.url}@{commit}" for _ in days
    ]


def test_as_it_was_on_a_day_that_is_over_it_stays(
    commits: Commits, origin: Origin, server: GitServer
) -> None:
    first = commits.find(TOOL, wish("2022-01-01"))
    commit_today(origin)
    asked = len(server.requests)
    assert replace(commits, known={}, again=True).find(TOOL, wish("2022-01-01")) == first
    assert len(server.requests) == asked


def test_a_commit_that_is_not_of_the_day_is_told(commits: Commits, origin: Origin) -> None:
    young = commits.find(TOOL, wish("2000-01-01"))
    assert isinstance(young, Sdist)
    (note,) = young.notes
    assert note == "its newest commit is taken, for it has none of 2000-01-01 or before"
    recalled = replace(commits, known={}).find(TOOL, wish("2000-01-01"))
    assert isinstance(recalled, Sdist)
    assert recalled.notes == young.notes


def test_what_is_not_fetched_with_it_is_told(commits: Commits, origin: Origin) -> None:
    commit = origin.git("rev-parse", "HEAD")
    entry = f"160000,{commit},vendored"
    origin.git("update-index", "--add", "--cacheinfo", entry)
    plain_git(origin.path, "commit", "--quiet", "-m", "submodule")
    found = commits.find(TOOL, wish())
    assert isinstance(found, Sdist)
    assert found.notes == ("1 submodules, not fetched: vendored",)


def test_head_is_a_branch_like_others(context: Context, tmp_path: Path) -> None:
    head = GitAddress("tool", TOOL.url, "HEAD")
    assert fetch(context, tmp_path, head, "2022-01-01") == b"# old\n"


def test_what_a_killed_command_left_is_removed_and_nothing_of_one_at_work(
    commits: Commits,
) -> None:
    left = commits.folder / ".fetching-killed" / "clone"
    left.mkdir(parents=True)
    at_work = use(commits.lock)
    assert isinstance(commits.find(TOOL, wish("2022-01-01")), Sdist)
    assert left.is_dir()
    del at_work
    assert isinstance(commits.find(TOOL, wish(NEW)), Sdist)
    assert not list(commits.folder.glob(".fetching-*"))


@pytest.mark.parametrize("source", [TOOL.url, "ssh://git@github.com/Ada/tool"])
def test_a_repository_that_installs_itself_is_not_fetched(context: Context, source: str) -> None:
    asked = ("tool @ git+https://github.com/ada/tool.git@main", "kit @ git+https://github.com/a/b")
    found = without_itself(context, Requirements(("x",), git=asked), Repo(source, "tool"))
    assert found.git == asked[1:]
    (told,) = found.decisions
    assert told.startswith("git+https://github.com/ada/tool.git@main left out: it is the repo")


def test_of_a_folder_nothing_is_known_to_be_itself(context: Context, tmp_path: Path) -> None:
    asked = Requirements(("x",), git=(TOOL.requirement, "x @ git+https://evil.example.org/a/x"))
    assert without_itself(context, asked, Repo(str(tmp_path), "tool")) == asked


def test_a_server_that_does_not_answer_may_be_asked_again(
    context: Context, tmp_path: Path, server: GitServer
) -> None:
    mapped = {f"url.{server.url}/broken/.insteadOf": "https://github.com/"}
    settings = replace(context.settings, git_config=mapped)
    why = fetch(replace(context, settings=settings), tmp_path, TOOL, None)
    assert isinstance(why, str)
    assert why.endswith("(to try again: sandbox build TARGET --refresh)")
