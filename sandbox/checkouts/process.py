"""Runs git: environment made from scratch, deadline on the whole process group, bounded output.

Nothing of the host's git configuration and none of its `GIT_*` variables reach the program; what
does is named in `_PASSED` and `_certificate`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sandbox.errors import StoreError, UnavailableError

CHUNK = 2**20
NO_PROTOCOL = "none"
_POLL_S = 0.1
_STDOUT_LIMIT = 256 * 2**20
_STDERR_KEPT = 2**16

# Proxies are how a company reaches the internet; none of these is read by git as configuration.
_PASSED = (
    *("PATH", "TMPDIR", "SYSTEMROOT", "http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"),
)
_PASSED_TO_SSH = ("HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK")
_CERTIFICATES = ("GIT_SSL_CAINFO", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")

_FIXED = {
    "LC_ALL": "C.UTF-8",
    "LANGUAGE": "C",
    "HOME": "/nonexistent",  # no ~/.netrc, no ~/.config/git
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_SSH_COMMAND": "ssh -o BatchMode=yes -o ConnectTimeout=20",
}

# Old histories hold these slips by the thousand; none of them can do harm.
_HARMLESS = (
    *("zeroPaddedFilemode", "missingSpaceBeforeDate", "missingSpaceBeforeEmail", "badTimezone"),
    *("missingEmail", "missingNameBeforeEmail", "badEmail", "badDate", "badDateOverflow"),
    *("multipleAuthors", "missingTaggerEntry", "badTagName", "nullSha1"),
)

_CONFIG = {
    "core.hooksPath": os.devnull,
    "core.symlinks": "false",
    "core.fsmonitor": "false",
    "core.autocrlf": "false",
    "core.quotePath": "false",
    "core.protectHFS": "true",
    "core.protectNTFS": "false",
    "core.bigFileThreshold": "16m",  # larger ones are streamed, not held in memory
    "credential.helper": "",
    "fetch.fsckObjects": "true",
    "transfer.fsckObjects": "true",
    "fetch.recurseSubmodules": "false",
    "submodule.recurse": "false",
    "filter.lfs.smudge": "",
    "filter.lfs.process": "",
    "filter.lfs.required": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1",
    "http.lowSpeedTime": "60",
    "protocol.allow": "never",
    "safe.bareRepository": "explicit",
    # Git runs in our own clones and in folders the user typed; who owns them says nothing.
    "safe.directory": "*",
    **{f"fetch.fsck.{slip}": "warn" for slip in _HARMLESS},
}


@dataclass(frozen=True)
class Finished:
    """A git that ended.

    Attributes:
        timed_out: it was killed at its deadline.
        stopped: why its watcher had it killed, else None.
    """

    exit_code: int
    stdout: bytes
    stderr: str
    timed_out: bool = False
    stopped: str | None = None


@dataclass(frozen=True)
class Bounds:
    """What one git may take.

    Attributes:
        memory_bytes: of each of its processes; None = no bound.
        watch: called about ten times a second; a text it returns is why git has to stop.
    """

    timeout_s: float = 600.0
    memory_bytes: int | None = None
    watch: Callable[[], str | None] = lambda: None


def git_environment(
    config: Mapping[str, str] | None = None,
    *,
    protocols: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The whole environment of one git.

    Args:
        config: settings that hold for this one process; a later one wins over ours, an empty
            `url.<base>.insteadOf` included. They travel in the environment, so a header with a
            token is on no command line and in no file.
        protocols: what may be spoken; none by default.
        variables: further `GIT_*` variables.
    """
    passed = (*_PASSED, *_PASSED_TO_SSH) if "ssh" in protocols else _PASSED
    environment = _FIXED | {name: os.environ[name] for name in passed if name in os.environ}
    environment["GIT_ALLOW_PROTOCOL"] = ":".join(protocols) or NO_PROTOCOL
    settings = {**_CONFIG, **_certificate(), **(config or {})}
    environment["GIT_CONFIG_COUNT"] = str(len(settings))
    for at, (key, value) in enumerate(settings.items()):
        environment[f"GIT_CONFIG_KEY_{at}"] = key
        environment[f"GIT_CONFIG_VALUE_{at}"] = value
    return environment | dict(variables or {})


def _certificate() -> dict[str, str]:
    """The host's own bundle of certificates: git reads only one of the names in use."""
    for name in _CERTIFICATES:
        path = os.environ.get(name)
        if path and Path(path).is_file():
            return {"http.sslCAInfo": path}
    return {}


