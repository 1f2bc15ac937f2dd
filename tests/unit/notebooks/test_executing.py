from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import v4

from sandbox.errors import EngineError, StoreError, TunableError
from sandbox.interfaces import CellDone
from sandbox.notebooks import cell_outputs, execute, managing, prepare, save_notebook
from sandbox.notebooks.saving import NotebookFile
from tests.support.executions import InProcessExecution, ScriptedExecution, display, stream

OK = CellDone("ok", 1)


def notebook_of(*sources: str, tags: dict[int, list[str]] | None = None) -> Any:
    cells = [
        v4.new_code_cell(source, id=f"c{index}", metadata={"tags": (tags or {}).get(index, [])})
        for index, source in enumerate(sources)
    ]
    return prepare(v4.new_notebook(cells=cells))


def run(notebook: Any, folder: Path, parameters: Any = None, **options: Any) -> Any:
    execution = options.pop("execution", None) or InProcessExecution()
    return execute(
        notebook,
        folder / "out.ipynb",
        execution=execution,
        parameters=parameters or {},
        **options,
    )


def on_disk(folder: Path) -> Any:
    return nbformat.read(folder / "out.ipynb", as_version=4)


def printed(notebook: Any) -> list[str]:
    return ["".join(out.get("text", "") for out in cell.outputs) for cell in cell_outputs(notebook)]


def test_cells_run_in_order_and_their_outputs_are_on_disk(tmp_path: Path) -> None:
    done = run(notebook_of("x = 1", "print(x + 1)", "x + 2"), tmp_path)
    assert done.error is None
    assert printed(on_disk(tmp_path)) == ["", "2\n", ""]
    assert on_disk(tmp_path).cells[2].outputs[0].data == {"text/plain": "3"}
    assert [cell.execution_count for cell in on_disk(tmp_path).cells] == [1, 2, 3]


def test_the_file_is_the_notebook_that_is_returned(tmp_path: Path) -> None:
    done = run(notebook_of("print(1)", "1/0"), tmp_path)
    assert (tmp_path / "out.ipynb").read_text() == nbformat.writes(done.notebook)


def test_the_notebook_given_stays_as_it_was(tmp_path: Path) -> None:
    notebook = notebook_of("print(1)")
    before = json.dumps(notebook)
    run(notebook, tmp_path)
    assert json.dumps(notebook) == before


def test_an_exception_becomes_data_and_stops_the_notebook(tmp_path: Path) -> None:
    done = run(notebook_of("print('a')", "print('b'); int('x')", "print('never')"), tmp_path)
    assert (done.error.cell, done.error.ename) == (1, "ValueError")
    assert "invalid literal" in done.error.evalue
    assert "Traceback" in done.error.traceback
    assert printed(on_disk(tmp_path))[:3] == ["a\n", "b\n", ""]


def test_a_failure_is_marked_as_papermill_marks_it(tmp_path: Path) -> None:
    done = run(notebook_of("1/0", "2"), tmp_path)
    first, anchor, failed, pending = done.notebook.cells
    assert "An Exception was encountered" in first.source
    assert "papermill-error-cell" in anchor.source
    assert failed.metadata.papermill.status == "failed"
    assert failed.metadata.papermill.exception is True
    assert pending.metadata.papermill.status == "pending"
    assert done.notebook.metadata.papermill.exception is True


def test_cells_are_counted_as_in_the_notebook_given(tmp_path: Path) -> None:
    notebook = notebook_of("lr = 1", "print(lr)", "1/0", tags={0: ["parameters"]})
    seen: list[tuple[int, str, str]] = []
    done = run(notebook, tmp_path, {"lr": 0.5}, on_output=lambda *event: seen.append(event))
    assert seen == [(1, "stdout", "0.5\n")]
    assert done.error.cell == 2
    assert [cell.cell for cell in cell_outputs(done.notebook)] == [0, 1, 2]


@pytest.mark.parametrize(
    "left", ["raise SystemExit", "raise SystemExit(0)", "raise SystemExit(None)"]
)
def test_leaving_with_zero_is_no_error_and_ends_the_notebook(tmp_path: Path, left: str) -> None:
    done = run(notebook_of("print('a')", left, "print('never')"), tmp_path)
    assert done.error is None
    assert printed(done.notebook) == ["a\n", "", ""]
    assert not any("Exception was encountered" in cell.source for cell in done.notebook.cells)


def test_leaving_with_another_code_is_an_error(tmp_path: Path) -> None:
    done = run(notebook_of("raise SystemExit(3)", "1"), tmp_path)
    assert (done.error.ename, done.error.evalue) == ("SystemExit", "3")


