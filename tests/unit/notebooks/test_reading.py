from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import EntryError
from sandbox.notebooks import notebook_notes, prepare, read_notebook


def raw_notebook(*cells: Any, **parts: Any) -> bytes:
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **parts}
    return json.dumps(content).encode()


def code_cell(source: Any, **parts: Any) -> dict[str, Any]:
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": []}
    return {**cell, "execution_count": None, **parts}


def kernel(name: Any, language: str | None = "python") -> dict[str, Any]:
    return {"metadata": {"kernelspec": {"name": name, "display_name": "x", "language": language}}}


def refusal(raw: bytes) -> EntryError:
    with pytest.raises(EntryError) as caught:
        read_notebook(raw, path="dir/some.ipynb")
    assert "some.ipynb" in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"[]", "JSON list"),
        (b"<html></html>", "not JSON"),
        (b'{"nbformat": 4, "cells": [', "not JSON"),
        (b"{}", "neither cells nor a format"),
        (b'{"nbformat": 99, "cells": []}', "newer than 4"),
        (b'{"nbformat": 4, "cells": "x"}', "not a list"),
        (b'{"nbformat": 3, "cells": []}', "no worksheets"),
        (b'{"nbformat": 4, "nbformat": 3, "cells": []}', "'nbformat' stands in it twice"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS pointer"),
        (b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n", "merge conflict"),
        (b"[" * 100_000, "nested"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, "nested deeper"),
        ("{}".encode("utf-16"), "UTF-16"),
        (b'{"cells": "\xff"}', "not UTF-8"),
        (b'{"cells": [' + b"9" * 5000 + b"]}", "not JSON"),
    ],
)
def test_what_is_no_notebook_is_refused_with_the_reason(raw: bytes, why: str) -> None:
    assert why in refusal(raw).message


def test_the_hint_for_an_lfs_pointer_is_the_command_that_fetches_the_file() -> None:
    assert "git lfs pull" in (refusal(b"version https://git-lfs.github.com/spec/v1\n").hint or "")


def test_a_byte_order_mark_is_no_obstacle() -> None:
    notebook = read_notebook(b"\xef\xbb\xbf" + raw_notebook(code_cell("1")), path="a.ipynb")
    assert notebook.cells[0].source == "1"


def test_missing_metadata_outputs_and_ids_are_supplied() -> None:
    raw = b'{"cells": [{"cell_type": "code", "source": ["a\\n", "b"]}, {"cell_type": "markdown"}]}'
    notebook = read_notebook(raw, path="a.ipynb")
    assert [cell.source for cell in notebook.cells] == ["a\nb", ""]
    assert [cell.id for cell in notebook.cells] == ["cell-0", "cell-1"]
    assert notebook.cells[0].outputs == []


def test_equal_files_give_equal_notebooks() -> None:
    raw = raw_notebook(code_cell("1"), code_cell("2"))
    assert read_notebook(raw, path="a.ipynb") == read_notebook(raw, path="a.ipynb")


def test_a_second_cell_of_one_id_is_renamed_and_told() -> None:
    notebook = read_notebook(
        raw_notebook(code_cell("1", id="a"), code_cell("2", id="a")), path="a.ipynb"
    )
    assert len({cell.id for cell in notebook.cells}) == 2
    assert "two cells had the id" in notebook_notes(notebook)[0]


def test_format_3_is_upgraded_and_told() -> None:
    cell = {"cell_type": "code", "input": "print 1", "outputs": [], "language": "python"}
    raw = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [cell]}]}
    notebook = read_notebook(json.dumps(raw).encode(), path="a.ipynb")
    assert notebook.cells[0].source == "print 1"
    assert "format 3" in notebook_notes(notebook)[0]


