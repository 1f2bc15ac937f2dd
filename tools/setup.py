"""Make the virtual environment from `requirements.lock`, with nothing but Python and git at hand.

Run by `make setup` with the system's Python, so it imports the standard library only. pip installs
the locked uv, uv the rest (a fifth of the time); where uv cannot, pip does it all.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
OLDEST = (3, 11)
Command = list[str]


def main(folder: Path) -> None:
    """Make or renew the environment in `folder`."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"Python >= 3.11 is needed, this is {found}: make PYTHON=python3.12 setup")
    python = folder / "bin" / "python"
    if not _works(python):
        _make(folder)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    _say("installing what requirements.lock names")
    _install(python, pip)
    _run([*pip, "install", "--no-deps", "--no-build-isolation", "--no-index", "-e", str(ROOT)])


def _works(python: Path) -> bool:
    done = (
        subprocess.run([str(python), "-m", "pip", "-V"], capture_output=True, check=False)
        if (python.exists())
        else None
    )
    return done is not None and done.returncode == 0


def _make(folder: Path) -> None:
    if importlib.util.find_spec("ensurepip") is None:
        _install_venv()
    _say(f"making {folder}")
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])


def _install_venv() -> None:
    """Debian keeps ensurepip in a package of its own."""
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if os.geteuid() != 0 or not Path("/usr/bin/apt-get").exists():
        sys.exit(f"this Python has no ensurepip; install it first: apt-get install {package}")
    _say(f"installing {package}")
    install = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "install", "-y", package]
    if subprocess.run(install, env=_quiet(), check=False).returncode != 0:
        _run(["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", "update"], env=_quiet())
        _run(install, env=_quiet())


def _quiet() -> dict[str, str]:
    return {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}


def _install(python: Path, pip: Command) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        uv_only = Path(scratch) / "uv.txt"
        uv_only.write_text(locked_block(LOCK.read_text(encoding="utf-8"), "uv"), encoding="utf-8")
        _run([*pip, "install", "--require-hashes", "--no-deps", "-r", str(uv_only)])
    options, environ = uv_options(_pip_configuration(python))
    uv = [str(python.with_name("uv")), "pip", "install", "--quiet", "--python", str(python)]
    with_uv = [*uv, "--require-hashes", "--no-deps", *options, "-r", str(LOCK)]
    if subprocess.run(with_uv, env={**os.environ, **environ}, check=False).returncode != 0:
        _say("uv could not; pip does it, which takes a minute")
        _run([*pip, "install", "--require-hashes", "--no-deps", "-r", str(LOCK)])


def locked_block(lock: str, name: str) -> str:
    """The lines of one package in a lock with hashes."""
    lines = lock.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{name}=="))
    end = start + 1
    while end < len(lines) and lines[end].startswith(" "):
        end += 1
    return "\n".join(lines[start:end]) + "\n"


def uv_options(pip: dict[str, str]) -> tuple[Command, dict[str, str]]:
    """What pip is configured with, said to uv, which does not read pip's configuration."""
    options: Command = []
    if "index-url" in pip:
        options += ["--default-index", pip["index-url"]]
    for url in pip.get("extra-index-url", "").split():
        options += ["--index", url]
    for place in pip.get("find-links", "").split():
        options += ["--find-links", place]
    if "extra-index-url" in pip:  # as pip does; every file's hash is known, so none can be swapped
        options += ["--index-strategy", "unsafe-best-match"]
    environ = {"SSL_CERT_FILE": pip["cert"]} if "cert" in pip else {}
    return options, environ


def _pip_configuration(python: Path) -> dict[str, str]:
    command = [str(python), "-m", "pip", "config", "list"]
    listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found: dict[str, str] = {}
    for section in ("global.", "install.", ":env:."):  # as pip ranks them, the last one wins
        for line in listing.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(section):
                found[name.removeprefix(section)] = str(ast.literal_eval(value))
    return found


def _say(text: str) -> None:
    print(f"setup: {text}", file=sys.stderr, flush=True)


def _run(command: Command, env: dict[str, str] | None = None) -> None:
    status = subprocess.run(command, env=env, check=False).returncode
    if status != 0:
        sys.exit(f"setup: exit status {status} of: {' '.join(command)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
