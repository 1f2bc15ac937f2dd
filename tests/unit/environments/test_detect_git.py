"""Packages that are named by the address of a git repository: fetched where that is asked, told."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from sandbox.domain import Requirements
from sandbox.environments import detect
from sandbox.interfaces import MemoryTree

TOOL = "git+https://github.com/ada/tool"
TRAIN = {"train.py": "import tool\nprint(tool)\n"}


def look(files: Mapping[str, str], *, follow: bool) -> Requirements:
    return detect(MemoryTree({**files}), entries=[], committed_at=None, follow=follow)


FORMS = {
    "requirements.txt": f"{TOOL}@v1#egg=tool\n",
    "requirements/base.txt": f"-e {TOOL}@v1#egg=tool\n",
    "pyproject.toml": f'[project]\nname = "x"\ndependencies = ["tool @ {TOOL}@v1"]\n',
    "Pipfile": f'[packages]\ntool = {{git = "{TOOL[4:]}", ref = "v1"}}\n',
    "environment.yml": f"dependencies:\n- pip:\n  - {TOOL}@v1#egg=tool\n",
    "a.ipynb": (
        '{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "source": '
        f'"!pip install {TOOL}@v1\\nimport tool"}}], "nbformat": 4, "metadata": {{}}}}'
    ),
    "README.md": f"```\n$ pip install {TOOL}@v1\n```\n",
}


@pytest.mark.parametrize("name", FORMS)
def test_every_place_that_names_one_is_read(name: str) -> None:
    found = look({name: FORMS[name], **TRAIN}, follow=True)
    assert found.git == (f"tool @ {TOOL}@v1",)
    assert not any("--follow" in line for line in found.decisions)


POETRY = """
[tool.poetry.dependencies]
tool = {git = "git@github.com:ada/tool.git", tag = "v1", subdirectory = "src"}
"""
UV = """
[project]
name = "x"
dependencies = ["tool"]
[tool.uv.sources]
tool = {git = "https://github.com/ada/tool.git", tag = "v1", subdirectory = "src"}
other = {git = "https://github.com/ada/other"}
"""


ARCHIVE = "https://github.com/ada/tool/archive/refs/tags/v1.zip"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("requirements.txt", f"{ARCHIVE}\n"),
        ("requirements.txt", f"tool @ {ARCHIVE}\n"),
        ("pyproject.toml", f'[tool.poetry.dependencies]\ntool = {{url = "{ARCHIVE}"}}\n'),
        ("README.md", f"```\n$ pip install {ARCHIVE}\n```\n"),
    ],
)
def test_an_archive_that_a_host_makes_of_a_repository_is_the_repository(
    name: str, text: str
) -> None:
    found = look({name: text, **TRAIN}, follow=True)
    assert found.git == (f"tool @ {TOOL}@v1",)


@pytest.mark.parametrize("text", [POETRY, UV], ids=["poetry", "uv"])
def test_tables_say_the_same_in_other_words(text: str) -> None:
    found = look({"pyproject.toml": text, **TRAIN}, follow=True)
    assert found.git == (f"tool @ {TOOL}.git@v1#subdirectory=src",)


@pytest.mark.parametrize("name", FORMS)
def test_unasked_nothing_is_followed_and_it_is_told_how_to_ask(name: str) -> None:
    found = look({name: FORMS[name], **TRAIN}, follow=False)
    assert found.git == ()
    assert found.packages == ("tool",)
    (told,) = [line for line in found.decisions if TOOL in line]
    assert told.startswith(f"{name}: tool is looked for at the index, not at ")
    assert "to fetch tool: sandbox build TARGET --follow" in found.decisions


BY_HAND = """
# Install
    git clone --depth 1 https://github.com/ada/tool.git
    cd tool
    pip install -e .
