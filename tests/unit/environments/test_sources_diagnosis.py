"""Logs are shortened from real builds."""

from __future__ import annotations

import pytest

from sandbox.environments.sources.diagnosis import (
    Remedy,
    find_remedy,
    last_words,
    left_out,
    reason,
    tail,
)
from sandbox.environments.sources.trials import Trial

NO_GCC = """
  building '_mask' extension
  error: command 'gcc' failed: No such file or directory
  ----------------------------------------
  ERROR: Failed building wheel for pycocotools
  running clean
  removing 'build'
Failed to build pycocotools
ERROR: Failed to build one or more wheels
Exception information:
Traceback (most recent call last):
pip._internal.exceptions.CommandError: Failed to build one or more wheels
"""


def test_the_last_words_are_the_builds_own_not_the_tools() -> None:
    assert last_words(NO_GCC) == "error: command 'gcc' failed: No such file or directory"
    assert tail(NO_GCC)[-1] == "error: command 'gcc' failed: No such file or directory"
    framed = "  \N{BOX DRAWINGS LIGHT VERTICAL} ValueError: no\n  note: from a subprocess\n"
    assert last_words(framed) == "ValueError: no"
    assert last_words("a\n\x1b[31mb\x1b[0m\x07\n") == "b"
    code = "error: no\n  full command: python -c '\n  except ImportError as error:\n  cwd: /tmp\n"
    assert last_words(code) == "error: no"
    assert last_words("") == "it said nothing"
    assert len(last_words("error: " + "x" * 9999)) <= 300


@pytest.mark.parametrize(
    "line",
    [
        "error: command 'gcc' failed: No such file or directory",
        "error: command 'swig' failed: No such file or directory",
        "unable to execute 'x86_64-linux-gnu-gcc': No such file or directory",
        "FileNotFoundError: [Errno 2] No such file or directory: 'g++'",
        "/bin/sh: 1: make: not found",
        "src/x.c:4:10: fatal error: Python.h: No such file or directory",
        "CMake Error: CMAKE_CXX_COMPILER not set, after EnableLanguage",
        "RuntimeError: Unsupported compiler -- at least C++11 support is needed!",
        "building 'alpha._speed' extension",
    ],
)
def test_a_missing_compiler_is_noticed(line: str) -> None:
    assert find_remedy(line).compiler


@pytest.mark.parametrize(
    ("log", "needs"),
    [
        ("ModuleNotFoundError: No module named 'numpy'", ("numpy",)),
        ("ModuleNotFoundError: No module named 'sklearn.utils'", ("scikit-learn",)),
        ("ImportError: No module named yaml", ("pyyaml",)),
        ("ImportError: NumPy is not installed.", ("numpy",)),
        ("ImportError: numpy.core.multiarray failed to import", ("numpy<2",)),
        ("AssertionError: TensorFlow needed, of version above 1.4", ("tensorflow",)),
        ("ERROR: No matching distribution found for pybind11>=2.2", ("pybind11",)),
        ("DistutilsError: Could not find suitable distribution for Requirement.parse('pbr')",
         ("pbr",)),
        ("error in x setup command: use_2to3 is invalid.", ("setuptools<58",)),
        ("error in gym setup command: 'extras_require' must be a dictionary",
         ("wheel<0.38", "setuptools<66")),
        ("wheel.vendored.packaging._tokenizer.ParserSyntaxError: Expected end", ("wheel<0.38",)),
        ("ModuleNotFoundError: No module named 'pkg_resources'", ("setuptools<81",)),
        ("ModuleNotFoundError: No module named 'imp'", ()),
        ("ModuleNotFoundError: No module named '_ext'", ()),
        ("ERROR: No matching distribution found for pbr-\n", ()),
        ("Cython.Compiler.Errors.CompileError: x.pyx", ("cython<3",)),
        ("[1/1] Cythonizing alpha/_mask.pyx\nerror: no", ("cython<3",)),
        ("cc1: fatal error: alpha/_mask.c: No such file or directory", ("cython",)),
        ("x.cpp:181:12: fatal error: longintrepr.h: No such file or directory", ("cython",)),
        ("error: 'PyTypeObject' has no member named 'tp_print'", ("cython",)),
        ("Error: Command '['/x/python', '-m', 'pip', 'wheel', 'a<3,>=2.1']' returned non-zero exit",
         ("a<3,>=2.1",)),
        ("fatal error: numpy/arrayobject.h: No such file or directory", ("numpy",)),
        ("a.c:18: error: PyThreadState has no member named 'exc_type'", ("cython",)),
        ("AttributeError: module 'pypandoc' has no attribute 'convert'", ("pypandoc<1.8",)),
    ],
)  # fmt: skip
def test_what_a_build_lacked_is_named(log: str, needs: tuple[str, ...]) -> None:
    assert find_remedy(log).needs == needs