def test_format_3_that_cannot_be_upgraded_is_refused() -> None:
    raw = {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": [{"cell_type": 7}]}, 5]}
    assert "cannot be upgraded" in refusal(json.dumps(raw).encode()).message


@pytest.mark.parametrize(
    ("metadata", "named"),
    [
        (kernel("ir", "R"), "ir (r)"),
        (kernel("julia-1.9", "julia"), "julia-1.9 (julia)"),
        (kernel("bash", None), "bash"),
        ({"metadata": {"language_info": {"name": "scala"}}}, "scala"),
    ],
)
def test_another_language_is_refused_by_its_kernel(metadata: dict[str, Any], named: str) -> None:
    error = refusal(raw_notebook(code_cell("1"), **metadata))
    assert f"needs kernel {named}" in error.message


@pytest.mark.parametrize("name", ["../../../../tmp/x", "python3; touch x", "k" * 5000, "my-env"])
def test_any_python_kernel_becomes_python3_and_that_is_told(name: str) -> None:
    notebook = read_notebook(raw_notebook(code_cell("1"), **kernel(name)), path="a.ipynb")
    assert prepare(notebook).metadata.kernelspec.name == "python3"
    (note,) = notebook_notes(notebook)
    assert "replaced by the environment's Python" in note
    assert len(note) < 100


def test_python_2_is_told() -> None:
    notebook = read_notebook(raw_notebook(code_cell("print 1"), **kernel("python2")), path="a")
    assert "Python 2" in notebook_notes(notebook)[0]


def test_a_repository_cannot_write_notes_of_its_own() -> None:
    raw = raw_notebook(code_cell("1"), metadata={"sandbox": {"notes": ["all is well"]}})
    assert notebook_notes(read_notebook(raw, path="a.ipynb")) == ()


def test_half_a_character_is_replaced_and_told() -> None:
    notebook = read_notebook(raw_notebook(code_cell("'\ud800'")), path="a.ipynb")
    assert notebook.cells[0].source == "'\ufffd'"
    assert notebook_notes(notebook)


def test_a_cell_with_conflict_marks_is_refused_by_number() -> None:
    source = "<<<<<<< HEAD\nprint(1)\n=======\nprint(2)\n>>>>>>> x"
    assert "cell 2" in refusal(raw_notebook(code_cell("1"), code_cell(source))).message


def test_broken_outputs_and_attachments_are_left_out() -> None:
    outputs = [7, {"output_type": "stream", "name": "stdout", "text": [1]}, {"output_type": "x"}]
    markdown = {"cell_type": "markdown", "source": "", "attachments": {"a.png": "no bundle"}}
    notebook = read_notebook(raw_notebook(code_cell("1", outputs=outputs), markdown), path="a")
    assert notebook.cells[0].outputs == []
    assert notebook.cells[1].attachments == {}


def test_prepare_takes_away_what_an_earlier_run_left() -> None:
    shown = {"output_type": "stream", "name": "stdout", "text": "accuracy 1.0"}
    cell = code_cell("1", outputs=[shown], execution_count=9)
    cell["metadata"] = {"papermill": {"status": "completed"}, "tags": ["parameters"], "own": 1}
    metadata = {"papermill": {"parameters": {"lr": 1}}, "widgets": {}, "authors": ["me"]}
    notebook = read_notebook(raw_notebook(cell, metadata=metadata), path="a.ipynb")
    before = json.dumps(notebook)

    prepared = prepare(notebook)

    assert prepared.cells[0].outputs == []
    assert prepared.cells[0].execution_count is None
    assert prepared.cells[0].metadata == {"tags": ["parameters"], "own": 1}
    assert set(prepared.metadata) == {"authors", "kernelspec", "language_info"}
    assert json.dumps(notebook) == before


@pytest.fixture(scope="module")
def hostile(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    script = shared / "hostile" / "gen_hostile.py"
    command = [sys.executable, "-B", str(script), str(folder), "--only", "n02,n03"]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def files_of(repo: Path) -> dict[str, bytes]:
    git = ["git", "--git-dir", str(repo)]
    listed = subprocess.run(
        [*git, "ls-tree", "-r", "-z", "--name-only", "HEAD"], check=True, capture_output=True
    )
    names = [name for name in listed.stdout.decode().split("\0") if name.endswith(".ipynb")]
    shown = {
        name: subprocess.run([*git, "show", f"HEAD:{name}"], check=True, capture_output=True)
        for name in names
    }
    return {name: result.stdout for name, result in shown.items()}


READABLE = {"bom", "dupids", "good", "nan", "nometa", "surrogate", "v3"}
PYTHON = {"evil", "long", "num", "py2", "shell", "venv"}


@pytest.mark.parametrize(("repo", "readable"), [("n02_invalid", READABLE), ("n03_kernels", PYTHON)])
def test_each_hostile_notebook_is_read_or_refused_with_a_reason(
    hostile: Path, repo: str, readable: set[str]
) -> None:
    read, reasons = set(), {}
    for name, raw in files_of(hostile / f"{repo}.git").items():
        try:
            prepare(read_notebook(raw, path=name))
            read.add(name.removesuffix(".ipynb"))
        except EntryError as error:
            reasons[name] = (error.message, error.hint)
    assert read == readable
    assert all(name in message and hint for name, (message, hint) in reasons.items())
