"""Opens a fresh store from several processes at one moment; each prints the experiment's id.

Arguments: the folder, the number of processes. Forks, so that they all start at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from sandbox.domain import Sweep
from sandbox.recorders import MlflowRecorder
from sandbox.recorders.store import import_mlflow


def first_use(folder: Path, number: int) -> None:
    recorder = MlflowRecorder(
        f"sqlite:///{folder}/new.db", folder / "artifacts", experiment="one", lock=folder / "lock"
    )
    recorder.begin(Sweep(f"sweep{number}", "w", "r", "c", "e", "n", 1, "sandbox", 0.0))
    sys.stdout.write(f"{recorder.experiment_id}\n")
    sys.stdout.flush()


def main(folder: str, processes: str) -> int:
    import_mlflow()
    start, ready = os.pipe()
    children = []
    for number in range(int(processes)):
        child = os.fork()
        if not child:
            os.close(ready)
            os.read(start, 1)
            first_use(Path(folder), number)
            os._exit(0)
        children.append(child)
    os.close(ready)
    return max(os.waitpid(child, 0)[1] for child in children)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
