"""Addresses of git repositories that manifests name packages by: read as text, no more."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from packaging.utils import canonicalize_name

_GIT = re.compile(
    r"(?:git\+(?:https|ssh|git)|git)://(?:[^@/\s]*@)?(?P<host>[A-Za-z0-9.:-]+?)[/:](?P<path>[^@#:\s]+)"
    r"(?:@(?P<ref>[^#\s]+))?(?:#(?P<fragment>\S*))?"
)
_SCP = re.compile(r"(?:git\+)?git@([A-Za-z0-9.-]+):([^/].*)")
# what hosts pack of a branch, tag or commit: its files are those of the repository then
_ARCHIVES = (
    re.compile(
        r"https://(?P<place>github\.com(?:/[^/@#?\s]+){2})"
        r"/(?:archive|zipball|tarball)/(?:refs/(?:heads|tags)/)?"
        r"(?P<ref>[^@#?\s]+?)(?:\.zip|\.tar\.gz)?(?P<fragment>#\S*)?"
    ),
    re.compile(
        # groups lie up to twenty deep; the file's own name comes behind the ref
        r"https://(?P<place>gitlab\.com(?:/[^/@#?\s]+){2,21}?)(?:/-)?"
        r"/archive/(?P<ref>[^@#?\s]+?)(?:/[^/@#?\s]+)?(?:\.zip|\.tar\.gz)(?P<fragment>#\S*)?"
    ),
)
_PLAIN = re.compile(r"https://(?P<host>[A-Za-z0-9.:-]+)/(?P<path>[^@#?\s]+?)/?")
_PATH = re.compile(r"[A-Za-z0-9_.~-]+(/[A-Za-z0-9_.~-]+)+")
_REF = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]*")
_FOLDER = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")
_RELEASE = re.compile(r"v?([0-9]+(?:\.[0-9]+){1,3})(?:[_-].*)?")
_EGG = re.compile(r"egg=([A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)")


KNOWN = {
    "apex": "https://github.com/NVIDIA/apex",
    "baselines": "https://github.com/openai/baselines",
    "detectron2": "https://github.com/facebookresearch/detectron2",
    "imagenetv2-pytorch": "https://github.com/modestyachts/ImageNetV2_pytorch",
    "panopticapi": "https://github.com/cocodataset/panopticapi",
    "taming": "https://github.com/CompVis/taming-transformers",
}
"""What an import is looked for as; PyPI has it not, or an old one, or another's → its place."""

ANOTHERS = frozenset({"apex"})
"""Of those, what the index has somebody else's of: nobody who imports it means that one."""


@dataclass(frozen=True)
class GitAddress:
    """A package at a git repository.

    Attributes:
        name: canonical; what the address says, else the repository's, which is a guess.
        url: `https://host/owner/name`, without credentials.
        ref: branch, tag or commit; None = the default branch.
        folder: of the repository, in which the package lies; empty = the root.
        named: the name is said and not guessed.
        marker: PEP 508, where it is wanted; empty = everywhere.
    """

    name: str
    url: str
    ref: str | None = None
    folder: str = ""
    named: bool = False
    marker: str = ""

    @property
    def address(self) -> str:
        """As pip reads it."""
        ref = f"@{self.ref}" if self.ref else ""
        return f"git+{self.url}{ref}" + (f"#subdirectory={self.folder}" if self.folder else "")

    @property
    def requirement(self) -> str:
        """PEP 508."""
        return f"{self.name} @ {self.address}" + (f" ; {self.marker}" if self.marker else "")

    @property
    def release(self) -> str | None:
        """The version that a tag is of, or a branch that came of one: `0.8.5` of `v0.8.5_fixes`."""
        match = _RELEASE.fullmatch(self.ref or "")
        return match[1] if match else None

    @property
    def key(self) -> tuple[str, str]:
        """Equal for addresses of which only one can be meant."""
        return (self.name if self.named else self.address), self.marker

    @property
    def names(self) -> frozenset[str]:
        """What it may be called: its name, or all that a name is guessed from."""
        last = str(canonicalize_name(self.folder.rpartition("/")[2])).strip("-")
        return frozenset({self.name}) if self.named else frozenset({self.name, last} - {""})


def read_git_address(text: str, name: str | None = None, marker: str = "") -> GitAddress | None:
    """What `git+https://…` names; None = nothing such.

    What is to be fetched otherwise (`git+ssh://…`, `git://…`) is meant alike.

    An archive that a host makes of a repository (`https://…/archive/main.zip`) names it as well.

    Args:
        name: of the distribution, where it stands before the address.
        marker: that stands behind it.
    """
    archive = next(filter(None, (one.fullmatch(text) for one in _ARCHIVES)), None)
    if archive is not None:
        text = "git+https://{}@{}{}".format(*archive.groups(default=""))
    scp = _SCP.fullmatch(text)
    match = _GIT.fullmatch(f"git+ssh://git@{scp[1]}/{scp[2]}" if scp else text)
    if match is None:
        return None
    fragment = match["fragment"] or ""
    egg = _EGG.search(fragment)
    folder = re.search(r"subdirectory=([^&]*)", fragment)
    found = _checked(
        match["host"], match["path"], match["ref"], folder[1].strip("/") if folder else ""
    )
    known = name or (egg[1] if egg else None)
    if found is None or known is None:
        return replace(found, marker=marker) if found else None
    return replace(found, name=str(canonicalize_name(known)), named=True, marker=marker)


def read_clone_address(text: str) -> GitAddress | None:
    """What people are told to clone and install by hand; None = no https address."""
    match = _PLAIN.fullmatch(text)
    return _checked(match["host"], match["path"], None, "") if match else None


def known_addresses() -> tuple[GitAddress, ...]:
    """Those of `KNOWN`."""
    return tuple(GitAddress(name, url, named=True) for name, url in KNOWN.items())


def _checked(host: str, path: str, ref: str | None, folder: str) -> GitAddress | None:
    """Nothing that git, a shell or a file system reads as more than a name."""
    parts = {*path.split("/"), *folder.split("/"), *(ref or "").split("/")}
    sound = _PATH.fullmatch(path) and (ref is None or _REF.fullmatch(ref))
    if not sound or (folder and not _FOLDER.fullmatch(folder)) or parts & {".", ".."}:
        return None
    last = path.rpartition("/")[2].removesuffix(".git")
    name = str(canonicalize_name(last)).strip("-")
    return GitAddress(name, f"https://{host}/{path}", ref, folder) if name else None
