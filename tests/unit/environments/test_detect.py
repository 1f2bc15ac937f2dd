from __future__ import annotations

import json

import pytest
from packaging.requirements import Requirement

from sandbox.domain import Requirements
from sandbox.environments import detect, third_party_imports
from sandbox.interfaces import MemoryTree


def look(files: dict[str, str | bytes], *entries: str) -> Requirements:
    return detect(MemoryTree(files), entries=entries, committed_at="2022-11-20T18:19:40+09:00")


def test_what_bears_no_date_is_not_of_the_first_day_of_unix() -> None:
    dates = ("1970-01-01T00:00:00+00:00", "1999-12-31T00:00:00+00:00", None)
    found = [detect(MemoryTree({}), entries=(), committed_at=date).as_of for date in dates]
    assert found == [None, "1999-12-31", None]


def told(found: Requirements, *words: str) -> bool:
    """Whether one decision holds all of the words."""
    return any(all(word in line for word in words) for line in found.decisions)


def notebook(*cells: str) -> str:
    listed = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    return json.dumps({"cells": listed, "nbformat": 4})


def test_versions_are_asked_of_the_commits_date() -> None:
    assert look({"a.py": "import numpy"}, "a.py").as_of == "2022-11-20"


def test_without_a_manifest_imports_decide_and_that_is_told() -> None:
    found = look({"a.py": "import os\nimport numpy as np\nfrom sklearn import svm"}, "a.py")
    assert found.packages == ("numpy", "scikit-learn")
    assert found.sources == ("imports",)
    assert told(found, "nothing is declared")
    assert told(found, "sklearn", "scikit-learn")


def test_local_modules_are_followed_and_never_asked_for() -> None:
    files = {
        "pack/train.py": "import datasets\nfrom models.net import Net\nfrom . import near",
        "pack/datasets.py": "import pandas",
        "models/__init__.py": "",
        "models/net.py": "import torch\nfrom .deep import x",
        "models/deep.py": "import scipy.stats",
        "pack/near.py": "import tqdm",
        "other.py": "import never",
    }
    assert look(files, "pack/train.py").packages == ("pandas", "scipy", "torch", "tqdm")


def test_a_module_that_needs_an_undeclared_distribution_brings_it() -> None:
    found = look({"a.py": "from torch.utils.tensorboard import SummaryWriter"}, "a.py")
    assert found.packages == ("torch", "tensorboard")
    assert told(found, "tensorboard", "SummaryWriter")


@pytest.mark.parametrize(
    ("module", "distribution"),
    [
        ("cv2", "opencv-python-headless"),
        ("PIL.Image", "pillow"),
        ("yaml", "pyyaml"),
        ("bs4", "beautifulsoup4"),
        ("google.protobuf.message", "protobuf"),
        ("mpl_toolkits.basemap", "basemap"),
        ("mpl_toolkits.mplot3d", "matplotlib"),
        ("skimage", "scikit-image"),
        ("stable_baselines3", "stable-baselines3"),
    ],
)
def test_import_names_become_distributions(module: str, distribution: str) -> None:
    assert look({"a.py": f"import {module}"}, "a.py").packages == (distribution,)


def test_an_import_the_code_can_do_without_is_left_out_and_told() -> None:
    code = "try:\n    import wandb\nexcept ImportError:\n    wandb = None\n"
    found = look({"a.py": code}, "a.py")
    assert found.packages == ()
    assert told(found, "wandb", "does without")


def test_an_import_whose_absence_ends_the_program_is_needed() -> None:
    code = "try:\n    import gym\nexcept ImportError:\n    raise SystemExit('install gym')\n"
    assert look({"a.py": code}, "a.py").packages == ("gym",)


def test_imports_for_type_checkers_and_of_python_2_are_not_asked_for() -> None:
    code = (
        "import cPickle, urllib2\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  import x"
    )
    assert look({"a.py": code}, "a.py").packages == ()


def test_requirements_are_read_with_comments_markers_and_includes() -> None:
    files = {
        "requirements.txt": (
            "# all of it\nnumpy==1.21.0  # pinned\n-r more/base.txt\n-c limits.txt\n"
            "pandas[excel]>=1 ; python_version >= '3.8'\nscipy==1.7.3 --hash=sha256:00 \\\n"
            "  --hash=sha256:11\n"
        ),
        "more/base.txt": "tqdm\n-r ../requirements.txt\n",
        "limits.txt": "tqdm<5\nunused==1\n",
    }
    found = look(files)
    assert found.packages == (
        "numpy==1.21.0",
        "tqdm",
        'pandas[excel]>=1; python_version >= "3.8"',
        "scipy==1.7.3",
    )
    assert found.constraints == ("tqdm<5", "unused==1")
    assert found.sources == ("requirements.txt",)
    assert told(found, "read already")