"""


def test_what_readers_are_told_to_clone_and_install_is_theirs_if_it_is_imported() -> None:
    with_it = look({"README.md": BY_HAND, **TRAIN}, follow=True)
    without = look({"README.md": BY_HAND, "train.py": "import json\n"}, follow=True)
    assert (with_it.git, without.git) == ((f"tool @ {TOOL}.git",), ())


def test_a_clone_that_nothing_installs_is_no_package() -> None:
    text = "git clone https://github.com/ada/tool.git\n" + "\n" * 9 + "pip install -e .\n"
    assert look({"README.md": text, **TRAIN}, follow=True).git == ()


def test_the_repository_itself_is_not_fetched() -> None:
    files = {"setup.py": "from setuptools import setup\nsetup(name='tool')\n", **TRAIN}
    assert look({"requirements.txt": f"{TOOL}\n", **files}, follow=True).git == ()


def test_a_name_that_is_guessed_is_asked_for_from_there_alone() -> None:
    found = look({"requirements.txt": f"{TOOL}-kit\ntqdm\n", "train.py": ""}, follow=True)
    assert found.git == (f"tool-kit @ {TOOL}-kit",)
    assert found.packages == ("tqdm",)


def test_of_two_addresses_of_one_package_the_nearer_counts() -> None:
    readme = f"pip install {TOOL}@v2\n"
    files = {"requirements.txt": f"{TOOL}@v1\n", "README.md": readme, **TRAIN}
    assert look(files, follow=True).git == (f"tool @ {TOOL}@v1",)


def test_where_only_its_authors_have_it_an_import_says_enough() -> None:
    code = {"train.py": "import detectron2.config\nprint(detectron2)\n"}
    (text,) = look(code, follow=True).git
    assert text == "detectron2 @ git+https://github.com/facebookresearch/detectron2"
    unasked = look(code, follow=False).decisions
    assert any(line.startswith("detectron2 is looked for at the index, not at") for line in unasked)


def test_what_is_fetched_is_not_looked_for_on_an_index_under_another_name() -> None:
    """The index has this module as openai-clip."""
    files = {"requirements.txt": "git+https://github.com/openai/CLIP\n", "a.py": "import clip\n"}
    assert look(files, follow=True).packages == ()
    assert look(files, follow=False).packages == ("openai-clip",)


def test_a_package_is_fetched_where_its_marker_holds() -> None:
    marker = 'python_version < "3.8"'
    lines = f"tool @ {TOOL} ; {marker}\n{TOOL}-kit ; {marker}\n"
    found = look({"requirements.txt": lines, "train.py": ""}, follow=True)
    assert found.git == (f"tool @ {TOOL} ; {marker}", f"tool-kit @ {TOOL}-kit ; {marker}")
    assert found.packages == (f"tool; {marker}",)


def test_each_package_of_one_repository_is_fetched() -> None:
    lines = f"{TOOL}#subdirectory=a\n{TOOL}#subdirectory=b\n{TOOL}\n"
    found = look({"requirements.txt": lines, "train.py": ""}, follow=True)
    assert len(found.git) == 3


def test_of_two_addresses_of_one_name_the_one_that_does_not_count_is_told() -> None:
    lines = f"tool @ {TOOL}@v1\ntool @ {TOOL}@v2\n"
    found = look({"requirements.txt": lines, **TRAIN}, follow=True)
    assert found.git == (f"tool @ {TOOL}@v1",)
    told = f"requirements.txt: tool has two addresses: '{TOOL}@v1' counts, not '{TOOL}@v2'"
    assert told in found.decisions


@pytest.mark.parametrize("line", [f"tool @ {TOOL}", f"{TOOL}#egg=tool"])
def test_a_constraint_asks_for_nothing_and_says_where_it_is_to_be_had(line: str) -> None:
    files = {"c.txt": f"{line}\n", "train.py": ""}
    alone = look({"requirements.txt": "-c c.txt\ntqdm\n", **files}, follow=True)
    asked = look({"requirements.txt": "-c c.txt\ntool\n", **files}, follow=True)
    assert (alone.packages, alone.git) == (("tqdm",), ())
    assert (asked.packages, asked.git) == (("tool",), (f"tool @ {TOOL}",))


DETAILED = """
[tool.poetry.dependencies]
tool = {git = "https://github.com/ada/tool", extras = ["x"], markers = "python_version < '3.8'"}
kit = {git = "https://github.com/ada/kit", optional = true}
[project]
dependencies = ["mono"]
[tool.uv.sources]
mono = [{git = "https://github.com/ada/mono", marker = "sys_platform == 'linux'"}]
"""


def test_tables_keep_extras_and_markers_and_what_is_optional_is_fetched_if_imported() -> None:
    found = look({"pyproject.toml": DETAILED, "train.py": "import kit\n"}, follow=True)
    assert 'tool[x]; python_version < "3.8"' in found.packages
    assert found.git == (
        f'tool @ {TOOL} ; python_version < "3.8"',
        "kit @ git+https://github.com/ada/kit",
        'mono @ git+https://github.com/ada/mono ; sys_platform == "linux"',
    )


def test_an_install_line_for_readers_counts_for_an_import_of_its_name() -> None:
    line = "pip install git+https://github.com/openai/CLIP.git\n"
    found = look({"README.md": line, "train.py": "import clip\n"}, follow=True)
    assert found.git == ("clip @ git+https://github.com/openai/CLIP.git",)
    assert found.packages == ()


def test_a_readme_that_clones_its_own_repository_names_no_package() -> None:
    files = {"setup.py": "from setuptools import setup\nsetup(name='tool')\n", **TRAIN}
    assert look({"README.md": BY_HAND, **files}, follow=True).git == ()


def test_no_part_of_a_credential_is_told() -> None:
    lines = "git+https://ada:pa@ss@github.com/x\nx @ git+https://github.com/a/b?token=s3cret\n"
    told = "\n".join(look({"requirements.txt": lines, **TRAIN}, follow=True).decisions)
    assert not [secret for secret in ("pa@", "ss@", "s3cret") if secret in told]


def test_a_file_of_addresses_alone_does_not_hide_what_the_project_itself_asks_for() -> None:
    setup = "from setuptools import setup\nsetup(name='x', install_requires=['numpy<2'])\n"
    files = {"requirements.txt": f"{TOOL}\n", "setup.py": setup, **TRAIN}
    found = look(files, follow=True)
    assert (found.packages, found.git) == (("numpy<2", "tool"), (f"tool @ {TOOL}",))
    assert look(files, follow=False).packages == ("numpy<2", "tool")


@pytest.mark.parametrize("ref", ["v0.8.5", "0.8.5", "v0.8.5_fixes", "v0.8.5-patch"])
def test_a_tag_that_is_not_fetched_says_which_release_of_the_index_is_meant(ref: str) -> None:
    text = f"tool @ {TOOL}@{ref}\n"
    found = look({"requirements.txt": text, **TRAIN}, follow=False)
    assert found.constraints == ("tool==0.8.5",)
    assert look({"requirements.txt": text, **TRAIN}, follow=True).constraints == ()


@pytest.mark.parametrize(
    "text", [f"{TOOL}@main", f"{TOOL}@0a1b2c3", f"{TOOL}@1.x", f"tool>1\n{TOOL}@2.0"]
)
def test_a_branch_or_commit_says_nothing_of_releases(text: str) -> None:
    files = {"requirements.txt": f"{text}#egg=tool\n", **TRAIN}
    assert look(files, follow=False).constraints == ()


def test_what_the_index_has_somebody_elses_of_is_fetched_or_left_out() -> None:
    files = {"train.py": "def f():\n    from apex import amp"}
    left = look(files, follow=False)
    assert left.packages == left.git == ()
    assert any("github.com/NVIDIA/apex' left out" in line for line in left.decisions)
    assert look(files, follow=True).git == ("apex @ git+https://github.com/NVIDIA/apex",)
    asked = {"requirements.txt": "apex", **files}
    assert look(asked, follow=False).packages == ("apex",)
