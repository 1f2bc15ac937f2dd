"""Packages whose names are imported when they are first used."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import sandbox

PACKAGES = ["api", "checkouts", "domain", "environments", "flows", "interfaces", "notebooks"]
PACKAGES += ["recipes", "recorders", "tunables"]


def shown_imports(path: Path) -> dict[str, tuple[str, str]]:
    """Name to module and name there, of the imports that only type checkers see."""
    blocks = [one for one in ast.parse(path.read_text()).body if isinstance(one, ast.If)]
    found = [one for block in blocks for one in block.body if isinstance(one, ast.ImportFrom)]
    return {
        alias.asname or alias.name: (str(one.module), alias.name)
        for one in found
        for alias in one.names
    }


@pytest.mark.parametrize("name", PACKAGES)
def test_what_a_package_gives_is_what_type_checkers_see(name: str) -> None:
    package = importlib.import_module(f"sandbox.{name}")
    shown = shown_imports(Path(str(package.__file__)))
    for one in package.__all__:
        if one in shown:
            module, theirs = shown[one]
            place = importlib.import_module(module)
            expected = getattr(place, theirs, None) or importlib.import_module(f"{module}.{theirs}")
            assert getattr(package, one) is expected
        else:
            assert one in vars(package)
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        _ = package.no_such_name


@pytest.mark.parametrize("name", PACKAGES[1:])
def test_no_module_hides_a_name_of_its_package(name: str) -> None:
    package = importlib.import_module(f"sandbox.{name}")
    modules = {path.stem for path in Path(str(package.__file__)).parent.iterdir()}
    if name != "flows":  # its modules are what it gives
        assert not modules.intersection(package.__all__)


def test_an_unchanged_build_imports_no_heavy_library() -> None:
    """What is imported with the verbs; each costs more than the whole build may take."""
    heavy = ("docker", "git", "mlflow", "papermill", "nbformat", "libcst", "packaging")
    code = (
        "import sys; from sandbox import api; from sandbox.flows import surveying, building;"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    folder = Path(sandbox.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
