"""Modules that a repository makes itself, through the real command line: made apart, and run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import command, write_repository
from tests.support.sdists import bundled_pip
from tests.support.wheels import make_index, make_wheel

SETUP = "from distutils.core import Extension, setup\n"
COMPILES = f"{SETUP}setup(ext_modules=[Extension('p.fast', ['p/fast.c'])])\n"
C = """
#include <Python.h>
static PyObject *two(PyObject *self, PyObject *none) { return PyLong_FromLong(2); }
static PyMethodDef methods[] = {{"two", two, METH_NOARGS, ""}, {0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fast", 0, -1, methods};
PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&module); }
"""
LOSES = "from p.fast import two\nfactor = 3\nprint('loss:', two() * factor)\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose index has what every build asks for; the builds here use none of it."""
    wheels = [bundled_pip()]
    wheels += [make_wheel(tmp_path / "wheels", name, "1.0") for name in ("setuptools", "wheel")]
    home = tmp_path / "home"
    home.mkdir()
    index = make_index(tmp_path / "simple", wheels)
    (home / "sandbox.toml").write_text(f'[indexes]\nindex_url = "{index}"\n')
    monkeypatch.setenv("SANDBOX_HOME", str(home))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{home}/mlflow.db")
    return tmp_path


def test_what_its_setup_compiles_is_there_in_every_variant(site: Path) -> None:
    files = {"train.py": LOSES, "p/__init__.py": "", "p/fast.c": C, "setup.py": COMPILES}
    target = str(write_repository(site / "compiled", files))
    built = command("build", target)
    assert built.code == 0, built.err
    assert "own       p.fast, made by setup.py in quarantine" in built.out
    swept = command("sweep", "compiled", "train.py", "-p", "factor=3,4", "--json")
    assert swept.code == 0, swept.err
    losses = sorted(run["metrics"]["loss"] for run in swept.json["runs"])
    assert losses == [6, 8]
    assert "setup.py" not in swept.err  # it was made before
    exported = command("build", "compiled", "--export", str(site / "image"))
    assert "setup.py is not run in the image" in exported.err
    workspace = next((site / "home" / "workspaces").glob("*/repo"))
    assert not list(workspace.rglob("*.so"))


WRITES = f"""
import os
{SETUP}
with open('p/version.py', 'w') as file:
    file.write('number = 7')
with open('train.py', 'w') as file:
    file.write('print("loss:", 666)')
with open('p/notes.txt', 'w') as file:
    file.write('is left')
os.symlink('/etc/passwd', 'p/link.py')
os.mkfifo('p/pipe.py')
os.mkdir('p/folder.py')
setup()
"""


def test_new_modules_alone_are_taken_of_what_its_setup_writes(site: Path) -> None:
    code = """
import os
from p.version import number
found = sorted(set(os.listdir('p')) - {'__pycache__'})
assert found == ['__init__.py', 'version.py'], found
print('loss:', number)
"""
    files = {"train.py": code, "p/__init__.py": "", "setup.py": WRITES}
    target = str(write_repository(site / "written", files))
    ran = command("run", target, "train.py", "--json")
    assert ran.code == 0, ran.err
    (run,) = ran.json["runs"]
    assert run["metrics"] == {"loss": 7}, run


def test_what_comes_out_without_all_that_is_needed_is_told_as_failed(site: Path) -> None:
    files = {
        "train.py": "from p.version import number\nfrom p.gone import more\n",
        "p/__init__.py": "",
        "setup.py": f"{SETUP}open('p/version.py', 'w').write('number = 7')"
        "\nno = 'p.gone'\nsetup()\n",
    }
    built = command("build", str(write_repository(site / "partly", files)), "--json")
    assert built.code == 1
    (failed,) = built.json["imports"]["failed"]
    assert (failed["name"], failed["why"]) == ("p.gone", "setup.py does not make it")
    assert built.json["own"] == [
        "p.version, made by setup.py in quarantine",
        "p.gone, not made by setup.py",
    ]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise SystemExit('no luck')", "no luck"),
        ("setup()", "it makes no p.fast"),
        (
            "open('p/fast.py', 'w').close()\nopen('p/od\\nd.py', 'w').close()\nsetup()",
            "not acceptable",
        ),
    ],
)
def test_what_cannot_be_made_is_told_and_the_entry_fails(site: Path, code: str, why: str) -> None:
    writes = "def never():\n    open('p/fast.py', 'w')\n"
    files = {"train.py": LOSES, "p/__init__.py": "", "setup.py": f"{writes}{SETUP}{code}"}
    target = str(write_repository(site / "lost", files))
    built = command("build", target, "--json")
    assert built.code == 1
    (failed,) = built.json["imports"]["failed"]
    assert failed["name"] == "p.fast"
    assert why in failed["why"]
    again = command("build", "lost")
    assert "building with" not in again.err  # a day long
    refreshed = command("build", "lost", "--refresh")
    assert "building with" in refreshed.err


