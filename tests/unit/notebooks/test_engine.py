from __future__ import annotations

import io
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import v4
from papermill.engines import papermill_engines

from sandbox.domain import RunStatus
from sandbox.errors import EngineError, EntryError
from sandbox.interfaces import CellDone, Execution, Outcome
from sandbox.notebooks import ExecutionRequest
from sandbox.notebooks.engine import SandboxEngine
from sandbox.notebooks.opening import open_default_execution
from tests.support.executions import InProcessExecution, ScriptedExecution, display, stream

OK = CellDone("ok", 1)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    cells = [v4.new_code_cell("print('out'); warn('err')"), v4.new_code_cell("21 * 2")]
    kernelspec = {"name": "no-such-kernel", "display_name": "x", "language": "python"}
    metadata = {"kernelspec": kernelspec, "language_info": {"name": "python"}}
    nbformat.write(v4.new_notebook(cells=cells, metadata=metadata), tmp_path / "in.ipynb")
    return tmp_path / "in.ipynb"


def run(source: Path, execution: Execution | None, engine: str = "sandbox", **options: Any) -> Any:
    return papermill.execute_notebook(
        source,
        source.with_name("out.ipynb"),
        engine_name=engine,
        progress_bar=False,
        execution=execution,
        **options,
    )


def test_papermill_finds_the_engine_by_its_entry_point_and_looks_for_no_kernel(
    source: Path,
) -> None:
    done = run(source, InProcessExecution())
    assert done.cells[1].outputs[0].data == {"text/plain": "42"}
    assert nbformat.read(source.with_name("out.ipynb"), as_version=4) == done


@pytest.mark.parametrize("first", ["papermill", "sandbox.notebooks.engine", "sandbox.notebooks"])
def test_it_does_not_matter_what_is_imported_first(first: str) -> None:
    program = (
        f"import {first}\nimport papermill.engines, sandbox.notebooks.engine as ours\n"
        "assert papermill.engines.papermill_engines.get_engine('sandbox') is ours.SandboxEngine"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_room_imports_no_heavy_library() -> None:
    program = (
        "import sys, sandbox.notebooks\n"
        "print({'papermill', 'nbformat', 'nbclient', 'nbconvert'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert done.stdout.strip() == b"set()"


def test_output_is_copied_to_log_and_files(source: Path, caplog: pytest.LogCaptureFixture) -> None:
    out, err = io.StringIO(), io.StringIO()
    with caplog.at_level(logging.INFO, logger="papermill"):
        run(source, InProcessExecution(), log_output=True, stdout_file=out, stderr_file=err)
    assert (out.getvalue(), err.getvalue()) == ("out\n", "err\n")
    logged = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert ("INFO", "out\n") in logged
    assert ("WARNING", "err\n") in logged
    assert ("INFO", "42") in logged


def test_nothing_is_saved_between_cells_when_that_was_not_asked_for(source: Path) -> None:
    target = source.with_name("out.ipynb")
    seen: list[bool] = []
    execution = ScriptedExecution([[OK], [OK]], on_event=lambda: seen.append(target.exists()))
    run(source, execution, request_save_on_cell_execute=False)
    assert seen == [False, False]
    assert target.exists()


def test_a_cell_that_is_printing_is_saved_in_between(source: Path) -> None:
    target = source.with_name("out.ipynb")
    seen: list[str] = []
    events = [[stream("early"), display(text_plain="x"), OK], [OK]]
    execution = ScriptedExecution(events, on_event=lambda: seen.append(target.read_text()))
    run(source, execution, autosave_cell_every=1e-9)
    assert "early" in seen[1]


def test_an_error_of_the_code_is_papermills_error_and_is_in_the_notebook(source: Path) -> None:
    execution = ScriptedExecution([[stream("x"), CellDone("exit", 1, 3)]])
    with pytest.raises(papermill.PapermillExecutionError) as caught:
        run(source, execution)
    assert (caught.value.cell_index, caught.value.ename) == (0, "SystemExit")
    written = nbformat.read(source.with_name("out.ipynb"), as_version=4)
    assert "An Exception was encountered" in written.cells[0].source


def test_errors_may_be_allowed(source: Path) -> None:
    execution = ScriptedExecution([[CellDone("error", 1)], [stream("after"), OK]])
    done = run(source, execution, allow_errors=True)
    assert done.cells[1].outputs[0].text == "after"


def test_a_process_that_ended_is_a_dead_kernel_to_papermill(source: Path) -> None:
    with pytest.raises(DeadKernelError):
        run(source, ScriptedExecution([[stream("x")]]))
    assert "failed" in source.with_name("out.ipynb").read_text()


def test_the_time_limit_of_papermill_holds_for_each_cell(source: Path) -> None:
    notebook = nbformat.read(source, as_version=4)
    notebook.cells[1].source = "wait_for_interrupt()"
    nbformat.write(notebook, source)
    with pytest.raises(CellTimeoutError):
        run(source, InProcessExecution(), execution_timeout=0.05)


def test_another_language_is_refused(source: Path) -> None:
    notebook = nbformat.read(source, as_version=4)
    notebook.metadata.update(
        kernelspec={"name": "ir", "language": "R"}, language_info={"name": "R"}
    )
    nbformat.write(notebook, source)
    with pytest.raises(EntryError, match="needs kernel ir"):
        run(source, InProcessExecution())


class Opening:
    """Opens executions as the layer above does, and keeps what was asked."""

    def __init__(self, execution: Execution) -> None:
        self.execution = execution
        self.requests: list[ExecutionRequest] = []
        self.closed = False

    @contextmanager
    def __call__(self, request: ExecutionRequest) -> Iterator[Execution]:
        self.requests.append(request)
        yield self.execution
        self.closed = True


@pytest.fixture
def opening(request: pytest.FixtureRequest) -> Iterator[Opening]:
    opening = Opening(InProcessExecution())

    class Ours(SandboxEngine):
        open_execution = opening

    papermill_engines.register("sandbox-test", Ours)
    yield opening
    papermill_engines.register("sandbox-test", None)


def test_without_an_execution_one_is_opened_finished_and_closed(
    source: Path, tmp_path: Path, opening: Opening
) -> None:
    run(source, None, "sandbox-test", cwd=tmp_path, start_timeout=7)
    assert opening.requests == [ExecutionRequest(str(source), str(tmp_path), 7.0)]
    assert opening.execution.finished  # type: ignore[attr-defined]
    assert opening.closed


def test_the_cause_of_an_end_is_told_where_the_execution_was_opened_here(
    source: Path, opening: Opening
) -> None:
    outcome = Outcome(RunStatus.out_of_memory, "more than 4 GiB of memory")
    opening.execution = ScriptedExecution([[stream("x")]], outcome=outcome)
    with pytest.raises(DeadKernelError, match="more than 4 GiB"):
        run(source, None, "sandbox-test")


def test_where_nothing_can_open_a_session_the_error_says_what_to_do(tmp_path: Path) -> None:
    request = ExecutionRequest("a.ipynb", str(tmp_path))
    with pytest.raises(EngineError) as caught, open_default_execution(request, registered=()):
        pass
    assert "sandbox run" in (caught.value.hint or "")
