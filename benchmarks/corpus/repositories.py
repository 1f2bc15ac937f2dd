"""The repositories below a folder, and what git tells of them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_DEEPEST = 4
_LONGEST_NAME = 60  # of a workspace
_DEPENDENCIES = re.compile(r"dependencies|requires", re.IGNORECASE)
_INSTALLS = re.compile(r"(?:pip3?|conda|mamba|poetry|uv|pipenv) +(?:\S+ +)?(?:install|sync|create)")
_KINDS: tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...] = (
    (re.compile(r"requirements?[^/]*\.(?:txt|in)$", re.IGNORECASE), None),
    (re.compile(r"(?:Pipfile|poetry\.lock|uv\.lock|pdm\.lock|setup\.py)$"), None),
    (re.compile(r"(?:conda|environment)[^/]*\.ya?ml$"), None),
    (re.compile(r"(?:pyproject\.toml|setup\.cfg)$"), _DEPENDENCIES),
    (re.compile(r"Dockerfile$"), _INSTALLS),
)
_ELSEWHERE = re.compile(r"(?:^|/)(?:docs?|tests?|\{\{.*\}\}|\.github)/")
_ROOT_REQUIREMENTS = re.compile(r"requirements?[^/]*\.txt")


@dataclass(frozen=True)
class Repository:
    """A git folder, bare or not, with one commit of interest: the newest of its branch.

    Attributes:
        folder: what `sandbox open` is given.
        git: its git directory.
    """

    name: str
    folder: Path
    git: Path

    @property
    def workspace(self) -> str:
        return re.sub(r"[^A-Za-z0-9._-]", "-", self.name)[-_LONGEST_NAME:].lstrip("-._")

    def head(self) -> tuple[str, str]:
        """Commit, and its author's date."""
        commit, date = self._git("log", "-1", "--format=%H %as", "HEAD").split()
        return commit, date

    def manifests(self) -> tuple[str, ...]:
        """Files by which it declares what it needs, those of docs and tests aside."""
        paths = self._git("ls-tree", "-r", "--name-only", "-z", "HEAD").split("\0")
        return tuple(path for path in paths if self._declares(path))

    def files(self, commit: str = "HEAD", *, most_bytes: int = 2**21) -> dict[str, bytes]:
        """Path → content of its regular files; large ones, and what a partial clone lacks, not."""
        listed = self._git("ls-tree", "-r", "-l", "-z", commit).split("\0")
        rows = [row.split(None, 4) for row in listed if row.startswith("100")]
        rows = [row for row in rows if row[3].isdigit() and int(row[3]) <= most_bytes]
        batch = self._run("cat-file", "--batch", given="\n".join(row[2] for row in rows).encode())
        found: dict[str, bytes] = {}
        at = 0
        for row in rows:
            head, _, _ = batch[at : at + 200].partition(b"\n")
            at += len(head) + 1
            if not head.endswith(b" missing"):
                size = int(head.split()[-1])
                found[row[4]] = batch[at : at + size]
                at += size + 1
        return found

    def _declares(self, path: str) -> bool:
        if _ELSEWHERE.search(path):
            return False
        base = path.rpartition("/")[2]
        for named, said in _KINDS:
            if named.match(base):
                return said is None or bool(said.search(self._read(path)))
        return False

    def _read(self, path: str) -> str:
        """The file's text; of a partial clone it may be missing, and is taken to say something."""
        try:
            return self._git("show", f"HEAD:{path}")
        except subprocess.CalledProcessError:
            return "dependencies, pip install"

    def _git(self, *words: str) -> str:
        return self._run(*words).decode("utf-8", errors="replace")

    def _run(self, *words: str, given: bytes = b"") -> bytes:
        done = subprocess.run(
            ["git", f"--git-dir={self.git}", *words],
            env={**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_CONFIG_GLOBAL": os.devnull},
            input=given,
            check=True,
            capture_output=True,
        )
        return done.stdout


def kind_of(manifests: Sequence[str]) -> str:
    """The class whose share is promised: `requirements.txt` (at the root), `other`, `nothing`."""
    if any(_ROOT_REQUIREMENTS.fullmatch(path) for path in manifests):
        return "requirements.txt"
    return "other" if manifests else "nothing"


def find_repositories(folder: Path) -> tuple[Repository, ...]:
    """Every git folder below, bare or not; what lies inside of one is not searched."""
    found = {_named(place, folder): place for place in _git_folders(folder, _DEEPEST)}
    return tuple(
        Repository(name, place, place / ".git" if (place / ".git").is_dir() else place)
        for name, place in sorted(found.items(), key=lambda item: item[0].lower())
    )


def _git_folders(folder: Path, depth: int) -> Iterator[Path]:
    if any((git / "HEAD").is_file() and (git / "objects").is_dir() for git in _gits(folder)):
        yield folder
    elif depth:
        for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
            yield from _git_folders(inner, depth - 1)


def _gits(folder: Path) -> tuple[Path, ...]:
    return (folder / ".git", folder)


def _named(place: Path, below: Path) -> str:
    """`owner+name/repo` is called `owner/name`."""
    parts = [part for part in place.relative_to(below).parts if part not in {"repo", ".git"}]
    name = "/".join(parts) or place.resolve().name
    return name.removesuffix(".git").replace("+", "/")
