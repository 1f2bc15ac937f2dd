"""Modules that were compiled in place, loaded by the interpreter that is to run them."""

from __future__ import annotations

import io
import sys
import tarfile
from pathlib import Path

from sandbox.engines.local.workbench import LocalWorkbench
from sandbox.environments.checking.loading import load_all

COMPILED = next(
    path
    for folder in sys.path
    for path in Path(folder).glob("_json.*.so")  # of the standard library
)


def load(tmp_path: Path, files: dict[str, str | bytes], *modules: str) -> dict[str, str]:
    tree = tmp_path / "tree.tar"
    with tarfile.open(tree, "w") as archive:
        for path, text in files.items():
            data = text.encode() if isinstance(text, str) else text
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    bench = LocalWorkbench(tmp_path / "store")
    with tree.open("rb") as stream:
        return load_all(bench, "", sys.executable, modules or [next(iter(files))[:-3]], stream)


def test_a_library_loads_and_no_code_of_its_package_runs(tmp_path: Path) -> None:
    files = {"p/__init__.py": "raise RuntimeError", f"p/{COMPILED.name}": COMPILED.read_bytes()}
    assert load(tmp_path, files, "p/_json") == {}


def test_one_that_does_not_load_is_told_with_its_error(tmp_path: Path) -> None:
    whole = COMPILED.read_bytes()
    files = {
        "p/_json.so": b"\x7fELF and no more",
        "p/fast.so": whole,
        f"q/{COMPILED.name}": whole,
    }
    errors = load(tmp_path, files, "p/_json", "p/fast", "q/_json")
    assert set(errors) == {"p/_json", "p/fast"}
    assert "PyInit_fast" in errors["p/fast"]
    assert errors["p/_json"].startswith("ImportError: ")


def test_the_name_by_which_the_code_knows_it_is_enough(tmp_path: Path) -> None:
    files = {"src/q/m.py": "from q.other import x", "src/q/other.py": "x = 1"}
    assert load(tmp_path, files) == {}
    assert "No module named 'q'" in load(tmp_path, {"src/m.py": "import q"})["src/m"]


def test_one_that_ends_the_process_takes_no_other_with_it(tmp_path: Path) -> None:
    files = {
        "dies.py": "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)",
        "ends.py": "import os\nos._exit(3)",
        "leaves.py": "raise SystemExit('no')",
        "fine.py": 'print(\'{"name": "ends", "error": \')',
    }
    errors = load(tmp_path, files, *(path[:-3] for path in files))
    assert errors == {
        "dies": "it ended the process: 11",
        "ends": "it ended the process: 3",
        "leaves": "SystemExit: no",
    }
