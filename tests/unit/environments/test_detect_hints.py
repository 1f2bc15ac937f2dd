"""Files that only hint: which Python, which system packages, install lines for people."""

from __future__ import annotations

import json

import pytest

from sandbox.domain import Requirements
from sandbox.environments import detect
from sandbox.interfaces import MemoryTree


def look(files: dict[str, str | bytes], *entries: str) -> Requirements:
    return detect(MemoryTree(files), entries=entries, committed_at="2022-11-20T18:19:40+09:00")


def told(found: Requirements, *words: str) -> bool:
    return any(all(word in line for word in words) for line in found.decisions)


def test_runtime_txt_is_a_strong_statement() -> None:
    assert look({"runtime.txt": "python-3.7.17\n"}).python == "==3.7.*"


@pytest.mark.parametrize(
    ("path", "text", "pythons"),
    [
        (".python-version", "3.8.12\n", ("3.8",)),
        ("runtime.txt", "3.9\n", ("3.9",)),
        ("tox.ini", "[tox]\nenvlist = py{37,38}-x, py310, lint\n", ("3.10", "3.8", "3.7")),
        ("Dockerfile", "FROM --platform=linux python:3.8-slim AS one\n", ("3.8",)),
        ("Dockerfile", "ARG V=3.9\nFROM python:${V}\n", ("3.9",)),
        ("Dockerfile", "FROM python:$UNKNOWN\n", ()),
        ("Dockerfile", "FROM tensorflow/tensorflow:1.15.0-py3\n", ()),
        (
            ".devcontainer/devcontainer.json",
            '{// seen\n"image": "mcr.microsoft.com/devcontainers/python:1-3.11-bullseye",}',
            ("3.11",),
        ),
        (
            ".devcontainer/devcontainer.json",
            '{"features": {"ghcr.io/devcontainers/features/python:1": {"version": "3.10"}}}',
            ("3.10",),
        ),
        (
            ".github/workflows/test.yml",
            "jobs:\n  x:\n    matrix:\n      python-version: [3.8, '3.10']\n      torch: [3.7]\n",
            ("3.10", "3.8"),
        ),
        (
            ".travis.yml",
            "language: python\npython:\n  - '3.6'\n  - 3.7\nnode: 3.9\n",
            ("3.7", "3.6"),
        ),
        (".gitlab-ci.yml", "image: python:3.9\n", ("3.9",)),
        ("README.md", "Tested with **Python 3.6.5** and Python 2.7.\n", ("3.6",)),
        ("README.md", "conda create -n x python=3.7 numpy\n", ("3.7",)),
        ("README.md", "Python 2.7 or 3.6\n", ("3.6",)),
        ("README.md", "Version 3.6 of our tool\n", ()),
    ],
)
def test_pythons_that_were_used_are_found(path: str, text: str, pythons: tuple[str, ...]) -> None:
    found = look({path: text})
    assert found.pythons == pythons
    assert found.python is None


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("runtime.txt", "python-3.{}"),
        (".python-version", "3.1{}"),
        ("tox.ini", "[tox]\nenvlist = py3{}\n"),
        ("Dockerfile", "FROM python:3.{}\n"),
        (
            ".github/workflows/test.yml",
            "jobs:\n  x:\n    matrix:\n      python-version: ['3.{}']\n",
        ),
        ("README.md", "conda create -n x python=3.{} numpy\n"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = '^3.{}'\n"),
        ("setup.py", "from setuptools import setup\nsetup(python_requires='>=3.{}')\n"),
        ("environment.yml", "dependencies: [python=3.{}, numpy=1.{}]\n"),
        ("requirements.txt", "numpy 1.2{}\n"),
    ],
)
@pytest.mark.parametrize("digit", ["\N{ARABIC-INDIC DIGIT NINE}", "\N{SUPERSCRIPT TWO}"])
def test_digits_of_other_scripts_are_no_version(path: str, text: str, digit: str) -> None:
    found = look({path: text.replace("{}", digit)})
    assert digit not in "".join((found.python or "", *found.pythons, *found.packages))


@pytest.mark.parametrize(
    "text", ["Python 3.6+", "python >= 3.6", "at least Python 3.6", "Python 3.6 or newer"]
)
def test_a_least_python_of_a_readme_counts_where_nothing_stronger_does(text: str) -> None:
    assert look({"README.md": f"You need {text} for this."}).python == ">=3.6"
    stronger = {"README.md": text, "setup.cfg": "[options]\npython_requires = <3.9\n"}
    assert look(stronger).python == "<3.9"


