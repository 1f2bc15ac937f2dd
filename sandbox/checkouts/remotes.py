"""What a remote has: its refs as it lists them, and which commit a user's word for one means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.errors import TargetError
from sandbox.foreign import listed, shown

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ABBREVIATED = re.compile(r"[0-9a-f]{6,64}")  # git takes four, but those are years and words, too
_HEADS, _TAGS = "refs/heads/", "refs/tags/"


@dataclass(frozen=True)
class Refs:
    """The answer to `git ls-remote --symref`.

    Attributes:
        commits: full ref name to SHA; an annotated tag has that of its commit.
        head: the ref that HEAD names, None where the remote does not say or it is detached.
    """

    commits: Mapping[str, str] = field(default_factory=dict)
    head: str | None = None

    def names(self) -> tuple[str, ...]:
        """Branches and tags by their short names, branches first."""
        branches = [name.removeprefix(_HEADS) for name in self.commits if name.startswith(_HEADS)]
        tags = [name.removeprefix(_TAGS) for name in self.commits if name.startswith(_TAGS)]
        return (*branches, *tags)


@dataclass(frozen=True)
class Wanted:
    """What to fetch.

    Attributes:
        sha: full SHA of the commit, or an abbreviation that only the history can complete.
        ref: full name of the branch or tag; None for a commit.
    """

    sha: str
    ref: str | None

    @property
    def branch(self) -> str | None:
        is_branch = self.ref is not None and self.ref.startswith(_HEADS)
        return self.ref.removeprefix(_HEADS) if self.ref and is_branch else None

    @property
    def is_full(self) -> bool:
        return bool(_SHA.fullmatch(self.sha))


def parse_refs(answer: bytes) -> Refs:
    """Read `ls-remote --symref`; lines that are not of its form are dropped."""
    commits: dict[str, str] = {}
    head = None
    for line in answer.decode("utf-8", "surrogateescape").split("\n"):
        value, tab, name = line.partition("\t")
        if value.startswith("ref: ") and name == "HEAD":
            head = value.removeprefix("ref: ")
        elif tab and _SHA.fullmatch(value):
            commits[name.removesuffix("^{}")] = value  # the peeled line follows the tag's own
    return Refs(commits, head)


def resolve(refs: Refs, ref: str | None, *, source: str) -> Wanted:
    """The commit that `ref` means at the remote; None = its default branch.

    Raises:
        TargetError: the repository is empty, has no default branch, or no such ref.
    """
    if not refs.commits:
        raise TargetError(f"the repository {source} is empty", hint="it has no commit to work on")
    if ref is None:
        return _default(refs, source)
    for name in (f"{_HEADS}{ref}", f"{_TAGS}{ref}", ref):
        if name in refs.commits and (name.startswith("refs/") or name == "HEAD"):
            return Wanted(refs.commits[name], name)
    if _ABBREVIATED.fullmatch(ref.lower()):
        return Wanted(_completed(refs, ref.lower()), None)
    raise no_such_ref(refs, ref, source)


def _default(refs: Refs, source: str) -> Wanted:
    if refs.head in refs.commits and refs.head is not None:
        return Wanted(refs.commits[refs.head], refs.head)
    if "HEAD" in refs.commits:
        return Wanted(refs.commits["HEAD"], None)
    raise TargetError(
        f"{source} has no default branch",
        hint=f"choose one with --ref; there are {listed(refs.names())}",
    )


def _completed(refs: Refs, abbreviation: str) -> str:
    """A listed commit if exactly one begins so, else the abbreviation itself."""
    matches = {sha for sha in refs.commits.values() if sha.startswith(abbreviation)}
    return matches.pop() if len(matches) == 1 else abbreviation


def no_such_ref(refs: Refs, ref: str, source: str) -> TargetError:
    """The error that names the refs most like the one that was asked for."""
    names = refs.names()
    near = difflib.get_close_matches(ref, names, n=3, cutoff=0.5)
    hint = f"did you mean {listed(near)}?" if near else f"there are {listed(names)}"
    return TargetError(f"no ref {shown(ref)} in {source}", hint=hint, near=tuple(near))
