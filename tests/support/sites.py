"""An interpreter with packages of the test's own, on this machine."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

from sandbox.engines.local.workbench import LocalWorkbench
from sandbox.environments.checking.importing import try_imports


class Site:
    """An interpreter with a site-packages of its own."""

    def __init__(self, folder: Path) -> None:
        venv = [sys.executable, "-m", "venv", "--without-pip", str(folder / "env")]
        subprocess.run(venv, check=True)
        self.python = str(folder / "env" / "bin" / "python")
        (self.packages,) = (folder / "env" / "lib").glob("python*/site-packages")
        self.workbench = LocalWorkbench(folder / "store")

    def add(self, distribution: str, **modules: str) -> None:
        """Modules by name; `a__b` is `a/b.py`."""
        paths = []
        for name, text in modules.items():
            path = self.packages.joinpath(*name.split("__")).with_suffix(".py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(textwrap.dedent(text))
            paths.append(path.relative_to(self.packages))
        info = self.packages / f"{distribution}.dist-info"
        info.mkdir()
        (info / "RECORD").write_text("".join(f"{path},sha256=x,1\n" for path in paths))

    def try_out(self, *names: str, patience_s: float = 60) -> dict[str, str | None]:
        return try_imports(self.workbench, "host", self.python, names, patience_s=patience_s)
