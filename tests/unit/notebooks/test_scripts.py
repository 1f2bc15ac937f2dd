from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.domain import Entry, EntryKind, RunStatus, Scalar, Tweak
from sandbox.errors import EntryError
from sandbox.interfaces import CellDone, Outcome
from sandbox.notebooks import add_results, execute, script_notebook, to_html
from sandbox.notebooks.scripts import module_name, working_directory
from tests.support.executions import ScriptedExecution, stream


def entry(path: str, **parts: object) -> Entry:
    return Entry(path, EntryKind.script, **parts)  # type: ignore[arg-type]


def sources(made: Entry, *arguments: str, tweaks: tuple[Tweak, ...] = ()) -> list[str]:
    notebook = script_notebook(
        made, arguments, title="lr=0.1", repo="me/it", commit="a" * 40, tweaks=tweaks
    )
    return [cell.source for cell in notebook.cells]


def run_cells(
    tmp_path: Path, made: Entry, arguments: list[str]
) -> subprocess.CompletedProcess[str]:
    """The generated cells as one program, in the folder in which they are meant to run."""
    _, parameters, run, *_ = sources(made)
    program = f"{parameters}\narguments = {arguments!r}\n{run}"
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path / working_directory(made),
        capture_output=True,
        text=True,
        check=False,
    )


SHOW = """\
import os, pickle, sys
class Own: pass
if __name__ == "__main__":
    pickle.loads(pickle.dumps(Own()))
    print(sys.argv, os.path.isabs(__file__), os.path.basename(__file__), os.getcwd())
"""


def test_a_script_sees_what_it_would_see_from_a_shell(tmp_path: Path) -> None:
    script = tmp_path / "src" / "my train.py"
    script.parent.mkdir()
    script.write_text(SHOW)
    arguments = ["--lr", "0.1", 'quo"te \u2603']
    done = run_cells(tmp_path, entry("src/my train.py"), arguments)
    plain = subprocess.run(
        [sys.executable, str(script), *arguments],
        cwd=script.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == plain.stdout
    assert done.stdout


def test_a_module_sees_what_it_would_see_with_m(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "train.py").write_text(SHOW)
    done = run_cells(tmp_path, entry("pack/train.py", as_module=True), ["-x"])
    plain = subprocess.run(
        [sys.executable, "-m", "pack.train", "-x"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == plain.stdout
    assert done.stdout


@pytest.mark.parametrize(
    ("made", "folder", "path"),
    [
        (entry("train.py"), ".", "train.py"),
        (entry("a/b/train.py"), "a/b", "train.py"),
        (entry("a/b/train.py", cwd="."), ".", "a/b/train.py"),
        (entry("a/b/train.py", cwd="data"), "data", "../a/b/train.py"),
    ],
)
def test_the_script_is_named_from_its_working_directory(
    made: Entry, folder: str, path: str
) -> None:
    assert working_directory(made) == folder
    shown = "the repository's root" if folder == "." else f"`{folder}`"
    assert f"Working directory: {shown}.\n" in sources(made)[0]
    assert f'os.path.abspath("{path}")' in sources(made)[2]


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/b.py", "a.b"), ("a/__main__.py", "a"), ("a/__init__.py", "a"), ("b.py", "b")],
)
def test_a_module_is_named_as_python_names_it(path: str, name: str) -> None:
    assert module_name(path) == name


def test_what_has_no_name_as_a_module_is_refused() -> None:
    with pytest.raises(EntryError, match="cannot be run as a module") as caught:
        sources(entry("my-code/train.py", as_module=True))
    assert "without -m" in (caught.value.hint or "")


@pytest.mark.parametrize("path", ['a"b.py', "a\\b.py", "a\nb.py", "\u2603.py", "a'); x('.py"])
def test_names_of_scripts_are_data_in_the_source(path: str) -> None:
    tree = ast.parse(sources(entry(path))[2])
    strings = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert path in strings


def test_a_name_that_no_file_of_ours_can_hold_is_refused() -> None:
    with pytest.raises(EntryError):
        sources(entry("a\udcff.py"))


def test_the_head_tells_repository_commit_command_and_tweaks() -> None:
    tweaks = (Tweak("lr", "0.1 | `x`\n# no title"),)
    head = sources(entry("src/train.py"), "--lr", "0.1 x", tweaks=tweaks)[0]
    for part in ("me/it", "aaaaaaaaaaaa", "src/train.py", "python train.py --lr '0.1 x'", "lr"):
        assert part in head
    assert "\n# no title" not in head


def test_the_head_of_the_baseline_says_so() -> None:
    assert "baseline" in sources(entry("train.py"))[0]


def test_equal_variants_give_equal_notebooks() -> None:
    made = [script_notebook(entry("a.py"), [], title="t", repo="r") for _ in range(2)]
    assert made[0] == made[1]


def test_arguments_reach_the_run_and_results_and_end_are_added_after_it(tmp_path: Path) -> None:
    notebook = script_notebook(entry("a.py"), ["--x"], title="t", repo="r")
    events = [[CellDone("ok", 1)], [CellDone("ok", 2)], [stream("loss 0.5\n"), CellDone("exit", 3)]]
    done = execute(
        notebook,
        tmp_path / "out.ipynb",
        execution=ScriptedExecution([*events, [CellDone("exit", 3, 0)]]),
        parameters={"arguments": ["--x"]},
    )
    assert done.error is None
    assert any('arguments = ["--x"]' in cell.source for cell in done.notebook.cells)

    scalars = [
        Scalar("loss", 0.9, step=1),
        Scalar("loss", 0.5, step=2),
        Scalar("acc", 93, unit="%"),
    ]
    outcome = Outcome(RunStatus.timed_out, "longer than 60 s", notes=("output was cut",))
    shown = add_results(done.notebook, scalars, outcome=outcome)

    results = next(cell for cell in shown.cells if "sandbox-results" in cell.metadata.tags)
    assert results.outputs[0].data["text/plain"].splitlines() == [
        "name  last  step  reported",
        "loss  0.5   2     2",
        "acc   93%         1",
    ]
    assert shown.cells[-1].outputs[0].text == "run timed_out: longer than 60 s\noutput was cut\n"
    assert "timed_out" in to_html(shown)
    assert len(done.notebook.cells) == len(shown.cells) - 1


def test_a_run_without_a_number_says_so() -> None:
    notebook = script_notebook(entry("a.py"), [], title="t", repo="r")
    shown = add_results(notebook, [], outcome=Outcome(RunStatus.succeeded))
    assert "no number" in shown.cells[-1].outputs[0].data["text/plain"]


def test_names_of_scalars_are_data_in_the_table() -> None:
    notebook = script_notebook(entry("a.py"), [], title="t", repo="r")
    shown = add_results(notebook, [Scalar("<script>1</script>", 1.0)])
    assert "<script>" not in shown.cells[-1].outputs[0].data["text/html"]
