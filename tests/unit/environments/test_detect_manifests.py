"""Manifests beyond requirements.txt, lock files, and which of several files counts."""

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


@pytest.mark.parametrize(
    ("line", "package"),
    [
        ("git+https://github.com/ada/tool.git@v1#egg=tool", "tool"),
        ("-e git+ssh://git@example.org/x.git#egg=tool", "tool"),
        ("git+https://example.org/x#subdirectory=y&egg=tool[all]", "tool[all]"),
        ("tool @ git+https://github.com/ada/tool", "tool"),
        ("https://example.org/whl/torch-1.4.0%2Bcu92-cp37-cp37m-linux_x86_64.whl", "torch==1.4.0"),
        ("https://example.org/tool-2.1.tar.gz", "tool==2.1"),
    ],
)
def test_a_name_that_an_address_tells_is_taken_from_the_index(line: str, package: str) -> None:
    found = look({"requirements.txt": f"{line}\n"})
    assert found.packages == (package,)
    assert told(found, "is looked for at the index, not at")


@pytest.mark.parametrize(
    ("line", "package"),
    [
        ("torch==1.11.0+cu113", "torch==1.11.0"),
        ("sklearn==0.0", "scikit-learn"),
        ("tensorflow-gpu==1.15", "tensorflow==1.15"),
        ("- numpy", "numpy"),
        ("- TensorFlow 1.13", "tensorflow==1.13"),
        ("wsgiref", None),
    ],
)
def test_lines_that_pip_refuses_are_understood(line: str, package: str | None) -> None:
    assert look({"requirements.txt": line}).packages == ((package,) if package else ())


@pytest.mark.parametrize("line", [".", "-e .", "-e .[dev,torch]", "./", "--editable ."])
def test_the_repository_itself_stands_for_what_it_needs(line: str) -> None:
    setup = "from setuptools import setup\nsetup(name='x', install_requires=['scipy>1'])"
    found = look({"requirements.txt": f"tqdm\n{line}\n", "setup.py": setup})
    assert found.packages == ("tqdm", "scipy>1")
    assert told(found, line, "repository itself")


def test_a_lock_limits_what_the_manifest_beside_it_asks_for() -> None:
    lock = (
        'version = 1\n[[package]]\nname = "numpy"\nversion = "1.23.0"\n'
        '[[package]]\nname = "own"\nversion = "0.1"\nsource = {editable = "."}\n'
        '[[package]]\nname = "tool"\nversion = "2.0"\n[package.source]\ntype = "git"\nurl = "x"\n'
    )
    project = '[project]\nname = "own"\ndependencies = ["numpy>1"]\n'
    found = look({"pyproject.toml": project, "uv.lock": lock})
    assert found.packages == ("numpy>1",)
    assert found.constraints == ("numpy==1.23.0",)
    assert found.sources == ("pyproject.toml", "uv.lock")


def test_of_two_locks_the_first_says_what_both_hold() -> None:
    def lock(**versions: str) -> str:
        return "".join(
            f'[[package]]\nname = "{name}"\nversion = "{version}"\n'
            for name, version in versions.items()
        )

    project = '[project]\nname = "own"\ndependencies = ["numpy>1"]\n'
    files = {
        "pyproject.toml": project,
        "uv.lock": lock(numpy="1.23.0", six="1.16.0"),
        "part/pyproject.toml": project,
        "part/uv.lock": lock(numpy="2.1.0", six="1.16.0", tqdm="4.66.0"),
        "a.py": "import numpy",
        "part/b.py": "import numpy",
    }
    found = look(files, "a.py", "part/b.py")
    assert found.constraints == ("numpy==1.23.0", "six==1.16.0", "tqdm==4.66.0")
    assert told(found, "part/uv.lock: 1 versions left out: another lock comes first")
    assert look(files, "part/b.py").constraints == ("numpy==2.1.0", "six==1.16.0", "tqdm==4.66.0")