def test_an_exit_code_without_an_error_output_is_shown_as_one(tmp_path: Path) -> None:
    execution = ScriptedExecution([[stream("x"), CellDone("exit", None, 4)]])
    done = run(notebook_of("a", "b"), tmp_path, execution=execution)
    assert (done.error.ename, done.error.evalue) == ("SystemExit", "4")
    assert any("Exception was encountered" in cell.source for cell in done.notebook.cells)


def test_an_expected_exception_stops_nothing_and_is_not_marked(tmp_path: Path) -> None:
    done = run(notebook_of("1/0", "print('on')", tags={0: ["raises-exception"]}), tmp_path)
    assert done.error is None
    assert printed(done.notebook)[1] == "on\n"
    assert len(done.notebook.cells) == 2


def test_a_process_that_ends_marks_its_cell_and_keeps_what_it_put_out(tmp_path: Path) -> None:
    execution = ScriptedExecution([[OK], [stream("last words\n")]])
    done = run(notebook_of("a", "b", "c"), tmp_path, execution=execution)
    assert (done.error.cell, done.error.ename) == (1, "ExecutionEnded")
    assert printed(on_disk(tmp_path)) == ["", "last words\n", ""]
    assert on_disk(tmp_path).cells[1].metadata.papermill.status == "failed"


def test_a_cell_that_takes_too_long_is_interrupted(tmp_path: Path) -> None:
    execution = InProcessExecution()
    notebook = notebook_of("print('a')", "wait_for_interrupt()", "print('never')")
    done = run(notebook, tmp_path, execution=execution, cell_timeout_s=0.05)
    assert execution.interrupted.is_set()
    assert (done.error.cell, done.error.ename) == (1, "CellTimeoutError")
    assert "0.05 s" in done.error.evalue
    assert printed(done.notebook) == ["a\n", "", ""]


def test_an_engine_that_goes_away_is_raised_and_the_notebook_so_far_is_on_disk(
    tmp_path: Path,
) -> None:
    class Failing(ScriptedExecution):
        def run_cell(self, index: int, source: str) -> Any:
            yield stream("last ")
            yield stream("words")
            raise EngineError("the engine went away")

    with pytest.raises(EngineError):
        run(notebook_of("a", "b"), tmp_path, execution=Failing([]))
    assert printed(on_disk(tmp_path)) == ["last words", ""]


