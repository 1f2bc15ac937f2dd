"""An index of tiny wheels in a folder: uv resolves and installs from it, without any network."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.domain import PackageIndexes
from sandbox.paths import Home
from tests.support.wheels import make_index, make_wheel


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def indexes(tmp_path: Path) -> PackageIndexes:
    """alpha 1 and 2, beta 1 (needs alpha < 2), gamma 1 (needs what is not there)."""
    files = tmp_path / "files"
    wheels = [
        make_wheel(files, "alpha", "1.0"),
        make_wheel(files, "alpha", "2.0"),
        make_wheel(files, "beta", "1.0", requires=["alpha<2"]),
        make_wheel(files, "gamma", "1.0", requires=["nowhere"]),
        make_wheel(files, "delta", "1.0", tag="cp37-cp37m-manylinux1_x86_64"),
    ]
    return PackageIndexes(index_url=make_index(tmp_path / "simple", wheels))
