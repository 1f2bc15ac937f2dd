"""The calls to MLflow that make one run, in an order that a crash can cut anywhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from sandbox.domain import Run, Sweep
from sandbox.recorders.artifacts import keep_artifacts, plan_artifacts
from sandbox.recorders.descriptions import describe_run, describe_sweep
from sandbox.recorders.texts import one_line
from sandbox.recorders.values import (
    MLFLOW_STATUS,
    Batch,
    batches,
    common_tags,
    run_values,
    storable_tags,
    sweep_tags,
)

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as MlflowRun


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
    def of(cls, run: MlflowRun) -> Self:
        info = run.info
        started = int(info.start_time or 0)
        return cls(str(info.run_id), started, info.status == "RUNNING", str(info.artifact_uri))

    @classmethod
    def make(cls, client: MlflowClient, experiment_id: str, sweep: Sweep, run: Run) -> Self:
        """A new, open run that can be found again by its key from its first moment on."""
        common = common_tags(sweep, entry=run.entry, commit=run.commit, environment=run.environment)
        tags = storable_tags({**common, "sandbox.key": run.key})
        name = one_line(run.name) or run.key
        return cls.of(client.create_run(experiment_id, to_ms(run.started_at), tags, run_name=name))

    def closed(self) -> Self:
        return replace(self, is_open=False)


def write_run(client: MlflowClient, place: Present, sweep: Sweep, run: Run, *, parent: str) -> None:
    """Everything into an open run, which may hold a part of it already; the end comes last."""
    files, left_out = plan_artifacts(run.artifacts)
    missing = keep_artifacts(client, place.run_id, place.artifact_uri, files)
    values = run_values(sweep, run, (*left_out, *missing))
    tags = {
        **values.tags,
        "mlflow.parentRunId": parent,
        "mlflow.note.content": describe_run(sweep, run, values.notes),
    }
    for number, batch in enumerate(batches(values)):
        _log(client, place.run_id, batch, tags if number == 0 else {})
    end = to_ms(run.started_at + run.elapsed_s)
    client.set_terminated(place.run_id, MLFLOW_STATUS.get(run.status, "FAILED"), end)


def _log(client: MlflowClient, run_id: str, batch: Batch, tags: dict[str, str]) -> None:
    from mlflow.entities import Metric, Param, RunTag

    client.log_batch(
        run_id,
        metrics=[Metric(one.key, one.value, one.at, one.step) for one in batch.points],
        params=[Param(key, value) for key, value in batch.parameters],
        tags=[RunTag(name, value) for name, value in tags.items()],
    )


def add_parent(client: MlflowClient, experiment_id: str, sweep: Sweep) -> str:
    """The run that stands for the sweep itself; it stays open until `Recorder.finish`."""
    tags = {**sweep_tags(sweep), "mlflow.note.content": describe_sweep(sweep)}
    name = one_line(f"{sweep.entry} {sweep.id}")
    run = client.create_run(experiment_id, to_ms(sweep.started_at), tags, run_name=name)
    return str(run.info.run_id)


def to_ms(seconds: float) -> int:
    """Times as MLflow keeps them: milliseconds since the epoch."""
    return round(seconds * 1000)
