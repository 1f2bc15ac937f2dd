"""Sweeps and Runs back out of MLflow, also those that others changed or wrote."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sandbox.domain import Run, RunStatus, Scalar, Sweep, Tweak
from sandbox.errors import InputError, StoreError
from sandbox.recorders import store
from sandbox.recorders.backends import Backend, open_backend
from sandbox.recorders.texts import from_key, one_line
from sandbox.recorders.values import FRACTION, SYSTEM, without_best

if TYPE_CHECKING:
    from mlflow.entities import Run as MlflowRun

    from sandbox.recorders.backends import History
    from sandbox.recorders.selecting import StoredRun

_FOREIGN_STATUS = {
    "FINISHED": RunStatus.succeeded,
    "KILLED": RunStatus.cancelled,
    "RUNNING": RunStatus.lost,
}
"""What MLflow's own status means for a run that carries no tag of ours; else `failed`."""


class SweepRuns(NamedTuple):
    """What a store holds of a sweep.

    Attributes:
        sweep: None for runs that no sweep of ours made.
        runs: in the order in which they started; without `artifacts`.
        notes: runs that could not be read, one line each.
    """

    sweep: Sweep | None
    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()


def load_runs(
    tracking_uri: str,
    *,
    experiment: str,
    sweep_id: str | None = None,
    run_ids: Sequence[str] = (),
    scalars: bool = False,
    schema: Path | None = None,
) -> SweepRuns:
    """The runs of a sweep, or the named ones, of whatever origin.

    Args:
        experiment: MLflow's experiment, so the workspace's name.
        sweep_id: None = the latest, unless `run_ids` are given.
        scalars: fetch whole curves too; else `Run.scalars` is empty. One query where the store is
            a database file, one call per metric and run elsewhere.
        schema: as for `MlflowRecorder`.

    Raises:
        InputError: all of the sweep's runs were deleted in MLflow.
        StoreError: the store cannot be used, or has no such experiment or sweep.
    """
    if store.is_unmade(tracking_uri):
        raise _nothing_of(experiment)
    with store.translated(tracking_uri):
        backend = open_backend(tracking_uri, schema)
        if run_ids:
            named, absent = _named_runs(backend, run_ids)
            loaded = _from_entities(named, _curves(backend, named) if scalars else None)
            return loaded._replace(notes=(*absent, *loaded.notes))
        found, wanted = _sweep_runs(backend, experiment, sweep_id)
        runs, notes = _standing(found, f"sweep {wanted} of {experiment}", wanted)
        loaded = _from_entities(runs, _curves(backend, runs) if scalars else None)
        return loaded._replace(notes=(*notes, *loaded.notes))


def load_experiment(
    tracking_uri: str, *, experiment: str, scalars: bool = False, schema: Path | None = None
) -> SweepRuns:
    """All runs of one of MLflow's experiments, whoever recorded them; of no sweep of ours.

    Raises:
        InputError: all of its runs were deleted in MLflow.
        StoreError: the store cannot be used, or has no such experiment, or nothing in it.
    """
    if store.is_unmade(tracking_uri):
        raise _nothing_of(experiment)
    with store.translated(tracking_uri):
        backend = open_backend(tracking_uri, schema)
        experiment_id = backend.experiment_id(experiment)
        found = list(backend.whole_experiment(experiment_id)) if experiment_id else []
        if not found:
            raise _nothing_of(experiment)
        runs, notes = _standing(found, f"experiment {experiment}")
        loaded = _from_entities(runs, _curves(backend, runs) if scalars else None)
    return loaded._replace(sweep=None, notes=(*notes, *loaded.notes))


def has_experiment(tracking_uri: str, name: str, *, schema: Path | None = None) -> bool:
    """Whether MLflow has an experiment of that name.

    Raises:
        StoreError: the store cannot be used.
    """
    if store.is_unmade(tracking_uri):
        return False
    with store.translated(tracking_uri):
        return open_backend(tracking_uri, schema).experiment_id(name) is not None


def latest_sweep(
    tracking_uri: str, *, experiment: str, deleted: bool = False, schema: Path | None = None
) -> str | None:
    """Id of the sweep that started last; None where nothing of the experiment is recorded yet.

    Args:
        deleted: one that was deleted in MLflow counts too.

    Raises:
        StoreError: the store cannot be used.
    """
    if store.is_unmade(tracking_uri):
        return None
    with store.translated(tracking_uri):
        backend = open_backend(tracking_uri, schema)
        found = backend.experiment_id(experiment)
        newest = backend.newest_sweep(found, deleted=deleted) if found else None
    return newest[1] if newest else None


