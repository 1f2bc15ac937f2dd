"""Files of a few kilobytes, made to cost much, cost little; what is left out is told."""

from __future__ import annotations

import itertools
import json
import sqlite3
import struct
import time
import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sandbox.domain import Scalar
from sandbox.metrics.importers import Imported, import_scalars, prefer_files, wandb
from sandbox.metrics.importers.combining import MOST_PLACES, combine
from sandbox.metrics.importers.model import (
    MOST_RECORDS,
    MOST_VALUES,
    Clock,
    Log,
    plain_names,
)
from sandbox.metrics.importers.rows import read_rows


def imported(files: Mapping[str, bytes]) -> Imported:
    return import_scalars(files, files.__getitem__)


def peak_of(data: bytes) -> int:
    tracemalloc.start()
    try:
        imported({"results.json": data})
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_long_outer_name_is_not_copied_whole_into_each_inner_one() -> None:
    inner = {f"{at}": 0.5 for at in range(20_000)}
    data = json.dumps({"loss" * 1_000: inner}).encode()
    assert peak_of(data) < 40 * len(data)


def test_names_of_a_document_are_not_kept_without_end() -> None:
    lines = "\n".join(json.dumps({"step": at, "loss": 1.0, f"x{at}": at}) for at in range(30_000))
    found = imported({"log.jsonl": lines.encode()})
    assert "metrics: log.jsonl is not read to its end: it is too long" in found.notes


def test_columns_of_different_lengths_are_still_rows() -> None:
    data = json.dumps({"epoch": [1, 2, 3], "loss": [3.0, 2.0, 1.0], "val_loss": [9.0]}).encode()
    found = {(one.name, one.step, one.value) for one in imported({"history.json": data}).scalars}
    assert found == {("loss", 1, 3), ("loss", 2, 2), ("loss", 3, 1), ("val_loss", 1, 9)}


def test_of_a_database_with_many_runs_the_first_ones_are_read(tmp_path: Path) -> None:
    path = tmp_path / "mlflow.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE runs (run_uuid TEXT, start_time INT)")
        connection.execute(
            "CREATE TABLE metrics"
            " (run_uuid TEXT, key TEXT, value REAL, step INT, is_nan INT, timestamp INT)"
        )
        rows = [(f"r{at}", "loss", float(at), 0, 0, 0) for at in range(300)]
        connection.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.executemany(
            "INSERT INTO runs VALUES (?, ?)", [(f"r{at}", at) for at in range(300)]
        )
    connection.close()
    found = imported({"mlflow.db": path.read_bytes()})
    assert {one.value for one in found.scalars} == set(range(200))
    assert "metrics: mlflow.db is not read but for the first 200 of its 300 runs" in found.notes


def test_of_places_that_tell_one_name_only_so_many_are_compared() -> None:
    logs = [Log(f"run{at}", (Scalar("loss", float(at)),)) for at in range(MOST_PLACES + 50)]
    scalars, notes = combine(logs)
    assert len(scalars) == MOST_PLACES
    assert notes == ("metrics: of 250 logs that tell one metric, the first 200 were read",)


def test_pieces_of_wandbs_records_count_as_records() -> None:
    item = b"\x0a\x04loss\x82\x01\x011"
    history = b"\x0a" + bytes([len(item)]) + item
    record = b"\x12" + bytes([len(history)]) + history
    whole = struct.pack("<IHB", 0, len(record), 1) + record
    data = bytearray(b":W&B\0\0\0")
    for _ in range(MOST_RECORDS):
        data += bytes((-len(data) % 32768) if -len(data) % 32768 < 7 else 0)
        data += struct.pack("<IHB", 0, 0, 3)
    assert wandb.read("a/run.wandb", b":W&B\0\0\0" + whole, Clock())
    assert not wandb.read("a/run.wandb", bytes(data) + whole, Clock())


class Counted(dict[str, object]):
    """A row that counts how often one of its cells is looked at."""

    looks = 0

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
        Counted.looks += 1
        return super().get(key, default)


def test_many_step_columns_do_not_multiply_the_looks_at_a_table() -> None:
    steps = {f"{at}/step": 1.0 for at in range(100)}
    metrics = {f"loss{at}": 0.5 for at in range(100)}
    rows = [Counted({**steps, **metrics, "0/step": at % 199}) for at in range(200)]
    Counted.looks = 0
    assert read_rows(rows, "progress")
    assert Counted.looks < 20 * len(rows)


class Value(float):
    """A number that counts how often something is taken from it or it from something."""

    looks = 0

    def __rsub__(self, other: float) -> float:
        Value.looks += 1
        return float(other) - float(self)


