"""One Variant in one Session: notebook made, executed by papermill, read, written down as a Run."""

from __future__ import annotations

import dataclasses
import html
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sandbox import checkouts, environments, github, metrics, notebooks
from sandbox.comparing import RAISED
from sandbox.domain import (
    EntryKind,
    Environment,
    Limits,
    Run,
    RunStatus,
    Scalar,
    Variant,
    Workspace,
)
from sandbox.files import write_text
from sandbox.flows.environments.compiling import NOTHING_OWN, OwnModules
from sandbox.flows.questions.planning import Question, baseline_values
from sandbox.flows.questions.repeating import seed_value
from sandbox.flows.sweeps.importing import add_files, kept_files, wanted
from sandbox.flows.sweeps.masking import without_secrets, words_without_secrets
from sandbox.flows.sweeps.raising import cell_of, place_of
from sandbox.flows.sweeps.saying import told_of
from sandbox.interfaces import ExecutionEnded, Outcome, Work
from sandbox.paths import RunPaths

Report = Callable[[Scalar], str | None]
"""Takes a number that a run printed; a text = why the run is to be ended here."""
Learn = Callable[[Outcome], None]
THREADS = 1
_WITHOUT_NETWORK = {
    "WANDB_MODE": "offline",  # it writes a folder, and asks for no key
    "WANDB_SILENT": "true",
    "HF_HUB_OFFLINE": "1",  # a miss is told at once, not after minutes of trying again
}
"""For libraries that would wait for the network; MLflow keeps to a local folder by itself."""

ALONE = notebooks.Course("")
"""Shares nothing with any other."""


@dataclass(frozen=True)
class Task:
    """One run to be done.

    Attributes:
        threads: what the numeric libraries may use.
        variant_id: of the variant that this is a repeat of, seeds apart; empty = `variant`'s own.
        course: what it runs, and where others part from it.
        own: what the repository makes itself.
    """

    variant: Variant
    repeat: int
    paths: RunPaths
    question: Question
    environment: Environment
    limits: Limits
    threads: int = THREADS
    variant_id: str = ""
    course: notebooks.Course = ALONE
    own: OwnModules = NOTHING_OWN

    @property
    def key(self) -> str:
        return f"{self.variant_id or self.variant.id}-{self.repeat}"


@dataclass(frozen=True)
class _Reading:
    """What a finished execution showed."""

    executed: notebooks.Executed
    scalars: tuple[Scalar, ...]
    outcome: Outcome
    notes: tuple[str, ...]
    pruned: str | None = None


def run_task(
    task: Task, trunk: notebooks.Trunk, report: Report, *, learn: Learn | None = None
) -> Run:
    """Executes the variant and returns its Run; failing code is a Run with a status.

    Args:
        learn: called with its outcome, which tells the modules that it imported.

    Raises:
        EngineError: the Session is gone before the variant began.
    """
    started_at = time.time()
    notebook = make_notebook(task)
    task.paths.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.rmtree(task.paths.files, ignore_errors=True)  # of a run that was broken off
    execution = trunk.start(_work(task, learn=learn is not None), task.course)
    reading = _execute(task, execution, notebook, report)
    if learn is not None:
        learn(reading.outcome)
    notes = _write_results(task, reading)
    run = _to_run(task, reading, started_at)
    return without_secrets(dataclasses.replace(run, notes=(*run.notes, *notes)), os.environ)


def make_notebook(task: Task) -> Any:
    """As it is before papermill gets it."""
    variant, question = task.variant, task.question
    if variant.entry.kind is EntryKind.script:
        return notebooks.script_notebook(
            variant.entry,
            variant.arguments,
            title=variant.name,
            repo=question.workspace.repo.full_name or question.workspace.name,
            commit=question.workspace.commit,
            tweaks=variant.tweaks,
        )
    return _read_notebook(question.workspace, variant.tree, variant.entry.path)


@lru_cache(maxsize=64)
def _read_notebook(workspace: Workspace, tree: str, path: str) -> Any:
    """Variants that differ in parameters only have it in common; nobody changes it."""
    return notebooks.read_notebook(checkouts.GitTree(workspace, tree).read(path), path=path)


@lru_cache(maxsize=64)
def _base_tree(workspace: Workspace) -> str:
    return checkouts.base_tree(workspace)


def _work(task: Task, *, learn: bool) -> Work:
    variant, workspace, own = task.variant, task.question.workspace, task.own
    return Work(
        tree="-".join(filter(None, [variant.tree, own.key])),
        open_tree=lambda: checkouts.open_tar(workspace, variant.tree, beside=own.folders),
        kind=variant.entry.kind,
        path=variant.entry.path,
        cwd=notebooks.working_directory(variant.entry),
        as_module=variant.entry.as_module,
        timeout_s=task.limits.timeout_s,
        output_bytes=task.limits.output_bytes,
        environment=variables(task.threads),
        collect=wanted(task.limits),
        learn=learn,
    )


