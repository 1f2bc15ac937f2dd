"""A Run as MLflow takes it: keys, values, points and tags. Pure functions over values."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sandbox.directions import metric_direction
from sandbox.domain import Run, RunStatus, Scalar, Sweep
from sandbox.recorders.texts import (
    NAME_LIMIT,
    cut,
    from_key,
    one_line,
    public,
    storable,
    to_key,
)

PARAMETER_LIMIT = 6000
TAG_LIMIT = 5000
"""Characters; the smallest that MLflow servers of the last years take."""

SYSTEM = "system/"
"""Prefix of what the machine measured; MLflow's UI keeps these metrics apart from the others."""

_REQUEST_BYTES = 900_000
_HIGHEST_STEP = 9_223_372_036_854_775_807

FRACTION = 1000
"""Steps that are no whole numbers are recorded in thousandths, the same in every run."""

BEST = "best_"
"""Prefix of the best value of a curve, beside its last one, for tables and sorting in the UI."""

MOST_BEST = 20
"""Curves that get one; more would only fill the UI's pages."""

MLFLOW_STATUS = {RunStatus.succeeded: "FINISHED", RunStatus.cancelled: "KILLED"}
"""`FAILED` for every other status; the exact one is the tag `sandbox.status`."""


@dataclass(frozen=True)
class Point:
    """One value of one metric; `at` in milliseconds since the epoch."""

    key: str
    value: float
    at: int
    step: int


@dataclass(frozen=True)
class RunValues:
    """What is written for one Run. `notes` holds the Run's own and those of the translation."""

    parameters: Mapping[str, str]
    points: tuple[Point, ...]
    tags: Mapping[str, str]
    notes: tuple[str, ...]


def run_values(sweep: Sweep, run: Run, extra_notes: Iterable[str] = ()) -> RunValues:
    """Everything of the Run but its description and its files."""
    notes = [*run.notes, *extra_notes]
    parameters = dict(_parameters(run, notes))
    points, special = _points(run, notes)
    best, told = _best_points(sweep, run, points)
    points, special = (*points, *best, *_system_points(run)), {**special, **told}
    tags = {**_run_tags(sweep, run), **special}
    if notes:
        tags["sandbox.notes"] = to_tag(notes)
    return RunValues(parameters, points, storable_tags(tags), tuple(notes))


def _parameters(run: Run, notes: list[str]) -> Iterator[tuple[str, str]]:
    named = {**{tweak.name: tweak.value for tweak in run.tweaks}, **run.parameters}
    for name, value in named.items():
        key = to_key(name)
        _note_changed_name("parameter", name, key, notes)
        if len(value) > PARAMETER_LIMIT:
            shown = one_line(name, 60)
            notes.append(f"parameter {shown}: {len(value)} characters cut to {PARAMETER_LIMIT}")
        yield key, cut(storable(value), PARAMETER_LIMIT)


def _note_changed_name(kind: str, name: str, key: str, notes: list[str]) -> None:
    if len(key) == NAME_LIMIT and from_key(key) != name:
        notes.append(f"{kind} name of {len(name)} characters shortened to {key}")
    elif key != name:
        notes.append(f"{kind} {one_line(name, 60)!r} is called {one_line(key, 60)} in MLflow")


# ---------------------------------------------------------------- metrics


def _points(run: Run, notes: list[str]) -> tuple[tuple[Point, ...], dict[str, str]]:
    """The points of all metrics, and the tags that say what points cannot."""
    unread = [Scalar(name, value) for name, value in run.metrics.items()]
    seen = {scalar.name for scalar in run.scalars}
    scalars = [*run.scalars, *(scalar for scalar in unread if scalar.name not in seen)]
    keys = {name: to_key(name, reserved=SYSTEM) for name in {one.name for one in scalars}}
    for name, key in sorted(keys.items()):
        _note_changed_name("metric", name, key, notes)
    steps = list(_steps(scalars, notes))
    start, interval = round(run.started_at * 1000), _interval(run, len(scalars))
    points = tuple(
        Point(keys[one.name], _finite_or_nan(one.value), start + int(at * interval), step)
        for at, (one, step) in enumerate(zip(scalars, steps, strict=True))
    )
    special = _special_tags(run, scalars, points, notes)
    return points, special


def _best_points(
    sweep: Sweep, run: Run, points: Sequence[Point]
) -> tuple[tuple[Point, ...], dict[str, str]]:
    """The best value of each curve whose direction is known, and a tag that tells them from others.

    Of step 0, so that the UI draws bars of it and no line of one point.
    """
    curves: dict[str, list[float]] = {}
    for point in points:
        curves.setdefault(point.key, []).append(point.value)
    own = sorted(key for key in curves if key.startswith(BEST))
    told = to_tag(own)
    if json.loads(told) != own:  # which are ours could not be told any more
        return (), {}
    at = round((run.started_at + run.elapsed_s) * 1000)
    found = tuple(
        Point(key, value, at, 0)
        for key, value in _best_values(sweep, curves)
        if key not in curves and len(key) < NAME_LIMIT
    )[:MOST_BEST]
    return found, {"sandbox.own_best": told} if found else {}


