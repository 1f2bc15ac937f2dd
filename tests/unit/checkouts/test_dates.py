from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.checkouts import clone, load_workspace
from sandbox.checkouts.dates import author_date
from sandbox.domain import Repo, Workspace
from sandbox.paths import Home
from tests.support.git_repos import Origin, plain_git

Open = Callable[..., Workspace]


def commit(origin: Origin, name: str, date: str) -> None:
    (origin.path / name).parent.mkdir(parents=True, exist_ok=True)
    (origin.path / name).write_text(date)
    plain_git(origin.path, "add", "--all")
    plain_git(origin.path, "commit", "--quiet", "-m", name, date=date)


def test_code_is_as_old_as_its_last_change_whatever_happened_to_the_readme(
    open_folder: Open, origin: Origin
) -> None:
    commit(origin, "deep/down/model.PY", "2022-05-01T00:00:00+00:00")
    commit(origin, "README.md", "2025-01-01T00:00:00+00:00")
    assert open_folder(origin.path).written_at == "2022-05-01T00:00:00+00:00"


def test_a_manifest_is_code_and_a_merge_is_not(open_folder: Open, origin: Origin) -> None:
    origin.git("checkout", "--quiet", "-b", "side")
    commit(origin, "requirements.txt", "2022-05-01T00:00:00+00:00")
    origin.git("checkout", "--quiet", "main")
    merge = ("merge", "--quiet", "--no-ff", "-m", "merge", "side")
    plain_git(origin.path, *merge, date="2025-01-01T00:00:00+00:00")
    assert open_folder(origin.path).written_at == "2022-05-01T00:00:00+00:00"


def test_a_rebased_commits_author_date_counts(open_folder: Open, origin: Origin) -> None:
    commit(origin, "a.py", "2023-01-01T00:00:00+00:00")
    commit(origin, "b.py", "2022-01-01T00:00:00+00:00")
    commit(origin, "notes.md", "2024-01-01T00:00:00+00:00")
    assert open_folder(origin.path).written_at == "2023-01-01T00:00:00+00:00"


def test_without_code_or_with_a_wrong_clock_the_commits_own_date_holds(
    open_folder: Open, origin: Origin
) -> None:
    commit(origin, "a.py", "2033-01-01T00:00:00+00:00")
    commit(origin, "README.md", "2024-01-01T00:00:00+00:00")
    assert open_folder(origin.path).written_at == "2021-03-04T05:06:07+02:00"


def test_a_remotes_history_is_looked_at_and_not_kept(
    home: Home, origin: Origin, served: Callable[[str], Repo]
) -> None:
    commit(origin, "a.py", "2022-05-01T00:00:00+00:00")
    commit(origin, "README.md", "2025-01-01T00:00:00+00:00")
    paths = home.workspace("tiny")
    made = clone(served("ada/tiny"), paths, name="tiny")
    assert made.written_at == "2022-05-01T00:00:00+00:00"
    assert load_workspace(paths) == made
    assert plain_git(paths.repo, "rev-list", "--count", "HEAD") == "1"
    assert {path.name for path in paths.root.iterdir()} <= {"repo", "workspace.toml"}


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("1614834367 +0200", "2021-03-04T07:06:07+02:00"),
        ("1614834367 -0330", "2021-03-04T01:36:07-03:30"),
        ("1 -1200", "1969-12-31T12:00:01-12:00"),
        ("999999999999999 +0000", "1970-01-01T00:00:00+00:00"),
        ("1600000000 +9999", "1970-01-01T00:00:00+00:00"),
        ("never +0000", "1970-01-01T00:00:00+00:00"),
    ],
)
def test_a_date_that_no_calendar_has_is_none(origin: Origin, date: str, told: str) -> None:
    """Git's own words for it are no date, or it refuses to say any."""
    tree = origin.git("rev-parse", "HEAD^{tree}")
    person = f"Ada <ada@example.org> {date}"
    text = f"tree {tree}\nauthor {person}\ncommitter {person}\n\nodd\n"
    kind = ("hash-object", "-t", "commit", "-w", "--stdin", "--literally")
    odd = origin.git(*kind, stdin=text.encode())
    assert author_date(origin.path, odd) == told


def test_one_odd_date_of_a_history_hides_no_other(open_folder: Open, origin: Origin) -> None:
    tree = origin.git("rev-parse", "HEAD^{tree}")
    person = "Ada <ada@example.org> 999999999999999 +0000"
    text = f"tree {tree}\nauthor {person}\ncommitter {person}\n\nodd\n"
    kind = ("hash-object", "-t", "commit", "-w", "--stdin", "--literally")
    odd = origin.git(*kind, stdin=text.encode())
    origin.git("reset", "--quiet", "--hard", odd)
    commit(origin, "train.py", "2022-01-01T00:00:00+00:00")
    assert open_folder(origin.path).written_at == "2022-01-01T00:00:00+00:00"
