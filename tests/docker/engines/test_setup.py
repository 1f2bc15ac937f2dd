"""A second engine of our own is started and killed, beside the one that is there."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.engines.setup import Answer, LocalSystem, Place, ask, ensure_engine, exclusive
from sandbox.engines.setup.machine import living
from sandbox.errors import EngineError

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not all(shutil.which(name, path=PATH) for name in ("dockerd", "ip")),
    reason="starting an engine of our own needs root, dockerd and ip (iproute2)",
)

ALONE = ("--iptables=false", "--ip-forward=false", "--ip-masq=false")


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, env={"PATH": PATH})


@pytest.fixture
def bridge() -> Iterator[str]:
    """A bridge of its own: with `--bridge=none` dockerd removes `docker0`, the first engine's."""
    name = f"sbx{os.getpid() % 10**8}"
    ip("link", "add", name, "type", "bridge")
    ip("address", "add", "192.0.2.1/24", "dev", name)
    yield name
    ip("link", "delete", name)


@pytest.fixture
def place(tmp_path: Path, bridge: str) -> Iterator[Place]:
    """Where a second engine can live without touching the first; it is killed afterwards."""
    folders = (f"--data-root={tmp_path}/data", f"--exec-root={tmp_path}/run")
    place = Place(
        host=f"unix://{tmp_path}/engine.sock",
        pid=tmp_path / "docker.pid",
        containerd_pid=tmp_path / "run" / "containerd" / "containerd.pid",
        log=tmp_path / "log" / "dockerd.log",
        options=(*folders, f"--bridge={bridge}", *ALONE),
    )
    yield place
    kill(place)
    unmount(tmp_path)


def kill(place: Place) -> None:
    """SIGKILL for the daemon and its containerd, as when a machine's processes are all killed."""
    for path, name in ((place.pid, "dockerd"), (place.containerd_pid, "containerd")):
        process = living(path, name)
        if process is not None:
            os.kill(process, signal.SIGKILL)
            gone(process)


def unmount(folder: Path) -> None:
    """Unmount what a killed daemon leaves mounted: busy for a while, and in nobody's way later.

    What stays mounted cannot be removed: the fourth run of the tests would end with that, when
    pytest removes the folders of the first.
    """
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in reversed(mounts):
        if Path(mount).is_relative_to(folder):
            subprocess.run(["umount", "--lazy", mount], check=True)


def gone(process: int) -> None:
    """Wait for the end of a process, ours or not."""
    deadline = time.monotonic() + 20
    while Path(f"/proc/{process}/exe").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process, 0)


def environ() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if name != "DOCKER_HOST"}


def test_an_engine_is_started_found_again_and_started_anew_after_a_kill(place: Place) -> None:
    said: list[str] = []
    system = LocalSystem(environ(), place)
    facts = ensure_engine(system, say=said.append)
    first = living(place.pid, "dockerd")
    assert facts.answer is Answer.yes
    assert said == ["starting the Docker engine"]
    assert ensure_engine(system, say=said.append) == facts
    assert living(place.pid, "dockerd") == first
    assert len(said) == 1

    kill(place)
    assert ask(place.host)[0] is Answer.nobody
    # The number is in use again by something else, as after a restart of a container.
    place.pid.write_text(str(os.getpid()))
    place.containerd_pid.write_text(str(os.getpid()))
    assert ensure_engine(system, say=said.append).answer is Answer.yes
    assert living(place.pid, "dockerd") not in (None, first)


def test_two_at_once_start_one_engine(place: Place, tmp_path: Path) -> None:
    said: list[str] = []

    def set_up() -> None:
        with exclusive(tmp_path / "lock"):
            ensure_engine(LocalSystem(environ(), place), say=said.append)

    threads = [threading.Thread(target=set_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["starting the Docker engine"]


def test_an_engine_that_cannot_start_is_told_with_its_last_words(place: Place) -> None:
    options = ("--storage-driver=nonsense", *place.options)
    system = LocalSystem(environ(), dataclasses.replace(place, options=options))
    with pytest.raises(EngineError, match=r"exit status 1: .*driver not supported") as caught:
        ensure_engine(system, say=lambda _: None)
    assert "level=info" not in caught.value.message
    assert str(place.log) in str(caught.value.hint)


def test_the_first_engine_keeps_its_bridge(place: Place) -> None:
    bridge = Path("/sys/class/net/docker0")
    if not bridge.exists():
        pytest.skip("no engine with a default bridge runs here")
    ensure_engine(LocalSystem(environ(), place), say=lambda _: None)
    assert bridge.exists()
