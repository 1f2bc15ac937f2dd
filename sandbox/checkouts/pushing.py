"""Pushes one commit to a new branch of a fork; never moves a branch that is there.

The token travels as in a clone, no hook of the workspace runs, and nothing of the clone's own
configuration is read: it could send the commit to another place.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.checkouts.objects import local_environment, resolve_sha
from sandbox.checkouts.process import Finished, git_environment, run_git
from sandbox.checkouts.remotes import parse_refs
from sandbox.checkouts.targets import KNOWN_HOSTS, parse_target
from sandbox.checkouts.transport import CloneOptions, Remote, open_remote
from sandbox.checkouts.working import scratch_index
from sandbox.domain import Repo, Workspace
from sandbox.errors import InputError, NetworkError, RefusedError, TargetError
from sandbox.foreign import printable, shown
from sandbox.paths import WorkspacePaths

_LONGEST = 200
_PUSH = (
    *("push", "--porcelain", "--no-progress", "--no-verify", "--no-signed", "--no-follow-tags"),
    *("--recurse-submodules=no", "--no-force-if-includes"),
)
_NOT_THERE = (
    *("returned error: 401", "returned error: 404", "could not read Username"),
    *("Authentication failed", "terminal prompts disabled", "not found"),
)
_FORBIDDEN = "returned error: 403"
_HINT = "may the token write to it? is the branch protected there?"
_WORDS, _WORDS_LENGTH = 5, 200


def push(
    workspace: Workspace, *, url: str, commit: str, branch: str, options: CloneOptions
) -> bool:
    """Make a branch of a repository at the commit; nothing that is there is moved or overwritten.

    The clone may be shallow as long as the server has the commit's parent.

    Args:
        url: https address at `options.token_host`.
        commit: full SHA of a commit of the clone.

    Returns:
        True = it was pushed, and the server lists it; False = it was there already.

    Raises:
        InputError: no such commit, or no name for a branch.
        TargetError: no such address, a token that is not taken, or a repository that moved.
        RefusedError: another commit is at that branch, or the server does not take it: its words.
        NetworkError: the server does not answer, or not in time.
    """
    repo = WorkspacePaths(Path(workspace.root)).repo
    ref = _ref_of(repo, branch)
    _refuse_unknown(repo, commit)
    # The server is asked which commits it has, so that a fork gets the change and not all files.
    config = {**options.config, "push.negotiate": "true"}
    remote = open_remote(_target(url, options), replace(options, config=config))
    with _own_settings(repo) as variables:
        remote = replace(remote, variables=variables)
        if _is_there(remote, repo, ref, commit):
            return False
        # The lease of nothing: the server makes the branch, or says that it was made meanwhile.
        words = (f"--force-with-lease={ref}:", "--", remote.url, f"{commit}:{ref}")
        result = remote.run((*_PUSH, *words), cwd=repo)
        _check(remote, result, branch)
        if not _is_there(remote, repo, ref, commit):
            raise NetworkError(f"{remote.source} took {shown(branch)} and does not list it")
    return True


def _ref_of(repo: Path, branch: str) -> str:
    """Full name of a branch."""
    ref = f"refs/heads/{branch}"
    sane = (
        branch.isprintable() and len(branch) <= _LONGEST and not branch.startswith(("-", "refs/"))
    )
    if sane and branch not in ("", "HEAD"):
        words = ("check-ref-format", ref)
        if not run_git(words, cwd=repo, environment=git_environment()).exit_code:
            return ref
    raise InputError(
        f"{shown(branch)} is no name for a branch", hint="letters, digits, and - . _ /"
    )


def _refuse_unknown(repo: Path, commit: str) -> None:
    words = ("cat-file", "-t", "--end-of-options", commit)
    kind = run_git(words, cwd=repo, environment=local_environment(repo)).stdout
    if kind != b"commit\n" or resolve_sha(repo, f"{commit}^0") != commit:
        raise InputError(f"{shown(commit)} is no commit of the workspace")


def _target(url: str, options: CloneOptions) -> Repo:
    known = (*KNOWN_HOSTS, *options.known_hosts, options.token_host)
    target = parse_target(url, known_hosts=known, folder_base=Path("/nonexistent"))
    if urlsplit(target.source).netloc != options.token_host:
        raise TargetError(f"{shown(url)} is no https address at {options.token_host}")
    return target


@contextlib.contextmanager
def _own_settings(repo: Path) -> Iterator[dict[str, str]]:
    """Variables for a git that knows the clone's objects, and where its history ends."""
    with scratch_index(repo) as variables:
        shallow = repo / ".git" / "shallow"
        if shallow.is_file():
            shutil.copyfile(shallow, Path(variables["GIT_DIR"]) / "shallow")
        yield variables


def _is_there(remote: Remote, repo: Path, ref: str, commit: str) -> bool:
    """Whether the branch is at the commit.

    Raises:
        RefusedError: it is at another one.
    """
    try:
        moved, answer = remote.listing(repo)
    except TargetError as error:
        if _FORBIDDEN in str(error.facts.get("git")):
            raise RefusedError(f"{remote.source} refuses to be read", hint=_HINT) from error
        raise
    if moved is not remote:
        raise TargetError(
            f"{remote.source} has moved to {moved.source}", hint="push to that address"
        )
    found = parse_refs(answer).commits.get(ref)
    if found not in (None, commit):
        raise _taken(remote, ref.removeprefix("refs/heads/"))
    return found == commit


def _taken(remote: Remote, branch: str) -> RefusedError:
    return RefusedError(
        f"{remote.source} has a branch {shown(branch)} with something else",
        hint="choose another name for the branch, or delete that one there",
    )


def _check(remote: Remote, result: Finished, branch: str) -> None:
    """Raise what a push that failed means for the user."""
    if not (result.exit_code or result.timed_out or result.stopped):
        return
    remote.check_bounds(result)
    verdicts, own, words = _read(remote, result)
    if "(stale info)" in verdicts or "(already exists)" in verdicts:
        raise _taken(remote, branch)
    if "shallow update not allowed" in verdicts:
        raise RefusedError(
            f"{remote.source} does not have the commit that {shown(branch)} is based on",
            hint="bring the fork up to date with its source, then push again",
        )
    if verdicts or _FORBIDDEN in own:
        raise RefusedError(f"{remote.source} refused {shown(branch)}: {words}", hint=_HINT)
    if any(phrase in own for phrase in _NOT_THERE):
        raise TargetError(
            f"{remote.source} does not exist, or its token may not see it",
            hint="check the spelling, and the token in GITHUB_TOKEN",
        )
    remote.check(result)


def _read(remote: Remote, result: Finished) -> tuple[str, str, str]:
    """What became of the branch, what git itself says, and the server's words for a person."""
    lines = remote.masked(result.stderr).splitlines()
    output = remote.masked(result.stdout.decode("utf-8", "replace")).splitlines()
    verdicts = [line.rpartition("\t")[2] for line in output if line.startswith("!\t")]
    theirs = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    own = [line for line in lines if not line.startswith("remote:")]
    words = [line for line in (*verdicts, *theirs) if line][:_WORDS] or own[-1:]
    shortened = "; ".join(printable(line)[:_WORDS_LENGTH] for line in words)
    return "\n".join(verdicts), "\n".join(own), shortened
