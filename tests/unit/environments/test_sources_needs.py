from __future__ import annotations

import json

import pytest

from sandbox.environments.sources.archives import Contents
from sandbox.environments.sources.needs import build_needs, required_python


def needs(*, modules: tuple[str, ...] = (), **texts: str) -> set[str]:
    named = {name.replace("_", ".", 1) if name != "PKG_INFO" else "PKG-INFO": text
             for name, text in texts.items()}  # fmt: skip
    return set(build_needs(Contents(named, frozenset(modules))))


OLD = {"setuptools", "wheel", "pip"}


def test_an_old_sdist_is_built_with_setuptools_and_wheel() -> None:
    assert needs(setup_py="from setuptools import setup\nsetup()\n") == OLD
    assert needs(setup_py="", pyproject_toml="[tool.black]\n") == OLD
    assert needs() == OLD


def test_a_build_system_that_is_declared_is_taken() -> None:
    text = '[build-system]\nrequires = ["poetry-core>=1.0"]\nbuild-backend = "x"\n'
    assert needs(pyproject_toml=text) == {"poetry-core>=1.0", "pip"}
    text = '[build-system]\nrequires = ["setuptools>=40", "Cython"]\n'
    assert needs(pyproject_toml=text, setup_py="import numpy\n") == {
        "setuptools>=40", "Cython", "numpy", "wheel", "pip",
    }  # fmt: skip


def test_what_setup_py_imports_at_its_top_is_needed() -> None:
    text = """
import os, sys
import numpy as np
from Cython.Build import cythonize
from torch.utils.cpp_extension import BuildExtension
try:
    import pypandoc
except ImportError:
    pypandoc = None
import versioneer
from alpha import __version__
def later():
    import pytest
class Test:
    import tox
from setuptools import setup
"""
    found = needs(setup_py=text, modules=("versioneer", "alpha"))
    others = {"numpy", "cython", "torch", "ninja", "setuptools!=77.0.3"}
    assert found == (OLD - {"setuptools"}) | others


def test_setup_requires_is_read_where_it_is_literal() -> None:
    assert needs(setup_py="setup(setup_requires=['pytest-runner', 'numpy>=1.13'])") == OLD | {
        "pytest-runner", "numpy>=1.13",
    }  # fmt: skip
    assert "pbr" in needs(setup_py="NEEDS = ['pbr']\nsetup(setup_requires=NEEDS)")
    assert needs(setup_py="setup(setup_requires=find())") == OLD
    some = "SOME = ['pbr']\nsetup(setup_requires=SOME + ['cffi', 'pkgconfig'] + when_testing)"
    assert needs(setup_py=some) == OLD | {"pbr", "cffi", "pkgconfig"}
    assert "cffi" in needs(setup_py="", setup_cfg="[options]\nsetup_requires =\n  cffi\n")


def test_a_version_that_is_asked_for_stands_for_the_bare_name() -> None:
    assert needs(setup_py="import numpy\nsetup(setup_requires=['numpy<1.20'])") == OLD | {
        "numpy<1.20"
    }


@pytest.mark.parametrize(
    "text",
    [
        "x @ https://evil.invalid/x.tar.gz",
        "x @ file:///etc/passwd",
        "--index-url=http://x",
        "-e .",
        "x ; extra != 'a\n--index-url=http://evil.invalid\n'",
        r"x ; extra != 'a\n--index-url=http://evil.invalid\n'",
    ],
)
def test_addresses_and_options_are_left_out(text: str) -> None:
    assert needs(setup_py=f"setup(setup_requires=[{text!r}])") == OLD
    assert needs(pyproject_toml=f"[build-system]\nrequires = [{json.dumps(text)}]\n") == {"pip"}


@pytest.mark.parametrize("text", ["print 'Python 2'\n", "(" * 5000, "\0", "[" * 100_000])
def test_texts_that_cannot_be_read_leave_the_usual(text: str) -> None:
    assert needs(setup_py=text, pyproject_toml=text, setup_cfg=text) == OLD


def test_the_python_that_metadata_asks_for_is_found() -> None:
    text = "Name: alpha\nRequires-Python: >=3.7\n\nRequires-Python: of the description\n"
    assert required_python(Contents({"PKG-INFO": text})) == ">=3.7"
    assert required_python(Contents({"PKG-INFO": "Name: alpha\n"})) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[project]\nrequires-python = ">=3.12"\n', ">=3.12"),
        ("[project]\nrequires-python = 3\n", None),
        ("project = 1\n", None),
        ("no TOML", None),
    ],
)
def test_a_commit_has_no_pkg_info_so_its_pyproject_says_which_python(
    text: str, expected: str | None
) -> None:
    assert required_python(Contents({"pyproject.toml": text})) == expected
