"""Base images: which Pythons can be had; one is pulled, or made here from Debian packages."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

from sandbox.domain import digest
from sandbox.environments.bases.interpreters import Interpreter, on_path, packable
from sandbox.environments.bases.rootfs import DEBIAN_PYTHON, RECIPE, make_root, needs
from sandbox.environments.resolving.eras import as_key
from sandbox.errors import EngineError
from sandbox.interfaces import Workbench

DEFAULT_REGISTRY = "registry-1.docker.io"
IMAGE = "python:{python}-slim"
_OFFERED = ("3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
_PATIENCE_S = 3.0
_REMEMBERED_S = 3600.0
_answers: dict[str, bool] = {}  # what a registry said holds for the life of this process

Tell = Callable[[str], None]


def available_pythons(
    *, cache: Path, registry: str | None = None, engine: str = "docker"
) -> tuple[str, ...]:
    """Python versions (`X.Y`, ascending) for which `ensure_base` can get a base.

    Args:
        cache: folder on this machine where a registry's answer is kept for an hour.
        registry: host[:port] with `python` images; None = Docker Hub.
        engine: `local` = the interpreters of this machine's PATH.
    """
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
    on_line: Tell | None = None,
) -> str:
    """The image's id of a base with that Python; made once, found again by its content key.

    Args:
        image: what is pulled from a registry, with `{python}` for the version.
        on_line: told in one line when a base is pulled or made.

    Raises:
        EngineError: no registry, and it cannot be made here; the hint says what to install.
    """
    local_key, packed = _local_key(python)
    found = workbench.find_base(local_key)
    if found and image == IMAGE:
        return found
    if registry_answers(registry, cache=cache):
        prefix = f"{registry}/" if registry else ""
        return _pulled(workbench, python, prefix + image.format(python=python), on_line)
    if image != IMAGE:
        _say(on_line, f"base image: {image} is not used, no registry answers")
    return found or _made(workbench, local_key, python, packed, on_line)


def registry_answers(registry: str | None, *, cache: Path) -> bool:
    """Whether it can be reached; asked at most once an hour, for 3 s."""
    host = registry or DEFAULT_REGISTRY
    if host not in _answers:
        memory = cache / "registries.json"
        known = _recall(memory).get(host)
        if known and time.time() - known[1] < _REMEMBERED_S:
            _answers[host] = known[0]
        else:
            _answers[host] = _asks(host)
            _remember(memory, host, answer=_answers[host])
    return _answers[host]


def _asks(host: str) -> bool:
    """`/v2/` says 200 or 401 where a registry lives."""
    name, _, port = host.partition("/")[0].partition(":")
    local = name in {"localhost", "127.0.0.1"}
    kind = HTTPConnection if local else HTTPSConnection
    connection = kind(name, int(port) if port else None, timeout=_PATIENCE_S)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status in {200, 401}
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        connection.close()


def _recall(memory: Path) -> dict[str, tuple[bool, float]]:
    try:
        known = json.loads(memory.read_text())
        return {str(host): (bool(said), float(when)) for host, (said, when) in known.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _remember(memory: Path, host: str, *, answer: bool) -> None:
    known = {**_recall(memory), host: (answer, time.time())}
    memory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=memory.parent, delete=False) as stream:
        json.dump(known, stream)
    Path(stream.name).replace(memory)


def _pulled(workbench: Workbench, python: str, reference: str, on_line: Tell | None) -> str:
    key = f"py{python}-pulled-{digest(RECIPE, reference)[:12]}"
    found = workbench.find_base(key)
    if found:
        return found
    _say(on_line, f"base image: pulling {reference}")
    return workbench.add_base(key, reference)


def _local_key(python: str) -> tuple[str, Interpreter | None]:
    """The content key of a base made here, and the interpreter that is packed into it."""
    packed = None if python == DEBIAN_PYTHON else packable().get(python)
    content = (RECIPE, platform.machine(), python, packed.identity if packed else None)
    return f"py{python}-made-{digest(*content)[:12]}", packed


def _made(
    workbench: Workbench,
    key: str,
    python: str,
    packed: Interpreter | None,
    on_line: Tell | None,
) -> str:
    if python != DEBIAN_PYTHON and packed is None:
        raise EngineError(
            f"no base image for Python {python}: no registry answers, and it is not installed here",
            hint=f"install it with: uv python install {python}",
        )
    _install_tool(on_line)
    what = f"Python {python} of this machine" if packed else f"Debian's Python {python}"
    _say(on_line, f"base image: no registry answers, making one here with {what}")
    with tempfile.TemporaryDirectory(prefix="sandbox-base-") as folder:
        return workbench.add_base(key, make_root(Path(folder), packed))


def _install_tool(on_line: Tell | None) -> None:
    """The tool mmdebstrap comes with Debian and Ubuntu; root may install it, others are told."""
    missing = needs()
    if not missing:
        return
    if shutil.which("apt-get") and _is_root():
        _say(on_line, f"base image: installing {missing}")
        _apt(["update"])
        _apt(["install", "-y", "--no-install-recommends", missing])
    if needs():
        raise EngineError(
            f"no base image: no registry answers, and {missing} is not installed",
            hint=f"install it with: sudo apt-get install {missing}",
        )


def _apt(arguments: Sequence[str]) -> None:
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "-q", *arguments], env=environment, capture_output=True, check=False)


def _is_root() -> bool:
    return os.geteuid() == 0


def _say(on_line: Tell | None, line: str) -> None:
    if on_line is not None:
        on_line(line)