def latest_experiment(tracking_uri: str, *, schema: Path | None = None) -> str | None:
    """MLflow's id of the experiment whose sweep started last; None where nothing is recorded yet.

    Raises:
        StoreError: the store cannot be used.
    """
    if store.is_unmade(tracking_uri):
        return None
    with store.translated(tracking_uri):
        newest = open_backend(tracking_uri, schema).newest_sweep()
    return newest[0] if newest else None


def _sweep_runs(
    backend: Backend, experiment: str, sweep_id: str | None
) -> tuple[list[MlflowRun | StoredRun], str]:
    """All that there is of a sweep, and its id."""
    experiment_id = backend.experiment_id(experiment)
    if experiment_id is None:
        raise _nothing_of(experiment)
    newest = None if sweep_id else backend.newest_sweep(experiment_id)
    wanted = newest[1] if newest else sweep_id
    if wanted is None:
        raise StoreError(
            f"no sweep of {experiment} is recorded yet", hint=f"sandbox sweep {experiment}"
        )
    found = list(backend.sweep_runs(experiment_id, wanted))
    if not found:
        raise StoreError(
            f"sweep {wanted} of {experiment} is not in the tracking store",
            hint=f"what else is known of it: sandbox journal {experiment}",
        )
    return found, wanted


def _standing(
    found: Sequence[MlflowRun | StoredRun], what: str, shown: str = ""
) -> tuple[list[MlflowRun | StoredRun], tuple[str, ...]]:
    """Those that were not deleted in MLflow, and a note of the others; a sweep itself stays.

    Args:
        shown: how `sandbox ui` is asked for it.

    Raises:
        InputError: all runs were deleted.
    """
    standing = [run for run in found if _is_sweep(run) or _is_active(run)]
    known = {_identity(run) for run in standing}
    gone = {_identity(run) for run in found} - known  # but for one that a later one replaced
    if not gone:
        return standing, ()
    if all(_is_sweep(run) for run in standing):
        raise InputError(
            f"all runs of {what} were deleted in MLflow ({len(gone)})",
            hint=f"{' '.join(f'sandbox ui {shown}'.split())} shows them: tick them, then Restore"
            " (what mlflow gc has removed is gone)",
            deleted=len(gone),
        )
    many = "a run of it was" if len(gone) == 1 else f"{len(gone)} runs of it were"
    return standing, (f"{many} deleted in MLflow, and left out here",)


def _is_active(run: MlflowRun | StoredRun) -> bool:
    return bool(run.info.lifecycle_stage == "active")


def _is_sweep(run: MlflowRun | StoredRun) -> bool:
    return bool(run.data.tags.get("sandbox.kind") == "sweep")


def _identity(run: MlflowRun | StoredRun) -> tuple[str, str]:
    tags = run.data.tags
    return tags.get("sandbox.sweep", ""), tags.get("sandbox.key", str(run.info.run_id))


def _curves(backend: Backend, runs: Sequence[MlflowRun | StoredRun]) -> History:
    return backend.histories([str(run.info.run_id) for run in runs])


def _nothing_of(name: str) -> StoreError:
    return StoreError(f"nothing of {name} is recorded yet", hint=f"sandbox sweep {name}")


def _named_runs(
    backend: Backend, run_ids: Sequence[str]
) -> tuple[list[MlflowRun | StoredRun], tuple[str, ...]]:
    found = backend.named_runs(run_ids)
    there = {str(run.info.run_id) for run in found}
    absent = (one_line(run_id, 80) for run_id in run_ids if run_id not in there)
    gone = (run.info.run_id for run in found if not _is_active(run))
    notes = [f"no run {name} in the tracking store" for name in absent]
    notes += [
        f"run {run_id} was deleted in MLflow, and is compared all the same" for run_id in gone
    ]
    return found, tuple(notes)


def _from_entities(entities: Sequence[MlflowRun | StoredRun], curves: History | None) -> SweepRuns:
    """With what knows their curves; None = without."""
    sweep: Sweep | None = None
    runs: list[Run] = []
    notes: list[str] = []
    for entity in entities:
        try:
            if _is_sweep(entity):
                sweep = _sweep(entity.data.tags)
            elif entity.info.status != "RUNNING" or "sandbox.key" not in entity.data.tags:
                run = _run(entity)
                scalars = tuple(_scalars(curves, entity)) if curves else ()
                runs.append(replace(run, scalars=scalars))
            else:
                notes.append(f"run {entity.info.run_id} is only half recorded and left out")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = one_line(f"{type(error).__name__}: {error}", 150)
            notes.append(f"run {entity.info.run_id} cannot be read and is left out ({reason})")
    return SweepRuns(sweep, tuple(runs), tuple(notes))


