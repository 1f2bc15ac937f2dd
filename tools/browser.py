"""Get a Chromium for the browser tests: the one that is there, else Debian's, installed as root.

Run by `make test`, never by `make check`. Where it cannot be installed, the tests are skipped.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sandbox.distribution import install
from sandbox.errors import SandboxError

CHROMIUM = Path("/usr/bin/chromium")


def main() -> None:
    """Say what is done, and end with apt's last words where it fails."""
    if CHROMIUM.exists():
        return
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        sys.exit(f"browser: no {CHROMIUM}; install it with your system's packages")
    print("browser: installing chromium", file=sys.stderr, flush=True)
    try:
        install(("chromium",), environ=os.environ, is_there=CHROMIUM.exists)
    except SandboxError as error:
        sys.exit(f"browser: {error}")


if __name__ == "__main__":
    main()