@pytest.mark.parametrize(
    "line",
    [
        "git+https://github.com/ada/tool.git",
        "https://example.org/tool",
        "file:///etc/passwd",
        "--index-url https://elsewhere.example/simple",
        "-i https://elsewhere.example/simple",
        "--extra-index-url=https://elsewhere.example/simple",
        "--find-links /etc",
        "--trusted-host example.org",
        "-r /etc/passwd",
        "-r ../../outside.txt",
        "-c https://example.org/limits.txt",
        "./vendored",
        "pkg @ https://example.org/${GITHUB_TOKEN}/pkg-1.0-py3-none-any.whl",
        "pkg==${VERSION}",
        "!!!",
    ],
)
def test_what_points_elsewhere_is_left_out_and_told(line: str) -> None:
    found = look({"requirements.txt": f"{line}\ntqdm\n"})
    assert found.packages == ("tqdm",)
    assert told(found, "requirements.txt: ", "left out")


def test_of_what_lies_in_a_repository_it_is_told_how_to_have_it() -> None:
    found = look({"requirements.txt": "git+https://github.com/ada/tool.git\nfile:///etc/passwd\n"})
    (git,) = [line for line in found.decisions if "git+" in line]
    (file,) = [line for line in found.decisions if "file:" in line]
    assert git.endswith("left out: only packages of the configured index are used")
    assert "to fetch tool: sandbox build TARGET --follow" in found.decisions
    assert file.endswith("left out: only packages of the configured index are used")


def test_options_of_one_requirement_are_left_out_and_told() -> None:
    found = look({"requirements.txt": "torch==1.0 --hash=sha256:00 --global-option='--x'\n"})
    assert found.packages == ("torch==1.0",)
    assert told(found, "--global-option", "left out")


def test_a_name_of_thousands_of_letters_is_none() -> None:
    found = look({"requirements.txt": "x" * 5000 + "\ntqdm\n"})
    assert found.packages == ("tqdm",)
    assert told(found, "left out")


def test_variables_are_never_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERSION", "1.0")
    found = look({"requirements.txt": "pkg==${VERSION}\n"})
    assert found.packages == ()
    assert told(found, "${VERSION}", "never expanded")


def test_credentials_of_an_address_are_not_told() -> None:
    found = look({"requirements.txt": "--index-url https://ada:s3cret@example.org/simple\n"})
    assert not any("s3cret" in line for line in found.decisions)


def test_dead_names_are_called_what_they_are_called_today() -> None:
    found = look({"requirements.txt": "sklearn\ntensorflow-gpu==2.3\nopencv-python\nPIL\nos\n"})
    assert found.packages == (
        "scikit-learn",
        "tensorflow==2.3",
        "opencv-python-headless",
        "pillow",
    )
    assert told(found, "sklearn is called scikit-learn")
    assert told(found, "os", "part of Python")


def test_conda_exports_in_a_requirements_file_are_understood() -> None:
    text = "numpy=1.19.2=py38h54aff64_0\nscipy @ file:///tmp/build/80754af9/scipy_1/work\n"
    assert look({"requirements.txt": text}).packages == ("numpy==1.19.2", "scipy")


def test_what_conda_lists_is_taken_by_conda_s_names() -> None:
    """None of its C libraries is asked of an index, where others have packages of these names."""
    text = (
        "# $ conda create --name <env> --file <this file>\n# platform: linux-64\n"
        "_libgcc_mutex=0.1=main\nglib=2.56.2=had28632_1001\nicu=58.2=hf484d3e_1000\n"
        "mkl_fft=1.0.15=py37ha843d7b_0\nopencv=3.4.2=py37h6fd60c2_1\npip=20.0.2=py37_1\n"
        "python=3.7.6=h0371630_2\npytorch=1.4.0=py3.7_cuda10.1.243_cudnn7.6.3_0\n"
        "tensorboard=2.1.1=pypi_0\nx264=1!152.20180806=h14c3975_0\n"
    )
    found = look({"requirements.txt": text})
    assert found.packages == ("opencv-python-headless==3.4.2", "torch==1.4.0", "tensorboard==2.1.1")
    assert found.python == "==3.7.*"
    assert told(found, "without a counterpart", "_libgcc_mutex, glib, icu, mkl_fft, x264")


