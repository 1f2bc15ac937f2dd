"""An Environment as a folder that `docker build` accepts, on any machine that reaches the index.

Nothing in it was written by a repository, and no credentials are: they are left out, and told.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from sandbox.domain import Environment, PackageIndexes
from sandbox.environments.locks import SYSTEM_PACKAGE, lock_text
from sandbox.environments.resolving.indexes import as_folder, elsewhere
from sandbox.environments.resolving.sourcing import MakeWheels
from sandbox.environments.store.wheels import Goods, gather
from sandbox.errors import InputError

_MARK = "# made by sandbox build --export; what is changed here is lost when it is made again"
_OURS = ("Dockerfile", "lock.txt", "pip.conf", "ca.pem", "wheels")
_INSIDE = "/opt/environment"
_ALWAYS = ("libgomp1",)  # wheels of scikit-learn, torch and others expect it


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        files: relative to the folder, sorted.
        notes: what was left out, one line each.
    """

    folder: Path
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()


def export(
    environment: Environment,
    folder: Path,
    *,
    indexes: PackageIndexes,
    system_packages: Sequence[str] | None = None,
    as_of: str | None = None,
    make_wheels: MakeWheels | None = None,
) -> Exported:
    """Write a Dockerfile, the lock, and the wheels that no index has; the same every time.

    Args:
        folder: made where missing; what an earlier export wrote there is replaced.
        system_packages: those that Debian has, by the names it has for them today; None = as the
            Environment names them.
        as_of: ISO date that versions were chosen for.
        make_wheels: makes those that the lock has from source.

    Raises:
        InputError: there are other things in the folder, or a name that is none.
        BuildError: a wheel cannot be made.
    """
    check_folder(folder)
    system_packages = environment.system_packages if system_packages is None else system_packages
    strange = [name for name in system_packages if not SYSTEM_PACKAGE.fullmatch(name)]
    if strange:
        raise InputError(f"{strange[0]!r} is no name of a Debian package")
    goods = gather(environment, indexes, make_wheels)
    remote, notes = _without_secrets(elsewhere(indexes))
    folder.mkdir(parents=True, exist_ok=True)
    for name in _OURS:
        _remove(folder / name)
    certificate = remote.certificate
    _write(folder / "lock.txt", lock_text(environment, as_of=as_of, wheels=goods.lock))
    if certificate:
        shutil.copyfile(certificate, folder / "ca.pem")
    options = "".join(f"{line}\n" for line in _pip_options(remote, goods))
    if options:
        _write(folder / "pip.conf", options)
    _copy_wheels(goods, folder)
    files = sorted(path.relative_to(folder).as_posix() for path in _files(folder))
    _write(folder / "Dockerfile", _dockerfile(environment, system_packages, files))
    return Exported(folder, ("Dockerfile", *files), notes)


def check_folder(folder: Path) -> None:
    """Raises InputError where there is something that an export did not write."""
    if not folder.exists():
        return
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - a file raises, as it should
        first = (folder / "Dockerfile").read_text("utf-8").split("\n", 1)[0] if names else _MARK
    except (OSError, UnicodeDecodeError):
        first = ""
    if first != _MARK:
        raise InputError(f"{folder} is not empty", hint="name a folder that is not there yet")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _copy_wheels(goods: Goods, folder: Path) -> None:
    if goods.parcels:
        (folder / "wheels").mkdir()
    for one in goods.parcels.values():
        shutil.copyfile(one.path, folder / "wheels" / one.path.name)


def _files(folder: Path) -> Iterator[Path]:
    for name in _OURS:
        path = folder / name
        yield from sorted(path.iterdir()) if path.is_dir() else [path] if path.exists() else []


def _without_secrets(indexes: PackageIndexes) -> tuple[PackageIndexes, tuple[str, ...]]:
    """The indexes without user names and passwords, and a line for each that has lost one."""
    notes: list[str] = []

    def bare(url: str) -> str:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        if parts.netloc == host:
            return url
        notes.append(f"{host}: its credentials are not exported, give them to pip in the build")
        return urlunsplit(parts._replace(netloc=host))

    index = indexes.index_url
    known = replace(
        indexes,
        index_url=bare(index) if index and as_folder(index) is None else None,
        extra_index_urls=tuple(map(bare, indexes.extra_index_urls)),
        find_links=tuple(map(bare, indexes.find_links)),
    )
    return known, tuple(dict.fromkeys(notes))


def _pip_options(indexes: PackageIndexes, goods: Goods) -> Iterator[str]:
    """A `pip.conf`; nothing where pip's own defaults will do."""
    links = [*indexes.find_links, *([f"{_INSIDE}/wheels"] if goods.parcels else [])]
    fields = {
        "cert": [f"{_INSIDE}/ca.pem"] if indexes.certificate else [],
        "index-url": [indexes.index_url] if indexes.index_url else [],
        "extra-index-url": list(indexes.extra_index_urls),
        "find-links": links,
    }
    lines = [f"{name} = {_values(values)}" for name, values in fields.items() if values]
    yield from ["[global]", *lines] if lines else []


def _values(values: Sequence[str]) -> str:
    return values[0] if len(values) == 1 else "".join(f"\n    {value}" for value in values)


def _dockerfile(
    environment: Environment, system_packages: Sequence[str], files: Sequence[str]
) -> str:
    """What is written is all ours: names of packages that were checked, and no more."""
    packages = " ".join(sorted({*_ALWAYS, *system_packages}))
    options = f"PIP_CONFIG_FILE={_INSIDE}/pip.conf " if "pip.conf" in files else ""
    copied = [name for name in files if "/" not in name]
    wheels = [f"COPY wheels/ {_INSIDE}/wheels/"] if len(copied) < len(files) else []
    lines = [
        _MARK,
        f"# Python {environment.python}, {len(environment.packages)} packages. Build it with:",
        "#     docker build --tag NAME .",
        "# Another base, Debian with that Python: --build-arg BASE=IMAGE",
        f"ARG BASE=python:{environment.python}-slim",
        "FROM ${BASE}",
        "USER root",
        f"RUN for one in {packages}; do \\",
        '        dpkg -s "$one" > /dev/null 2>&1 || missing="$missing $one"; \\',
        "    done; \\",
        '    [ -z "$missing" ] || { apt-get update && \\',
        "        apt-get install -y --no-install-recommends $missing && \\",
        "        rm -rf /var/lib/apt/lists/*; }",
        f"COPY {' '.join(copied)} {_INSIDE}/",
        *wheels,
        f"RUN python3 -m venv /opt/venv && {options}/opt/venv/bin/python -m pip install \\",
        "        --no-deps --require-hashes --only-binary :all: --no-cache-dir \\",
        f"        --disable-pip-version-check -r {_INSIDE}/lock.txt",
        "RUN id learner > /dev/null 2>&1 || useradd --uid 65532 --home-dir /tmp learner; \\",
        "    mkdir -p /work && chown learner /work",
        "ENV PATH=/opt/venv/bin:$PATH HOME=/tmp",
        "USER learner",
        "WORKDIR /work",
        'CMD ["python"]',
    ]
    return "".join(f"{line}\n" for line in lines)
