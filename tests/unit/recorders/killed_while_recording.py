"""Records a journal again and again, each time killed after one write more; prints how often.

Arguments: a made store, a journal, the folder to work in. Forks, so that MLflow is imported once.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from sandbox.recorders import Journal, MlflowRecorder, record_pending
from sandbox.recorders.store import import_mlflow

WRITES = ("create_experiment", "create_run", "log_batch", "set_tag", "set_terminated")


def die_after(client: Any, writes: int) -> None:
    """Let so many writes through, then end this process as `kill -9` does."""
    left = [writes]

    def counted(write: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            result = write(*arguments, **named)
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    for name in WRITES:
        setattr(client, name, counted(getattr(client, name)))


def record(folder: Path) -> None:
    uri = f"sqlite:///{folder}/mlflow.db"
    recorder = MlflowRecorder(uri, folder, experiment="makemore", lock=folder / "lock")
    with Journal(folder / "journal.jsonl") as journal:
        record_pending(journal, recorder)


def main(store: str, journal: str, work: str) -> None:
    client = import_mlflow().MlflowClient
    for number in range(100):
        folder = Path(work) / f"death{number}"
        folder.mkdir()
        shutil.copy(store, folder / "mlflow.db")
        shutil.copy(journal, folder / "journal.jsonl")
        child = os.fork()
        if not child:
            die_after(client, number + 1)
            record(folder)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.stdout.write(f"{number}\n")
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