def test_a_lock_without_a_manifest_gives_the_packages() -> None:
    lock = '[[package]]\nname = "numpy"\nversion = "1.23.0"\n'
    found = look({"poetry.lock": lock})
    assert (found.packages, found.constraints) == (("numpy==1.23.0",), ())


def test_a_version_that_is_locked_for_some_pythons_only_says_which() -> None:
    lock = (
        '[[package]]\nname = "numpy"\nversion = "1.24.4"\n'
        "resolution-markers = [\"python_full_version < '3.9'\"]\n"
        '[[package]]\nname = "numpy"\nversion = "2.0.2"\n'
        "resolution-markers = [\"python_full_version >= '3.9'\"]\n"
        '[[package]]\nname = "pywin32"\nversion = "3"\nmarkers = "sys_platform == \'win32\'"\n'
    )
    found = look({"uv.lock": lock, "requirements.txt": "numpy\n"})
    assert found.constraints == (
        'numpy==1.24.4; python_version >= "3.7" and python_version <= "3.8"',
        'numpy==2.0.2; python_version >= "3.9" and python_version <= "3.14"',
    )


def test_pipfile_and_its_lock_are_read() -> None:
    pipfile = (
        '[[source]]\nurl = "https://elsewhere.example/simple"\n[packages]\nnumpy = "*"\n'
        'torch = {version = ">=1", extras = ["x"]}\ntool = {git = "https://example.org/t"}\n'
        'near = {path = "."}\n[dev-packages]\npytest = "*"\n[requires]\npython_version = "3.8"\n'
    )
    lock = json.dumps({"default": {"numpy": {"version": "==1.19.1"}, "bad": {"version": "x"}}})
    found = look({"Pipfile": pipfile, "Pipfile.lock": lock})
    assert found.packages == ("numpy", "torch[x]>=1", "tool")
    assert found.constraints == ("numpy==1.19.1",)
    assert found.python == "==3.8.*"
    assert told(found, "its index", "elsewhere", "left out")


def test_extras_and_groups_count_for_what_is_imported_only() -> None:
    text = (
        '[project]\ndependencies = ["numpy"]\n[project.optional-dependencies]\n'
        'torch = ["torch>=1.5"]\ndocs = ["sphinx"]\n[dependency-groups]\ndev = ["tqdm<5"]\n'
    )
    found = look({"pyproject.toml": text, "a.py": "import torch, tqdm"}, "a.py")
    assert found.packages == ("numpy", "torch>=1.5", "tqdm<5")
    assert told(found, "torch>=1.5", "offered as extras")


def test_what_is_offered_twice_is_taken_from_the_nearer_place() -> None:
    files = {
        "setup.cfg": "[options.extras_require]\nx =\n  torch<2\n  torch>3; os_name == 'x'\n",
        "README.md": "pip install torch==1.0 tqdm==4",
        "a.py": "import torch, tqdm",
    }
    assert set(look(files, "a.py").packages) == {"torch<2", "tqdm==4"}


def test_poetry_groups_extras_and_unions_are_read() -> None:
    text = (
        '[tool.poetry.dependencies]\npython = "^3.8 || ^3.10"\n'
        'ray = {version = "^2.0", extras = ["tune"]}\n'
        'jax = [{version = "0.3", python = "<3.8"}, {version = "0.4", python = ">=3.8"}]\n'
        '[tool.poetry.group.dev.dependencies]\nblack = "^22"\n'
    )
    found = look({"pyproject.toml": text})
    assert found.packages == ("ray[tune]<3,>=2.0", "jax==0.4")
    assert found.python == "<4,>=3.8"


def test_flit_hatch_pdm_and_uv_are_read() -> None:
    flit = '[tool.flit.metadata]\nmodule = "x"\nrequires = ["numpy"]\nrequires-python = ">=3.6"\n'
    uv = '[tool.uv]\nconstraint-dependencies = ["numpy<2"]\ndev-dependencies = ["tqdm<5"]\n'
    pdm = '[tool.pdm.dev-dependencies]\ntest = ["scipy<2"]\n'
    hatch = '[tool.hatch.envs.default]\ndependencies = ["pandas<3"]\n'
    found = look(
        {"pyproject.toml": flit + uv + pdm + hatch, "a.py": "import tqdm, scipy, pandas"}, "a.py"
    )
    assert set(found.packages) == {"numpy", "tqdm<5", "scipy<2", "pandas<3"}
    assert (found.python, found.constraints) == (">=3.6", ("numpy<2",))