def _sweep(tags: Mapping[str, str]) -> Sweep:
    return Sweep(
        id=tags["sandbox.sweep"],
        workspace=tags["sandbox.workspace"],
        repo=tags["sandbox.repo"],
        commit=tags["sandbox.commit"],
        entry=tags["sandbox.entry"],
        environment=tags["sandbox.environment"],
        variants=int(tags["sandbox.variants"]),
        command=tags.get("sandbox.command", ""),
        started_at=float(tags["sandbox.started_at"]),
        question=tags.get("sandbox.question"),
        directions=_told(tags, "sandbox.directions", {}),
        guess=tags.get("sandbox.guess"),
    )


def _run(entity: MlflowRun | StoredRun) -> Run:
    tags, data = entity.data.tags, entity.data
    parameters = {from_key(key): str(value) for key, value in data.params.items()}
    told = _told(tags, "sandbox.tweaks", [])
    unpassed = {name for name, _, passed in told if not passed}
    return Run(
        variant=tags.get("sandbox.variant", str(entity.info.run_id)),
        name=_plain_name(entity),
        status=_status(entity),
        entry=tags.get("sandbox.entry", tags.get("mlflow.source.name", "")),
        environment=tags.get("sandbox.environment", ""),
        commit=tags.get("sandbox.commit", tags.get("mlflow.source.git.commit", "")),
        repeat=int(tags.get("sandbox.repeat", "0")),
        cause=tags.get("sandbox.cause"),
        parameters={name: text for name, text in parameters.items() if name not in unpassed},
        tweaks=tuple(Tweak(name, parameters[name], tunable) for name, tunable, _ in told),
        metrics=_metrics(tags, data.metrics),
        exit_code=int(tags["sandbox.exit_code"]) if "sandbox.exit_code" in tags else None,
        shared_prefix=int(tags.get("sandbox.shared_prefix", "0")),
        notes=tuple(_told(tags, "sandbox.notes", [])),
        run_id=str(entity.info.run_id),
        **_resources(entity),
    )


def _plain_name(entity: MlflowRun | StoredRun) -> str:
    """Without the number of the repeat, which tells equal names apart in the UI."""
    tags = entity.data.tags
    number = int(tags.get("sandbox.repeat", "0")) + 1
    shown = str(tags.get("mlflow.runName", entity.info.run_id))
    return shown.removesuffix(f" #{number}")


def _status(entity: MlflowRun | StoredRun) -> RunStatus:
    told = entity.data.tags.get("sandbox.status")
    return RunStatus(told) if told else _FOREIGN_STATUS.get(entity.info.status, RunStatus.failed)


def _told(tags: Mapping[str, str], name: str, default: Any) -> Any:
    """A tag of ours that holds JSON."""
    return json.loads(tags[name]) if name in tags else default


def _metrics(tags: Mapping[str, str], shown: Mapping[str, float]) -> dict[str, float]:
    """The last finite value of each metric: MLflow's, but where a tag of ours corrects it."""
    ours = {
        from_key(key): float(value)
        for key, value in without_best(tags, shown).items()
        if not key.startswith(SYSTEM) and math.isfinite(value)
    }
    return {**ours, **_told(tags, "sandbox.metrics", {})}


def _resources(entity: MlflowRun | StoredRun) -> dict[str, Any]:
    info, shown = entity.info, entity.data.metrics
    started = float(info.start_time or 0) / 1000
    ended = float(info.end_time or info.start_time or 0) / 1000
    return {
        "started_at": started,
        "elapsed_s": float(shown.get(f"{SYSTEM}elapsed_s", ended - started)),
        "shared_s": float(shown.get(f"{SYSTEM}shared_s", 0.0)),
        "cpu_s": float(shown.get(f"{SYSTEM}cpu_s", 0.0)),
        "peak_memory_bytes": int(shown.get(f"{SYSTEM}peak_memory_bytes", 0)),
    }


def _scalars(curves: History, entity: MlflowRun | StoredRun) -> Iterator[Scalar]:
    """Every point of every metric, in the order in which the run printed them."""
    tags = entity.data.tags
    units = _told(tags, "sandbox.units", {})
    unstepped = set(_told(tags, "sandbox.unstepped", []))
    fractional = set(_told(tags, "sandbox.fractional_steps", []))
    infinite = {(name, at): float(sign) for name, at, sign in _told(tags, "sandbox.infinite", [])}
    keys = [key for key in without_best(tags, entity.data.metrics) if not key.startswith(SYSTEM)]
    run_id = entity.info.run_id
    points = [point for key in keys for point in curves(run_id, key)]
    for point in sorted(points, key=lambda one: int(one.timestamp)):
        name = from_key(point.key)
        value = infinite.get((name, point.timestamp), float(point.value))
        step = point.step / FRACTION if name in fractional else int(point.step)
        yield Scalar(name, value, None if name in unstepped else step, units.get(name))
