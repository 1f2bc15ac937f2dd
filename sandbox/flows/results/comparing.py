"""From what stands in the tracking store to a Comparison."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from sandbox import checkouts, comparing, github, recorders, samplers, tunables
from sandbox.domain import Run, Sweep
from sandbox.errors import InputError
from sandbox.flows.context import Context
from sandbox.flows.questions.strategy import find_goals
from sandbox.flows.questions.tweaking import PREFIX
from sandbox.flows.results.recording import tracking_uri
from sandbox.flows.results.retrieving import find_run
from sandbox.foreign import listed
from sandbox.paths import SweepPaths


class Compared(NamedTuple):
    """What was compared.

    Attributes:
        sweep: None where the runs are of several sweeps, or of none of ours.
        notes: runs that could not be read, one line each.
    """

    sweep: Sweep | None
    runs: tuple[Run, ...]
    comparison: comparing.Comparison
    notes: tuple[str, ...] = ()


def compare_sweep(
    context: Context, *words: str, goals: tuple[str, ...] = (), curves: bool = False
) -> comparing.Comparison:
    """As `look_up`, without what it was made from."""
    return look_up(context, words, goals=goals, curves=curves).comparison


def look_up(
    context: Context,
    words: Sequence[str] = (),
    *,
    goals: tuple[str, ...] = (),
    curves: bool = False,
) -> Compared:
    """Compares what is named: sweeps, workspaces (their latest sweep), runs; none = the latest.

    Args:
        words: sweep ids, names of workspaces or of MLflow's experiments, runs as `find_run` takes
            them or by MLflow's id, whoever recorded them.
        goals: `metric`, `metric:min` or `metric:max`, what matters most first.
        curves: with the runs' scalars.

    Raises:
        InputError: there is none, or all of it was deleted in MLflow, or nobody knows which way a
            goal is better.
        StoreError: the store cannot be used.
    """
    read = _read(context, words, curves=curves)
    for note in read.notes:
        context.tell(note)
    runs = comparing.with_parameters(read.runs, tunables.is_seed)
    told = read.sweep.directions if read.sweep else {}
    wanted = find_goals(told, goals)
    known = {**wanted, **told, **wanted}
    found = of_runs(context, read.sweep, runs, directions=known)
    _check_known(wanted, found)
    if runs != read.runs:
        first = runs[0]
        note = f"the first run is the baseline: {first.run_id or first.key} ({first.name})"
        found = dataclasses.replace(found, notes=(*found.notes, note))
    return Compared(read.sweep, runs, found, read.notes)


def _check_known(goals: Mapping[str, str], found: comparing.Comparison) -> None:
    unknown = [name for name in goals if name not in found.metrics]
    if unknown and found.rows:
        near = difflib.get_close_matches(unknown[0], found.metrics, n=3)
        known = f"did you mean {listed(near)}" if near else f"there are: {listed(found.metrics)}"
        raise InputError(
            f"no run has a metric {unknown[0]!r}",
            hint=known if found.metrics else "no run has any",
        )


def of_runs(
    context: Context,
    sweep: Sweep | None,
    runs: Sequence[Run],
    *,
    directions: Mapping[str, str] | None = None,
) -> comparing.Comparison:
    """The same for runs that are at hand, with what to try next where they are of one sweep."""
    known = directions if directions is not None else (sweep.directions if sweep else {})
    found = comparing.compare(runs, directions=known, evaluate=_evaluator(context, sweep))
    if sweep is None:
        return found
    asked = _asked(context, sweep, runs)
    suggestions = comparing.suggest(found, asked)
    if any(github.MASK in word for word in asked.arguments):
        suggestions = tuple(map(_with_gap_told, suggestions))
    return dataclasses.replace(found, suggestions=suggestions)


def _with_gap_told(one: comparing.Suggestion) -> comparing.Suggestion:
    if github.MASK not in one.command:
        return one
    more = f"; put the secret back where {github.MASK} stands"
    return dataclasses.replace(one, reason=one.reason + more)


def find_sweep(context: Context, named: str | None) -> tuple[str, str]:
    """(workspace, sweep's id) of a sweep's id, or of a workspace's latest; None = the latest.

    Raises:
        InputError: there is none, or something else is named.
    """
    place = _newest(context) if named is None else _places(context, [named])[0]
    if place is None or place[1] is None:
        raise InputError(f"no sweep or workspace called {named!r}", hint="see: sandbox journal")
    return place[0], place[1]


def _evaluator(context: Context, sweep: Sweep | None) -> comparing.Evaluate:
    """A model of scattered points, whose answer stays with the sweep."""
    paths = _kept(context, sweep) if sweep is not None else None
    kept = paths.importances if paths else None

    def evaluate(
        points: Sequence[Mapping[str, str]], values: Sequence[float]
    ) -> comparing.Evaluation:
        if kept is None:
            return comparing.Evaluation(*samplers.evaluate(points, values))
        return comparing.Evaluation(*samplers.evaluate_once(points, values, kept))

    return evaluate


def _kept(context: Context, sweep: Sweep) -> SweepPaths | None:
    """Its folder; None for a sweep of elsewhere, of which names are not to be trusted."""
    names = (sweep.workspace, sweep.id)
    if any(Path(name).name != name or name == ".." for name in names):
        return None
    paths = context.home.workspace(sweep.workspace).sweep(sweep.id)
    return paths if paths.journal.is_file() else None


def _asked(context: Context, sweep: Sweep, runs: Sequence[Run]) -> comparing.Asked:
    """What another sweep has to say to be one of the same, from the journal where it is kept."""
    options, arguments = comparing.kept_words(sweep.command)
    paths = None if sweep.request else _kept(context, sweep)
    kept = recorders.load_sweep(paths.journal) if paths else sweep
    if kept is not None and kept.request.get("arguments"):
        arguments = tuple(map(github.masker(context.environ), map(str, kept.request["arguments"])))
    tweaks = {tweak for run in runs for tweak in run.tweaks}
    code = frozenset(one.name for one in tweaks if (one.tunable or "").startswith(PREFIX))
    names = {one.name: one.tunable for one in tweaks if one.tunable}
    return comparing.Asked(
        sweep.workspace,
        sweep.entry,
        options,
        arguments,
        card=lambda name: _card(name, names.get(name)),
        code_tweaks=code,
    )


def _card(name: str, qualified_name: str | None) -> str | None:
    if (qualified_name or "").startswith(PREFIX):
        return tunables.tweak_concept(name)
    names = (qualified_name or name, name)
    return next(filter(None, (tunables.concept_name(one, surely=True) for one in names)), None)


# ---------------------------------------------------------------- reading


def _read(context: Context, words: Sequence[str], *, curves: bool) -> recorders.SweepRuns:
    """Several are read one by one, and put together."""
    if not words:
        return _of_place(context, _newest(context), curves=curves)
    places = _places(context, words)
    if len(words) == 1 and places[0] is not None:
        return _of_place(context, places[0], curves=curves)
    whole = [_of_place(context, one, curves=curves) for one in places if one is not None]
    named = [word for word, place in zip(words, places, strict=True) if place is None]
    parts = [*whole, *_of_runs(context, named, curves=curves)]
    sweeps = {part.sweep.id: part.sweep for part in parts if part.sweep is not None}
    if not any(part.runs for part in parts):
        raise InputError(f"no run called {words[0]!r}", hint="see what there is: sandbox list")
    return recorders.SweepRuns(
        next(iter(sweeps.values())) if len(sweeps) == 1 else _together(list(sweeps.values())),
        tuple({run.run_id or run.key: run for part in parts for run in part.runs}.values()),
        tuple(note for part in parts for note in part.notes),
    )


def _together(sweeps: Sequence[Sweep]) -> Sweep | None:
    """Directions that sweeps of one workspace agree on; of several there is nothing to say."""
    if not sweeps or len({(one.workspace, one.entry) for one in sweeps}) > 1:
        return None
    directions = {name: way for one in sweeps for name, way in one.directions.items()}
    return dataclasses.replace(sweeps[0], directions=directions)


def _of_place(
    context: Context, place: tuple[str, str | None], *, curves: bool
) -> recorders.SweepRuns:
    experiment, sweep_id = place
    uri, schema = tracking_uri(context), context.home.schema
    if sweep_id is None:
        return recorders.load_experiment(uri, experiment=experiment, scalars=curves, schema=schema)
    return recorders.load_runs(
        uri, experiment=experiment, sweep_id=sweep_id, scalars=curves, schema=schema
    )


def _of_runs(context: Context, words: Sequence[str], *, curves: bool) -> list[recorders.SweepRuns]:
    """Ours by name or id, in any workspace; else whatever MLflow has under that id."""
    ids: list[str] = []
    sweeps: list[Sweep] = []
    for word in words:
        try:
            found = find_run(context, word)
        except InputError:
            if not _is_id(word):
                raise
            ids.append(word)
            continue
        if found.run.run_id is None:
            raise InputError(
                f"run {word} is not in the tracking store yet", hint="record it with: sandbox clean"
            )
        ids.append(found.run.run_id)
        sweeps.append(found.sweep)
    if not ids:
        return []
    uri, schema = tracking_uri(context), context.home.schema
    read = recorders.load_runs(uri, experiment="", run_ids=ids, scalars=curves, schema=schema)
    for sweep in {one.id: one for one in sweeps}.values():
        read = read._replace(sweep=sweep if len({one.id for one in sweeps}) == 1 else None)
    return [read]


def _is_id(word: str) -> bool:
    return len(word) == 32 and all(sign in "0123456789abcdef" for sign in word)


def _newest(context: Context) -> tuple[str, str | None]:
    latest = _latest(context) or _latest(context, deleted=True)
    if not latest:
        raise InputError("there is nothing to compare yet", hint="try: sandbox sweep TARGET …")
    sweep_id, name = max((found, name) for name, found in latest.items())
    return name, sweep_id


def _latest(context: Context, *, deleted: bool = False) -> dict[str, str]:
    """Workspace → its latest sweep, where it has one; those deleted in MLflow only when asked."""
    uri, schema = tracking_uri(context), context.home.schema
    names = [one.name for one in checkouts.list_workspaces(context.home)]
    found = {
        name: recorders.latest_sweep(uri, experiment=name, deleted=deleted, schema=schema)
        for name in names
    }
    return {name: sweep_id for name, sweep_id in found.items() if sweep_id is not None}


def _places(context: Context, words: Sequence[str]) -> list[tuple[str, str | None] | None]:
    """(experiment, sweep) of each word; no sweep = all runs of the experiment; None = a run."""
    names = [one.name for one in checkouts.list_workspaces(context.home)]
    asked = set(words).intersection(names)
    latest = _latest(context) if asked else {}
    if asked - latest.keys():
        latest = {**_latest(context, deleted=True), **latest}
    return [_place(context, names, latest, word, alone=len(words) == 1) for word in words]


def _place(
    context: Context,
    names: Sequence[str],
    latest: Mapping[str, str],
    word: str,
    *,
    alone: bool,
) -> tuple[str, str | None] | None:
    if word in latest:
        return word, latest[word]
    for name in names:
        if "/" not in word and context.home.workspace(name).sweep(word).journal.is_file():
            return name, word
    if _is_run(context, word):
        return None
    uri, schema = tracking_uri(context), context.home.schema
    if word not in names and recorders.has_experiment(uri, word, schema=schema):
        return word, None
    if not alone and not _is_id(word):
        find_run(context, word)  # says which names are near
    if word in names:
        raise InputError(f"nothing of {word} is recorded yet", hint=f"sandbox sweep {word}")
    known = listed(names, 10) or "none"
    raise InputError(f"no sweep or workspace called {word!r}", hint=f"workspaces: {known}")


def _is_run(context: Context, word: str) -> bool:
    if _is_id(word):
        return True
    try:
        find_run(context, word)
    except InputError:
        return False
    return True
