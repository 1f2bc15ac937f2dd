"""Files as real libraries write them give the scalars that were logged; others, a note."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.domain import Scalar
from sandbox.metrics.importers import IMPORTERS, Imported, import_scalars, prefer_files
from sandbox.metrics.importers.combining import MOST_NAMES, label
from sandbox.metrics.importers.model import Clock, UnreadableError

SAMPLES = Path(__file__).parent / "samples"
Told = dict[str, list[tuple[float | None, float]]]


def imported(files: Mapping[str, bytes | str]) -> Imported:
    data = {path: one.encode() if isinstance(one, str) else one for path, one in files.items()}
    return import_scalars(data, data.__getitem__)


def told(scalars: tuple[Scalar, ...]) -> Told:
    """Name → (step, value rounded to what TensorBoard keeps)."""
    found: Told = {}
    for one in scalars:
        found.setdefault(one.name, []).append((one.step, round(one.value, 5)))
    return found


def sample(name: str) -> dict[str, bytes]:
    root = SAMPLES / name
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


HARMONIC = [(0.0, 1.0), (1.0, 0.5), (2.0, 0.33333)]
QUARTERS = [(0.0, 0.0), (1.0, 0.25), (2.0, 0.5)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "tensorboard",
            {
                "loss/train": HARMONIC,
                "accuracy/val": QUARTERS,
                "loss": HARMONIC,
                "val_loss": [(0.0, 1.5), (1.0, 1.0), (2.0, 0.83333)],
            },
        ),
        ("dvclive", {"train_loss": HARMONIC}),
        ("stable_baselines", {"rollout/ep_rew_mean": [(0.0, 0.0), (100.0, 1.0), (200.0, 2.0)]}),
        ("mlflow", {"loss": HARMONIC, "val/accuracy": QUARTERS}),
        (
            "lightning",
            {
                "train_loss_step": [(0, 2.46185), (1, 2.17529), (2, 1.92209), (3, 1.69836)],
                "val_loss": [(1.0, 1.92209), (3.0, 1.50067)],
                "train_loss_epoch": [(1.0, 2.31857), (3.0, 1.81022)],
            },
        ),
    ],
)
def test_what_a_library_logged_is_read_with_its_steps(name: str, expected: Told) -> None:
    found = imported(sample(name))
    assert told(found.scalars) == expected
    [note] = found.notes
    assert note.startswith(f"metrics read from its files: {len(expected)} (")


def test_a_trainers_state_its_checkpoints_and_its_results_tell_each_number_once() -> None:
    found = told(imported(sample("transformers")).scalars)
    assert [step for step, _ in found["loss"]] == [0.5, 1.0, 1.5, 2.0]
    assert [step for step, _ in found["eval_loss"]] == [1.0, 2.0]
    assert set(found) == {"loss", "eval_loss", "train_loss", "grad_norm", "learning_rate"}


def test_keras_table_and_history_are_the_same_numbers_and_the_table_has_steps() -> None:
    found = told(imported(sample("keras")).scalars)
    assert set(found) == {"loss", "mae", "val_loss", "val_mae"}
    assert [step for step, _ in found["val_mae"]] == [0.0, 1.0, 2.0]


def test_what_wandb_wrote_offline_is_read_without_wandb() -> None:
    found = imported(sample("wandb")).scalars
    named = told(tuple(one for one in found if one.name != "odd"))
    assert named == {"loss": HARMONIC, "val.accuracy": QUARTERS, "best": [(None, 0.5)]}
    odd = [one.value for one in found if one.name == "odd"]
    assert (odd[0], math.isnan(odd[1]), odd[2]) == (1.0, True, 1.0)


@pytest.mark.slow
def test_mlflows_own_database_is_read_without_mlflow(tmp_path: Path) -> None:
    import mlflow

    client = mlflow.MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")
    run = client.create_run(client.create_experiment("inside")).info.run_id
    for step in range(3):
        client.log_metric(run, "loss", 1 / (step + 1), step=step)
    client.log_metric(run, "odd", math.nan)
    client.log_metric(run, "system/cpu", 1.0)
    client.set_terminated(run)
    found = imported({"mlflow.db": (tmp_path / "mlflow.db").read_bytes()})
    assert told(tuple(one for one in found.scalars if one.name == "loss")) == {"loss": HARMONIC}
    assert {one.name for one in found.scalars} == {"loss", "odd"}


# ---------------------------------------------------------------- forms that people write


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        (
            "out.csv",
            "epoch;train loss;val loss\n1;0.5;0.6\n",
            [("train_loss", 1.0, 0.5), ("val_loss", 1.0, 0.6)],
        ),
        ("history.csv", ",loss\n0,0.5\n1,0.2\n", [("loss", 0.0, 0.5), ("loss", 1.0, 0.2)]),
        ("log.csv", "loss,acc\n0.5,91%\n", [("loss", None, 0.5), ("acc", None, 91.0)]),
        ("a.csv", "#made\nepoch,loss\n1,nan\n", [("loss", 1.0, math.nan)]),
        ("a.tsv", "step\tLoss\ttime\n1\t2\t3\n", [("loss", 1.0, 2.0)]),
        ("a.csv", "epoch,loss\n1,2\nepoch,loss\n1,3\n", [("loss", 1.0, 2.0), ("loss", 1.0, 3.0)]),
        (
            "results.csv",
            "model,accuracy\nSVM,0.9\nMLP,0.8\n",
            [("svm_accuracy", None, 0.9), ("mlp_accuracy", None, 0.8)],
        ),
        ("metrics.json", '{"test": {"acc": 0.5}, "epoch": 3}', [("test_acc", 3.0, 0.5)]),
        ("history.json", '{"loss": [1, 2]}', [("loss", None, 1.0), ("loss", None, 2.0)]),
        ("h.json", '{"loss": [1, 2], "epoch": [5, 6]}', [("loss", 5.0, 1.0), ("loss", 6.0, 2.0)]),
        ("log.jsonl", '{"epoch": 1, "loss": NaN}\n', [("loss", 1.0, math.nan)]),
        ("log.txt", '{"epoch": 1, "test_acc1": 5}\nx\n', [("test_acc1", 1.0, 5.0)]),
        ("a.json", '{"iter": 1, "loss": 3}\n{"iter": 2, "loss": 2}', [("loss", 1.0, 3.0)]),
        ("run.log", "Epoch 1\nloss 0.5\n", []),
        ("data.csv", "id,score\n1,0.5\n2,0.6\n", []),
        ("results.csv", "id,score\n" + "1,0.5\n" * 30, []),
        ("config.json", '{"loss": 0.5, "lr": 0.1}', []),
        ("metrics.json", '{"loss": "mse", "ok": true, "big": 1e999}', []),
        ("empty.csv", "", []),
        ("1.csv", "1,2\n3,4\n", []),
    ],
)
def test_tables_and_documents_are_logs_by_step_or_name(
    path: str, text: str, expected: Told
) -> None:
    found = imported({path: text}).scalars
    assert repr([(one.name, one.step, one.value) for one in found][: len(expected)]) == repr(
        expected
    )
    assert bool(found) == bool(expected)


def test_equal_names_of_different_trainings_are_told_apart_the_same_in_each_run() -> None:
    folds = {f"fold{at}/log.csv": f"epoch,loss\n1,{at}\n" for at in (1, 2)}
    assert told(imported(folds).scalars) == {
        "fold1/loss": [(1.0, 1.0)],
        "fold2/loss": [(1.0, 2.0)],
    }
    sets = {f"{name}/log.csv": f"epoch,loss\n1,{at}\n" for at, name in enumerate(("train", "val"))}
    assert set(told(imported(sets).scalars)) == {"train_loss", "val_loss"}
    paths = [f"runs/a/{name}/log.csv" for name in ("loss_train", "loss_val")]
    both = {path: f"step,loss\n1,{at}\n" for at, path in enumerate(paths)}
    assert set(told(imported(both).scalars)) == {"train_loss", "val_loss"}
    times = ["runs/Nov27_15-04-05_host", "runs/Nov27_15-04-09_host"]
    assert list(label(times).values()) == ["run1", "run2"]


def test_what_counts_the_steps_is_no_metric() -> None:
    files = {f"mlruns/0/r/metrics/{name}": "1 0.5 1\n" for name in ("epoch", "train/loss")}
    assert told(imported(files).scalars) == {"train/loss": [(1.0, 0.5)]}


def test_what_is_said_of_files_is_the_same_for_the_next_run() -> None:
    wandb = sample("wandb")["run.wandb"]
    found = imported({"wandb/offline-run-20261127_152004-y9v40zrm/run-y9v40zrm.wandb": wandb})
    assert found.notes == ("metrics read from its files: 4 (W&B: wandb/…/…)",)


def test_more_names_and_values_than_anyone_reads_are_cut_and_that_is_said() -> None:
    rows = "\n".join(",".join([str(at), *["1"] * 150]) for at in range(400))
    names = [[f"loss_{at}_{file}" for at in range(150)] for file in range(3)]
    files = {f"{one[0]}.csv": f"epoch,{','.join(one)}\n{rows}\n" for one in names}
    found = imported(files)
    steps = [one.step for one in found.scalars if one.name == "loss_7_1"]
    assert len(found.scalars) <= 100_000
    assert (len(steps), steps[0], steps[-1]) == (222, 0.0, 399.0)
    assert "at most 222 values each" in found.notes[-1]
    many = {f"{at}.csv": f"epoch,loss_{at}\n1,1\n" for at in range(MOST_NAMES + 9)}
    assert f"metrics: only {MOST_NAMES} of {MOST_NAMES + 9} in its files were read" in (
        imported(many).notes
    )


# ---------------------------------------------------------------- printed and written


def scalars(name: str, *pairs: tuple[float | None, float]) -> list[Scalar]:
    return [Scalar(name, value, step) for step, value in pairs]


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ([(0, 0.1235), (1, 0.2346)], []),
        ([(1, 0.12), (2, 0.23)], []),  # counted from 1
        ([(None, 0.12), (None, 0.23)], []),
        ([(None, 0.2346)], []),
        ([(None, 0.9)], [(None, 0.9)]),
        ([(1, 0.9), (50, 0.8)], [(50, 0.8)]),
        ([(50, 0.8)], [(50, 0.8)]),
    ],
)
def test_a_number_that_was_printed_and_written_counts_once(
    printed: list[tuple[float | None, float]], kept: list[tuple[float | None, float]]
) -> None:
    file = scalars("loss", (0.0, 0.12345), (1.0, 0.23456))
    other = Scalar("acc", 1.0)
    together, again = prefer_files([*scalars("loss", *printed), other], file)
    assert list(together) == [*scalars("loss", *kept), other, *file]
    assert again == len(printed) - len(kept)


def test_what_was_printed_and_written_under_the_same_words_has_the_printed_name() -> None:
    """As makemore does: `step 500 train loss: 2.5195`, and `Loss/train` for TensorBoard."""
    printed = [*scalars("train_loss", (500.0, 2.5195)), *scalars("test_loss", (500.0, 2.5068))]
    train = scalars("loss/train", (500.0, 2.51953816), (1000.0, 2.4))
    test = scalars("loss/test", (500.0, 9.0))
    together, again = prefer_files(printed, [*train, *test])
    assert again == 1
    found = {(one.name, one.step): one.value for one in together}
    assert found == {
        ("train_loss", 500.0): 2.51953816,
        ("train_loss", 1000.0): 2.4,
        ("test_loss", 500.0): 2.5068,
        ("loss/test", 500.0): 9.0,
    }, "what has other numbers is something else"


# ---------------------------------------------------------------- bad files

PATHS = ["events.out.tfevents.1", "a.wandb", "mlflow.db", "mlruns/0/r/metrics/loss", "a.log"]
PATHS += ["a.json", "metrics.json", "a.jsonl", "metrics.csv", "a.tsv"]


def read(path: str, data: bytes) -> None:
    """As the room does it, but that no other error than its own is forgiven."""
    chosen = (one for one in IMPORTERS if any(fnmatch(path, glob) for glob in one.patterns))
    with suppress(UnreadableError):
        next(chosen).read(path, data, Clock())


@pytest.mark.parametrize("path", PATHS)
@given(data=st.binary(max_size=400))
def test_of_any_bytes_the_worst_is_that_they_cannot_be_read(path: str, data: bytes) -> None:
    read(path, data)


@pytest.mark.parametrize("folder", ["tensorboard", "wandb", "lightning", "transformers", "mlflow"])
@given(data=st.data())
def test_of_a_damaged_file_the_worst_is_that_it_cannot_be_read(
    folder: str, data: st.DataObject
) -> None:
    files = sample(folder)
    name = data.draw(st.sampled_from(sorted(files)))
    whole = bytearray(files[name])
    for _ in range(data.draw(st.integers(0, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    read(name, bytes(whole[: data.draw(st.integers(0, len(whole)))]))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["loss", "epoch", "log_history", "a"]), inner)
        ),
    )
)
def test_any_json_gives_scalars_or_none(document: object) -> None:
    read("metrics.json", json.dumps(document).encode())


def test_a_broken_file_is_named_and_the_others_are_read() -> None:
    found = imported({"a.wandb": b"no", "x.json": "{", "log.csv": "epoch,loss\n1,2\n"})
    assert told(found.scalars) == {"loss": [(1.0, 2.0)]}
    assert found.notes[1:] == (
        "metrics: a.wandb is not read: it is no log of W&B",
        "metrics: x.json is not read: it is no JSON",
    )


def test_a_document_that_would_fill_the_memory_is_not_loaded() -> None:
    found = imported({"history.json": '{"loss": [' + "1," * 2_500_000 + "1]}"})
    assert found.notes == ("metrics: history.json is not read: it is over 4 MiB",)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "9" * 100_000])
def test_json_that_is_deep_or_long_breaks_nothing(text: str) -> None:
    assert imported({"metrics.json": text}).scalars == ()


def test_a_file_that_is_too_long_is_read_in_part_and_that_is_said() -> None:
    rows = "".join(f"{at},1,2,3,4,5,6,7\n" for at in range(60_000))
    found = imported({"a.csv": f"epoch,loss,b,c,d,e,f,g\n{rows}"})
    assert "metrics: a.csv is not read to its end: it is too long" in found.notes
    assert len(found.scalars) <= 100_000


def test_a_program_that_was_killed_left_all_but_its_last_record() -> None:
    files = sample("tensorboard/runs/Nov27_15-04-05_host")
    [(name, data)] = files.items()
    found = told(imported({name: data[:-300]}).scalars)
    assert 0 < sum(map(len, found.values())) < 6


HOSTILE = {
    "endless": "CREATE VIEW metrics AS WITH RECURSIVE c(x) AS"
    " (SELECT 1 UNION ALL SELECT x+1 FROM c)"
    " SELECT x AS run_uuid, x AS key, x AS value, x AS step, 0 AS is_nan, x AS timestamp FROM c",
    "computed": "CREATE TABLE metrics (run_uuid, key, value, step, is_nan, timestamp,"
    " x GENERATED ALWAYS AS (zeroblob(1000000000)) VIRTUAL)",
    "virtual": "CREATE VIRTUAL TABLE metrics USING fts5(run_uuid, key, value)",
    "other": "CREATE TABLE other (x)",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_database_that_would_compute_is_not_asked(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "mlflow.db"
    connection = sqlite3.connect(file)
    connection.execute("CREATE TABLE runs (run_uuid, start_time)")
    connection.execute(HOSTILE[kind])
    connection.commit()
    connection.close()
    found = imported({"mlflow.db": file.read_bytes()})
    assert found.scalars == ()
    assert "no database of MLflow" in found.notes[0]


def test_the_rows_of_a_database_are_of_any_type(tmp_path: Path) -> None:
    file = tmp_path / "mlflow.db"
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE runs (run_uuid, start_time)")
    connection.execute("CREATE TABLE metrics (run_uuid, key, value, step, is_nan, timestamp)")
    rows = [("a", "loss", 0.5, 1, 0, 1), (None, b"\xff", "x", "y", "z", None)]
    rows += [("a", "acc", 1.0, None, 0, 1), ("b", 7, 2**40, 2.5, 0, 1)]
    connection.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    found = told(imported({"mlflow.db": file.read_bytes()}).scalars)
    assert found == {"acc": [(None, 1.0)], "loss": [(1.0, 0.5)], "7": [(None, float(2**40))]}
