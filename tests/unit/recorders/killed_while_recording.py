"""Records a journal again and again, each time killed before one write more; prints how often.

Arguments: what is remembered of a made store, which lies beside it, a journal, the folder to work
in, options of the store's address (with any it is written by MLflow's own client). Forks, so that
MLflow is imported once, and only where it is needed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sqlite3.dbapi2
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from sandbox.recorders import Journal, MlflowRecorder, record_pending
from sandbox.recorders.store import import_mlflow

WRITES = {"BEGIN", "INSERT", "UPDATE", "DELETE", "COMMIT"}


def die_before(writes: int) -> None:
    """Let less than so many writes through, then end this process as `kill -9` does.

    Rows that go into one table by one statement count as one.
    """
    left, last = [writes], [""]

    def count(statement: str) -> None:
        words = statement.upper().split()[:3]
        told = " ".join(words)
        left[0] -= words[0] in WRITES and told != last[0]
        last[0] = told
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)

    connect = sqlite3.connect

    def counted(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_trace_callback(count)
        return connection

    sqlite3.connect = sqlite3.dbapi2.connect = counted


def record(folder: Path, schema: str, options: str) -> None:
    uri = f"sqlite:///{folder}/mlflow.db{options}"
    recorder = MlflowRecorder(
        uri, folder, experiment="makemore", lock=folder / "lock", schema=Path(schema)
    )
    with Journal(folder / "journal.jsonl") as journal:
        record_pending(journal, recorder)


def main(schema: str, journal: str, work: str, options: str) -> None:
    if options:
        import_mlflow()
    for number in range(100):
        folder = Path(work) / f"death{number}"
        folder.mkdir()
        shutil.copy(Path(schema).with_name("made.db"), folder / "mlflow.db")
        shutil.copy(journal, folder / "journal.jsonl")
        child = os.fork()
        if not child:
            die_before(number + 1)
            record(folder, schema, options)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.stdout.write(f"{number}\n")
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
