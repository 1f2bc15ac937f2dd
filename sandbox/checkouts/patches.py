"""Differences between trees as unified patches, and patches applied to trees; no working tree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from sandbox.checkouts.objects import local_git
from sandbox.checkouts.process import git_environment, run_git
from sandbox.checkouts.working import scratch_index
from sandbox.domain import Workspace
from sandbox.errors import TunableError
from sandbox.foreign import printable, shown
from sandbox.paths import WorkspacePaths

_HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@", re.MULTILINE)
_FAILED_AT = re.compile(r"^error: patch failed: (.+):(\d+)$", re.MULTILINE)
_PREFIXED = re.compile(r"^(diff --git |--- a/|\+\+\+ b/)", re.MULTILINE)
_INDEX = re.compile(
    r"""^index ([0-9a-f]+)\.\.[0-9a-f]+.*\n--- .*\n\+\+\+ (?:b/)?([^"\n]+)$""", re.MULTILINE
)
_AROUND = 3
_PLACE_LINES = 12


@dataclass(frozen=True)
class _Place:
    """Where a patch did not fit: the hunk (from 1) of a file, and its lines."""

    file: str
    line: int
    hunk: int
    expected: tuple[str, ...]


def diff(workspace: Workspace, old: str, new: str) -> str:
    """The unified patch from one tree to another, empty for equal ones; `apply_patch` takes it.

    Content that is not UTF-8 appears as a binary patch, so the text is always valid and exact.
    """
    repo = WorkspacePaths(Path(workspace.root)).repo
    arguments = (
        *("diff-tree", "-r", "-p", "--binary", "--full-index", "--no-renames", "--no-color"),
        *("--no-ext-diff", "--no-textconv", old, new),
    )
    with scratch_index(repo) as variables:
        patch = local_git(repo, *arguments, variables=variables)
        if not _is_utf8(patch):
            attributes = Path(variables["GIT_DIR"]) / "info" / "attributes"
            attributes.write_text("* -diff\n")
            patch = local_git(repo, *arguments, variables=variables)
    return patch.decode("utf-8", "backslashreplace")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def apply_patch(workspace: Workspace, tree: str, patch: str) -> str:
    """SHA of the tree with the patch applied; a patch that leaves the tree is refused by git.

    Raises:
        TunableError: it is no patch, or does not fit; names file and hunk and shows the place.
    """
    repo = WorkspacePaths(Path(workspace.root)).repo
    complaints = []
    _refuse_other_versions(repo, tree, patch)
    with scratch_index(repo) as variables:
        local_git(repo, "read-tree", tree, variables=variables)
        for spelling in _spellings(patch):
            complaint = _try(repo, spelling, variables)
            if complaint is None:
                return local_git(repo, "write-tree", variables=variables).decode().strip()
            complaints.append(complaint)
    raise _misfit(repo, tree, patch.replace("\r\n", "\n"), complaints[0])


def _spellings(patch: str) -> tuple[str, ...]:
    """The patch as it can be meant: one saved with CRLF may be for a file of either kind."""
    whole = patch if patch.endswith("\n") else patch + "\n"
    if not re.search(r"^@@ .*\r$", whole, re.MULTILINE):
        return (whole,)
    headers = re.compile(r"^((?:diff |index |--- |\+\+\+ |@@ ).*)\r$", re.MULTILINE)
    return (whole.replace("\r\n", "\n"), headers.sub(r"\1", whole))


def _try(repo: Path, patch: str, variables: dict[str, str]) -> str | None:
    """Apply to the scratch index, wholly or not at all; what git says against it."""
    strip = "-p1" if _PREFIXED.search(patch) else "-p0"
    anywhere = () if has_context(patch) else ("--unidiff-zero",)
    arguments = ("apply", "--cached", "--recount", "--whitespace=nowarn", *anywhere, strip, "-")
    environment = git_environment(variables=variables)
    stdin = patch.encode("utf-8", "surrogateescape")
    result = run_git(arguments, cwd=repo, environment=environment, stdin=stdin)
    return result.stderr if result.exit_code else None


def has_context(patch: str) -> bool:
    """Whether it shows lines around those it changes; `git diff -U0` shows none."""
    bodies = _HUNK.split(patch)[2::2]
    return not bodies or any("\n " in body for body in bodies)


def _refuse_other_versions(repo: Path, tree: str, patch: str) -> None:
    """A patch without context fits anywhere: it has to be for the files as they are here."""
    for old, path in _INDEX.findall(patch) if not has_context(patch) else ():
        environment = git_environment(variables={"GIT_DIR": str(repo / ".git")})
        words = ("rev-parse", "--verify", "--quiet", f"{tree}:{path}")
        now = run_git(words, cwd=repo, environment=environment).stdout.decode()
        if old.strip("0") and path != "/dev/null" and not now.startswith(old):
            raise TunableError(
                f"the patch is for another version of {shown(path)}, and has no lines around its"
                " changes by which their places could be found",
                hint="make it with: git diff (without -U0)",
                file=path,
            )


def _text_of(repo: Path, tree: str, path: str) -> str:
    environment = git_environment(variables={"GIT_DIR": str(repo / ".git")})
    arguments = ("cat-file", "blob", f"{tree}:{path}")
    found = run_git(arguments, cwd=repo, environment=environment)
    return found.stdout.decode("utf-8", "replace")


_EMPTY = "No valid patches"
"""What git says of a file without a hunk."""


def _misfit(repo: Path, tree: str, patch: str, stderr: str) -> TunableError:
    """Git's complaint as what a person needs: which hunk of which file, and what stands there."""
    failed = _FAILED_AT.search(stderr)
    if failed is None:
        if _EMPTY in stderr:
            return TunableError(
                "there is no change in it: it is no unified diff, or an empty one",
                hint="make it with: git diff > my.patch",
            )
        complaint = next(iter(stderr.strip().splitlines()), "git gave no reason")
        return TunableError(
            f"the patch cannot be applied: {printable(complaint.removeprefix('error: '))[:200]}",
            hint="make it with: git diff > my.patch",
        )
    place = _find_place(patch, failed[1], int(failed[2]))
    found = _lines_near(_text_of(repo, tree, place.file), place.line)
    return TunableError(
        f"the patch does not fit: {shown(place.file)}, hunk {place.hunk}, line {place.line}\n"
        f"  the patch expects:\n{_indented(place.expected)}\n"
        f"  the file has:\n{_indented(found)}",
        hint="the file has changed since the patch was made; make it again",
        file=place.file,
        hunk=place.hunk,
        line=place.line,
    )


def _find_place(patch: str, file: str, line: int) -> _Place:
    """The hunk of the file that begins at the line which git names."""
    start = max(patch.find(f"\n+++ b/{file}"), patch.find(f"\n+++ {file}"), 0)
    end = patch.find("\n--- ", start + 1)
    section = patch[start : end if end > 0 else len(patch)]
    hunks = list(_HUNK.finditer(section))
    for number, hunk in enumerate(hunks, start=1):
        if int(hunk[1]) == line:
            stop = hunks[number].start() if number < len(hunks) else len(section)
            body = section[hunk.end() : stop].split("\n")[1:]
            expected = tuple(text[1:] for text in body if text[:1] in (" ", "-"))
            return _Place(file, line, number, expected)
    return _Place(file, line, 1, ())


def _lines_near(text: str, line: int) -> tuple[str, ...]:
    lines = text.splitlines()
    start = max(0, min(line - 1, len(lines) - 1))
    return tuple(lines[max(0, start - 1) : start + 2 * _AROUND])


def _indented(lines: tuple[str, ...]) -> str:
    kept = [f"    {printable(line)}" for line in lines[:_PLACE_LINES]]
    return "\n".join(kept) or "    nothing"