def test_what_powershell_wrote_is_read() -> None:
    assert look({"requirements.txt": "numpy\r\n".encode("utf-16")}).packages == ("numpy",)


def test_what_is_not_utf_8_is_told_and_the_rest_is_read() -> None:
    found = look({"requirements.txt": b"# caf\xe9\nnumpy\n"})
    assert found.packages == ("numpy",)
    assert told(found, "not UTF-8")


def test_ten_thousand_lines_are_cut_and_told() -> None:
    found = look({"requirements.txt": "".join(f"p{n}\n" for n in range(10_000))})
    assert len(found.packages) == 1000
    assert told(found, "1000 lines")


def test_a_contradiction_keeps_the_first_and_tells() -> None:
    found = look({"requirements.txt": "numpy==1.0\nnumpy==2.0\n"})
    assert found.packages == ("numpy==1.0",)
    assert told(found, "numpy", "twice")


def test_the_manifest_nearest_to_the_entry_counts() -> None:
    files = {
        "requirements.txt": "torch\n",
        "examples/gan/requirements.txt": "flax\n",
        "examples/gan/main.py": "import flax",
    }
    found = look(files, "examples/gan/main.py")
    assert found.packages == ("flax",)
    assert told(found, "requirements.txt left out", "nearer")


def test_what_an_entry_imports_but_nothing_declares_is_added_and_told() -> None:
    files = {"requirements.txt": "opencv-python\n", "a.py": "import cv2, tqdm"}
    found = look(files, "a.py")
    assert found.packages == ("opencv-python-headless", "tqdm")
    assert told(found, "tqdm", "not declared")


def test_files_for_developers_do_not_count() -> None:
    files = {"requirements-dev.txt": "pytest\n", "requirements_test.txt": "tox\n", "a.py": ""}
    assert look(files, "a.py").packages == ()


def test_pyproject_gives_dependencies_and_python() -> None:
    text = '[project]\nname="x"\nrequires-python=">=3.8"\ndependencies=["numpy>1", "tqdm"]\n'
    found = look({"pyproject.toml": text})
    assert found.packages == ("numpy>1", "tqdm")
    assert found.python == ">=3.8"


def test_poetrys_carets_and_tildes_become_bounds() -> None:
    text = (
        '[tool.poetry.dependencies]\npython = "^3.7"\nnumpy = "^1.21.2"\ntorch = "~1.9"\n'
        'tiny = "^0.3"\nany = "*"\nlocal = {path = "x"}\n'
        'extra = {version = "^2", optional = true}\n'
    )
    found = look({"pyproject.toml": text})
    assert set(map(str, map(Requirement, found.packages))) == {
        "numpy<2,>=1.21.2",
        "torch==1.9.*,>=1.9",
        "tiny<0.4,>=0.3",
        "any",
    }
    assert found.python == "<4,>=3.7"
    assert told(found, "local", "left out")


def test_requires_python_is_taken_from_beside_the_requirements() -> None:
    files = {
        "requirements.txt": "numpy\n",
        "setup.py": "from setuptools import setup\nsetup(python_requires='>=3.6,<3.9')",
    }
    found = look(files)
    assert found.packages == ("numpy",)
    assert found.python == "<3.9,>=3.6"


def test_setup_py_is_read_and_never_run() -> None:
    text = (
        "import setuptools\nraise SystemExit('run')\nNEEDS = ['numpy>=1', 'tqdm']\n"
        "setuptools.setup(install_requires=NEEDS, python_requires='>=3.6')\n"
    )
    found = look({"setup.py": text})
    assert found.packages == ("numpy>=1", "tqdm")
    assert found.python == ">=3.6"


def test_computed_requirements_of_setup_py_are_told() -> None:
    text = "from setuptools import setup\nsetup(install_requires=open('r.txt').readlines())"
    assert told(look({"setup.py": text}), "setup.py", "computed")


