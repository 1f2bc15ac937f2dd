"""Sweeps out of MLflow's own database file, a whole one in two queries, its curves in a third.

The client makes an entity of each row, 2 ms a run, and is still the way to every other kind of
store. A test holds what both say against each other.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from sandbox.recorders.database import opened

_OF_SWEEP = """
    select * from runs where experiment_id = :experiment_id and run_uuid in (
        select run_uuid from tags where key = 'sandbox.sweep' and value = :sweep_id)
    order by start_time, run_uuid
"""

_OF_EXPERIMENT = """
    select * from runs where experiment_id = :experiment_id order by start_time, run_uuid
"""

_NAMED = """
    select runs.* from json_each(:ids) as wanted join runs on runs.run_uuid = wanted.value
    order by wanted.key
"""

_CURVES = """
    select run_uuid, key, iif(is_nan, 'nan', value) as value, timestamp, step from metrics
    where run_uuid in (select value from json_each(:ids)) and key not like :without
    order by timestamp, step, value
"""

_TOLD = """
    with wanted as (select value from json_each(:ids))
    select 'tags', run_uuid, key, value from tags where run_uuid in wanted
    union all
    select 'params', run_uuid, key, value from params where run_uuid in wanted
    union all
    select 'metrics', run_uuid, key, iif(is_nan, 'nan', value) from latest_metrics
    where run_uuid in wanted
"""

_NEWEST = """
    select runs.experiment_id, sweep.value from runs
    join experiments using (experiment_id)
    join tags as kind on kind.run_uuid = runs.run_uuid and kind.key = 'sandbox.kind'
    join tags as sweep on sweep.run_uuid = runs.run_uuid and sweep.key = 'sandbox.sweep'
    where kind.value = 'sweep'
        and (:deleted or (runs.lifecycle_stage = 'active'
            and experiments.lifecycle_stage = 'active'))
        and (:experiment_id is null or runs.experiment_id = :experiment_id)
    order by runs.start_time desc, runs.run_uuid limit 1
"""


class StoredPoint(NamedTuple):
    """As MLflow's `Metric`, with what is read of one."""

    key: str
    value: float
    timestamp: int
    step: int


@dataclass(frozen=True)
class StoredRun:
    """As MLflow's `Run`, with what is read of one.

    Attributes:
        info: `run_id`, `run_name`, `status`, `start_time`, `end_time` (ms), `lifecycle_stage`,
            `artifact_uri`.
        data: `tags`, `params`, `metrics`.
    """

    info: SimpleNamespace
    data: SimpleNamespace


def select_experiment(database: Path, name: str) -> str | None:
    """Its id."""
    with opened(database) as connection:
        asked = "select experiment_id from experiments where name = ?"
        found = connection.execute(asked, [name]).fetchone()
    return str(found[0]) if found else None


def select_newest(
    database: Path, experiment_id: str | None, *, deleted: bool = False
) -> tuple[str, str] | None:
    """Ids of experiment and sweep; no experiment = among those of all.

    Args:
        deleted: those that were deleted in the UI count too.
    """
    asked = {"experiment_id": experiment_id, "deleted": deleted}
    with opened(database) as connection:
        found = connection.execute(_NEWEST, asked).fetchone()
    return (str(found[0]), str(found[1])) if found else None


def select_sweep(database: Path, experiment_id: str, sweep_id: str) -> Iterator[StoredRun]:
    """Parent and children, oldest first, those deleted in the UI too."""
    wanted = {"experiment_id": experiment_id, "sweep_id": sweep_id}
    return _select(database, _OF_SWEEP, wanted)


def select_whole(database: Path, experiment_id: str) -> Iterator[StoredRun]:
    """All of an experiment, whoever recorded them, oldest first, deleted ones too."""
    return _select(database, _OF_EXPERIMENT, {"experiment_id": experiment_id})


def select_named(database: Path, run_ids: Sequence[str]) -> Iterator[StoredRun]:
    """Those of the ids that there are, in their order."""
    return _select(database, _NAMED, {"ids": json.dumps(list(run_ids))})


def select_curves(
    database: Path, run_ids: Iterable[str], *, without: str
) -> dict[str, dict[str, list[StoredPoint]]]:
    """Every point by run and metric, in the order of their times.

    Args:
        without: prefix of metrics that are left out.
    """
    asked = {"ids": json.dumps(list(run_ids)), "without": f"{without}%"}
    found: dict[str, dict[str, list[StoredPoint]]] = {}
    with opened(database) as connection:
        for run_id, key, value, timestamp, step in connection.execute(_CURVES, asked):
            point = StoredPoint(key, float(value), timestamp, step)
            found.setdefault(run_id, {}).setdefault(key, []).append(point)
    return found


def _select(database: Path, query: str, wanted: Mapping[str, str]) -> Iterator[StoredRun]:
    with opened(database) as connection, connection:
        connection.execute("begin")
        runs = connection.execute(query, wanted).fetchall()
        ids = json.dumps([run["run_uuid"] for run in runs])
        told = connection.execute(_TOLD, {"ids": ids}).fetchall()
    data: dict[str, dict[str, dict[str, Any]]] = {
        run["run_uuid"]: {"tags": {}, "params": {}, "metrics": {}} for run in runs
    }
    for kind, run_id, key, value in told:
        data[run_id][kind][key] = float(value) if kind == "metrics" else value
    for run in runs:
        yield StoredRun(_info(run), SimpleNamespace(**data[run["run_uuid"]]))


def _info(run: sqlite3.Row) -> SimpleNamespace:
    return SimpleNamespace(
        run_id=run["run_uuid"],
        run_name=run["name"],
        status=run["status"],
        start_time=run["start_time"],
        end_time=run["end_time"],
        lifecycle_stage=run["lifecycle_stage"],
        artifact_uri=run["artifact_uri"],
    )
