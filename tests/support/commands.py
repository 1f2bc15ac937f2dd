"""The command line as a test uses it: in this process, or as a process that can be signalled."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.cli.entrance import run
from sandbox.recorders.store import import_mlflow
from tests.support.git_repos import plain_git

NEW = "2026-03-04T05:06:07+00:00"
"""When the tests' repositories were committed: all get the same Python and versions."""


@dataclass(frozen=True)
class Ended:
    """A command line that came to its end."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which has to be one JSON document."""
        return json.loads(self.out)


def command(*words: str) -> Ended:
    """Runs one command line in this process."""
    # Ours imports MLflow in a thread, which would find pytest's filters of warnings changing.
    import_mlflow()
    out, err = io.StringIO(), io.StringIO()
    with kept_signals(), redirect_stdout(out), redirect_stderr(err):
        code = run(words)
    return Ended(code, out.getvalue(), err.getvalue())


@contextmanager
def kept_signals() -> Iterator[None]:
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def start(
    words: Sequence[str], home: Path, *, environ: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """The same as a process of its own, in a group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", *words],
        env={**os.environ, "SANDBOX_HOME": str(home), **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def make_repository(source: Path, target: Path, *, without: Sequence[str] = ()) -> Path:
    """A git repository with one commit of the files of a folder."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("expect.toml", *without))
    return commit(target)


def write_repository(target: Path, files: Mapping[str, str | bytes]) -> Path:
    """A git repository with one commit of the given files."""
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return commit(target)


def commit(target: Path) -> Path:
    plain_git(target, "init", "--quiet", "--initial-branch=main")
    plain_git(target, "add", "--all", "--force", ".")
    plain_git(target, "commit", "--quiet", "-m", "first", date=NEW)
    return target
