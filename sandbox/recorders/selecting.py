"""A whole sweep out of MLflow's own database file in four queries.

The client makes an entity of each row, 2 ms a run, and is still the way to every other kind of
store. A test holds what both say against each other.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sandbox.recorders.inserting import open_database, tables

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select


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


def select_sweep(tracking_uri: str, experiment_id: str, sweep_id: str) -> Iterator[StoredRun]:
    """Parent and children, oldest first, those deleted in the UI too."""
    database = open_database(tracking_uri)
    with database.connect() as connection:
        runs = tables()["runs"].c
        wanted = _wanted(experiment_id, sweep_id)
        found = connection.execute(wanted.order_by(runs.start_time, runs.run_uuid)).all()
        told = {name: _by_run(connection, name, wanted) for name in ("tags", "params")}
        metrics = _by_run(connection, "latest_metrics", wanted)
    for row in found:
        tags, params = (told[name].get(row.run_uuid, {}) for name in ("tags", "params"))
        info = SimpleNamespace(
            run_id=row.run_uuid,
            run_name=row.name,
            status=row.status,
            start_time=row.start_time,
            end_time=row.end_time,
            lifecycle_stage=row.lifecycle_stage,
            artifact_uri=row.artifact_uri,
        )
        data = SimpleNamespace(tags=tags, params=params, metrics=metrics.get(row.run_uuid, {}))
        yield StoredRun(info, data)


def _wanted(experiment_id: str, sweep_id: str) -> Select[Any]:
    from sqlalchemy import select

    runs, tags = tables()["runs"], tables()["tags"].c
    of_sweep = select(tags.run_uuid).where(tags.key == "sandbox.sweep", tags.value == sweep_id)
    inside = runs.c.experiment_id == int(experiment_id)
    return select(runs).where(inside, runs.c.run_uuid.in_(of_sweep))


def _by_run(connection: Connection, name: str, wanted: Select[Any]) -> dict[str, dict[str, Any]]:
    from sqlalchemy import select

    table = tables()[name].c
    columns = [table.run_uuid, table.key, table.value]
    is_metric = name == "latest_metrics"
    ids = wanted.with_only_columns(tables()["runs"].c.run_uuid)
    asked = select(*columns, *([table.is_nan] if is_metric else []))
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for run_id, key, value, *is_nan in connection.execute(asked.where(table.run_uuid.in_(ids))):
        found[run_id][key] = math.nan if any(is_nan) else value
    return found