def test_printed_numbers_are_looked_for_among_sorted_ones() -> None:
    file = [Scalar("loss", Value(at), 1.0) for at in range(500)]
    printed = [Scalar("loss", float(at), 1.0) for at in range(500)]
    Value.looks = 0
    scalars, again = prefer_files(printed, file)
    assert (len(scalars), again) == (500, 500)
    assert Value.looks < 10 * len(printed)


def test_a_printed_number_is_found_among_others_that_are_not_finite() -> None:
    nan, inf = float("nan"), float("inf")
    file = [Scalar("loss", one, 1.0) for one in (nan, 0.123456, inf, -3.0)]
    printed = [Scalar("loss", one, 1.0) for one in (0.123, nan, inf)]
    assert prefer_files(printed, file)[1] == 3
    assert prefer_files([Scalar("loss", -inf, 2.0), *printed], file)[1] == 3


def test_files_for_which_there_is_no_time_are_counted_and_the_others_stand() -> None:
    files = {f"log{at}.csv": b"step,loss\n1,0.5\n" for at in range(5)} | {"model.pt": b""}
    answers = itertools.chain([False, False], itertools.repeat(True))  # noqa: FBT003
    found = import_scalars(files, files.__getitem__, is_late=lambda: next(answers))
    assert found.paths == ("log0.csv", "log1.csv")
    assert [(one.name, one.value) for one in found.scalars] == [("loss", 0.5)]
    assert "metrics: 3 of its files are not read: the time for it was used up" in found.notes
    assert any("the first log's stand" in note for note in found.notes)


def test_when_very_many_values_were_read_no_further_file_is() -> None:
    lines = b"".join(b"1 0.5 %d\n" % at for at in range(MOST_VALUES))
    found = imported({f"mlruns/0/run{at}/metrics/loss": lines for at in range(6)})
    assert len(found.paths) == 4
    told = "metrics: 2 of its files are not read: there were 400,000 values in others"
    assert told in found.notes


FILES = {
    "log.csv": b"epoch,loss\n0,1\n1,2\n",
    "log.jsonl": b'{"epoch": 0, "loss": 1}\n',
    "log.json": b'[{"epoch": 0, "loss": 1}]',
    "mlruns/0/r/metrics/loss": b"1 2.0 3\n",
    "events.out.tfevents.1": bytes(16),
}


@pytest.mark.parametrize("path", list(FILES))
def test_a_file_for_which_there_is_no_time_is_said_not_to_be_read_to_its_end(path: str) -> None:
    found = import_scalars([path], FILES.__getitem__, file_s=-1.0)
    assert found.scalars == ()
    assert f"metrics: {path} is not read to its end: the time for it was used up" in found.notes
    assert "time" not in repr(imported({path: FILES[path]}).notes)


def test_what_was_read_until_the_time_was_up_stands() -> None:
    def slow() -> Iterator[int]:
        for at in range(1000):
            time.sleep(0.05 if at == 5 else 0)
            yield at

    clock = Clock(0.03)
    assert list(clock.each(slow())) == list(range(256))
    assert clock.is_up
    assert list(Clock().each(range(1000))) == list(range(1000))


def test_names_that_differ_in_odd_characters_only_are_kept_apart_and_said_to_be() -> None:
    data = b"epoch,loss!,Loss,loss,acc (top-1),loss_2\n0,1,2,3,4,5\n1,1,2,3,4,5\n"
    found = imported({"log.csv": data})
    last = {one.name: one.value for one in found.scalars}
    assert last == {"loss": 3, "loss_3": 2, "loss_4": 1, "acc_top-1": 4, "loss_2": 5}
    (note,) = (one for one in found.notes if "odd characters" in one)
    assert "'Loss' is loss_3, 'loss!' is loss_4" in note
    results = json.dumps({"accuracy": 0.5, "accuracy!": 0.25}).encode()
    last = {one.name: one.value for one in imported({"results.json": results}).scalars}
    assert last == {"accuracy": 0.5, "accuracy_2": 0.25}


def test_which_of_them_gets_the_plain_name_does_not_hang_on_their_order() -> None:
    names = ["val loss", "val_loss", "Val Loss", "\u26a0", "\u2603"]
    known = plain_names(names)
    assert known == plain_names(reversed(names))
    assert known["val_loss"] == "val_loss"
    assert len(set(known.values())) == len(names)


def test_steps_of_any_spelling_are_no_metrics() -> None:
    data = b"epoch,Epoch,loss\n0,0,1\n1,1,2\n"
    assert {one.name for one in imported({"log.csv": data}).scalars} == {"loss"}