def test_dynamic_dependencies_are_followed_to_their_file() -> None:
    text = (
        '[project]\nname = "x"\ndynamic = ["dependencies"]\n'
        '[tool.setuptools.dynamic]\ndependencies = {file = ["needs.txt", "/etc/passwd"]}\n'
    )
    found = look({"pyproject.toml": text, "needs.txt": "numpy<2\n"})
    assert found.packages == ("numpy<2",)
    assert told(found, "/etc/passwd", "no such file")


@pytest.mark.parametrize(
    "lines",
    [
        "setup(install_requires=open('requirements/base.txt').read().splitlines())",
        "def read(p):\n    ...\nsetup(install_requires=read('requirements/base.txt'))",
        "with open('requirements/base.txt') as f:\n    N = list(f)\nsetup(install_requires=N)",
        "BASE = ['numpy<2']\nsetup(install_requires=BASE + [])",
        "config = {'install_requires': ['numpy<2']}\nsetup(**config)",
    ],
)
def test_setup_py_computes_its_requirements_in_usual_ways(lines: str) -> None:
    files = {
        "setup.py": f"from setuptools import setup\n{lines}\n",
        "requirements/base.txt": "numpy<2",
    }
    assert look(files).packages == ("numpy<2",)


def test_setup_files_offer_extras_and_name_pythons() -> None:
    setup = (
        "from setuptools import setup\nsetup(name='x', install_requires=['numpy'],"
        "extras_require={'t': ['torch<2']}, classifiers=['Programming Language :: Python :: 3.7',"
        "'Programming Language :: Python :: 3.10', 'Programming Language :: Python :: 3'])"
    )
    found = look({"setup.py": setup, "a.py": "import torch"}, "a.py")
    assert found.packages == ("numpy", "torch<2")
    assert found.pythons == ("3.10", "3.7")


def test_of_several_manifests_the_first_counts_and_the_others_are_told() -> None:
    files = {
        "requirements.txt": "numpy==1.21\n",
        "environment.yml": "dependencies:\n- python=3.8\n- pip\n- scipy\n",
        "setup.py": "from setuptools import setup\nsetup(install_requires=['torch'])",
        "a.py": "",
    }
    found = look(files, "a.py")
    assert found.packages == ("numpy==1.21",)
    assert found.python == "==3.8.*"
    assert told(found, "setup.py, environment.yml left out", "requirements.txt")


@pytest.mark.parametrize(
    "path",
    ["binder/environment.yml", ".binder/environment.yml", "env/environment.yaml", "conda/env.yml"],
)
def test_manifests_lie_in_folders_of_their_own(path: str) -> None:
    assert look({path: "dependencies:\n- numpy=1.19\n"}).packages == ("numpy==1.19.*",)


def test_the_only_manifest_of_another_folder_counts() -> None:
    found = look({"src/requirements.txt": "numpy<2\n", "train.py": "import numpy"}, "train.py")
    assert found.packages == ("numpy<2",)
    assert told(found, "src/requirements.txt", "the only one")


def test_one_of_several_in_other_folders_is_not_guessed() -> None:
    files = {"a/requirements.txt": "numpy<2\n", "b/requirements.txt": "scipy\n", "train.py": ""}
    assert look(files, "train.py").packages == ()