def _best_values(
    sweep: Sweep, curves: Mapping[str, Sequence[float]]
) -> Iterator[tuple[str, float]]:
    """Those that the sweep asks about first."""
    asked = {to_key(name, reserved=SYSTEM): way for name, way in sweep.directions.items()}
    for key in sorted(curves, key=lambda key: key not in asked):
        way = asked.get(key) or metric_direction(from_key(key))
        finite = [value for value in curves[key] if math.isfinite(value)]
        if way and finite and len(curves[key]) > 1:
            yield f"{BEST}{key}", min(finite) if way == "min" else max(finite)


def without_best(tags: Mapping[str, str], shown: Mapping[str, float]) -> dict[str, float]:
    """A run's metrics, by their names in MLflow, without those that we have added."""
    if "sandbox.own_best" not in tags:
        return dict(shown)
    own = set(json.loads(tags["sandbox.own_best"]))
    return {key: value for key, value in shown.items() if not key.startswith(BEST) or key in own}


def _interval(run: Run, count: int) -> float:
    """Milliseconds from point to point: spread over the run, no two at the same time.

    When a line was printed is not known; their order is, and equal input gives equal points, so
    that a run recorded again changes nothing.
    """
    return max(1.0, run.elapsed_s * 1000 / max(1, count))


def _steps(scalars: Iterable[Scalar], notes: list[str]) -> Iterator[int]:
    """The scalar's own step, else one more than the metric's last: 0, 1, 2, … by occurrence."""
    fractional = with_fractional_steps(scalars)
    last: dict[str, int] = {}
    refused: Counter[str] = Counter()
    for scalar in scalars:
        told = _whole_step(scalar.step, fractional=scalar.name in fractional)
        refused[scalar.name] += told is None and scalar.step is not None
        following = min(last.get(scalar.name, -1) + 1, _HIGHEST_STEP)
        last[scalar.name] = following if told is None else told
        yield last[scalar.name]
    thousandths = f"a step in MLflow is 1/{FRACTION} of its own"
    notes += [f"metric {one_line(name, 60)}: {thousandths}" for name in sorted(fractional)]
    notes += [
        f"metric {one_line(name, 60)}: {count} steps out of range, numbered instead"
        for name, count in (+refused).items()
    ]


def with_fractional_steps(scalars: Iterable[Scalar]) -> set[str]:
    """Metrics whose steps are not all whole (an epoch of 1.25); MLflow's steps have to be."""
    return {one.name for one in scalars if one.step is not None and not _is_whole(one.step)}


def _is_whole(step: float) -> bool:
    return not math.isfinite(step) or step == int(step)


def _whole_step(step: float | None, *, fractional: bool) -> int | None:
    """None where there is none, or it is no 64-bit number."""
    if step is None or not math.isfinite(step):
        return None
    whole = round(step * FRACTION) if fractional else int(step)
    return whole if abs(whole) <= _HIGHEST_STEP else None


def _finite_or_nan(value: float) -> float:
    """MLflow would keep infinity as 1.797e308, which then wins every ranking."""
    return math.nan if math.isinf(value) else float(value)


def _special_tags(
    run: Run, scalars: list[Scalar], points: tuple[Point, ...], notes: list[str]
) -> dict[str, str]:
    infinite = [
        [one.name, point.at, "inf" if one.value > 0 else "-inf"]
        for one, point in zip(scalars, points, strict=True)
        if math.isinf(one.value)
    ]
    for name, count in Counter(str(name) for name, _, _ in infinite).items():
        notes.append(f"metric {one_line(name, 60)}: {count} times infinity, kept as NaN in MLflow")
    tags: dict[str, Sequence[object] | Mapping[str, object]] = {
        "sandbox.infinite": infinite,
        "sandbox.units": {one.name: one.unit for one in scalars if one.unit},
        "sandbox.unstepped": sorted(_without_steps(run)),
        "sandbox.fractional_steps": sorted(with_fractional_steps(scalars)),
        "sandbox.metrics": _unlike_shown(run, points),
    }
    return {name: to_tag(value) for name, value in tags.items() if value}


def _without_steps(run: Run) -> set[str]:
    stepped = {scalar.name for scalar in run.scalars if scalar.step is not None}
    return {scalar.name for scalar in run.scalars} - stepped


def _unlike_shown(run: Run, points: tuple[Point, ...]) -> dict[str, float]:
    """Values of `Run.metrics` that are not what MLflow shows: its value of the highest step."""
    shown: dict[str, Point] = {}
    for point in points:
        best = shown.get(point.key)
        if best is None or (point.step, point.at) >= (best.step, best.at):
            shown[point.key] = point
    keys = {name: to_key(name, reserved=SYSTEM) for name in run.metrics}
    return {name: value for name, value in run.metrics.items() if shown[keys[name]].value != value}


