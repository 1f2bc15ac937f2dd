"""The project as a whole: what it exports, what it depends on, what it must not contain."""

from __future__ import annotations

import ast
import importlib
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import sandbox
from sandbox.settings import parse_pip_configuration, read_pip_configuration

ROOT = Path(__file__).resolve().parents[2]
GUEST = ROOT / "sandbox" / "guest"
# An index's page, an index's files, or whatever an option calls an index; the host is group 1 or 2.
REGISTRY = re.compile(
    r"https?://(?:[^/\s@]*@)?([\w.-]+)[^\s\"'<>]*(?:/simple\b|/pypi/|/packages/[0-9a-f]{2}/)"
    r"|--(?:extra-)?index-url[ =]https?://(?:[^/\s@]*@)?([\w.-]+)"
)
PYTHON = "python"
# Put together, so that this file holds no such address either.
FILES_HOST = f"{PYTHON}hosted.org"
# Names that are nobody's: RFC 2606, this machine itself, and words without a dot.
NOBODY = re.compile(r"(.*\.)?(example|test|invalid)(\.(com|net|org))?|127\..*|localhost|[^.]*")


def names_a_registry(text: str) -> bool:
    hosts = [found[1] or found[2] for found in REGISTRY.finditer(text)]
    return FILES_HOST in text or any(not NOBODY.fullmatch(host) for host in hosts)


def modules() -> Iterator[str]:
    yield "sandbox"
    for module in pkgutil.walk_packages(sandbox.__path__, "sandbox."):
        if not module.name.endswith("__main__"):
            yield module.name


def exporting() -> list[str]:
    """Modules with an `__all__`, found in the source, so that nothing is imported to collect."""
    spec = ((name, importlib.util.find_spec(name)) for name in modules() if ".guest" not in name)
    files = ((name, found.origin) for name, found in spec if found and found.origin)
    return [name for name, path in files if "\n__all__" in Path(path).read_text(encoding="utf-8")]


def rank(name: str) -> tuple[int, str]:
    """CONSTANTS, then Classes, then the rest, each by the alphabet (ruff's RUF022)."""
    return 0 if name.isupper() else 1 if name[0].isupper() else 2, name


@pytest.mark.parametrize("name", exporting())
def test_what_a_room_exports_is_there_and_sorted(name: str) -> None:
    module = importlib.import_module(name)
    assert list(module.__all__) == sorted(set(module.__all__), key=rank)
    assert [entry for entry in module.__all__ if not hasattr(module, entry)] == []


def pyproject() -> dict[str, dict[str, object]]:
    loaded: dict[str, dict[str, object]] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return loaded


def declared() -> set[str]:
    project = pyproject()["project"]
    extras = project["optional-dependencies"]
    assert isinstance(extras, dict)
    lines = [*project["dependencies"], *(line for extra in extras.values() for line in extra)]  # type: ignore[misc]
    return {canonicalize_name(Requirement(line).name) for line in lines}


def test_every_dependency_has_its_reason_and_no_reason_is_left_over() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([\w.-]+) \| (.+?) \|$", text, flags=re.MULTILINE))
    rows.pop("library")
    assert {canonicalize_name(name) for name in rows} == declared()
    assert [name for name, why in rows.items() if len(why.split()) < 3] == []


def test_every_dependency_is_locked() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    assert declared() - locked == set()


def test_the_lock_has_a_hash_for_everything_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", lock.strip())
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert re.findall(r"https?:|file:|--index|--find-links|@", lock) == []


@pytest.mark.parametrize("path", sorted(GUEST.rglob("*.py")), ids=lambda path: path.name)
def test_the_guest_is_python_3_7_and_imports_no_library(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 7))
    named = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        node.module or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level == 0
    }
    # IPython, with its traitlets, only where it is there; everything else ships with Python.
    foreign = {name.partition(".")[0] for name in named} - set(sys.stdlib_module_names)
    assert foreign <= {"IPython", "traitlets"}


def tracked() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which files are committed cannot be told")
    command = ["git", "-C", str(ROOT), "ls-files", "-z"]
    listing = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_committed_file_tells_where_packages_come_from_or_where_this_machine_keeps_things() -> (
    None
):
    environ = dict(os.environ)
    taken = parse_pip_configuration(read_pip_configuration(environ), environ)
    ours = {*taken.extra_index_urls, *taken.find_links, taken.index_url or "", str(ROOT)}
    words = [word for word in ours if len(word) > 4]
    offending = []
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        if path != Path(__file__) and (names_a_registry(text) or any(w in text for w in words)):
            offending.append(str(path.relative_to(ROOT)))
    assert offending == []


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://pypi.internal/simple", True),
        (f"https://files.{FILES_HOST}/x", True),
        ("--index-url https://a.corp/b", True),
        ("https://u:p@pypi.corp.com/simple/x", True),
        ("https://u:p@mirror.example.org/simple", False),
        ("--index-url https://elsewhere.example/simple", False),
        ("http://127.0.0.1:9/simple", False),
        ("https://docs.docker.com/engine/install/", False),
    ],
)
def test_an_address_of_a_registry_is_known_as_one(text: str, *, is_one: bool) -> None:
    assert names_a_registry(text) is is_one


def test_a_wheel_brings_the_recipes_the_experiments_and_the_example(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    bundled = {
        f"sandbox/bundled/{path.relative_to(ROOT)}"
        for kind in ("recipes/*.toml", "experiments/*.toml", "examples/digits/*")
        for path in ROOT.glob(kind)
        if path.is_file()
    }
    assert len(bundled) >= 6
    assert bundled - names == set()
    modules = {str(p.relative_to(ROOT)) for p in (ROOT / "sandbox").rglob("*.py")}
    assert modules - names == set()


def test_importing_the_package_brings_no_heavy_library() -> None:
    code = (
        "import sys, sandbox, sandbox.settings, sandbox.plugins, sandbox.interfaces;"
        "print(sorted({'docker', 'git', 'mlflow', 'papermill', 'nbconvert', 'nbformat'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
