"""Small repositories to clone from, made with plain git and nobody's configuration."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PERSON = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}


def plain_git(folder: Path, *arguments: str, stdin: bytes = b"", date: str = "") -> str:
    """Output of a git that knows no configuration but the repository's own."""
    environment = _PERSON | {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_DATE": date or "2021-03-04T05:06:07+02:00",
        "GIT_COMMITTER_DATE": date or "2021-03-04T05:06:07+02:00",
    }
    command = ["git", "-c", "safe.directory=*", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment, input=stdin, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout.decode(errors="surrogateescape").strip()


@dataclass(frozen=True)
class Origin:
    """A repository with a working tree, used as a remote."""

    path: Path

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        return plain_git(self.path, *arguments, stdin=stdin)

    def commit(self, files: Mapping[str, str | bytes | None], message: str = "change") -> str:
        """Write (None = delete) the files and commit everything; the commit's SHA."""
        for name, content in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                target.unlink()
            else:
                target.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "--all", "--force", ".")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def make_origin(path: Path, files: Mapping[str, str | bytes] | None = None) -> Origin:
    """A fresh repository on the branch `main` with one commit."""
    path.mkdir(parents=True)
    origin = Origin(path)
    origin.git("init", "--quiet", "--initial-branch=main")
    origin.commit(files or {"train.py": "lr = 0.1\nprint(lr)\n", "README.md": "# tiny\n"}, "first")
    return origin


def make_fork(path: Path, source: Origin, *, refusal: str | None = None) -> Origin:
    """A bare repository with what the source has now; `refusal` is what its hook says to pushes."""
    plain_git(source.path, "clone", "--quiet", "--bare", f"file://{source.path}", str(path))
    if refusal is not None:
        hook = path / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\nprintf '%s\\n' '{refusal}' >&2\nexit 1\n")
        hook.chmod(0o755)
    return Origin(path)
