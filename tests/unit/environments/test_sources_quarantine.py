"""What a build finds that its own `setup.py` says nothing of."""

from __future__ import annotations

import subprocess
from pathlib import Path

from sandbox.environments.sources.quarantine import with_headers


def test_compilers_look_into_each_folder_of_headers_that_is_there(tmp_path: Path) -> None:
    """`#include <Eigen/Core>` finds what Debian has in `/usr/include/eigen3`."""
    for name in ("3/numpy/core/include", "eigen3"):
        (tmp_path / name).mkdir(parents=True)
    lines = with_headers(f'"$1"/*/numpy/*core/include {tmp_path}/none {tmp_path}/eigen3')
    command = ("sh", "-euc", f'{lines}\nprintf %s "$CPATH"', "sh", str(tmp_path))
    said = subprocess.run(command, env={}, check=True, capture_output=True, text=True).stdout
    assert said == f"{tmp_path}/3/numpy/core/include:{tmp_path}/eigen3"