def test_setup_cfg_lists_requirements() -> None:
    text = "[options]\npython_requires = >=3.7\ninstall_requires =\n  numpy\n  # no\n  scipy>=1\n"
    found = look({"setup.cfg": text})
    assert found.packages == ("numpy", "scipy>=1")


def test_conda_names_become_pypis_and_the_rest_is_named() -> None:
    text = (
        "name: x\nchannels: [pytorch]\ndependencies:\n  - python=3.8\n  - pytorch=1.7\n"
        "  - numpy=1.19.2=py38_0\n  - conda-forge::opencv>=4\n  - scikit-learn==0.24.1\n"
        "  - cudatoolkit=11\n  - libgcc-ng\n  - pip:\n    - gym==0.17\n    - -r /etc/passwd\n"
    )
    found = look({"environment.yml": text})
    assert found.packages == (
        "torch==1.7.*",
        "numpy==1.19.2",
        "opencv-python-headless>=4",
        "scikit-learn==0.24.1",
        "gym==0.17",
    )
    assert found.python == "==3.8.*"
    assert told(found, "cudatoolkit", "libgcc-ng", "without a counterpart")
    assert told(found, "/etc/passwd", "left out")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("environment.yml", "a: &a [x]\nb: !!python/object/apply:os.system ['true']\n"),
        ("environment.yml", "[" * 3000),
        ("environment.yml", "dependencies: 7\n"),
        ("environment.yml", "- just\n- a list\n"),
        ("environment.yml", "dependencies:\n- &d {pip: [*d]}\n"),
        ("pyproject.toml", "[project\n"),
        ("pyproject.toml", "x = " + "[" * 5000),
        ("pyproject.toml", "project = 3\n[tool]\npoetry = 4\n"),
        ("setup.cfg", "[metadata\nname=%(HOME)s\n"),
        ("setup.py", "print 'two'\n"),
        ("setup.py", "x = 1\x00"),
        ("requirements.txt", "x" * 600_000),
    ],
)
def test_a_broken_manifest_is_told_and_nothing_breaks(path: str, text: str) -> None:
    found = look({path: text, "a.py": "import numpy"}, "a.py")
    assert "numpy" in found.packages
    assert told(found, path)


def test_an_alias_bomb_is_not_expanded() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(8)
    )
    found = look({"environment.yml": bomb + "dependencies: *i\n"})
    assert found.packages == ()
    assert told(found, "environment.yml")


def test_notebooks_give_imports_and_what_they_install() -> None:
    cells = (
        "%matplotlib inline\nimport numpy as np\n!pip install -q seaborn==0.11 -r extra.txt",
        "%pip install git+https://example.org/x.git",
        "%%bash\npip install lightgbm",
        "this is not python",
        "from google.colab import drive\nimport plotly",
    )
    found = look({"a.ipynb": notebook(*cells)}, "a.ipynb")
    expected = {"seaborn==0.11", "lightgbm", "numpy", "plotly", "matplotlib"}
    assert set(found.packages) == expected
    assert told(found, "git+https", "left out")
    assert told(found, "google.colab", "left out")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"cells": 3}', '{"worksheets": [4]}', "\ufeff{}"])
def test_a_notebook_that_is_none_does_no_harm(text: str) -> None:
    assert look({"a.ipynb": text}, "a.ipynb").packages == ()


def test_code_that_cannot_be_parsed_is_told() -> None:
    assert told(look({"a.py": "print 'two'"}, "a.py"), "a.py", "not Python 3")


def test_a_sum_of_ten_thousand_terms_is_no_obstacle() -> None:
    code = "import numpy\nx = " + "+".join(["1"] * 900) + "\n"
    assert look({"a.py": code}, "a.py").packages == ("numpy",)


def test_without_entries_every_script_is_looked_at_but_tests() -> None:
    files = {"a.py": "import numpy", "b/c.py": "import tqdm", "tests/t.py": "import pytest"}
    assert look(files).packages == ("numpy", "tqdm")


def test_third_party_imports_are_named_as_the_code_names_them() -> None:
    code = (
        "import PIL.Image, os, near\nfrom numpy import array, zeros\nfrom torch import *\n"
        "try:\n    import wandb\nexcept ImportError:\n    wandb = None\n"
    )
    tree = MemoryTree({"a.py": code, "near.py": "from numpy import array"})
    expected = ("PIL.Image", "numpy:array", "numpy:zeros", "torch")
    assert third_party_imports(tree, entries=["a.py"]) == expected
