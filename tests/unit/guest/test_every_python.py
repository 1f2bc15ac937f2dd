"""The guest runs on every Python at hand from 3.7 on, isolated and without `site`."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest

from sandbox.engines import shipping
from tests.support.guests import BareGuest, tar

MINORS = range(7, 15)
SCRIPT = """
import sys, os, threading, atexit
from dataclasses import dataclass
import lib
@dataclass
class Point:
    x: int
print(Point.__annotations__["x"], lib.x, sys.argv, __name__, input.__module__)
os.write(1, b"raw\\xff\\n")
sys.stderr.write("error stream\\n")
print("again")
atexit.register(print, "at exit")
open("made.txt", "w").write("made")
threading.Timer(0.1, print, ["from a thread"]).start()
"""


@cache
def _candidates() -> tuple[str, ...]:
    """Interpreters of a version manager, where there is one."""
    if shutil.which("pyenv") is None:
        return ()
    root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=True).stdout
    return tuple(map(str, sorted(Path(root.strip(), "versions").glob("*/bin/python"))))


@cache
def _minor(python: str) -> int | None:
    code = "import sys; print(*sys.version_info[:2])"
    result = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    major, _, minor = result.stdout.strip().partition(" ")
    return int(minor) if result.returncode == 0 and major == "3" else None


def _find(minor: int) -> str:
    named = shutil.which(f"python3.{minor}")
    for python in (*_candidates(), *([named] if named else []), sys.executable):
        if _minor(python) == minor:
            return python
    pytest.skip(f"no Python 3.{minor} on this machine")


@pytest.fixture(params=MINORS, ids=[f"3.{minor}" for minor in MINORS])
def python(request: pytest.FixtureRequest) -> str:
    return _find(request.param)


def test_a_script_runs_from_begin_to_finish(python: str, tmp_path: Path) -> None:
    with BareGuest(python, tmp_path) as guest:
        assert guest.receive()[0]["type"] == "hello"
        guest.begin("script", "train.py")
        assert guest.receive()[0]["type"] == "need_tree"
        # A module named as one of the standard library's lies beside the program.
        guest.send(
            "tree", tar({"train.py": SCRIPT, "lib.py": "x = 1", "json.py": "1/0"}), last=True
        )
        list(guest.until("begun"))
        source = "import runpy\nrunpy.run_path('train.py', run_name='__main__')"
        guest.send("cell", index=0, source=source)
        shown = [fields for fields, _ in guest.until("done")]
        assert shown[-1]["status"] == "ok", shown
        wish = {"what": "files", "patterns": ["*.txt"], "most_files": 9}
        guest.send("finish", collect=[{**wish, "most_bytes": 2**20, "file_bytes": 2**20}])
        left = list(guest.until("outcome"))
    out = [
        (name, "".join(fields["text"] for fields in group))
        for name, group in groupby(
            (fields for fields in shown if fields["type"] == "stream"), lambda one: one["name"]
        )
    ]
    first = "<class 'int'> 1 ['train.py'] __main__ builtins\nraw\N{REPLACEMENT CHARACTER}\n"
    assert out == [("stdout", first), ("stderr", "error stream\n"), ("stdout", "again\n")]
    last = "".join(fields["text"] for fields, _ in left if fields["type"] == "stream")
    assert sorted(last.splitlines()) == ["at exit", "from a thread"]
    assert b"".join(body for fields, body in left if fields["type"] == "file") == b"made"
    outcome = left[-1][0]
    assert (outcome["exit_code"], outcome["clean"]) == (0, True)
    assert guest.process.returncode == 0
    assert not tmp_path.exists()


def test_a_notebook_shows_values_displays_and_errors(python: str, tmp_path: Path) -> None:
    with BareGuest(python, tmp_path) as guest:
        guest.begin("notebook", "a.ipynb")
        list(guest.until("need_tree"))
        guest.send("tree", tar({"lib.py": "def f(): raise KeyError('missing')"}), last=True)
        list(guest.until("begun"))
        guest.send("cell", index=3, source="import lib\ndisplay('shown')\n40 + 2")
        shown = [fields for fields, _ in guest.until("done")]
        guest.send("cell", index=4, source="lib.f()")
        failed = [fields for fields, _ in guest.until("done")]
        guest.send("finish", collect=[])
        list(guest.until("outcome"))
    kinds = [(fields["type"], fields.get("data")) for fields in shown]
    assert kinds == [
        ("display", {"text/plain": "'shown'"}),
        ("result", {"text/plain": "42"}),
        ("done", None),
    ]
    assert [fields["type"] for fields in failed] == ["error", "done"]
    assert (failed[0]["ename"], failed[-1]["status"]) == ("KeyError", "error")
    assert not [line for line in failed[0]["traceback"] if "sandbox_guest" in line]


def test_the_end_of_input_ends_the_guest_and_what_it_runs(tmp_path: Path) -> None:
    with BareGuest(sys.executable, tmp_path) as guest:
        guest.begin("script", "a.py")
        list(guest.until("need_tree"))
        guest.send("tree", tar({"a.py": ""}), last=True)
        list(guest.until("begun"))
        source = "import os, time\nprint(os.getpid(), flush=True)\nwhile True: time.sleep(9)"
        guest.send("cell", index=0, source=source)
        pid = next(guest.until("stream"))[0]["text"].strip()
    assert guest.process.returncode == 0
    assert not Path("/proc", pid).exists()
    assert not tmp_path.exists()


@pytest.mark.parametrize("name", sorted(shipping.guest_sources()))
def test_every_module_is_python_3_7_and_imports_only_the_library_and_itself(name: str) -> None:
    tree = ast.parse(shipping.guest_sources()[name], feature_version=(3, 7))
    allowed = sys.stdlib_module_names | {"IPython", "traitlets"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module is not None
            assert node.module.partition(".")[0] in allowed
