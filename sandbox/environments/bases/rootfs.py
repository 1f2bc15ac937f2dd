"""A root file system from Debian packages, as a tar file; no repository comes near it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sandbox.environments.bases.interpreters import Interpreter
from sandbox.errors import EngineError, NetworkError

RECIPE = "2026-11-4"
"""Changes when a base made by this module has other contents."""

DEBIAN_PYTHON = "3.11"
_SUITE = "bookworm"
_TIMEOUT_S = 900
_PACKAGES = ("ca-certificates", "libgomp1")
_OF_DEBIAN = ("python3", "python3-venv", "python3-distutils")
# what the library modules of an interpreter that is packed in link to
_FOR_PACKED = (
    "libbz2-1.0 libcrypt1 libdb5.3 libexpat1 libffi8 libgdbm6 liblzma5 libncursesw6 libnsl2 "
    "libreadline8 libsqlite3-0 libssl3 libtirpc3 libuuid1 zlib1g"
)

_FINISH = """
set -eu
echo 'learner:x:65532:65532::/tmp:/bin/sh' >> "$1/etc/passwd"
echo 'learner:x:65532:' >> "$1/etc/group"
mkdir -p "$1/store" && chown 65532:65532 "$1/store"
rm -rf "$1"/usr/share/doc/* "$1"/usr/share/man/* "$1"/usr/share/locale/* "$1"/var/cache/apt/*
find "$1" -xdev -type f -perm /6000 -exec chmod a-s {} +
"""

_PACK = """
set -eu
prefix=$2 python=$3
tar -C "$prefix" -cf - --exclude=__pycache__ --exclude=site-packages --exclude=test \\
    --exclude=tests --exclude=idlelib --exclude='config-*' --exclude='*.a' \\
    --exclude=lib/pkgconfig \\
    bin include lib | tar -C "$1/usr/local" --no-same-owner -xf -
mkdir -p "$1/usr/local/lib/python$python/site-packages"
chroot "$1" /sbin/ldconfig
ln -sf "python$python" "$1/usr/local/bin/python3"
ln -sf "python$python" "$1/usr/local/bin/python"
chroot "$1" "/usr/local/bin/python$python" -c \\
    'import bz2, ctypes, hashlib, lzma, sqlite3, ssl, zlib'
# no container can write bytecode, so each would compile whatever it imports
chroot "$1" "/usr/local/bin/python$python" -m compileall -q "/usr/local/lib/python$python" \\
    > /dev/null || true
"""


def needs() -> str | None:
    """The Debian package that is missing on this machine, None = all is there."""
    return None if shutil.which("mmdebstrap") else "mmdebstrap"


def make_root(folder: Path, packed: Interpreter | None) -> Path:
    """Make the tar file in `folder`; takes about 20 s and reaches Debian's mirror.

    Raises:
        NetworkError: no Debian mirror answers.
        EngineError: mmdebstrap failed.
    """
    target = folder / "root.tar"
    packages = [*_PACKAGES, *(_FOR_PACKED.split() if packed else _OF_DEBIAN)]
    hooks = [_script(folder, "finish.sh", _FINISH)]
    if packed:
        pack = _script(folder, "pack.sh", _PACK)
        hooks.insert(0, f"{pack} {packed.prefix} {packed.python}")
    done = subprocess.run(
        _command(target, packages, hooks),
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR": str(folder), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise _failure(done.stderr)
    return target


def _command(target: Path, packages: list[str], hooks: list[str]) -> list[str]:
    mode = "root" if os.geteuid() == 0 else "unshare"
    after = []
    for hook in hooks:
        path, *arguments = hook.split(" ")
        quoted = " ".join(f"'{argument}'" for argument in arguments)
        after.append(f"--customize-hook=sh '{path}' \"$1\" {quoted}".rstrip())
    return [
        "mmdebstrap", f"--mode={mode}", "--variant=minbase", "--quiet",
        f"--include={','.join(packages)}", "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
        '--aptopt=APT::Install-Recommends "false"', *after, _SUITE, str(target),
    ]  # fmt: skip


def _script(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def _failure(said: str) -> Exception:
    last = [line for line in said.splitlines() if line.strip()][-3:]
    text = "; ".join(last)
    if any(word in said for word in ("Could not resolve", "Failed to fetch", "Unable to connect")):
        hint = "a base image needs a registry or a Debian mirror; see: sandbox doctor"
        return NetworkError(f"no Debian mirror answers: {text}", hint=hint)
    return EngineError(f"a base image cannot be made: {text}", hint="see: sandbox doctor")