@pytest.fixture
def saved_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each cell took a second."""
    monkeypatch.setattr(managing, "SAVED_EVERY_S", 0.0)


@pytest.mark.usefixtures("saved_at_once")
def test_the_notebook_is_whole_on_disk_after_each_cell(tmp_path: Path) -> None:
    seen: list[list[str]] = []
    events = [[stream("a"), OK], [stream("b"), OK], [OK]]
    execution = ScriptedExecution(events, on_event=lambda: seen.append(printed(on_disk(tmp_path))))
    run(notebook_of("1", "2", "3"), tmp_path, execution=execution)
    assert seen[0] == ["", "", ""]
    assert seen[2] == ["a", "", ""]
    assert seen[-1] == ["a", "b", ""]


def test_quick_cells_are_saved_together(tmp_path: Path) -> None:
    seen: list[bool] = []
    execution = ScriptedExecution(
        [[OK], [OK]], on_event=lambda: seen.append((tmp_path / "out.ipynb").exists())
    )
    run(notebook_of("1", "2"), tmp_path, execution=execution)
    assert seen == [False, False]
    assert len(on_disk(tmp_path).cells) == 2


@pytest.mark.usefixtures("saved_at_once")
def test_a_display_updated_from_a_later_cell_is_on_disk(tmp_path: Path) -> None:
    seen: list[Any] = []
    events = [
        [display("one", text_plain="first"), OK],
        [display("one", update=True, text_plain="second"), OK],
        [OK],
    ]
    execution = ScriptedExecution(events, on_event=lambda: seen.append(on_disk(tmp_path)))
    run(notebook_of("1", "2", "3"), tmp_path, execution=execution)
    assert seen[-1].cells[0].outputs[0].data == {"text/plain": "second"}


def test_several_run_at_once_and_the_working_directory_stays(tmp_path: Path) -> None:
    here, together = Path.cwd(), threading.Barrier(4, timeout=30)

    def one(number: int) -> Any:
        folder = tmp_path / str(number)
        folder.mkdir()
        execution = ScriptedExecution([[stream(str(number)), OK]], on_event=together.wait)
        run(notebook_of("1"), folder, execution=execution)
        return printed(on_disk(folder))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(4))) == [["0"], ["1"], ["2"], ["3"]]
    assert Path.cwd() == here


@pytest.mark.parametrize("name", ["{x.__class__}.ipynb", "s3:x.ipynb", "http:x.ipynb", "-.ipynb"])
def test_names_of_files_are_only_names(tmp_path: Path, name: str) -> None:
    execute(notebook_of("1"), tmp_path / name, execution=InProcessExecution(), parameters={})
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_only_names_of_files_and_no_folders_are_written_into_the_notebook(tmp_path: Path) -> None:
    run(notebook_of("1"), tmp_path)
    assert str(tmp_path) not in (tmp_path / "out.ipynb").read_text()


VALUES = [
    "quo\"te ' \\ \n\t </script> {x} % \u2603 \U0001f680 \u2028 \x00",
    "x" * 100_000,
    float("inf"),
    -0.0,
    10**400,
    True,
    None,
    [1, [2.5, "a"], {"k": None}],
    {"a b": {"c": [1]}},
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_a_parameter_arrives_exactly_and_the_file_stays_json(tmp_path: Path, value: Any) -> None:
    notebook = notebook_of("p = 1", "print(repr(p))", tags={0: ["parameters"]})
    done = run(notebook, tmp_path, {"p": value})
    assert printed(done.notebook)[1] == f"{value!r}\n"
    json.loads((tmp_path / "out.ipynb").read_text(), parse_constant=pytest.fail)


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"lr; import os": 1}, "no name of a variable"),
        ({"class": 1}, "no name of a variable"),
        ({"lrr": 1}, "no parameter called 'lrr'"),
        ({"lr": object()}, "is a object"),
        ({"lr": (1, 2)}, "is a tuple"),
        ({"lr": {1: 2}}, "a key that is no text"),
        ({"lr": 10**5000}, "more digits"),
        ({"lr": "x" * 2**21}, "longer than"),
    ],
)
def test_what_would_not_arrive_is_refused_before_anything_runs(
    tmp_path: Path, parameters: Any, why: str
) -> None:
    notebook = notebook_of(
        "%matplotlib inline\nlr: float = 1\na, b = 1, 2", tags={0: ["parameters"]}
    )
    execution = InProcessExecution()
    with pytest.raises(TunableError, match=why):
        run(notebook, tmp_path, parameters, execution=execution)
    assert execution.cells == []


def test_the_near_parameter_is_suggested(tmp_path: Path) -> None:
    notebook = notebook_of("learning_rate = 1", tags={0: ["parameters"]})
    with pytest.raises(TunableError) as caught:
        run(notebook, tmp_path, {"learning_rte": 1})
    assert "did you mean 'learning_rate'" in (caught.value.hint or "")


def test_parameters_without_a_tagged_cell_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TunableError, match="no cell tagged 'parameters'"):
        run(notebook_of("lr = 1"), tmp_path, {"lr": 2})


def test_a_saved_notebook_is_the_text_that_nbformat_writes(tmp_path: Path) -> None:
    outputs = [
        v4.new_output("stream", name="stdout", text="a\nb\u2028c"),
        v4.new_output("display_data", {"image/svg+xml": "<svg>\n</svg>", "application/json": {}}),
        v4.new_output("error", ename="E", evalue="", traceback=["x\ny"]),
    ]
    markdown = v4.new_markdown_cell("# \u2603\n", attachments={"a": {"text/plain": "1\n2"}})
    cells = [v4.new_code_cell("x\ny", outputs=outputs), markdown, v4.new_raw_cell("")]
    for made in (v4.new_notebook(cells=cells), v4.new_notebook()):
        save_notebook(made, tmp_path / "a.ipynb")
        assert (tmp_path / "a.ipynb").read_text() == nbformat.writes(made)


def test_a_folder_that_cannot_be_written_is_an_error_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot write out\.ipynb"):
        run(notebook_of("1"), tmp_path / "missing")


def test_only_changed_cells_are_written_anew(tmp_path: Path) -> None:
    made = notebook_of("1", "2")
    file = NotebookFile(tmp_path / "a.ipynb")
    file.write(made)
    made.cells[0].source, made.cells[1].source = "changed", "changed too"
    file.write(made, changed=[1])
    kept = nbformat.read(tmp_path / "a.ipynb", as_version=4)
    assert [cell.source for cell in kept.cells] == ["1", "changed too"]


def test_several_lanes_may_get_ready_at_once() -> None:
    program = (
        "import sys, threading\n"
        "from sandbox import notebooks\n"
        "failed = []\n"
        "threading.excepthook = failed.append\n"
        "lanes = [threading.Thread(target=notebooks.get_ready) for _ in range(8)]\n"
        "for step in (threading.Thread.start, threading.Thread.join):\n"
        "    for lane in lanes: step(lane)\n"
        "print(failed, {'papermill.execute', 'nbconvert', 'pygments'} <= set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert done.stdout.strip() == b"[] True"
