"""What stands in MLflow, through MLflow's own client."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.recorders.store import open_client


@dataclass(frozen=True)
class RecordedRun:
    """One run of the tracking store."""

    client: Any
    run_id: str

    @property
    def entity(self) -> Any:
        return self.client.get_run(self.run_id)

    def steps(self, metric: str) -> list[float]:
        return [point.step for point in self.client.get_metric_history(self.run_id, metric)]

    def values(self, metric: str) -> list[float]:
        return [point.value for point in self.client.get_metric_history(self.run_id, metric)]

    @property
    def files(self) -> dict[str, Path]:
        folder = Path(unquote(urlsplit(self.entity.info.artifact_uri).path))
        listed = [one.path for one in self.client.list_artifacts(self.run_id)]
        return {name: folder / name for name in listed}

    @property
    def kept_files(self) -> dict[str, Path]:
        """What the studied code wrote; a link or pipe would be told as a file, and is none."""
        root = Path(unquote(urlsplit(self.entity.info.artifact_uri).path))
        found = (root / "files").rglob("*") if (root / "files").exists() else ()
        return {str(path.relative_to(root)): path for path in found if not path.is_dir()}

    def text(self, name: str) -> str:
        return self.files[name].read_text(encoding="utf-8")

    @property
    def notebook(self) -> Any:
        return json.loads(self.text("notebook.ipynb"))

    def mime_types(self) -> set[str]:
        """Of everything that the executed notebook shows."""
        outputs = [output for cell in self.notebook["cells"] for output in cell.get("outputs", [])]
        return {mime for output in outputs for mime in output.get("data", {})}


def recorded(home: Path, run_id: str) -> RecordedRun:
    return RecordedRun(open_client(f"sqlite:///{home / 'mlflow.db'}"), run_id)


def children(home: Path, experiment: str) -> tuple[list[Any], list[Any]]:
    """(parents, children) of an experiment."""
    client = open_client(f"sqlite:///{home / 'mlflow.db'}")
    found = client.get_experiment_by_name(experiment)
    runs = client.search_runs([found.experiment_id], max_results=1000)
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    return parents, [run for run in runs if "mlflow.parentRunId" in run.data.tags]
