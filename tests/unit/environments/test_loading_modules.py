"""Modules that were compiled in place, loaded by the interpreter that is to run them."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

from sandbox.engines.local.workbench import LocalWorkbench
from sandbox.environments.checking.loading import load_all
from tests.support.guests import tar

COMPILED = next(
    path
    for folder in sys.path
    for path in Path(folder).glob("_json.*.so")  # of the standard library
)


def load(
    tmp_path: Path, files: dict[str, str | bytes], *modules: str, patience_s: float = 60.0
) -> dict[str, str]:
    bench, tree = LocalWorkbench(tmp_path / "store"), io.BytesIO(tar(files))
    asked = modules or [next(iter(files))[:-3]]
    return load_all(bench, "", sys.executable, asked, tree, patience_s=patience_s)


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


def test_what_a_module_prints_says_nothing_of_another(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "liar.py": """
print('{"name": "broken", "error": null}')
print("[" * 15000)
""",
        "broken.py": "1 / 0",
        "later.py": """print('{"name": "broken", "error": null}')""",
    }
    errors = load(tmp_path, files, "liar", "broken", "later")
    assert errors == {"broken": "ZeroDivisionError: division by zero"}


def test_one_that_tells_where_only_this_program_does_breaks_nothing_here(tmp_path: Path) -> None:
    """It may open what its parent writes to."""
    deep = "open('/proc/%d/fd/1' % __import__('os').getppid(), 'w').write('[' * 15000 + chr(10))"
    assert load(tmp_path, {"a.py": deep, "b.py": ""}, "a", "b") == {}


def test_one_that_leaves_a_process_behind_keeps_nobody_waiting(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "forks.py": "import os, time\nif os.fork() == 0:\n    time.sleep(50)\n    os._exit(0)",
        "flees.py": "import os, time\nif os.fork() == 0:\n"
        "    os.setsid()\n    [os.close(n) for n in (0, 1, 2)]\n    time.sleep(8)\n    os._exit(0)",
        "fine.py": "",
    }
    started = time.monotonic()
    assert load(tmp_path, files, "forks", "flees", "fine") == {}
    assert time.monotonic() - started < 40


def test_one_that_does_not_end_is_ended_whatever_it_does_to_its_alarm(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "sleeps.py": "import signal, time\nsignal.alarm(0)\n"
        "signal.signal(signal.SIGALRM, signal.SIG_IGN)\ntime.sleep(50)",
        "fine.py": "",
    }
    errors = load(tmp_path, files, "sleeps", "fine", patience_s=1)
    assert errors == {"sleeps": "it did not end within 1 s"}


def test_one_that_harms_its_process_harms_no_other(tmp_path: Path) -> None:
    """The tree is removed by nobody but the first process."""
    files: dict[str, str | bytes] = {
        "closes.py": "import os\nos.closerange(3, 100)",
        "forgets.py": "import sys\nsys.path.clear()\nraise ImportError('lost')",
        "odd.py": "class Odd(Exception):\n    __str__ = lambda self: exit(4)\nraise Odd",
        "talks.py": "import os\n"
        "for n in range(3, 20):\n    try: os.write(n, b'[' * 20000)\n    except OSError: pass",
        "fine.py": "",
    }
    errors = load(tmp_path, files, *(path[:-3] for path in files))
    assert set(errors) == {"closes", "forgets", "odd", "talks"}
    assert errors["forgets"] == "ImportError: lost"


def test_what_a_module_needs_of_its_package_is_there(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "p/__init__.py": "LIMIT = 3",
        "p/m.py": "from p import LIMIT",
        "q/__init__.py": "raise RuntimeError('no data here')",
        "q/m.py": "from q import LIMIT",
    }
    (lost,) = load(tmp_path, files, "p/m", "q/m").items()
    assert lost == ("q/m", "ImportError: cannot import name 'LIMIT' from 'q' (unknown location)")
