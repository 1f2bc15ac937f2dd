"""Speaks with the place a Repo comes from, and turns what can go wrong there into our errors."""

from __future__ import annotations

import base64
import errno
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, urlsplit

from sandbox.checkouts.process import Bounds, Finished, git_environment, run_git
from sandbox.domain import Repo
from sandbox.errors import (
    NetworkError,
    RefusedError,
    SandboxError,
    StoreError,
    TargetError,
)
from sandbox.foreign import human_bytes, masked, printable

_LISTING_S = 60.0
# The folder may be another user's (a mounted disk, sudo); its owner was typed with its name. Git
# hides our settings from the half that runs there, which is safe to run in a hostile repository:
# it reads no hook, and neither protocols nor lazy fetches are open to it.
_UPLOAD_PACK = "--upload-pack=git -c 'safe.directory=*' upload-pack"
# A million refs need a fifth of the first; address space, so a mapped pack counts in the second.
_LISTING_BYTES, _FETCH_BYTES = 2**29, 2**34
_REDIRECT = re.compile(r"^.*header: Location: (\S+)", re.MULTILINE | re.IGNORECASE)
_REDIRECTED = re.compile(r"returned error: 30[12378]|unable to update url base|redirect")


class IncompleteError(TargetError):
    """The source has the commit and lacks objects of it, as a partial clone does."""


@dataclass(frozen=True)
class CloneLimits:
    """What a clone may take: bytes on disk and in the checked-out tree, files, seconds of clock."""

    bytes: int = 2 * 2**30
    files: int = 100_000
    timeout_s: float = 600.0


@dataclass(frozen=True)
class CloneOptions:
    """How to reach a remote, and what to take from it.

    Attributes:
        token: sent to `token_host` only, in a header that is on no command line and in no file.
        submodules: fetch the submodules too, as plain files of the tree.
        config: git settings of the site, such as `url.<base>.insteadOf` or `http.sslCAInfo`.
        known_hosts: hosts that submodules may come from.
    """

    token: str | None = field(default=None, repr=False)
    token_host: str = "github.com"  # noqa: S105 - a host, not a token
    submodules: bool = False
    limits: CloneLimits = field(default_factory=CloneLimits)
    config: Mapping[str, str] = field(default_factory=dict)
    known_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remote:
    """A source that can be spoken to until its deadline has passed.

    Attributes:
        url: what git is given: the source, or a `file://` address for a folder.
        deadline: on the monotonic clock.
        variables: further `GIT_*` variables of every git that speaks with it.
    """

    source: str
    url: str
    options: CloneOptions
    deadline: float
    variables: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        return git_environment(self._config(), protocols=_protocols(self.url, self.options.config))

    def run(self, arguments: Sequence[str], *, cwd: Path, watched: Path | None = None) -> Finished:
        """Run a git that speaks with the remote; `watched` must not outgrow the limit of bytes."""
        return self._run(arguments, cwd, {}, watched)

    def listing(self, cwd: Path) -> tuple[Remote, bytes]:
        """The remote's refs, and the remote itself, moved when its host says that it has moved."""
        arguments = ("ls-remote", "--symref", "--", self.url)
        result = self._run(arguments, cwd, {}, None)
        moved = self._moved(cwd, result)
        if moved is not None:
            arguments = (*arguments[:-1], moved.url)
            result = moved._run(arguments, cwd, {}, None)  # noqa: SLF001 - the same class
        remote = moved or self
        if result.timed_out:
            raise remote._late(min(_LISTING_S, self.options.limits.timeout_s))  # noqa: SLF001 - as above
        remote.check(result)
        return remote, result.stdout

    def check(self, result: Finished) -> None:
        """Raise what a git that failed means for the user."""
        if result.exit_code or result.timed_out or result.stopped:
            raise self._error(result)

    def check_bounds(self, result: Finished) -> None:
        """Raise for a git that was ended by us, its deadline or its limits."""
        if result.timed_out or result.stopped:
            raise self._error(result)

    def masked(self, text: str) -> str:
        """A text of git or of the server without the token, in either of its forms."""
        token = self.options.token or ""
        return masked(text, (token, _basic(token)) if token else ())

    def _run(
        self,
        arguments: Sequence[str],
        cwd: Path,
        variables: Mapping[str, str],
        watched: Path | None,
    ) -> Finished:
        left = self.deadline - time.monotonic()
        if left <= 0:
            return Finished(-1, b"", "", timed_out=True)
        if arguments[0] == "ls-remote":
            left = min(left, _LISTING_S)
        memory = _LISTING_BYTES if arguments[0] == "ls-remote" else _FETCH_BYTES
        watch = _size_watch(watched, self.options.limits.bytes) if watched else lambda: None
        bounds = Bounds(left, memory, watch)
        environment = self.environment() | dict(self.variables) | dict(variables)
        if self.url.startswith("file:"):
            arguments = (arguments[0], _UPLOAD_PACK, *arguments[1:])
        return run_git(arguments, cwd=cwd, environment=environment, bounds=bounds)

    def _config(self) -> dict[str, str]:
        return dict(self.options.config) | self._authorization()

    def _authorization(self) -> dict[str, str]:
        token, host = self.options.token, self.options.token_host
        if not token or urlsplit(self.url).netloc != host:
            return {}
        scheme = urlsplit(self.url).scheme
        return {f"http.{scheme}://{host}/.extraHeader": f"Authorization: Basic {_basic(token)}"}

    def _moved(self, cwd: Path, result: Finished) -> Remote | None:
        """Where a renamed repository is now, if that is on the same host.

        Git cannot tell hosts apart when it follows redirects, so it follows none, and the header
        of the answer is read from its trace.
        """
        if not result.exit_code or not _REDIRECTED.search(result.stderr):
            return None
        trace = {"GIT_TRACE_CURL": "1", "GIT_TRACE_CURL_NO_DATA": "1"}
        again = self._run(("ls-remote", "--", self.url), cwd, trace, None)
        location = _REDIRECT.search(again.stderr)
        target = location[1].partition("/info/refs")[0] if location else ""
        old, new = urlsplit(self.url), urlsplit(target)
        if (old.scheme, old.netloc) != (new.scheme, new.netloc) or not new.path.strip("/"):
            where = printable(masked(target, ())) or "nowhere"
            raise RefusedError(
                f"{self.source} redirects to another host: {where}",
                hint="open that address itself if you trust it",
            )
        return replace(self, source=target.removesuffix(".git"), url=target)

    def _error(self, result: Finished) -> SandboxError:
        limits = self.options.limits
        if result.timed_out:
            return self._late(limits.timeout_s)
        if result.stopped:
            return RefusedError(f"{self.source}: {result.stopped}", hint="raise the clone's limits")
        return _translated(self.masked(result.stderr), self.source)

    def _late(self, patience_s: float) -> NetworkError:
        return NetworkError(
            f"no complete answer from {self.source} within {patience_s:g} s",
            hint="try again, or raise the time limit of a clone",
        )