def run_git(
    arguments: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    stdin: bytes | None = None,
    bounds: Bounds = Bounds(),
) -> Finished:
    """Run git to its end, or kill it with all its children.

    Args:
        arguments: after `git`; never anything foreign before a `--`.

    Raises:
        UnavailableError: git is not installed.
    """
    command = ("git", *arguments)
    if bounds.memory_bytes is not None:
        limit = f'ulimit -v {bounds.memory_bytes // 1024}; exec "$@"'
        command = ("/bin/sh", "-c", limit, "sh", *command)
    with _start(command, cwd, environment) as process:
        streams = _Streams(process, stdin)
        deadline = time.monotonic() + bounds.timeout_s
        timed_out, stopped = _wait(process, streams, deadline, bounds.watch)
        if timed_out or stopped:
            kill_group(process)
        stdout, stderr = streams.finish()
    return Finished(process.returncode, stdout, stderr, timed_out, stopped)


@contextlib.contextmanager
def start_git(
    arguments: Sequence[str], *, cwd: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """A running git with three pipes, in a process group of its own; gone when the block ends."""
    with _start(("git", *arguments), cwd, environment) as process:
        yield process


@contextlib.contextmanager
def _start(
    command: Sequence[str], cwd: Path, environment: Mapping[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(environment),
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        if not cwd.is_dir():
            raise StoreError(f"no such folder: {cwd}") from error
        raise UnavailableError("git is not installed", hint="apt-get install git") from error
    try:
        with _leash(process, environment):
            yield process
    finally:
        kill_group(process)
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]


@contextlib.contextmanager
def _leash(process: subprocess.Popen[bytes], environment: Mapping[str, str]) -> Iterator[None]:
    """While the block runs, our own death, a SIGKILL too, ends the process group as well.

    The shell waits for the end of a pipe that only we hold open. Work on our own disk ends by
    itself, so only a git that may wait for a remote is held.
    """
    if environment["GIT_ALLOW_PROTOCOL"] == NO_PROTOCOL:
        yield
        return
    leash = subprocess.Popen(
        ["/bin/sh", "-c", 'read _; kill -s KILL -- "-$1"', "leash", str(process.pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={},
        start_new_session=True,
    )
    try:
        yield
    finally:
        leash.kill()
        leash.wait()
        if leash.stdin:
            leash.stdin.close()


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and what it started; a group that is gone already is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _wait(
    process: subprocess.Popen[bytes],
    streams: _Streams,
    deadline: float,
    watch: Callable[[], str | None],
) -> tuple[bool, str | None]:
    """Until the process ends: the end of its outputs tells so at once, waiting for it polls."""
    while True:
        has_ended = streams.wait(_POLL_S)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_POLL_S if has_ended else 0)
            return False, None
        if time.monotonic() > deadline:
            return True, None
        reason = streams.flooded or watch()
        if reason:
            return False, reason


class _Streams:
    """Feeds stdin and empties both outputs in threads, so that no pipe can block git.

    Attributes:
        flooded: set once stdout is larger than anything we ever ask for.
    """

    def __init__(self, process: subprocess.Popen[bytes], stdin: bytes | None) -> None:
        self.flooded: str | None = None
        self._stdout, self._stderr = bytearray(), bytearray()
        self._threads = [
            threading.Thread(target=self._keep_all, args=(process.stdout,), daemon=True),
            threading.Thread(target=self._keep_last, args=(process.stderr,), daemon=True),
            threading.Thread(target=_feed, args=(process.stdin, stdin or b""), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _keep_all(self, stream: IO[bytes]) -> None:
        for chunk in _chunks(stream):
            if len(self._stdout) + len(chunk) > _STDOUT_LIMIT:
                self.flooded = "the answer does not end"
                return
            self._stdout += chunk

    def _keep_last(self, stream: IO[bytes]) -> None:
        for chunk in _chunks(stream):
            self._stderr += chunk
            del self._stderr[:-_STDERR_KEPT]

    def wait(self, most_s: float) -> bool:
        """Whether both outputs have ended, within so many seconds."""
        deadline = time.monotonic() + most_s
        for thread in self._threads[:2]:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads[:2])

    def finish(self) -> tuple[bytes, str]:
        for thread in self._threads:
            thread.join(timeout=5.0)
        return bytes(self._stdout), self._stderr.decode("utf-8", "replace")


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    with contextlib.suppress(OSError, ValueError):
        while chunk := stream.read1(65536):  # type: ignore[attr-defined]
            yield chunk


def _feed(stream: IO[bytes], data: bytes) -> None:
    with contextlib.suppress(OSError, ValueError):
        stream.write(data)
    with contextlib.suppress(OSError, ValueError):
        stream.close()
