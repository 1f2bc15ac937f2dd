"""Records from several processes at one moment; each prints the experiment's id.

Arguments: the folder of the store, the number of processes. Where the folder does not remember
MLflow's schema, MLflow is imported before: forks, so that they all start at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from sandbox.domain import Run, RunStatus, Sweep
from sandbox.recorders import MlflowRecorder
from sandbox.recorders.store import import_mlflow


def record(folder: Path, number: int) -> None:
    recorder = MlflowRecorder(
        f"sqlite:///{folder}/mlflow.db",
        folder / "artifacts",
        experiment="one",
        lock=folder / "lock",
        schema=folder / "schema.txt",
    )
    sweep = Sweep(f"sweep{number}", "w", "r", "c", "e", "n", 1, "sandbox", 1e9)
    recorder.begin(sweep)
    for variant in range(20):
        run = Run(f"v{variant}", "", RunStatus.succeeded, "e", "n", "c", metrics={"loss": 0.5})
        recorder.record(sweep, run)
    recorder.finish(sweep, "succeeded")
    sys.stdout.write(f"{recorder.experiment_id}\n")
    sys.stdout.flush()


def main(folder: str, processes: str) -> int:
    if not Path(folder, "schema.txt").exists():
        import_mlflow()
    start, ready = os.pipe()
    children = []
    for number in range(int(processes)):
        child = os.fork()
        if not child:
            os.close(ready)
            os.read(start, 1)
            record(Path(folder), number)
            os._exit(0)
        children.append(child)
    os.close(ready)
    return max(os.waitpid(child, 0)[1] for child in children)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