def open_remote(repo: Repo, options: CloneOptions) -> Remote:
    """The Remote of a Repo; its deadline starts now."""
    deadline = time.monotonic() + options.limits.timeout_s
    url = f"file://{quote(repo.source)}" if repo.is_folder else repo.source
    return Remote(source=repo.source, url=url, options=options, deadline=deadline)


def _basic(token: str) -> str:
    return base64.b64encode(f"x-access-token:{token}".encode()).decode()


def _protocols(url: str, config: Mapping[str, str]) -> tuple[str, ...]:
    """The address's own protocol, and those of addresses that the site's settings map it to."""
    mapped = (
        key.removeprefix("url.")
        for key in config
        if key.startswith("url.") and key.lower().endswith(".insteadof")
    )
    spoken = {text.partition("://")[0] for text in (url, *mapped) if "://" in text}
    return tuple(sorted(spoken & {"https", "http", "ssh", "file"}))


def _size_watch(folder: Path, limit: int) -> Callable[[], str | None]:
    def watch() -> str | None:
        size = folder_bytes(folder, limit)
        return f"it is larger than {human_bytes(limit)}" if size > limit else None

    return watch


def folder_bytes(folder: Path, limit: int) -> int:
    """Bytes of the files below a folder; stops counting once over the limit."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(root, name)).st_size  # noqa: PTH118 - hot
            except OSError as error:
                if error.errno != errno.ENOENT:  # git renames its temporary files meanwhile
                    raise
        if total > limit:
            break
    return total


@dataclass(frozen=True)
class _Complaint:
    """What git says, and what that means for the user; `{}` stands for the source."""

    phrases: tuple[str, ...]
    kind: type[SandboxError]
    message: str
    hint: str | None = None


# The first that fits counts.
_COMPLAINTS = (
    _Complaint(
        ("No space left on device", "Disk quota exceeded"),
        StoreError,
        "the disk is full while cloning {}",
        "free some space",
    ),
    _Complaint(
        ("Out of memory", "memory exhausted", "cannot allocate"),
        RefusedError,
        "{} sends an answer that does not end",
    ),
    _Complaint(
        ("Host key verification failed",),
        RefusedError,
        "the ssh key of the host of {} is not known here",
        "connect once with ssh by hand, or use the https address",
    ),
    _Complaint(
        ("possible repository corruption on the remote side", "pack-objects died"),
        IncompleteError,
        "{} does not hold all objects of its commit",
        "is it damaged, or a partial clone?",
    ),
    _Complaint(
        ("fsck error", "invalid path", "bad tree", "index-pack failed", "does not match"),
        RefusedError,
        "{} holds objects that git refuses",
        "malformed histories are not opened; ask its owner to repair it",
    ),
    _Complaint(
        (
            *("does not appear to be a git repository", "not a git repository", "expected flush"),
            *("not valid: is this a git", "protocol error", "bad line length"),
            *("invalid server response", "invalid ls-refs response"),
        ),
        TargetError,
        "{} is not a git repository",
        "check the spelling",
    ),
    _Complaint(
        (
            *("could not read Username", "Authentication failed", "terminal prompts disabled"),
            *("Repository not found", "not found", "Permission denied (publickey", "Permission to"),
            *("returned error: 401", "returned error: 403", "returned error: 404"),
        ),
        TargetError,
        "{} is private or does not exist",
        "check the spelling; for a private one set GITHUB_TOKEN or use its ssh address",
    ),
    _Complaint(
        ("",), NetworkError, "{} cannot be reached", "check the network and the address, try again"
    ),
)


def _translated(stderr: str, source: str) -> SandboxError:
    """Git's complaint as one of our errors, in its own words where they say more than ours."""
    lines = [printable(line.strip())[:300] for line in stderr.splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith("error: ")), (lines or [""])[-1])
    known = next(each for each in _COMPLAINTS if any(text in stderr for text in each.phrases))
    message = known.message.format(source)
    if known.kind in (RefusedError, NetworkError) and said:
        message += f": {said}"
    return known.kind(message, hint=known.hint, git=said)
