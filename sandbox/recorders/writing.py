"""The calls to MLflow that make one run, in an order that a crash can cut anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sandbox.domain import Run, Sweep
from sandbox.recorders.artifacts import keep_artifacts, plan_artifacts, read_beginning
from sandbox.recorders.descriptions import describe_run, describe_sweep
from sandbox.recorders.texts import one_line
from sandbox.recorders.values import (
    MLFLOW_STATUS,
    Batch,
    RunValues,
    batches,
    run_values,
    sweep_tags,
    to_tag,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as MlflowRun

    from sandbox.recorders.selecting import StoredRun


@dataclass(frozen=True)
class Present:
    """A run that stands in the store.

    Attributes:
        started_ms: tells one execution of a variant from the next.
        is_open: not all of it is written yet.
    """

    run_id: str
    started_ms: int
    is_open: bool
    artifact_uri: str

    @classmethod
    def of(cls, run: MlflowRun | StoredRun) -> Self:
        info = run.info
        started = int(info.start_time or 0)
        return cls(str(info.run_id), started, info.status == "RUNNING", str(info.artifact_uri))

    def closed(self) -> Self:
        return replace(self, is_open=False)


@dataclass(frozen=True)
class Writing:
    """What is going to be written of a run: worked out before the store is asked for anything."""

    run: Run
    values: RunValues
    files: Mapping[str, Path]
    tags: Mapping[str, str]


def prepare(sweep: Sweep, run: Run, *, parent: str) -> Writing:
    """Files are looked at, not read."""
    files, left_out = plan_artifacts(run.artifacts)
    values = run_values(sweep, run, left_out)
    tags = {
        **values.tags,
        "mlflow.parentRunId": parent,
        "mlflow.note.content": describe_run(
            sweep, run, values.notes, patch=_patch(files), files=files
        ),
    }
    return Writing(run, values, files, tags)


def _patch(files: Mapping[str, Path]) -> str:
    """The beginning of the run's diff; a description shows no more."""
    return read_beginning(files["tweak.patch"], 4000) if "tweak.patch" in files else ""


def add_run(client: MlflowClient, experiment_id: str, writing: Writing) -> Present:
    """A new, open run with all its tags: it can be found by its key from its first moment on."""
    run = writing.run
    return Present.of(
        client.create_run(
            experiment_id,
            to_ms(run.started_at),
            dict(writing.tags),
            run_name=name_of(run),
        )
    )


def name_of(run: Run) -> str:
    """As the UI lists it; a further repeat says which, so that charts tell them apart."""
    name = one_line(run.name) or run.key
    return f"{name} #{run.repeat + 1}" if run.repeat else name


def fill_run(client: MlflowClient, place: Present, writing: Writing) -> None:
    """The rest into an open run, which may hold a part of it already; the end comes last."""
    run, run_id = writing.run, place.run_id
    missing = keep_artifacts(client, run_id, place.artifact_uri, writing.files)
    if missing:
        client.set_tag(run_id, "sandbox.notes", to_tag([*writing.values.notes, *missing]))
    for batch in batches(writing.values):
        _log(client, run_id, batch)
    end = to_ms(run.started_at + run.elapsed_s)
    client.set_terminated(run_id, MLFLOW_STATUS.get(run.status, "FAILED"), end)


def _log(client: MlflowClient, run_id: str, batch: Batch) -> None:
    from mlflow.entities import Metric, Param

    client.log_batch(
        run_id,
        metrics=[Metric(one.key, one.value, one.at, one.step) for one in batch.points],
        params=[Param(key, value) for key, value in batch.parameters],
    )


def parent_of(sweep: Sweep) -> tuple[str, dict[str, str]]:
    """Name and tags of the run that stands for the sweep itself."""
    tags = {**sweep_tags(sweep), "mlflow.note.content": describe_sweep(sweep)}
    return one_line(f"{sweep.entry} {sweep.id}"), tags


def to_ms(seconds: float) -> int:
    """Times as MLflow keeps them: milliseconds since the epoch."""
    return round(seconds * 1000)