def variables(threads: int) -> dict[str, str]:
    """What the studied code finds in its environment, on top of the engine's own few."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    return {**dict.fromkeys(names, str(threads)), **_WITHOUT_NETWORK}


def _execute(
    task: Task, execution: notebooks.SharingExecution, notebook: Any, report: Report
) -> _Reading:
    reader = metrics.ScalarReader()
    scalars: list[Scalar] = []

    def take(found: tuple[Scalar, ...]) -> None:
        scalars.extend(found)
        for scalar in found:
            if (why := report(scalar)) is not None:
                execution.end(why)

    try:
        executed = notebooks.execute(
            notebook,
            task.paths.notebook,
            execution=execution,
            parameters=parameters(task.variant),
            on_output=lambda _cell, stream, text: take(reader.feed(text, stream=stream)),
        )
    finally:
        outcome = execution.finish(task.paths.files)
    take(reader.close())
    if task.variant.entry.kind is EntryKind.notebook:
        take(_cell_values(executed))
    told = add_files(scalars, outcome)
    shown = (*notebooks.notebook_notes(notebook), *reader.notes, *told.notes)
    notes = (*task.variant.notes, *shown)
    return _Reading(executed, told.scalars, outcome, notes, execution.ended)


def parameters(variant: Variant) -> Mapping[str, object]:
    """What papermill injects."""
    if variant.entry.kind is EntryKind.script:
        return {"arguments": list(variant.arguments)}
    return variant.parameters


def _cell_values(executed: notebooks.Executed) -> tuple[Scalar, ...]:
    """The bare last values of cells, which no line of text tells."""
    found: list[Scalar] = []
    for index, source, outputs in notebooks.cell_outputs(executed.notebook):
        name = metrics.cell_name(source, index)
        found += metrics.cell_value_scalars(outputs, name=name)
    return tuple(found)


def _write_results(task: Task, reading: _Reading) -> tuple[str, ...]:
    """What is to be said of the files."""
    mask = github.masker(os.environ)
    told = notebooks.add_results(
        reading.executed.notebook, reading.scalars, outcome=reading.outcome
    )
    notebook = notebooks.with_texts(told, mask)
    if notebook is not reading.executed.notebook:
        notebooks.save_notebook(notebook, task.paths.notebook)
    write_text(task.paths.log, mask(notebooks.log_text(notebook)))
    write_text(task.paths.html, mask(_to_html(notebook)))
    write_text(task.paths.lock, environments.lock_text(task.environment))
    return _write_patch(task, mask)


def _write_patch(task: Task, mask: Callable[[str], str]) -> tuple[str, ...]:
    workspace = task.question.workspace
    base = _base_tree(workspace)
    if base == task.variant.tree:
        return ()
    patch = checkouts.diff(workspace, base, task.variant.tree)
    kept = mask(patch)
    write_text(task.paths.patch, kept)
    if kept == patch:
        return ()
    why = "its tweak.patch is kept without what looks like a secret, and not to be applied"
    return (f"{why}; the code itself comes by: sandbox checkout",)


def _to_html(notebook: Any) -> str:
    """A page that cannot be made is no reason to lose a run."""
    try:
        return notebooks.to_html(notebook)
    except Exception as error:  # noqa: BLE001 - nbconvert raises whatever its parts raise
        return f"<p>This notebook cannot be shown as a page: {html.escape(str(error))}</p>"


def _to_run(task: Task, reading: _Reading, started_at: float) -> Run:
    outcome = reading.outcome
    error = words_without_secrets(reading.executed.error, os.environ)
    status, cause = judge(outcome, error, reading.scalars)
    if reading.pruned is not None:
        status, cause = RunStatus.pruned, reading.pruned
    return dataclasses.replace(
        _unfinished(task, status, started_at),
        cause=_with_limit(cause, status, task.limits),
        error=_error(task, error, status),
        metrics=metrics.last_values(reading.scalars),
        scalars=reading.scalars,
        elapsed_s=outcome.elapsed_s,
        shared_s=outcome.shared_s,
        cpu_s=outcome.cpu_s,
        peak_memory_bytes=outcome.peak_memory_bytes,
        exit_code=_exit_code(reading),
        shared_prefix=outcome.shared_cells,
        notes=(
            *_missing(task.environment),
            *outcome.notes,
            *reading.notes,
            *_raised_at(task, reading.executed, status),
        ),
        artifacts={**_artifacts(task.paths), **kept_files(outcome.files)},
    )


def _error(task: Task, error: notebooks.CellError | None, status: RunStatus) -> str:
    if error is None or status is not RunStatus.failed:
        return ""
    return told_of(error, task.environment.packages)


def _raised_at(task: Task, executed: notebooks.Executed, status: RunStatus) -> tuple[str, ...]:
    """Failures are grouped by it: the same words may come from several places."""
    error = executed.error
    if error is None or status is not RunStatus.failed:
        return ()
    place = place_of(error.traceback, task.question.source.paths())
    if place is None and task.variant.entry.kind is EntryKind.notebook:
        place = _cell_place(executed.notebook, error)
    return (f"{RAISED}{place}",) if place else ()


def _cell_place(notebook: Any, error: notebooks.CellError) -> str | None:
    """`cell 3 line 8`, cells counted as in the log; None where papermill's own cell raised it."""
    found = cell_of(error.traceback)
    if found is None:
        return f"cell {error.cell + 1}"
    index = notebooks.cell_with_count(notebook, found.nth)
    return None if index is None else f"cell {index + 1} line {found.line}"