UNDEFINED = """
#include <Python.h>
PyObject *nowhere(void);
PyMODINIT_FUNC PyInit_half(void) { return nowhere(); }
"""
PARTS = """
from distutils.core import Extension, setup
names = ["slow", "fast", "half"]
setup(ext_modules=[Extension("p." + name, ["p/" + name + ".c"]) for name in names])
"""
HALF = f"try:\n    import p.half\nexcept ImportError:\n    pass\n{LOSES}"
PARTLY = {
    "train.py": LOSES,
    "slow.py": f"import p.slow\n{LOSES}",
    "half.py": HALF,
    "p/__init__.py": "",
    "p/fast.c": C,
    "p/half.c": UNDEFINED,
    "p/slow.c": "no C;\n",
    "setup.py": PARTS,
}


def test_what_cannot_be_made_or_loaded_takes_nothing_with_it(site: Path) -> None:
    target = str(write_repository(site / "partly", PARTLY))
    built = command("build", target, "--json")
    assert built.code == 0, built.err  # two of three entries work
    assert [one["name"] for one in built.json["imports"]["failed"]] == ["p.slow"]
    fast, *others = built.json["own"]
    assert len(others) == 2, (fast, others)
    slow, half = others
    assert fast == "p.fast, made by setup.py in quarantine"
    assert slow.startswith("p.slow, not made by setup.py: ")
    assert half.startswith("p.half, made by setup.py, cannot be imported: ")
    assert "undefined symbol: nowhere" in half
    ran = command("run", "partly", "half.py", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["runs"][0]["metrics"] == {"loss": 6}
    assert "p.half is missing, and the code goes on without: " in ran.err
    assert command("run", "partly", "train.py", "--json").json["runs"][0]["metrics"] == {"loss": 6}


def linked(name: str, call: str, code: str = C) -> dict[str, str]:
    """A repository whose module is linked to libpng, and calls something."""
    code = code.replace("<Python.h>", f"<Python.h>\n#include <png.h>\nint {name}(void);")
    code = code.replace("PyLong_FromLong(2)", f"PyLong_FromLong({call} > 0)")
    setup = COMPILES.replace("['p/fast.c']", "['p/fast.c'], libraries=['png16']")
    return {"train.py": LOSES, "p/__init__.py": "", "p/fast.c": code, "setup.py": setup}


def test_the_library_that_a_module_is_linked_to_comes_from_debian(site: Path) -> None:
    files = linked("nothing", "png_access_version_number()")
    target = str(write_repository(site / "linked", files))
    built = command("build", target)
    assert built.code == 0, built.err
    assert "system    libpng16-16" in built.out
    assert "own       p.fast, made by setup.py in quarantine" in built.out
    ran = command("run", "linked", "train.py", "--json")
    assert ran.json["runs"][0]["metrics"] == {"loss": 3}, ran.err


def test_a_library_that_helps_nothing_is_left_again(site: Path) -> None:
    files = linked("nowhere", "png_access_version_number() + nowhere()")
    built = command("build", str(write_repository(site / "lost", files)))
    assert built.code == 1
    assert "libpng16-16" in built.err, "it was tried"
    assert "system    libpng16-16" not in built.out
    assert "p.fast, made by setup.py, cannot be imported" in built.out


SAYS = r"""
static void say(void) {
    char parents[99];
    snprintf(parents, 99, "/proc/%d/fd/1", getppid());
    FILE *streams[2] = {stdout, fopen(parents, "w")};
    for (int one = 0; one < 2; one++) {
        if (!streams[one]) continue;
        fprintf(streams[one], "{\"name\": \"p/half\", \"error\": null}\n");
        fflush(streams[one]);
    }
}
"""


def test_what_a_module_does_while_it_is_loaded_says_nothing_of_others(site: Path) -> None:
    """It writes in the name of the program that loads it, forks, and is not waited for."""
    code = C.replace("<Python.h>", "<Python.h>\n#include <stdio.h>\n#include <unistd.h>\n" + SAYS)
    code = code.replace("{ return PyModule", "{ say(); if (!fork()) sleep(900); return PyModule")
    files = {**PARTLY, "p/fast.c": code}
    target = str(write_repository(site / "says", files))
    built = command("build", target, "half.py")
    assert built.code == 0, built.out
    assert "p.half, made by setup.py, cannot be imported: " in built.out


def test_without_network_what_the_code_can_do_without_keeps_nothing_from_running(
    site: Path,
) -> None:
    (site / "home" / "sandbox.toml").write_text('[indexes]\nindex_url = "https://127.0.0.1:9/"\n')
    code = "try:\n    from p.v import x\nexcept ImportError:\n    x = 4\nprint('loss:', x)\n"
    writes = f"{SETUP}open('p/v.py', 'w').write('x = 5')\nsetup()\n"
    files = {"train.py": code, "p/__init__.py": "", "setup.py": writes}
    ran = command("run", str(write_repository(site / "alone", files)), "train.py", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["runs"][0]["metrics"] == {"loss": 4}
    needs = {**files, "train.py": "from p.v import x\n"}
    assert command("run", str(write_repository(site / "needs", needs)), "train.py").code == 4


def test_the_local_engine_runs_no_setup(site: Path) -> None:
    files = {"train.py": LOSES, "p/__init__.py": "", "p/fast.c": C, "setup.py": COMPILES}
    target = str(write_repository(site / "here", files))
    built = command("build", target, "--engine", "local")
    assert built.code == 1
    assert "not run on this machine itself" in built.out
