"""What every Recorder keeps to, held against the fake, a database and a server."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
import requests

from sandbox.domain import Note, Run, RunStatus, Scalar, Sweep
from sandbox.interfaces import Findings, Recorder
from sandbox.recorders import (
    MemoryRecorder,
    MlflowRecorder,
    View,
    experiment_url,
    load_runs,
    serve_ui,
    share_view,
)
from sandbox.recorders.store import open_client

SECRET = "token-that-must-not-travel"

SWEEP = Sweep("sweep1", "work", "repo", "c0ffee", "train.py", "env", 2, "sandbox sweep", 1e9)
RUN = Run(
    variant="v1",
    name="lr=1",
    status=RunStatus.succeeded,
    entry="train.py",
    environment="env",
    commit="c0ffee",
    parameters={"lr": "1", "\U0001f680": "x" * 7000},
    metrics={"loss": 0.5},
    scalars=tuple(Scalar("loss", 0.5, step) for step in range(1200)),
    started_at=1e9,
    elapsed_s=1.0,
)


class Ui(NamedTuple):
    url: str
    database: str


@pytest.fixture(scope="session")
def ui(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    folder = tmp_path_factory.mktemp("ui")
    uri = f"sqlite:///{folder}/mlflow.db"
    open_client(uri, folder / "lock").create_experiment("served", "mlflow-artifacts:/served")
    with socket.socket() as taken, pytest.MonkeyPatch.context() as patch:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        patch.setenv("GITHUB_TOKEN", SECRET)
        with serve_ui(uri, folder / "artifacts", port=taken.getsockname()[1]) as url:
            assert not url.endswith(f":{taken.getsockname()[1]}"), "a taken port is not used"
            yield Ui(url, uri)


Make = Callable[[], Recorder]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    open_client(f"sqlite:///{folder}/mlflow.db", folder / "lock")
    return folder / "mlflow.db"


@pytest.fixture(params=["memory", "sqlite", pytest.param("server", marks=pytest.mark.slow)])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """A recorder like one in another process: a new one on the same store."""
    if request.param == "memory":
        kept = MemoryRecorder()
        return lambda: MemoryRecorder(kept.sweeps, kept.runs)
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("made"), tmp_path / "mlflow.db")
        uri = f"sqlite:///{tmp_path}/mlflow.db"
        name = "one"
    else:
        uri, name = request.getfixturevalue("ui").url, request.node.name
    lock = tmp_path / "lock"
    return lambda: MlflowRecorder(uri, tmp_path / "artifacts", experiment=name, lock=lock)


def test_a_sweep_begun_twice_is_one(make: Make) -> None:
    recorder = make()
    parent = recorder.begin(SWEEP)
    assert recorder.begin(SWEEP) == parent
    assert make().begin(SWEEP) == parent


def test_a_run_recorded_twice_is_one(make: Make) -> None:
    recorder = make()
    recorder.begin(SWEEP)
    run_id = recorder.record(SWEEP, RUN)
    assert recorder.record(SWEEP, RUN) == run_id
    assert make().record(SWEEP, RUN) == run_id


def test_runs_of_other_keys_and_other_sweeps_are_other_runs(make: Make) -> None:
    recorder = make()
    other = replace(SWEEP, id="sweep2")
    ids = {
        recorder.record(SWEEP, RUN),
        recorder.record(SWEEP, replace(RUN, repeat=1)),
        recorder.record(SWEEP, replace(RUN, variant="v2")),
        recorder.record(other, RUN),
    }
    assert len(ids) == 4


def test_a_run_may_be_recorded_without_a_begin_and_after_the_end(make: Make) -> None:
    recorder = make()
    recorder.record(SWEEP, RUN)
    recorder.finish(SWEEP, "succeeded")
    recorder.finish(SWEEP, "succeeded")
    assert make().record(SWEEP, replace(RUN, variant="late"))


def test_findings_may_be_told_once_more_and_of_runs_that_are_not_there(make: Make) -> None:
    findings = Findings(
        summary={"Best": ["lr=1"]},
        picture="effects.svg",
        files={"effects.svg": b"<svg/>"},
        verdicts={RUN.key: "better", "no-such": "worse"},
        compared={RUN.key: "better"},
        notes={RUN.key: [Note(SWEEP.id, RUN.key, RUN.name, "thought", 1e9)]},
        tags={"guess": "lr: up, big"},
    )
    recorder = make()
    run_id = recorder.record(SWEEP, RUN)
    recorder.finish(SWEEP, "succeeded", findings)
    recorder.finish(SWEEP, "succeeded", findings)
    make().finish(SWEEP, "succeeded", Findings())
    make().finish(SWEEP, "succeeded")
    assert make().record(SWEEP, RUN) == run_id


# ---------------------------------------------------------------- a server, seen by its users


@pytest.mark.slow
def test_findings_stand_on_a_servers_pages(ui: Ui, tmp_path: Path) -> None:
    recorder = MlflowRecorder(ui.url, tmp_path, experiment="found", lock=tmp_path / "lock")
    run_id = recorder.record(SWEEP, RUN)
    parent = recorder.begin(SWEEP)
    findings = Findings(
        {"Best": ["lr=1"]}, "effects.svg", {"effects.svg": b"<svg/>"}, {RUN.key: "better"}
    )
    recorder.finish(SWEEP, "succeeded", findings)
    client = open_client(ui.url)
    told = client.get_run(parent).data.tags["mlflow.note.content"]
    picture = f"get-artifact?path=effects.svg&run_uuid={parent}"
    assert f"({picture})" in told
    assert requests.get(f"{ui.url}/{picture}", timeout=20).text == "<svg/>"
    assert client.get_run(run_id).data.tags["sandbox.verdict"] == "better"
    view = View(SWEEP.id, ["lr"], ["loss"], "loss", "min")
    found, name = share_view(ui.url, view, experiment="found")
    shared = client.get_experiment(found).tags[f"mlflow.sharedViewState.{name}"]
    assert "metrics.`best_loss`" in json.loads(shared)["selectedColumns"]


@pytest.mark.slow
def test_what_was_deleted_on_a_server_in_the_middle_is_left_out(ui: Ui, tmp_path: Path) -> None:
    recorder = MlflowRecorder(ui.url, tmp_path, experiment="gone", lock=tmp_path / "lock")
    run_id = recorder.record(SWEEP, RUN)
    parent = recorder.begin(SWEEP)
    client = open_client(ui.url)
    client.delete_run(run_id)
    client.delete_run(parent)
    recorder.finish(SWEEP, "cancelled", Findings({"Best": ["lr=1"]}, compared={RUN.key: "better"}))
    assert "lr=1" in client.get_run(parent).data.tags["mlflow.note.content"]
    assert client.get_run(run_id).info.lifecycle_stage == "deleted"


@pytest.mark.slow
def test_an_experiment_that_was_deleted_on_a_server_in_the_middle_comes_back(
    ui: Ui, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    recorder = MlflowRecorder(ui.url, tmp_path, experiment="taken", lock=tmp_path / "lock")
    recorder.record(SWEEP, RUN)
    client = open_client(ui.url)
    client.delete_experiment(recorder.experiment_id)
    recorder.record(SWEEP, replace(RUN, variant="v2"))
    recorder.finish(SWEEP, "succeeded")
    assert client.get_experiment(recorder.experiment_id).lifecycle_stage == "active"
    assert capfd.readouterr().out == "", "MLflow tells of each run where results are printed"


@pytest.mark.slow
def test_what_a_server_was_given_comes_back(ui: Ui, tmp_path: Path) -> None:
    (tmp_path / "made here.txt").write_text("printed")
    recorder = MlflowRecorder(ui.url, tmp_path, experiment="served", lock=tmp_path / "lock")
    files = {"files/log.txt": str(tmp_path / "made here.txt")}
    run_id = recorder.record(SWEEP, replace(RUN, artifacts=files))
    recorder.finish(SWEEP, "succeeded")
    loaded = load_runs(ui.url, experiment="served", scalars=True)
    assert loaded.sweep == SWEEP
    assert loaded.runs[0].scalars == RUN.scalars
    assert loaded.runs[0].metrics == RUN.metrics
    where = {"run_id": run_id, "path": "files/log.txt"}
    assert requests.get(f"{ui.url}/get-artifact", params=where, timeout=20).text == "printed"
    assert experiment_url(ui.url, recorder.experiment_id).startswith(f"{ui.url}/#/experiments/")


def test_only_this_machine_is_served_under_its_own_name(ui: Ui) -> None:
    """SECURITY RC-11."""
    assert requests.get(ui.url, timeout=20).status_code == 200
    stranger = requests.get(ui.url, headers={"Host": "evil.tld"}, timeout=20)
    assert stranger.status_code == 403
    search = f"{ui.url}/api/2.0/mlflow/experiments/search"
    page = {"Origin": "http://evil.tld"}
    answer = requests.post(search, json={"max_results": 1}, headers=page, timeout=20)
    assert answer.status_code == 403
    port = int(ui.url.rsplit(":", 1)[1])
    assert listening_addresses(port) == {"0100007F"}


def test_no_secret_reaches_the_server_and_no_address_of_the_store_its_arguments(ui: Ui) -> None:
    port = ui.url.rsplit(":", 1)[1]
    servers = [
        process
        for process in Path("/proc").glob("[0-9]*")
        if f"--port\0{port}\0".encode() in read(process / "cmdline")
    ]
    assert servers
    for process in servers:
        environment = read(process / "environ")
        assert b"MLFLOW_BACKEND_STORE_URI" in environment
        assert SECRET.encode() not in environment
        assert ui.database.encode() not in read(process / "cmdline")


def test_a_server_that_runs_already_is_its_own_ui(tmp_path: Path) -> None:
    with serve_ui("http://mlflow.example/", tmp_path) as url:
        assert url == "http://mlflow.example"


def listening_addresses(port: int) -> set[str]:
    """Hexadecimal addresses on which the port is open, IPv6 included (`/proc/net/tcp`)."""
    tables = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    rows = (line.split() for line in tables.splitlines())
    return {
        row[1].split(":")[0] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")
    }


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
