"""Base images: which Pythons can be had; one is pulled, made here, or derived from another."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox import distribution
from sandbox.domain import digest
from sandbox.environments.bases.deriving import Base, Bench, derive
from sandbox.environments.bases.interpreters import Interpreter, on_path, packable
from sandbox.environments.bases.registries import registry_answers
from sandbox.environments.bases.rootfs import DEBIAN_PYTHON, RECIPE, make_root, needs
from sandbox.errors import EngineError
from sandbox.interfaces import Workbench

IMAGE = "python:{python}-slim"
_OFFERED = ("3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
_COMPILERS = ("g++", "gcc", "make", "pkg-config", "swig")
_HEADERS_OF_DEBIAN = "python3-dev"


@dataclass(frozen=True)
class _Source:
    """One plain base: how it is found, and how it comes to be.

    Attributes:
        reference: what is pulled; None = it is made here.
        packed: the interpreter that is packed in; None = Debian's own, or that of what is pulled.
    """

    key: str
    python: str
    reference: str | None = None
    packed: Interpreter | None = None


def available_pythons(
    *, cache: Path, registry: str | None = None, engine: str = "docker"
) -> tuple[str, ...]:
    """Python versions (`X.Y`, ascending) for which `ensure_base` can get a base.

    Args:
        cache: folder on this machine where a registry's answer is kept for an hour.
        registry: host[:port] with `python` images; None = Docker Hub.
        engine: `local` = the interpreters of this machine's PATH.
    """
    from sandbox.environments.resolving.eras import as_key

    if engine == "local":
        return tuple(sorted(on_path(), key=as_key))
    if registry_answers(registry, cache=cache):
        return _OFFERED
    return tuple(sorted({DEBIAN_PYTHON, *packable()}, key=as_key))


def ensure_base(
    workbench: Workbench,
    *,
    python: str,
    cache: Path,
    registry: str | None = None,
    image: str = IMAGE,
    on_line: Callable[[str], None] | None = None,
) -> str:
    """The image's id of a base with that Python; made once, found again by its content key.

    Args:
        image: what is pulled from a registry, with `{python}` for the version.
        on_line: told in one line when a base is pulled or made.

    Raises:
        EngineError: no registry, and it cannot be made here; the hint says what to install.
    """
    bench = Bench(workbench, cache, on_line)
    return _plain(bench, _choose(bench, python, registry, image))


def find_base(
    workbench: Workbench,
    *,
    python: str,
    cache: Path,
    registry: str | None = None,
    image: str = IMAGE,
) -> str | None:
    """What `ensure_base` would give; None = it would have to be made."""
    bench = Bench(workbench, cache)
    return workbench.find_base(_choose(bench, python, registry, image).key)


def derived_base(  # noqa: PLR0913 - those of `ensure_base`, and the packages
    workbench: Workbench,
    *,
    python: str,
    system_packages: Sequence[str],
    cache: Path,
    registry: str | None = None,
    image: str = IMAGE,
    on_line: Callable[[str], None] | None = None,
) -> Base:
    """A base with that Python and those Debian packages; what Debian does not have is left out.

    The second time takes milliseconds and no network. Each name that is left out is told to
    `on_line`, the second time too.
    """
    bench = Bench(workbench, cache, on_line)
    source = _choose(bench, python, registry, image)
    return derive(bench, source.key, system_packages, plain=lambda: _plain(bench, source))


def compiler_base(  # noqa: PLR0913 - those of `ensure_base`, and the packages
    workbench: Workbench,
    *,
    python: str,
    system_packages: Sequence[str] = (),
    cache: Path,
    registry: str | None = None,
    image: str = IMAGE,
    on_line: Callable[[str], None] | None = None,
) -> str:
    """The image's id of a base on which extensions of that Python compile.

    Args:
        system_packages: libraries and headers that the extensions want; left out where Debian has
            no such package.

    Raises:
        EngineError: no compiler can be installed.
    """
    bench = Bench(workbench, cache, on_line)
    source = _choose(bench, python, registry, image)
    of_debian = source.packed is None and source.reference is None
    headers = [_HEADERS_OF_DEBIAN] if of_debian else []
    wanted = [*_COMPILERS, *headers, *system_packages]
    base = derive(bench, source.key, wanted, plain=lambda: _plain(bench, source))
    missing = [one for one in base.dropped if one.name == "gcc"]
    if missing:
        raise EngineError(
            f"no compiler for Python {python}: {missing[0].why}",
            hint="see whether a Debian mirror can be reached: sandbox doctor",
        )
    return base.image


def _choose(bench: Bench, python: str, registry: str | None, image: str) -> _Source:
    """What was made here is preferred to pulling, unless the user named an image."""
    packed = None if python == DEBIAN_PYTHON else packable().get(python)
    content = (RECIPE, platform.machine(), python, packed.identity if packed else None)
    local = _Source(f"py{python}-made-{digest(*content)[:12]}", python, packed=packed)
    if image == IMAGE and bench.workbench.find_base(local.key):
        return local
    if registry_answers(registry, cache=bench.cache):
        prefix = f"{registry}/" if registry else ""
        reference = prefix + image.format(python=python)
        key = f"py{python}-pulled-{digest(RECIPE, reference)[:12]}"
        return _Source(key, python, reference=reference)
    if image != IMAGE:
        bench.say(f"base image: {image} is not used, no registry answers")
    return local


def _plain(bench: Bench, source: _Source) -> str:
    found = bench.workbench.find_base(source.key)
    if found:
        return found
    with bench.alone(source.key):
        found = bench.workbench.find_base(source.key)
        if found:
            return found
        if source.reference is None:
            return _made(bench, source)
        bench.say(f"base image: pulling {source.reference}")
        return bench.workbench.add_base(source.key, source.reference)


def _made(bench: Bench, source: _Source) -> str:
    python, packed = source.python, source.packed
    if python != DEBIAN_PYTHON and packed is None:
        raise EngineError(
            f"no base image for Python {python}: no registry answers, and it is not installed here",
            hint=f"install it with: uv python install {python}",
        )
    _install_tool(bench)
    what = f"Python {python} of this machine" if packed else f"Debian's Python {python}"
    bench.say(f"base image: no registry answers, making one here with {what}")
    with tempfile.TemporaryDirectory(prefix="sandbox-base-") as folder:
        return bench.workbench.add_base(source.key, make_root(Path(folder), packed))


def _install_tool(bench: Bench) -> None:
    """The tool mmdebstrap comes with Debian and Ubuntu; root may install it, others are told."""
    missing = needs()
    if not missing:
        return
    problem = "no base image: no registry answers, and"
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise EngineError(
            f"{problem} {missing} is not installed",
            hint=f"install it with: sudo apt-get install {missing}",
        )
    bench.say(f"base image: installing {missing}")
    try:
        distribution.install((missing,), environ=os.environ, is_there=lambda: needs() is None)
    except EngineError as error:
        raise EngineError(f"{problem} {error.message}", hint=error.hint) from error
