"""The Store on a real engine: whatever ends a build, nothing half is used and nothing is left."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from sandbox.domain import Environment, PackageIndexes
from sandbox.engines.docker import DockerEngine
from sandbox.environments import Build, Contents, build, export, free, look
from sandbox.environments.resolving.uv import uv_binary
from sandbox.errors import StoreError
from sandbox.interfaces import Workbench
from sandbox.paths import Home
from tests.support.engine_proxy import EngineProxy
from tests.support.wheels import make_wheel

POINTS = 10
BUILDING = """
import sys
from pathlib import Path
from sandbox.domain import Environment, PackageIndexes
from sandbox.engines.docker import DockerEngine
from sandbox.environments import build
from sandbox.paths import Home

store, home, base, links, lock = sys.argv[1:]
built = build(
    Environment("3.11", lock), DockerEngine(store).workbench(), base=base,
    indexes=PackageIndexes(find_links=(links,)), home=Home(Path(home)),
    on_line=lambda line: print(line, flush=True),
)
print("cached" if built.cached else "built")
"""


@pytest.fixture
def store(docker_engine: DockerEngine) -> Iterator[str]:
    """Name of a volume of its own, removed afterwards."""
    name = f"sandbox-test-{uuid.uuid4().hex[:8]}"
    yield name
    # A test may end the engine for a build, whose container then waits for the reaper.
    for container in docker_engine.client.containers.list(all=True, filters={"volume": name}):
        container.remove(force=True)
    for volume in docker_engine.client.volumes.list(filters={"name": name}):
        volume.remove(force=True)


@contextmanager
def opened(store: str) -> Iterator[Workbench]:
    engine = DockerEngine(store)
    yield engine.workbench()
    engine.client.close()


@pytest.fixture
def bench(store: str) -> Iterator[Workbench]:
    with opened(store) as bench:
        yield bench


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def links(tmp_path: Path) -> Path:
    """A wheel that takes a while to send, to install and to compile."""
    folder = tmp_path / "wheels"
    modules = {f"alpha/m{number}.py": f"X = {number}\n" * 200 for number in range(400)}
    noise = random.Random(1).randbytes(6_000_000).hex()
    make_wheel(folder, "alpha", "1.0", modules={**modules, "alpha/noise.txt": noise})
    return folder


@pytest.fixture
def environment(links: Path) -> Environment:
    [wheel] = links.iterdir()
    sha256 = subprocess.run(["sha256sum", wheel], capture_output=True, text=True, check=True)
    return Environment("3.11", f"alpha==1.0 --hash=sha256:{sha256.stdout.split()[0]}")


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(base_image: str, store: str, home: Home, links: Path, environment: Environment) -> Start:
    words = [store, str(home.root), base_image, str(links), environment.lock]

    def _start(**environ: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", BUILDING, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environ},
        )

    return _start


def built_here(
    environment: Environment, bench: Workbench, base: str, links: Path, home: Home
) -> Build:
    indexes = PackageIndexes(find_links=(str(links),))
    return build(environment, bench, base=base, indexes=indexes, home=home, imports=("alpha.m399",))


def contents(bench: Workbench, home: Home) -> Contents:
    return look(bench, home, how="deep", patience_s=60)


def test_a_build_killed_at_any_point_leaves_no_container_and_nothing_half_that_is_used(
    *,
    docker_engine: DockerEngine,
    bench: Workbench,
    base_image: str,
    home: Home,
    links: Path,
    environment: Environment,
    start: Start,
) -> None:
    """BU-14."""
    begun = time.monotonic()
    out, err = start().communicate(timeout=300)
    assert out.splitlines()[-1] == "built", err
    whole_s = time.monotonic() - begun
    for point in range(POINTS):
        empty(bench, home)
        process = start()
        with suppress(subprocess.TimeoutExpired):
            process.wait(whole_s * (point + 0.5) / POINTS)
        process.kill()
        process.communicate()
        assert containers_of(docker_engine, home) == []
        assert all(not one.faults for one in contents(bench, home).environments if one.complete)
    built = built_here(environment, bench, base_image, links, home)
    assert built.imports_ok == ("alpha.m399",)
    [stored] = contents(bench, home).environments
    assert stored.complete
    assert not stored.faults


def empty(bench: Workbench, home: Home) -> None:
    keys = [one.key for one in contents(bench, home).environments]
    assert not free(bench, home, keys, unused=True).kept


def containers_of(engine: DockerEngine, home: Home) -> list[str]:
    """Of builds whose process is gone; those of other tests are theirs.

    The engine may just be making one that it was asked for before the process ended.
    """
    deadline = time.monotonic() + 20
    while True:
        engine.reap()
        found = engine.client.containers.list(
            all=True, filters={"label": "sandbox=build"}, ignore_removed=True
        )
        ours = [one.name for one in found if home.identity in str(one.attrs["Config"]["Cmd"])]
        if not ours or time.monotonic() > deadline:
            return ours
        time.sleep(0.1)


def test_two_processes_at_once_build_it_once(start: Start) -> None:
    ended = [process.communicate(timeout=300) for process in [start(), start()]]
    assert sorted(out.splitlines()[-1] for out, _ in ended) == ["built", "cached"], ended


@pytest.mark.parametrize("wheels", [0.5, 1.6], ids=["while sending", "while installing"])
def test_a_full_disk_is_told_and_leaves_nothing(
    *,
    docker_engine: DockerEngine,
    store: str,
    base_image: str,
    home: Home,
    links: Path,
    environment: Environment,
    wheels: float,
) -> None:
    client = docker_engine.client
    [wheel] = links.iterdir()
    size = uv_binary().stat().st_size + int(wheel.stat().st_size * wheels)
    options = {"type": "tmpfs", "device": "tmpfs", "o": f"size={size},uid=65532,gid=65532"}
    client.volumes.create(store, driver_opts=options, labels={"sandbox": "store"})
    # A volume in memory is there for as long as something has it.
    holder = client.containers.run(
        base_image, ["sleep", "600"], detach=True, volumes=[f"{store}:/store"]
    )
    try:
        with (
            opened(store) as bench,
            pytest.raises(StoreError, match="the Store's disk is full") as caught,
        ):
            built_here(environment, bench, base_image, links, home)
        assert "sandbox clean" in str(caught.value.hint)
        found = holder.exec_run(
            ["find", "/store", "-name", ".incoming-*", "-o", "-name", ".build*"]
        )
        assert found.output == b""
        assert not list(home.builds.glob("*.json"))
    finally:
        holder.remove(force=True, v=False)


def test_an_engine_that_goes_away_is_told_and_the_next_build_succeeds(
    *,
    engine_host: str,
    bench: Workbench,
    base_image: str,
    home: Home,
    links: Path,
    environment: Environment,
    start: Start,
    tmp_path: Path,
) -> None:
    with EngineProxy(engine_host, tmp_path / "proxy") as proxy:
        process = start(DOCKER_HOST=proxy.host)
        assert process.stdout is not None
        assert any(line.startswith("installing") for line in process.stdout)
        proxy.vanish()
        _, err = process.communicate(timeout=120)
    assert process.returncode
    assert "sandbox.errors.EngineError: " in err.splitlines()[-1]
    assert built_here(environment, bench, base_image, links, home).imports_ok == ("alpha.m399",)


def test_without_network_what_is_cached_is_enough(
    bench: Workbench, base_image: str, home: Home, links: Path, environment: Environment
) -> None:
    """A second environment with the same packages takes no step that could reach the network."""
    built_here(environment, bench, base_image, links, home)
    other = Environment("3.11", environment.lock, ("another",))
    lines: list[str] = []
    indexes = PackageIndexes("https://127.0.0.1:9/simple", find_links=(str(links),))
    built = build(other, bench, base=base_image, indexes=indexes, home=home, on_line=lines.append)
    assert not built.cached
    assert not any(line.startswith("installing") for line in lines)
    assert built.size_bytes is not None
    assert built.new_bytes is not None
    assert built.new_bytes < built.size_bytes / 20


def test_an_exported_environment_is_built_by_docker_and_runs(
    docker_engine: DockerEngine,
    base_image: str,
    links: Path,
    environment: Environment,
    tmp_path: Path,
) -> None:
    indexes = PackageIndexes("https://127.0.0.1:9/simple", find_links=(str(links),))
    done = export(environment, tmp_path / "out", indexes=indexes)
    client, tag = docker_engine.client, f"sandbox-test-{uuid.uuid4().hex[:8]}"
    base = client.images.get(base_image).tags[0]
    image, _ = client.images.build(
        path=str(done.folder), tag=tag, buildargs={"BASE": base}, rm=True
    )
    try:
        program = "import alpha.m3, json, os; print(json.dumps([alpha.m3.X, os.getuid()]))"
        said = client.containers.run(tag, ["python", "-c", program], network="none", remove=True)
        value, user = json.loads(said)
        assert value == 3
        assert user != 0
    finally:
        client.images.remove(image.id, force=True)