def _system_points(run: Run) -> tuple[Point, ...]:
    at = round((run.started_at + run.elapsed_s) * 1000)
    measured = {
        "elapsed_s": run.elapsed_s,
        "shared_s": run.shared_s,
        "cpu_s": run.cpu_s,
        "peak_memory_bytes": float(run.peak_memory_bytes),
    }
    return tuple(Point(f"{SYSTEM}{name}", value, at, 0) for name, value in measured.items())


# ---------------------------------------------------------------- calls


@dataclass(frozen=True)
class Batch:
    """What goes into one call of `log_batch`."""

    parameters: tuple[tuple[str, str], ...] = ()
    points: tuple[Point, ...] = ()


def batches(values: RunValues) -> Iterator[Batch]:
    """As few calls as MLflow's limits allow: 100 parameters, 1000 items, 1 MB a request."""
    parameters: list[tuple[str, str]] = []
    points: list[Point] = []
    room = _REQUEST_BYTES
    items: list[tuple[str, str] | Point] = [*values.parameters.items(), *values.points]
    for item in items:
        size = _request_bytes(item)
        if size > room or len(parameters) == 100 or len(points) + len(parameters) == 1000:
            yield Batch(tuple(parameters), tuple(points))
            parameters, points, room = [], [], _REQUEST_BYTES
        room -= size
        if isinstance(item, Point):
            points.append(item)
        else:
            parameters.append(item)
    yield Batch(tuple(parameters), tuple(points))


def _request_bytes(item: Point | tuple[str, str]) -> int:
    """At most; JSON writes a character in up to 12 bytes."""
    texts = item.key if isinstance(item, Point) else "".join(item)
    return 150 + sum(1 if character.isascii() else 12 for character in texts)


# ---------------------------------------------------------------- tags


def _run_tags(sweep: Sweep, run: Run) -> dict[str, str]:
    patches = [tweak.value for tweak in run.tweaks if tweak.tunable is None]
    tags = {
        **common_tags(sweep, entry=run.entry, commit=run.commit, environment=run.environment),
        "sandbox.key": run.key,
        "sandbox.variant": run.variant,
        "sandbox.repeat": str(run.repeat),
        "sandbox.status": run.status.value,
        "sandbox.cause": one_line(run.cause or "", 500),
        "sandbox.exit_code": "" if run.exit_code is None else str(run.exit_code),
        "sandbox.shared_prefix": str(run.shared_prefix),
        "sandbox.patch": ", ".join(patches),
        "sandbox.tweaks": _tweaks_tag(run),
    }
    return {name: value for name, value in tags.items() if value}


def _tweaks_tag(run: Run) -> str:
    """Name, tunable, and whether the tweak was passed; its value is the parameter's."""
    told = [[one.name, one.tunable, one.name in run.parameters] for one in run.tweaks]
    return to_tag(told) if told else ""


def sweep_tags(sweep: Sweep) -> dict[str, str]:
    """Tags of the parent run: all that it takes to make the Sweep again."""
    tags = {
        **common_tags(sweep, entry=sweep.entry, commit=sweep.commit, environment=sweep.environment),
        "sandbox.kind": "sweep",
        "sandbox.workspace": sweep.workspace,
        "sandbox.variants": str(sweep.variants),
        "sandbox.command": public(sweep.command),
        "sandbox.question": sweep.question or "",
        "sandbox.guess": sweep.guess or "",
        "sandbox.directions": to_tag(dict(sweep.directions)) if sweep.directions else "",
        "sandbox.started_at": repr(sweep.started_at),
    }
    return storable_tags({name: value for name, value in tags.items() if value})


def common_tags(sweep: Sweep, *, entry: str, commit: str, environment: str) -> dict[str, str]:
    """Tags that sweep and run share; MLflow's own ones fill the UI's Source and Version."""
    return {
        "sandbox.sweep": sweep.id,
        "sandbox.repo": public(sweep.repo),
        "sandbox.commit": commit,
        "sandbox.entry": entry,
        "sandbox.environment": environment,
        "mlflow.source.name": one_line(entry),
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": sweep.commit,
        "mlflow.user": "sandbox",
    }


def storable_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Values that every MLflow server takes."""
    return {name: cut(storable(value), TAG_LIMIT) for name, value in tags.items()}


def to_tag(value: Sequence[object] | Mapping[str, object]) -> str:
    """JSON within the limit of a tag: as many items as fit, so that it can always be read."""
    text = json.dumps(value, ensure_ascii=True)
    if len(text) <= TAG_LIMIT:
        return text
    if isinstance(value, Mapping):
        return to_tag(dict(list(value.items())[: len(value) // 2]))
    return to_tag(value[: len(value) // 2])
