"""Which files can be run, and which of them a user means."""

from __future__ import annotations

import json

import pytest

from sandbox.domain import EntryKind
from sandbox.errors import EntryError
from sandbox.interfaces import MemoryTree
from sandbox.tunables import find_entries, find_entry

MAIN = "import torch\n\nif __name__ == '__main__':\n    loss.backward()\n"
NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def paths(**files: str) -> list[str]:
    tree = MemoryTree({name.replace("__", "/"): text for name, text in files.items()})
    return [entry.path for entry in find_entries(tree)]


def test_scripts_with_a_main_block_or_doing_and_notebooks_are_entries() -> None:
    tree = MemoryTree(
        {
            "main.py": MAIN,
            "plain.py": "x = load()\nprint(fit(x))\n",
            "loop.py": "for i in range(3):\n    go()\n",
            "demo.ipynb": NOTEBOOK,
            "library.py": "class A:\n    pass\n\nVALUE = 3\n",
            "setup.py": "setup()\n",
            "docs/conf.py": MAIN,
            "tests/run.py": MAIN,
            "test_model.py": "import pytest\n" + MAIN,
            "pkg/__init__.py": MAIN,
        }
    )
    assert {entry.path for entry in find_entries(tree)} == {
        "main.py",
        "plain.py",
        "loop.py",
        "demo.ipynb",
    }


def test_a_training_script_named_like_a_test_is_an_entry() -> None:
    text = "import argparse\nparser = argparse.ArgumentParser()\nprint(1)\nloss.backward()\n"
    tree = MemoryTree({"copymem_test.py": text, "unit_test.py": "import unittest\n" + MAIN})
    assert [entry.path for entry in find_entries(tree)] == ["copymem_test.py"]


def test_a_script_with_relative_imports_runs_as_a_module_from_the_root() -> None:
    tree = MemoryTree({"pkg/forest.py": "from .tree import Tree\n" + MAIN, "pkg/tree.py": ""})
    entry = find_entry(tree, "pkg/forest.py")
    assert (entry.as_module, entry.cwd) == (True, ".")


def test_the_best_entry_is_taken_when_none_is_named() -> None:
    tree = MemoryTree({"train.py": MAIN, "utils.py": MAIN, "README.md": "run `python train.py`"})
    best = find_entry(tree)
    assert best.path == "train.py"
    assert "the README runs it from the root" in best.reasons


def test_a_script_that_the_readme_runs_from_the_root_runs_there() -> None:
    readme = "Run `python src/main.py --epochs 3`, not `python other/main.py.bak`"
    tree = MemoryTree({"src/main.py": MAIN, "other/main.py": MAIN, "README.md": readme})
    assert find_entry(tree, "src/main.py").cwd == "."
    assert find_entry(tree, "other/main.py").cwd is None


def test_equally_good_entries_are_listed_instead_of_guessed() -> None:
    tree = MemoryTree({"a.py": MAIN, "b.py": MAIN})
    with pytest.raises(EntryError, match=r"a\.py, b\.py"):
        find_entry(tree)


def test_a_bare_file_name_is_enough_where_it_is_the_only_one() -> None:
    tree = MemoryTree({"x/y/train.py": MAIN, "a/main.py": MAIN, "b/main.py": MAIN})
    assert find_entry(tree, "train.py").path == "x/y/train.py"
    assert find_entry(find_entries(tree), "train.py").path == "x/y/train.py"
    with pytest.raises(EntryError, match=r"a/main\.py, b/main\.py"):
        find_entry(tree, "main.py")


def test_a_library_module_can_be_run_when_it_is_named() -> None:
    tree = MemoryTree({"library.py": "class A: ...\n"})
    assert find_entry(tree, "./library.py").kind is EntryKind.script


@pytest.mark.parametrize(
    "path", ["../etc/passwd", "/etc/passwd", "a/../b.py", "", "a\nb.py", "a\\b.py", "x\0.py"]
)
def test_paths_that_leave_the_tree_or_cannot_be_are_refused(path: str) -> None:
    with pytest.raises(EntryError):
        find_entry(MemoryTree({"b.py": MAIN}), path)


def test_an_unknown_entry_names_the_near_ones() -> None:
    tree = MemoryTree({"makemore.py": MAIN})
    with pytest.raises(EntryError) as caught:
        find_entry(tree, "makemor.py")
    assert "makemore.py" in (caught.value.hint or "")


def test_a_notebook_of_another_language_is_listed_last_and_cannot_be_run() -> None:
    julia = {"kernelspec": {"name": "julia-1.9", "language": "julia"}}
    other = json.dumps({"cells": [], "metadata": julia, "nbformat": 4, "nbformat_minor": 5})
    tree = MemoryTree({"a.ipynb": other, "b.ipynb": NOTEBOOK, "old.ipynb": "{}", "bad.ipynb": "{"})
    entries = find_entries(tree)
    assert entries[0].path == "b.ipynb"
    assert all(entry.score < 0 for entry in entries[1:])
    assert find_entry(tree).path == "b.ipynb"
    with pytest.raises(EntryError, match="julia"):
        find_entry(tree, "a.ipynb")


def test_nothing_to_run_is_an_error_with_a_way_out() -> None:
    with pytest.raises(EntryError) as caught:
        find_entry(MemoryTree({"README.md": "hello"}))
    assert caught.value.hint


def test_a_file_that_is_no_script_is_refused_by_its_kind() -> None:
    with pytest.raises(EntryError, match="neither"):
        find_entry(MemoryTree({"run.sh": "ls"}), "run.sh")