def test_conda_takes_over_a_requirements_file_that_it_names() -> None:
    files = {"environment.yml": "dependencies:\n- pip:\n  - -r needs.txt\n", "needs.txt": "tqdm\n"}
    assert look(files).packages == ("tqdm",)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("uv.lock", "= ="),
        ("uv.lock", 'package = "x"\n'),
        ("uv.lock", '[[package]]\nname = "p"\nversion = "1"\nmarkers = "' + "(" * 3000 + '"\n'),
        ("Pipfile.lock", "[" * 5000),
        ("Pipfile.lock", "[]"),
        ("Pipfile", "packages = 3\n"),
        ("Pipfile", "= ="),
        ("runtime.txt", "node-12\n"),
        (".python-version", "system\n"),
        ("tox.ini", "envlist = x\n"),
        (".devcontainer/devcontainer.json", "/*" * 5000),
    ],
)
def test_a_broken_file_is_told_and_nothing_breaks(path: str, text: str) -> None:
    found = look({path: text, "a.py": "import numpy"}, "a.py")
    assert found.packages == ("numpy",)


@pytest.mark.parametrize(
    ("path", "told_of_it"),
    [
        ("pyproject.toml", "pyproject.toml: is not TOML"),
        ("setup.cfg", "setup.cfg: cannot be read"),
        ("environment.yml", "environment.yml: is not YAML"),
    ],
)
def test_a_broken_file_is_told_beside_one_that_counts(path: str, told_of_it: str) -> None:
    files = {"requirements.txt": "numpy\n", path: "[project\nname=x: {", "a.py": "import numpy"}
    found = look(files, "a.py")
    assert found.packages == ("numpy",)
    assert len([line for line in found.decisions if line.startswith(told_of_it)]) == 1
    others = {**files, path: ""}
    assert not told(look(others, "a.py"), told_of_it)


@pytest.mark.parametrize(
    ("name", "host", "is_told"),
    [
        ("pypi", "pypi.example", False),
        ("pypi", "pypi.elsewhere.example", True),
        ("mine", "pypi.example", True),
        ("pypi", "elsewhere.example", True),
    ],
)
def test_the_index_that_pipenv_writes_by_itself_is_not_worth_a_line(
    name: str, host: str, *, is_told: bool
) -> None:
    source = f'[[source]]\nname = "{name}"\nurl = "https://{host}/simple"\n'
    found = look({"Pipfile": source + '[packages]\nnumpy = "*"\n'})
    assert told(found, "its index", host) is is_told


def test_variables_in_an_address_are_never_expanded_whoever_names_it() -> None:
    text = '[project]\ndependencies = ["x @ https://example.org/${GITHUB_TOKEN}/x", "tqdm"]\n'
    found = look({"pyproject.toml": text})
    assert found.packages == ("tqdm",)
    assert told(found, "never expanded")


@pytest.mark.parametrize(
    "end", [r"\n--index-url http://127.0.0.1:9", r"\x22\x27 or os_name != \x27b"]
)
def test_a_marker_that_would_be_written_as_something_else_is_left_out(end: str) -> None:
    """An escape in its quotes ends the line, or the quotes, once it is written down again."""
    found = look({"requirements.txt": f"tqdm\nnumpy; os_name != 'a{end}'\n"})
    assert found.packages == ("tqdm",)
    assert told(found, "is not a requirement")


@pytest.mark.parametrize(
    ("line", "meant"),
    [("torch~=1.12.1+cu113", "torch~=1.12.1"), ("pytz (>=2011k)", "pytz>=2011"), ("a>=b; c", None)],
)
def test_a_line_that_no_pip_reads_is_read_as_it_was_meant(line: str, meant: str | None) -> None:
    found = look({"requirements.txt": f"tqdm\n{line}\n"})
    assert set(found.packages) == {"tqdm", *([meant] if meant else [])}
    assert told(found, f"read as {meant}" if meant else "is not a requirement")


@pytest.mark.parametrize("marker", ["os_name ~= 'x'", "'x' in extras", "python_version ~= '3'"])
def test_a_marker_that_no_machine_can_answer_is_left_out(marker: str) -> None:
    lock = f'[[package]]\nname = "tqdm"\nversion = "1"\nresolution-markers = ["{marker}"]\n'
    found = look({"requirements.txt": f"tqdm\nnumpy; {marker}\n", "uv.lock": lock})
    assert found.packages == ("tqdm",)
    assert told(found, "is not a requirement")
