"""The container in which an Environment is installed, started before it is known what that is."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.domain import Environment, PackageIndexes, Requirements
from sandbox.engines.docker import DockerEngine
from sandbox.engines.docker.workbench import DockerWorkbench
from sandbox.environments import Standby, build, resolve
from sandbox.paths import Home
from tests.support.wheels import make_index, make_wheel

OWNER = f"test/{uuid.uuid4().hex}/0/0"


@pytest.fixture
def workbench(docker_engine: DockerEngine) -> Iterator[DockerWorkbench]:
    """A Store of its own, removed afterwards."""
    name = f"sandbox-test-{uuid.uuid4().hex[:8]}"
    labels = {"sandbox.owner": OWNER}
    yield DockerWorkbench(docker_engine.client, owner_labels=labels, store=name)
    docker_engine.client.volumes.get(name).remove()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def indexes(tmp_path: Path) -> PackageIndexes:
    wheels = [make_wheel(tmp_path / "files", name, "1.0") for name in ("alpha", "beta")]
    return PackageIndexes(index_url=make_index(tmp_path / "simple", wheels))


def running(engine: DockerEngine) -> set[str]:
    """Ids of ours; the one that is being started is given a moment."""
    for _ in range(50):
        found = engine.client.containers.list(filters={"label": f"sandbox.owner={OWNER}"})
        if found:
            return {one.id for one in found}
        time.sleep(0.1)
    return set()


def left(engine: DockerEngine) -> list[str]:
    found = engine.client.containers.list(all=True, filters={"label": f"sandbox.owner={OWNER}"})
    return [one.id for one in found]


class Builder:
    """Builds one small lock on the real base, with what stands by."""

    def __init__(
        self, workbench: DockerWorkbench, base: str, indexes: PackageIndexes, home: Home
    ) -> None:
        self.workbench, self.base, self.indexes, self.home = workbench, base, indexes, home

    def resolve(self, **options: Any) -> Environment:
        wanted, cache = Requirements(("alpha",)), self.home.cache
        return resolve(wanted, indexes=self.indexes, pythons=("3.11",), cache=cache, **options)

    def build(self, environment: Environment, standby: Standby) -> None:
        built = build(
            environment, self.workbench, base=self.base, indexes=self.indexes, home=self.home,
            imports=("alpha",), standby=standby,
        )  # fmt: skip
        assert built.imports_ok == ("alpha",)


@pytest.fixture
def builder(
    workbench: DockerWorkbench, base_image: str, indexes: PackageIndexes, home: Home
) -> Builder:
    return Builder(workbench, base_image, indexes, home)


def test_what_stands_by_is_what_installs(docker_engine: DockerEngine, builder: Builder) -> None:
    waiting: list[set[str]] = []
    with Standby() as standby:

        def start(_python: str) -> None:
            standby.start(builder.workbench, builder.base, builder.home, ["alpha"])
            waiting.append(running(docker_engine))

        builder.build(builder.resolve(on_python=start), standby)
        # it has ended, and is removed with what began it
        assert set(left(docker_engine)) == waiting[0]
    assert [len(ids) for ids in waiting] == [1]
    assert left(docker_engine) == []


def test_on_another_base_it_is_left(docker_engine: DockerEngine, builder: Builder) -> None:
    environment = builder.resolve()
    # another name of the same image, so that only what is compared differs
    tag = docker_engine.client.images.get(builder.base).tags[0]
    with Standby() as standby:
        standby.start(builder.workbench, tag, builder.home, ["alpha"])
        waiting = running(docker_engine)
        builder.build(environment, standby)
        (one,) = waiting
        assert docker_engine.client.containers.get(one).status == "running"
    assert left(docker_engine) == []


def test_what_waited_too_long_is_left(docker_engine: DockerEngine, builder: Builder) -> None:
    """Packages that are made from source may take hours, and its container ends by itself."""
    environment = builder.resolve()
    with Standby(patience_s=0.0) as standby:
        standby.start(builder.workbench, builder.base, builder.home, ["alpha"])
        for one in running(docker_engine):
            docker_engine.client.containers.get(one).remove(force=True)
        builder.build(environment, standby)
    assert left(docker_engine) == []


def test_what_nobody_wants_is_ended(
    docker_engine: DockerEngine, workbench: DockerWorkbench, base_image: str, home: Home
) -> None:
    with Standby() as standby:
        standby.start(workbench, base_image, home, ["alpha"])
        assert running(docker_engine)
    assert left(docker_engine) == []


def test_what_interrupts_is_what_is_told(
    docker_engine: DockerEngine, workbench: DockerWorkbench, base_image: str, home: Home
) -> None:
    """Packages that are being made from source meanwhile stop the whole workbench."""

    def stop() -> None:
        with Standby() as standby:
            standby.start(workbench, base_image, home, ["alpha"])
            assert running(docker_engine)
            workbench.stop()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert left(docker_engine) == []