def test_the_python_that_notebooks_were_run_with_is_the_most_telling() -> None:
    metadata = {"language_info": {"name": "python", "version": "3.7.3"}}
    text = json.dumps({"cells": [], "metadata": metadata})
    assert look({"a.ipynb": text, ".python-version": "3.9"}, "a.ipynb").pythons == ("3.7", "3.9")


def test_a_notebook_for_python_2_is_told() -> None:
    text = json.dumps({"cells": [], "metadata": {"kernelspec": {"name": "python2"}}})
    found = look({"a.ipynb": text}, "a.ipynb")
    assert found.pythons == ()
    assert told(found, "a.ipynb", "Python 2")


def test_system_packages_are_found_and_those_without_use_are_told() -> None:
    files = {
        "apt.txt": (
            "ffmpeg\ncontainerd.io\nbuild-essential\n# no\nlibgl1-mesa-glx\n-o Evil=1\n"
            "$(id)\nlibc6-\n"
        ),
        "Dockerfile": (
            "FROM debian\nRUN apt-get update && apt-get install -y --no-install-recommends \\\n"
            "    # why\n    graphviz=2.42 \\\n    python3-dev git libfoo-dev && rm -rf /x\n"
        ),
        "README.md": "    $ sudo apt-get install -y xvfb\n",
    }
    found = look(files)
    assert found.system_packages == ("ffmpeg", "libgl1", "graphviz", "xvfb")
    assert told(found, "apt.txt", "build-essential", "no run needs")
    assert told(found, "apt.txt", "$(id)", "libc6-", "no name")
    assert told(found, "Dockerfile", "python3-dev, git, libfoo-dev")


def test_an_install_line_for_people_counts_only_for_what_is_imported() -> None:
    files = {
        "README.md": (
            "```\npip install --upgrade pip jupyterlab\n$ pip3 install torch==1.4 tqdm -f https://x\n"
            "conda install -c conda-forge scipy=1.5\n```\nThen `pip install -U numpy>=1.1`.\n"
        ),
        "a.py": "import torch, scipy, numpy",
    }
    found = look(files, "a.py")
    assert set(found.packages) == {"torch==1.4", "scipy==1.5.*", "numpy>=1.1"}
    assert told(found, "torch==1.4", "install lines")


def test_a_sentence_about_packages_of_the_system_names_none() -> None:
    text = "    # apt install required packages\n    apt install -y libgl1-mesa-glx\n"
    found = look({"README.md": text})
    assert found.system_packages == ("libgl1",)
    assert not told(found, "required")


@pytest.mark.parametrize("line", ["pip '' install tqdm", "pip install '' tqdm", "conda '' create"])
def test_empty_words_in_a_command_are_no_words(line: str) -> None:
    found = look({"README.md": f"    {line}\n", "a.py": "import tqdm"}, "a.py")
    assert found.packages == ("tqdm",)


def test_what_is_declared_is_not_asked_of_a_readme() -> None:
    files = {
        "README.md": "pip install torch==1.4",
        "requirements.txt": "torch\n",
        "a.py": "import torch",
    }
    assert look(files, "a.py").packages == ("torch",)


def test_pip_lines_of_a_dockerfile_count_for_what_is_imported() -> None:
    files = {
        "Dockerfile": "FROM pytorch/pytorch:1.5.1-cuda10.1\nRUN pip install gym==0.17 jupyter\n",
        "a.py": "import gym, torch",
    }
    found = look(files, "a.py")
    assert set(found.packages) == {"gym==0.17", "torch"}
    assert found.constraints == ("torch==1.5.1",)


def test_no_image_that_a_dockerfile_names_is_ever_taken() -> None:
    """BU-06: neither as a base nor to copy from; a Python's version is all that is read of it."""
    text = "FROM registry.example/private:1 AS a\nFROM python:3.9\nCOPY --from=other /key /key\n"
    found = look({"Dockerfile": text, "a.py": ""}, "a.py")
    assert (found.packages, found.system_packages, found.pythons) == ((), (), ("3.9",))
    assert not told(found, "private")


def test_what_would_run_code_is_told_to_be_never_run() -> None:
    names = ["Dockerfile", "docker-compose.yml", "binder/postBuild", "Makefile"]
    found = look(dict.fromkeys(names, ""))
    assert all(told(found, "never run", name) for name in names)


def test_commands_of_a_development_container_are_read() -> None:
    text = json.dumps({"postCreateCommand": ["pip", "install", "tqdm<5"]})
    found = look({".devcontainer/devcontainer.json": text, "a.py": "import tqdm"}, "a.py")
    assert found.packages == ("tqdm<5",)
