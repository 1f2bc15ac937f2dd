"""Debian packages: which names are any, and which of them do something for a running program."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatch

from sandbox.environments.debian_names import ANYWHERE
from sandbox.environments.findings import Finding, Notes, decode, shown
from sandbox.environments.locks import SYSTEM_PACKAGE
from sandbox.environments.telling import listed
from sandbox.interfaces import SourceTree

_LONG = 60  # characters
_AT_MOST = 30

# For building, administering and editing, or there already: nothing that a run would miss.
_NEEDLESS = tuple(
    """
    *-dev *-headers-* apt-* autoconf automake bash bazel binutils bison build-essential bzip2
    ca-certificates clang* cmake* containerd* coreutils cuda* curl debconf* dialog dirmngr dkms
    docker* dpkg* emacs* flex g++* gcc* gdb gfortran* git git-* gnupg* gpg* gzip htop iproute2
    iputils-ping jq lcov less libcu[bdfrs]* libcudnn* libnccl* libnvinfer* libpython* libtool
    linux-* llvm* locales lsb-release make man-db mc nano net-tools ninja-build nodejs npm
    nvidia* openssh-* patch pip pkg-config procps protobuf-compiler psmisc pypy* python* rsync
    rustc cargo screen silversearcher-ag software-properties-common ssh strace sudo supervisor
    swig* tar tmux tree tzdata unzip vim* wget xterm xz-utils yarn zip zsh
    """.split()  # noqa: SIM905 - one word a line would be two pages
)


def read_apt_txt(tree: SourceTree, path: str) -> Finding:
    """apt.txt as Binder reads it: one name a line."""
    notes = Notes(path)
    lines = decode(tree.read(path), notes, limit=64 * 1024).splitlines()
    take_system_packages([line.partition("#")[0].strip() for line in lines], notes)
    return notes.finding()


def take_system_packages(words: Iterable[str], notes: Notes) -> None:
    """Valid names that may matter to a run; the others are told."""
    names = [word.partition("=")[0].partition(":")[0].partition("/")[0] for word in words if word]
    good = [name for name in names if len(name) <= _LONG and SYSTEM_PACKAGE.fullmatch(name)]
    valid = [ANYWHERE.get(name, name) for name in good]
    needless = [name for name in valid if is_needless(name)]
    kept = [name for name in dict.fromkeys(valid) if name not in needless]
    odd = [name for name in names if name not in good]
    notes.system_packages += [name for name in kept[:_AT_MOST] if name not in notes.system_packages]
    if odd:
        notes.tell(f"{listed([shown(name) for name in odd])} left out: no name of a Debian package")
    if needless:
        found = listed(list(dict.fromkeys(needless)))
        notes.tell(f"system packages that no run needs left out: {found}")
    if kept[_AT_MOST:]:
        notes.tell(f"more than {_AT_MOST} system packages, the rest is left out")


def is_needless(name: str) -> bool:
    """Whether a running program does without the Debian package."""
    return any(fnmatch(name, pattern) for pattern in _NEEDLESS)