def lost_run(task: Task, cause: str) -> Run:
    """The Run of a variant that could not begin, although the engine is there."""
    run = _unfinished(task, RunStatus.lost, time.time())
    return without_secrets(dataclasses.replace(run, cause=cause), os.environ)


def _unfinished(task: Task, status: RunStatus, started_at: float) -> Run:
    variant = task.variant
    return Run(
        variant=task.variant_id or variant.id,
        repeat=task.repeat,
        name=variant.name,
        status=status,
        entry=variant.entry.path,
        environment=task.own.identify(task.environment),
        commit=variant.commit or "",
        parameters=_recorded_parameters(task),
        tweaks=variant.tweaks,
        started_at=started_at,
    )


def _missing(environment: Environment) -> tuple[str, ...]:
    return tuple(f"package {one.name} is not there: {one.why}" for one in environment.dropped)


def _with_limit(cause: str | None, status: RunStatus, limits: Limits) -> str | None:
    """The cause with the limit's value, where the engine had only the fact to tell."""
    sizes = {
        RunStatus.disk_limit: limits.disk_bytes,
        RunStatus.out_of_memory: limits.memory_bytes,
    }
    size = sizes.get(status)
    if size is None or cause is None or "limit of" in cause:
        return cause
    return f"{cause} (of {size / 2**20:g} MiB)"


def _artifacts(paths: RunPaths) -> dict[str, str]:
    files = (paths.notebook, paths.html, paths.log, paths.patch, paths.lock)
    return {path.name: str(path) for path in files if path.is_file()}


def _exit_code(reading: _Reading) -> int | None:
    """As `python script.py` would have left: a script that raises leaves with 1."""
    status, _ = judge(reading.outcome, reading.executed.error, ())
    raised = status is RunStatus.failed and reading.outcome.exit_code == 0
    return 1 if raised else reading.outcome.exit_code


def _recorded_parameters(task: Task) -> dict[str, str]:
    """What was varied, in every run: the baseline stands in the same plots as its variants."""
    variant = task.variant
    named = baseline_values(task.question)
    named |= {tweak.name: tweak.value for tweak in variant.tweaks}
    named |= {seed.name: seed_value(seed, task.repeat) for seed in task.question.seeds}
    if variant.entry.kind is EntryKind.script and variant.arguments:
        named["arguments"] = " ".join(variant.arguments)
    return named


def judge(
    outcome: Outcome, error: notebooks.CellError | None, scalars: tuple[Scalar, ...]
) -> tuple[RunStatus, str | None]:
    """The status of a Run from how its process ended, what its cells raised and what it printed."""
    raised = error if error is not None and error.ename != ExecutionEnded.__name__ else None
    failed = outcome.status is RunStatus.failed and not outcome.exit_code
    if raised is not None and (failed or outcome.status is RunStatus.succeeded):
        return RunStatus.failed, _cause(raised)
    if outcome.status is not RunStatus.succeeded:
        return outcome.status, _with_words(outcome.cause, raised)
    diverged = metrics.diverged(scalars)
    return (RunStatus.diverged, diverged) if diverged else (RunStatus.succeeded, None)


def _with_words(cause: str | None, raised: notebooks.CellError | None) -> str | None:
    """`left with exit code 1: no data`, of code that left with words and no number."""
    words = raised.evalue.strip() if raised is not None and raised.ename == "SystemExit" else ""
    if not words or cause is None or words.lstrip("-").isdecimal():
        return cause
    return f"{cause}: {words.splitlines()[0]}"[:500]


def _cause(error: notebooks.CellError) -> str:
    first = (error.evalue.strip().splitlines() or [""])[0]
    if error.ename == "EOFError" and first == "EOF when reading a line":
        return "it asked for input, and nobody is there to answer (EOFError)"
    return f"{error.ename}: {first}"[:500] if first else error.ename
