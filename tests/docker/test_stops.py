"""A sweep that is stopped, killed, or left by its engine: nothing lost, nothing left behind."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from sandbox import recorders
from sandbox.paths import Home
from tests.support.commands import command, start, write_repository
from tests.support.engine_proxy import EngineProxy
from tests.support.recorded import children

TRAIN = """
import argparse
import time

parser = argparse.ArgumentParser()
parser.add_argument("--seconds", type=float, default=0.0)
end = time.monotonic() + parser.parse_args().seconds
while time.monotonic() < end:
    print("loss: 0.5", flush=True)
    time.sleep(0.2)
print("loss: 0.25")
"""


class Sweeping:
    """A sweep in a process of its own, looked at through what it leaves on the disk."""

    def __init__(self, process: subprocess.Popen[str], home: Path, workspace: str) -> None:
        self.process = process
        self.home = home
        self._paths = Home(home).workspace(workspace)

    @property
    def id(self) -> str:
        return next(iter(self._paths.sweeps.iterdir())).name

    @property
    def journal(self) -> recorders.JournalContents:
        found = list(self._paths.sweeps.glob("*/journal.jsonl"))
        return recorders.load(found[0]) if found else recorders.JournalContents()

    def wait_until(self, done: int, running: int) -> None:
        """So many runs are recorded, and so many others have begun to show something."""
        self.wait_for(lambda: len(self.journal.recorded) == done and self._running() == running)

    def _running(self) -> int:
        keys = self.journal.unfinished
        runs = [self._paths.sweep(self.id).run(key) for key in keys]
        shown = [run.notebook.read_text() for run in runs if run.notebook.exists()]
        return sum("loss: 0.5\\n" in text for text in shown)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 120
        while not condition():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                pytest.fail(f"it never came to that: {self.process.communicate()}")
            time.sleep(0.05)

    def end(self) -> tuple[int, str, str]:
        """(exit code, standard output, standard error)."""
        out, err = self.process.communicate(timeout=120)
        return self.process.returncode, out, err

    def statuses(self) -> dict[str, str]:
        return {run.name: run.status.value for run in self.journal.runs}

    def containers(self) -> list[Any]:
        client = docker.from_env()
        try:
            return client.containers.list(
                all=True, filters={"label": f"sandbox.sweep={self.id}"}, ignore_removed=True
            )
        finally:
            client.close()


Begin = Callable[..., Sweeping]


@pytest.fixture
def begin(home: Path, tmp_path: Path) -> Iterator[Begin]:
    """Begins a sweep over values of `--seconds`; the baseline is done at once."""
    name = f"stopped-{len(list((home / 'workspaces').glob('*')))}"
    repository = write_repository(tmp_path / name, {"train.py": TRAIN})
    begun: list[subprocess.Popen[str]] = []

    def _begin(seconds: str, *, jobs: int = 2, **environ: str) -> Sweeping:
        words = ["sweep", str(repository), "-p", f"seconds={seconds}", "--jobs", str(jobs)]
        begun.append(start([*words, "--json"], home, environ=environ))
        return Sweeping(begun[-1], home, name)

    yield _begin
    for process in begun:
        process.kill()
        process.communicate()


@pytest.fixture
def proxy(engine_host: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProxy]:
    with EngineProxy(engine_host, tmp_path_factory.mktemp("e") / "s") as proxy:
        yield proxy


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["ctrl-c", "sigterm"]
)
def test_one_signal_keeps_what_is_finished_and_removes_the_rest(
    begin: Begin, number: signal.Signals, code: int
) -> None:
    sweep = begin("600,601")
    sweep.wait_until(done=1, running=2)
    sweep.process.send_signal(number)
    ended, out, err = sweep.end()
    assert ended == code
    assert "Traceback" not in err
    assert json.loads(out)["status"] == "cancelled"
    assert sweep.statuses() == {
        "baseline": "succeeded",
        "seconds=600": "cancelled",
        "seconds=601": "cancelled",
    }
    assert sweep.journal.ended == "cancelled"
    assert sweep.containers() == []
    [parent], runs = children(sweep.home, json.loads(out)["workspace"])
    assert parent.info.status == "KILLED"
    assert sorted(run.info.status for run in runs) == ["FINISHED", "KILLED", "KILLED"]
    cancelled = [run for run in json.loads(out)["runs"] if run["status"] == "cancelled"]
    assert all(run["metrics"] == {"loss": 0.5} for run in cancelled)


def test_a_second_ctrl_c_leaves_at_once_and_the_next_start_cleans_up(
    begin: Begin, proxy: EngineProxy
) -> None:
    sweep = begin("600", DOCKER_HOST=proxy.host)
    sweep.wait_until(done=1, running=1)
    proxy.hang()  # so that a tidy end would last
    sweep.process.send_signal(signal.SIGINT)
    assert sweep.process.stderr is not None
    told = iter(sweep.process.stderr.readline, "")
    assert any("once more leaves at once" in line for line in told)
    assert sweep.containers()
    sweep.process.send_signal(signal.SIGINT)
    assert sweep.process.wait(timeout=30) == 130
    cleaned = command("clean")
    # The interrupted run may have come into the journal before the second Ctrl-C came.
    assert re.search(rf"sweep {sweep.id} was interrupted: [12] finished runs? ", cleaned.out)
    assert sweep.containers() == []


def test_after_kill_9_finished_runs_are_recorded_once_and_no_orphan_is_left(begin: Begin) -> None:
    sweep = begin("600,601")
    sweep.wait_until(done=1, running=2)
    sweep.process.kill()
    sweep.process.wait()
    assert sweep.journal.ended is None
    assert f"sweep {sweep.id} was interrupted" in command("clean").out
    assert f"sweep {sweep.id}" not in command("clean").out
    assert sweep.containers() == []
    assert sweep.journal.ended == "cancelled"
    [parent], [run] = children(sweep.home, sweep.journal.sweep.workspace)  # type: ignore[union-attr]
    assert (parent.info.status, run.info.status) == ("KILLED", "FINISHED")


def test_a_container_killed_by_others_is_a_lost_run_and_the_sweep_goes_on(begin: Begin) -> None:
    sweep = begin("600,0.1", jobs=1)
    sweep.wait_until(done=1, running=1)
    [container] = sweep.containers()
    container.kill()
    code, out, err = sweep.end()
    assert code == 0, err
    runs = {run["name"]: run for run in json.loads(out)["runs"]}
    assert [run["status"] for run in runs.values()] == ["succeeded", "lost", "succeeded"]
    assert "ended from outside" in runs["seconds=600"]["cause"]
    assert runs["seconds=600"]["metrics"] == {"loss": 0.5}
    assert sweep.containers() == []


def test_an_engine_that_goes_away_ends_the_sweep_with_all_that_was_finished(
    begin: Begin, proxy: EngineProxy
) -> None:
    sweep = begin("600,0.1", jobs=1, DOCKER_HOST=proxy.host)
    sweep.wait_until(done=1, running=1)
    proxy.vanish()
    code, out, err = sweep.end()
    assert code == 4
    assert "Traceback" not in err
    assert json.loads(out)["exit_code"] == 4
    assert "error: " in err
    assert f"2 finished runs are recorded: sandbox compare {sweep.id}" in err
    assert sweep.statuses() == {"baseline": "succeeded", "seconds=600": "lost"}
    assert sweep.journal.ended == "failed"
    [parent], runs = children(sweep.home, sweep.journal.sweep.workspace)  # type: ignore[union-attr]
    assert parent.info.status == "FAILED"
    assert len(runs) == 2
    command("clean")
    assert sweep.containers() == []


def test_two_sweeps_at_once_on_one_workspace_both_come_to_their_end(begin: Begin) -> None:
    first, second = begin("0.1"), begin("0.2")
    for sweep in (first, second):
        code, out, err = sweep.end()
        assert code == 0, err
        assert [run["status"] for run in json.loads(out)["runs"]] == ["succeeded", "succeeded"]
        assert all(run["run_id"] for run in json.loads(out)["runs"])
    parents, runs = children(first.home, json.loads(out)["workspace"])
    assert len(parents) == 2
    assert len(runs) == 4


def test_killed_over_and_over_it_comes_to_its_end_with_each_variant_once(begin: Begin) -> None:
    """SW-01; `make recovery` does it fifty times, and kills containers and engines too."""
    values = ",".join(f"0.{number}" for number in range(1, 10))
    chance = random.Random(1)
    for _ in range(3):
        sweep = begin(values)
        sweep.wait_for(lambda: sweep.journal.sweep is not None)  # noqa: B023 - called at once
        time.sleep(chance.uniform(0, 4))
        sweep.process.kill()
        sweep.process.wait()
    last = begin(values)
    code, out, err = last.end()
    assert code == 0, err
    keys = sorted(run["name"] for run in json.loads(out)["runs"])
    assert keys == sorted(["baseline", *(f"seconds={one}" for one in values.split(","))])
    folders = list(Home(last.home).workspace(json.loads(out)["workspace"]).sweeps.iterdir())
    assert [folder.name for folder in folders] == [json.loads(out)["sweep"]]
    assert set(last.statuses().values()) == {"succeeded"}
    [_], runs = children(last.home, json.loads(out)["workspace"])
    assert len(runs) == len(keys) == len({run.data.tags["sandbox.key"] for run in runs})
    assert last.containers() == []
    assert not list(folders[0].glob("runs/*"))


def test_of_two_commands_on_one_sweep_the_second_says_who_has_it(begin: Begin) -> None:
    """SW-05."""
    first = begin("600")
    first.wait_until(done=1, running=1)
    code, out, err = begin("600").end()
    assert code == 4
    assert f"process {first.process.pid}" in json.loads(out)["error"]
    assert "Traceback" not in err
    first.process.send_signal(signal.SIGINT)
    assert first.end()[0] == 130
    assert first.statuses() == {"baseline": "succeeded", "seconds=600": "cancelled"}