@pytest.mark.parametrize(
    ("log", "package"),
    [
        ("x.c:29:10: fatal error: portaudio.h: No such file or directory", "portaudio19-dev"),
        ("fatal error: openssl/ssl.h: No such file or directory", "libssl-dev"),
        ("fatal error: GL/osmesa.h: No such file or directory", "libosmesa6-dev"),
        ("offscreen.h:7:10: fatal error: GL/glut.h: No such file or directory", "freeglut3-dev"),
        ("/usr/bin/ld: cannot find -lumfpack: No such file", "libsuitesparse-dev"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'cmake'", "cmake"),
        ("CMake must be installed to build this package", "cmake"),
        ("x.CMakeNotFoundError: Could not find CMake with version >=3.21", "cmake"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'git'", "git"),
        ("error: Cannot compile MPI programs. Check your configuration!!!", "libopenmpi-dev"),
        ("Package cairo was not found in the pkg-config search path.", "libcairo2-dev"),
        ("No package 'glib-2.0' found", "libglib2.0-dev"),
        ('a: ERROR: Dependency "gobject-introspection-1.0" not found', "libgirepository1.0-dev"),
        ('meson.build:31:12: ERROR: Dependency "cairo" not found, tried pkg', "libcairo2-dev"),
        ("error: extension 'a' has Fortran sources but no Fortran compiler found", "gfortran"),
    ],
)
def test_what_a_compiler_lacked_is_named_as_a_debian_package(log: str, package: str) -> None:
    remedy = find_remedy(log)
    assert remedy.system_packages == (package,)
    assert remedy.compiler


def test_what_nobody_knows_has_no_remedy() -> None:
    assert find_remedy("ValueError: no\nfatal error: strange.h: No such file") == Remedy()


def test_a_reason_names_the_limit_that_was_met() -> None:
    def said(log: str, *, slow: bool = False, large: bool = False) -> str:
        return reason(log, timed_out=slow, out_of_memory=large, timeout_s=600)

    assert said("x", slow=True) == "its build took too long: ended after 600 s"
    assert said("Killed", large=True) == "its build needs too much memory"
    assert said("OSError: [Errno 28] No space left on device") == "its build fills the disk"
    assert said("BlockingIOError: [Errno 11] Resource temporarily unavailable", slow=True) == (
        "its build starts too many processes"
    )
    assert said("ValueError: no") == "its build failed: ValueError: no"
    assert said(
        "distutils.errors.DistutilsError: Command '['/x/bin/python', '-m', 'pip', 'wheel', "
        "'--no-deps', '-w', '/tmp/t', '--quiet', 'cffi>=1.4']' returned non-zero exit status 1."
    ) == ("its build wants to fetch cffi>=1.4 while it runs, and has no network")
    assert said("Exception:\n\n*****\nYou appear to be missing MuJoCo.\nWe expected it") == (
        "its build failed: Exception: You appear to be missing MuJoCo."
    )
    hostile = "error: " + "'pip' " * 3000 + "'wheel' " * 3000  # read within this test's time
    assert said(hostile).startswith("its build failed: error: 'pip'")


def test_each_trial_has_what_the_last_one_lacked() -> None:
    first = Trial(("pip",), as_of="2021-07-01")
    second = first.after(Remedy(("numpy",)), own_day="2019-01-01", compiles=True)
    assert second == Trial(("pip", "numpy"), "2021-07-01", is_first=False)
    assert second.told_after(first) == "with numpy"
    needing_ssl = Remedy(compiler=True, system_packages=("libssl-dev",))
    third = second.after(needing_ssl, own_day="2019-01-01", compiles=True)
    assert third is not None
    assert third.told_after(second) == "with a compiler, libssl-dev"


def test_a_last_trial_is_with_the_tools_of_the_sdists_own_day() -> None:
    first = Trial(("pip",), as_of="2021-07-01")
    last = first.after(Remedy(), own_day="2019-01-01", compiles=False)
    assert last is not None
    assert last.told_after(first) == "with tools of 2019-01-01"
    assert last.after(Remedy(), own_day="2019-01-01", compiles=False) is None
    assert first.after(Remedy(), own_day=None, compiles=False) is None
    assert first.after(Remedy(compiler=True), own_day="2019-01-01", compiles=False) is None
    assert last.after(Remedy(compiler=True), own_day="2019-01-01", compiles=False) is None


def test_what_was_left_out_is_known_by_its_last_name_with_its_own_part_of_the_log() -> None:
    log = """
a.c:1: error: unknown type
p.q.a is left out: CompileError: command failed
building 'p.b'
p.c is left out: it is for CUDA
"""
    found = left_out(log)
    assert set(found) == {"a", "c"}
    assert last_words(found["a"]) == "a.c:1: error: unknown type"
    assert "unknown type" not in found["c"]
