"""When the code of a commit was written: its history is looked at beside the clone, and forgotten.

The clone itself has one commit and stays so.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from sandbox.checkouts.objects import local_git
from sandbox.checkouts.partial import object_store
from sandbox.checkouts.remotes import parse_refs, resolve
from sandbox.checkouts.transport import CloneOptions, Remote, open_remote
from sandbox.checkouts.working import scratch_index
from sandbox.domain import Repo
from sandbox.errors import SandboxError

_CODE = (
    *("*.py", "*.ipynb", "*requirements*.txt", "*environment*.y*ml", "*conda*.y*ml"),
    *("*pyproject.toml", "*setup.cfg", "*Pipfile", "*.lock"),
)
_DATES = ("--format=%ad", "--date=raw")
_NO_DATE = datetime.fromtimestamp(0, UTC)
_COMMITS = 100  # the latest of them; a rebase leaves author dates out of order
_BYTES = 64 * 2**20  # of commits and trees; a server that knows no filter would send files, too
_PATIENCE_S = 30.0


def code_date(repo: Repo, remote: Remote, commit: str, folder: Path) -> str | None:
    """The latest author date over commits that changed code or manifests, merges aside.

    A README that was touched years later says nothing of the versions the code was written for.

    Args:
        folder: where scratch may lie for the time of the call.

    Returns:
        ISO 8601 with offset; None = not to be known, so the commit's own date has to do.
    """
    try:
        if repo.is_folder:
            return _in_folder(Path(repo.source), commit)
        with tempfile.TemporaryDirectory(dir=folder, prefix="history-") as scratch:
            return _fetched(remote, commit, Path(scratch))
    except SandboxError:
        return None


@dataclass(frozen=True)
class CommitAt:
    """What a ref meant on a day.

    Attributes:
        sha: in full or as the user abbreviated it.
        is_newest: it is that of a branch which goes on.
        note: why it is not of the day; empty = it is.
    """

    sha: str
    is_newest: bool = False
    note: str = ""


def commit_at(
    repo: Repo, ref: str | None, day: str | None, *, folder: Path, options: CloneOptions
) -> CommitAt:
    """The commit that a branch had at the end of a day; a tag or a commit is what it is.

    Where the branch is younger than the day, or its history is not to be had, the newest.

    Args:
        ref: None or HEAD = the default branch.
        day: ISO date; None = now.
        folder: where scratch may lie for the time of the call.

    Raises:
        TargetError: no repository, no such ref.
        NetworkError: the remote does not answer, or not in time.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix="history-") as scratch:
        remote, answer = open_remote(repo, options).listing(Path(scratch))
        wanted = resolve(parse_refs(answer), None if ref == "HEAD" else ref, source=repo.source)
        if wanted.branch is None:
            return CommitAt(wanted.sha)
        if day is None:
            return CommitAt(wanted.sha, is_newest=True)
        try:
            then = _before(remote, wanted.sha, day, Path(scratch))
            note = f"its newest commit is taken, for it has none of {day} or before"
        except SandboxError as error:
            then = ""
            note = f"its newest commit is taken, for its history is not to be had: {error.message}"
        if then:
            return CommitAt(then, is_newest=day >= datetime.now(UTC).date().isoformat())
        return CommitAt(wanted.sha, is_newest=True, note=note)


def _before(remote: Remote, commit: str, day: str, scratch: Path) -> str:
    """Of the commits alone, which is little even where the files are many; empty = none."""
    _fetch_history(remote, commit, scratch, "--filter=tree:0")
    walk = ("rev-list", "-1", "--first-parent", f"--before={day}T23:59:59Z", commit)
    return local_git(scratch, *walk).decode().strip()


def author_date(repo: Path, commit: str) -> str:
    """When its author says it was made: ISO 8601 with offset; 1970 where no calendar has it."""
    said = local_git(repo, "show", "--no-patch", *_DATES, commit)
    return (_date(said.decode(errors="replace")) or _NO_DATE).isoformat()


def _date(raw: str) -> datetime | None:
    """Seconds and a zone, whatever numbers they are: git writes the calendar's words for few."""
    seconds, _, zone = raw.strip().partition(" ")
    try:
        ahead = timedelta(hours=int(zone[1:-2]), minutes=int(zone[-2:]))
        offset = timezone(-ahead if zone.startswith("-") else ahead)
        return datetime.fromtimestamp(int(seconds), offset)
    except (ValueError, OverflowError, OSError):
        return None


def _in_folder(source: Path, commit: str) -> str | None:
    """Nothing of the folder's configuration is read, only its objects."""
    store = object_store(source)
    if store is None:
        return None
    with scratch_index(source, store) as variables:
        for below in ("", ".git"):
            shallow = source / below / "shallow"
            if shallow.is_file():
                (Path(variables["GIT_DIR"]) / "shallow").write_bytes(shallow.read_bytes())
        return _latest(source, commit, variables)


def _fetched(remote: Remote, commit: str, scratch: Path) -> str | None:
    _fetch_history(remote, commit, scratch, f"--depth={_COMMITS}", "--filter=blob:none")
    return _latest(scratch, commit, {})


def _fetch_history(remote: Remote, commit: str, scratch: Path, *only: str) -> None:
    limits = replace(remote.options.limits, bytes=_BYTES, timeout_s=_PATIENCE_S)
    deadline = min(remote.deadline, time.monotonic() + _PATIENCE_S)
    bounded = replace(remote, options=replace(remote.options, limits=limits), deadline=deadline)
    local_git(scratch, "init", "--quiet", "--template=")
    fetch = ("fetch", "--quiet", "--no-progress", "--no-tags", "--no-write-fetch-head")
    result = bounded.run((*fetch, *only, "--", remote.url, commit), cwd=scratch, watched=scratch)
    bounded.check(result)


def _latest(repo: Path, commit: str, variables: Mapping[str, str]) -> str | None:
    """Never later than the commit itself: an author's clock may be wrong."""
    asked = ("log", f"-{_COMMITS}", *_DATES)
    paths = [f":(glob,icase)**/{pattern}" for pattern in _CODE]
    said = local_git(repo, *asked, "--no-merges", commit, "--", *paths, variables=variables)
    own = local_git(repo, *asked, "-1", commit, variables=variables).decode(errors="replace")
    latest = _date(own) or _NO_DATE
    dates = map(_date, said.decode(errors="replace").splitlines())
    known = [date for date in dates if date is not None and date <= latest]
    return max(known).isoformat() if known else None
