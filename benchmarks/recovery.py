"""Kills a sweep's command, container or engine at random moments, and counts what is there after.

The engine is one of its own, with folders of its own, so that killing it harms nobody; that takes
root and `dockerd`. Each sweep has 200 variants and the baseline; it is killed and taken up again
until it is whole, and the next one begins, until there were as many kills as asked for. After each
whole sweep every variant has to be there exactly once, in the journal and in MLflow, and nothing be
left behind.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker

from sandbox import recorders
from sandbox.paths import Home
from sandbox.recorders.store import open_client

SANDBOX = str(Path(sys.executable).with_name("sandbox"))
SCRIPT = """\
import argparse, time
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.5)
parser.add_argument("--width", type=int, default=0)
given = parser.parse_args()
time.sleep(0.05)
print(f"loss: {given.lr + given.width}")
"""
LRS = ",".join(f"0.{number:02d}" for number in range(1, 21))
WIDTHS = "1..10"
RUNS = 20 * 10 + 1  # and the baseline


class Engine:
    """A Docker engine of its own, that can be killed and started again."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._bridge = f"sbx{os.getpid() % 10**8}"
        self.host = f"unix://{place / 'docker.sock'}"
        self._process: subprocess.Popen[bytes] | None = None

    def make_bridge(self) -> None:
        """With `--bridge=none` dockerd removes `docker0`, which another engine may be using."""
        _ip("link", "add", self._bridge, "type", "bridge")
        _ip("address", "add", "192.0.2.1/24", "dev", self._bridge)

    def start(self) -> None:
        place = self._place
        with (place / "engine.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    "dockerd",
                    f"--host={self.host}",
                    f"--data-root={place / 'data'}",
                    f"--exec-root={place / 'exec'}",
                    f"--pidfile={place / 'pid'}",
                    f"--bridge={self._bridge}",
                    "--iptables=false",
                    "--ip-masq=false",
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            with contextlib.suppress(Exception), self.client() as client:
                client.ping()
                return
            time.sleep(0.2)
        told = (place / "engine.log").read_text(errors="replace")[-3000:]
        raise RuntimeError(f"the engine does not start: {told}")

    @contextlib.contextmanager
    def client(self) -> Iterator[Any]:
        client = docker.DockerClient(base_url=self.host)
        try:
            yield client
        finally:
            client.close()

    def kill(self) -> None:
        """The daemon and its containerd, at once; containers may live on."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        # Its containerd dies with it or is ended here; what tells of it would keep the next away.
        told = self._place / "exec" / "containerd" / "containerd.pid"
        with contextlib.suppress(OSError, ValueError):
            os.kill(int(told.read_text()), signal.SIGKILL)
        for path in (told, self._place / "pid"):
            path.unlink(missing_ok=True)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(60)
        for mount in reversed(_mounts_below(self._place)):
            subprocess.run(["umount", "--lazy", mount], check=False)
        with contextlib.suppress(subprocess.CalledProcessError):
            _ip("link", "delete", self._bridge)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def _mounts_below(folder: Path) -> list[str]:
    lines = Path("/proc/self/mounts").read_text().splitlines()
    return [words[1] for line in lines if (words := line.split())[1].startswith(str(folder))]


class Trial:
    """The sweep under test, as a command that is started over and over."""

    def __init__(self, place: Path, engine: Engine) -> None:
        self.home = place / "home"
        self._engine = engine
        self._repository = place / "killed"
        self._repository.mkdir()
        (self._repository / "train.py").write_text(SCRIPT)
        self._environ = {**os.environ, "SANDBOX_HOME": str(self.home), "DOCKER_HOST": engine.host}
        self._environ["TMPDIR"] = str(place / "tmp")
        (place / "tmp").mkdir()

    def begin(self, *, again: bool = False) -> subprocess.Popen[bytes]:
        words = [SANDBOX, "sweep", str(self._repository), "train.py", "--jobs", "2"]
        words += ["-p", f"lr={LRS}", "-p", f"width={WIDTHS}", *(["--again"] if again else [])]
        return subprocess.Popen(
            words,
            env=self._environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def newest(self) -> recorders.JournalContents:
        paths = Home(self.home).workspace("killed")
        found = sorted(paths.sweeps.glob("*/journal.jsonl"))
        return recorders.load(found[-1]) if found else recorders.JournalContents()

    def kill_a_container(self) -> bool:
        with self._engine.client() as client, contextlib.suppress(Exception):
            found = client.containers.list(filters={"label": "sandbox.sweep"})
            if found:
                random.choice(found).kill()  # noqa: S311 - chance, not secrecy
                return True
        return False

    def problems(self) -> list[str]:
        """What is not as it has to be after a whole sweep."""
        contents = self.newest()
        if contents.sweep is None:
            return ["journal: there is none"]
        keys = collections.Counter(run.key for run in contents.runs)
        ends = collections.Counter(run.status.value for run in contents.runs)
        found = []
        if len(keys) != RUNS or ends != {"succeeded": RUNS}:
            found.append(f"journal: {len(keys)} keys, {dict(ends)}")
        told = self._recorded(contents.sweep.id)
        if told != dict.fromkeys(keys, 1):
            twice = sum(count > 1 for count in told.values())
            found.append(f"MLflow: {len(told)} of {len(keys)} keys, {twice} of them twice")
        return [*found, *self._left_behind()]

    def _recorded(self, sweep_id: str) -> dict[str, int]:
        client = open_client(f"sqlite:///{self.home / 'mlflow.db'}")
        experiment = client.get_experiment_by_name("killed")
        query = f"tags.`sandbox.sweep` = '{sweep_id}'"
        runs = client.search_runs([experiment.experiment_id], query, max_results=5000)
        finished = [run for run in runs if run.info.status == "FINISHED"]
        keys = [run.data.tags.get("sandbox.key") for run in finished]
        return dict(collections.Counter(key for key in keys if key))

    def _left_behind(self) -> Iterator[str]:
        with self._engine.client() as client:
            containers = client.containers.list(all=True, filters={"label": "sandbox"})
            volumes = [one.name for one in client.volumes.list() if one.name != "sandbox-store"]
        if containers:
            yield f"{len(containers)} containers"
        if volumes:
            yield f"volumes: {volumes}"
        runs = list(self.home.glob("workspaces/*/sweeps/*/runs/*"))
        temporary = list(Path(self._environ["TMPDIR"]).iterdir())
        if runs or temporary:
            yield f"folders: {[str(one) for one in (*runs, *temporary)][:5]}"


def main() -> int:
    """Print a table of kills and what was found; 1 where anything was lost, doubled or left."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    random.seed(given.seed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # nothing is left behind either way
    place = Path(tempfile.mkdtemp(prefix="sandbox-recovery-"))
    engine = Engine(place)
    try:
        engine.make_bridge()
        engine.start()
        return _run(Trial(place, engine), engine, given.kills)
    finally:
        engine.stop()
        shutil.rmtree(place, ignore_errors=True)


def _run(trial: Trial, engine: Engine, kills: int) -> int:
    _finish(trial.begin())  # builds, and shows that it works unharmed
    killed: collections.Counter[str] = collections.Counter()
    problems = trial.problems()
    sweeps, again = 1, True
    while killed.total() < kills and not problems:
        process = trial.begin(again=again)
        again = False
        time.sleep(random.uniform(2, 12))  # noqa: S311 - chance, not secrecy
        victim = random.choice(["command", "command", "container", "engine"])  # noqa: S311 - as above
        killed[victim] += _kill(victim, process, trial, engine)
        if _finish(process) == 0:
            # A run whose container was killed is there as lost, until it is asked for once more.
            _finish(trial.begin())
            sweeps, again = sweeps + 1, True
            problems = trial.problems()
            print(
                f"{dict(killed)}: {sweeps} whole sweeps, {problems or 'nothing wrong'}", flush=True
            )
    if not again and not problems:
        _finish(trial.begin())
        problems = trial.problems()
    print(f"| killed | {dict(killed)} |\n| whole sweeps of {RUNS} runs | {sweeps} |")
    print(f"| lost, doubled or left behind | {problems or 'nothing'} |")
    return 1 if problems else 0


def _kill(victim: str, process: subprocess.Popen[bytes], trial: Trial, engine: Engine) -> int:
    """How many were killed: none where it was over already."""
    if process.poll() is not None:
        return 0
    if victim == "container":
        return int(trial.kill_a_container())
    if victim == "engine":
        engine.kill()
        time.sleep(random.uniform(0, 2))  # noqa: S311 - chance, not secrecy
        engine.start()
        return 1
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return 1


def _finish(process: subprocess.Popen[bytes]) -> int:
    _, err = process.communicate(timeout=600)
    if process.returncode not in {0, 4, -signal.SIGKILL}:
        raise RuntimeError(f"left with {process.returncode}: {err.decode()[-2000:]}")
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
