"""Verbs over runs: make them, compare them, look at them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import flows, recipes
from sandbox.api.connecting import ignore
from sandbox.api.knowing import find_recipe
from sandbox.flows.context import Context

if TYPE_CHECKING:
    from sandbox.comparing import Comparison
    from sandbox.domain import Note
    from sandbox.flows.requests import Event, Request, SweepResult
    from sandbox.flows.results.diary import Diary
    from sandbox.flows.results.guessing import Thoughts
    from sandbox.flows.results.retrieving import Difference, Found
    from sandbox.flows.results.viewing import Page
    from sandbox.recipes import Experiment

OnEvent = Callable[["Event"], None]


def run(context: Context, request: Request, *, on_event: OnEvent = ignore) -> SweepResult:
    """One variant, with all of the request's tweaks at once."""
    return flows.sweeping.run_once(context, request, on_event=on_event)


def sweep(context: Context, request: Request, *, on_event: OnEvent = ignore) -> SweepResult:
    """Every combination of the request's values, the baseline first."""
    return flows.sweeping.run_sweep(context, request, on_event=on_event)


def experiment_request(context: Context, name: str) -> Request:
    """The Request of an experiment: a TOML file, or the name of one that is bundled."""
    path = context.folder / name
    experiment = (
        recipes.load_experiment(path)
        if path.suffix == ".toml"
        else recipes.find_experiment(name, [recipes.bundled_folder("experiments")])
    )
    return _to_request(experiment)


def _to_request(experiment: Experiment) -> Request:
    return flows.requests.Request(
        target=experiment.target,
        entry=experiment.entry,
        tweaks={name: tuple(values) for name, values in experiment.tweaks.items()},
        patches=experiment.patches,
        arguments=experiment.arguments,
        repeats=experiment.repeats,
        baseline_repeats=experiment.baseline_repeats,
        jobs=experiment.jobs,
        limits={"timeout": f"{experiment.timeout_s}s"} if experiment.timeout_s else {},
        question=experiment.question,
        directions=experiment.metrics,
        strategy=flows.requests.Strategy(
            sampler=experiment.sampler,
            where=experiment.where,
            goals=tuple(experiment.metrics),
            budget=experiment.budget,
            prune=experiment.prune,
        ),
    )


def demo_request(context: Context) -> Request:
    """The bundled experiment on the bundled repository."""
    experiment = experiment_request(context, flows.demonstrating.EXAMPLE)
    recipe = find_recipe(context, flows.demonstrating.EXAMPLE)
    asked = dataclasses.replace(experiment, entry=recipe.entry, directions=recipe.metrics)
    return flows.demonstrating.demo_request(context, asked, recipes.bundled_folder("examples"))


def compare(
    context: Context, *words: str, goals: tuple[str, ...] = (), curves: bool = False
) -> Comparison:
    """Compares runs as the tracking store has them, whoever recorded them.

    Args:
        words: sweep ids, workspaces (their latest sweep), MLflow's experiments, or runs as for
            `diff`; none = the latest sweep.
        goals: `metric`, `metric:min` or `metric:max`, what matters most first.
        curves: with every point of every curve.
    """
    return flows.comparing.compare_sweep(context, *words, goals=goals, curves=curves)


def compare_result(context: Context, result: SweepResult) -> Comparison:
    """The same of what a sweep has just found."""
    return flows.comparing.of_runs(context, result.sweep, result.runs)


def report(
    context: Context,
    *what: str,
    goals: tuple[str, ...] = (),
    html: Path | None = None,
    markdown: Path | None = None,
    csv: Path | None = None,
) -> Comparison:
    """As `compare`, and written to files: a page that stands alone, a table for people, numbers."""
    files = flows.reporting.Files(html, markdown, csv)
    return flows.reporting.report(context, what, files, goals=goals)


def thoughts(context: Context, comparison: Comparison, *what: str) -> Thoughts:
    """What its user guessed and noted of a sweep that was compared; named as for `compare`."""
    return flows.guessing.thoughts(context, what, comparison)


def ui(
    context: Context, sweep: str | None = None, *, port: int = 5000
) -> AbstractContextManager[Page]:
    """MLflow's UI on this machine's loopback, stops when left; gives the page of a sweep.

    Args:
        sweep: its id, or a workspace = its latest; None = the latest of all.
    """
    return flows.viewing.serve(context, sweep, port=port)


def note(context: Context, run: str, text: str) -> tuple[Found, Note, str | None]:
    """Keeps a thought with a run; says why MLflow has not got it yet, where that is so."""
    return flows.noting.add_note(context, run, text)


def notes(context: Context, found: Found) -> tuple[Note, ...]:
    """All notes of a run, in time."""
    return flows.noting.notes_of(context, found)


def journal(context: Context, workspace: str | None = None) -> Diary:
    """The way of one's tries in time, with guesses, results and notes; None = all workspaces."""
    return flows.diary.read_diary(context, workspace)


def diff(context: Context, run: str, other: str | None = None) -> Difference:
    """What a run has other than another one; None = than its baseline.

    Args:
        run, other: MLflow's id or its beginning, a name in the latest sweep, or `SWEEP:NAME`.
    """
    return flows.retrieving.compare_two(context, run, other)


def write_difference(context: Context, difference: Difference, path: Path) -> None:
    """Writes it as a page that stands alone, executed notebooks cell by cell."""
    flows.reporting.write_difference(context, difference, path)


def checkout(context: Context, run: str, folder: Path | None = None) -> tuple[Found, Path]:
    """The run's code in a new folder, a git worktree; None = one named for it."""
    return flows.retrieving.check_out(context, run, folder)


def apply(context: Context, run: str) -> tuple[Found, tuple[str, ...]]:
    """The run's changes in the workspace's own files; the paths that are other ones now."""
    return flows.retrieving.apply_run(context, run)
