"""Records a journal again and again, each time killed after one write more; prints how often.

Arguments: a made store, a journal, the folder to work in, options of the store's address (with any
it is written by MLflow's own client). Forks, so that MLflow is imported once.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from sandbox.recorders import Journal, MlflowRecorder, record_pending
from sandbox.recorders.store import import_mlflow

WRITES = ("INSERT", "UPDATE", "DELETE")


def die_after(writes: int) -> None:
    """Let so many statements that write through, then end this process as `kill -9` does."""
    from sqlalchemy import Engine, event

    left = [writes]

    def count(*_: object) -> None:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    def count_statement(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().startswith(WRITES):
            count()

    event.listen(Engine, "after_cursor_execute", count_statement)
    event.listen(Engine, "commit", count)


def record(folder: Path, options: str) -> None:
    uri = f"sqlite:///{folder}/mlflow.db{options}"
    recorder = MlflowRecorder(uri, folder, experiment="makemore", lock=folder / "lock")
    with Journal(folder / "journal.jsonl") as journal:
        record_pending(journal, recorder)


def main(store: str, journal: str, work: str, options: str) -> None:
    import_mlflow()
    for number in range(100):
        folder = Path(work) / f"death{number}"
        folder.mkdir()
        shutil.copy(store, folder / "mlflow.db")
        shutil.copy(journal, folder / "journal.jsonl")
        child = os.fork()
        if not child:
            die_after(number + 1)
            record(folder, options)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.stdout.write(f"{number}\n")
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
