"""What the engine keeps of ours, looked at and removed on a real engine."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.engines.docker import DockerEngine
from sandbox.engines.docker.holdings import DockerHoldings
from sandbox.errors import EngineError
from sandbox.interfaces import Holding

SIZE = 3 * 2**20


class Things:
    """One thing of each kind, with our label unless said otherwise; all removed afterwards."""

    def __init__(self, client: Any, base: str) -> None:
        self.client, self.base = client, base
        self.tag = f"sandbox-test-{uuid.uuid4().hex[:8]}"

    def volume(self, labels: dict[str, str]) -> str:
        return str(self.client.volumes.create(self.tag, labels=labels).name)

    def container(self, labels: dict[str, str], script: str) -> Any:
        volumes = {self.tag: {"bind": "/kept", "mode": "rw"}}
        options = {"labels": labels, "name": self.tag, "volumes": volumes, "network_mode": "none"}
        # owned by this process, or another one's reaper takes it for an orphan
        return self.client.containers.run(self.base, ["sh", "-c", script], detach=True, **options)

    def image(self, base: Any) -> str:
        base.commit(self.tag, "made", changes=["LABEL sandbox=base"])
        return f"{self.tag}:made"

    def clear(self) -> None:
        for one in self.client.containers.list(all=True, filters={"name": self.tag}):
            one.remove(force=True)
        for one in self.client.images.list(self.tag):
            self.client.images.remove(one.tags[0], force=True)
        for one in self.client.volumes.list(filters={"name": self.tag}):
            one.remove()


@pytest.fixture
def things(docker_engine: DockerEngine, base_image: str) -> Iterator[Things]:
    made = Things(docker_engine.client, base_image)
    yield made
    made.clear()


@pytest.fixture
def ours(docker_engine: DockerEngine) -> dict[str, str]:
    """The labels of a container that a live owner has, and a time that has not come."""
    from sandbox.engines.owners import owner

    return {"sandbox": "session", "sandbox.owner": owner()}


def named(holdings: DockerHoldings, name: str) -> dict[str, Holding]:
    return {one.kind: one for one in holdings.all() if one.name.startswith(name)}


def test_what_is_kept_is_told_with_size_time_and_use(things: Things, ours: dict[str, str]) -> None:
    holdings = DockerHoldings(things.client, patience_s=60)
    before = time.time() - 2
    things.volume({"sandbox": "store"})
    running = things.container(ours, f"head -c {SIZE} /dev/zero | tee /kept/a > /b; sync; sleep 60")
    things.image(running)
    while running.exec_run(["test", "-s", "/b"]).exit_code:
        assert time.time() < before + 30
    found = named(holdings, things.tag)
    while found["volume"].size_bytes is None:  # the engine measures for one at a time
        assert time.time() < before + 120
        found = named(holdings, things.tag)
    assert set(found) == {"container", "image", "volume"}
    assert all(one.created_at >= before for one in found.values())
    assert {kind: one.in_use for kind, one in found.items()} == {
        "container": True, "image": False, "volume": True,
    }  # fmt: skip
    assert all((found[kind].size_bytes or 0) >= SIZE for kind in ("container", "volume"))
    assert (found["image"].size_bytes or 0) > 50 * SIZE
    own = found["image"].own_bytes  # what it has on top of its base, as far as that was written
    assert own is not None
    assert own < 2 * SIZE
    base = next(one for one in holdings.all() if one.kind == "image" and one.in_use)
    assert base.name.startswith("sandbox-base:")


def test_all_kinds_are_removed_and_then_gone(things: Things, ours: dict[str, str]) -> None:
    holdings = DockerHoldings(things.client)
    things.volume({"sandbox": "store"})
    done = things.container(ours, "true")
    done.wait()
    things.image(done)
    found = named(holdings, things.tag)
    assert not any(one.in_use for one in found.values())
    for kind in ("container", "image", "volume"):
        holdings.remove(found[kind])
    assert not named(holdings, things.tag)
    for one in found.values():
        holdings.remove(one)


def test_what_is_in_use_is_not_removed(things: Things, ours: dict[str, str]) -> None:
    holdings = DockerHoldings(things.client)
    things.volume({"sandbox": "store"})
    things.container(ours, "sleep 60")
    found = named(holdings, things.tag)
    for kind in ("container", "volume"):
        with pytest.raises(EngineError, match=f"cannot remove {kind}"):
            holdings.remove(found[kind])
    assert set(named(holdings, things.tag)) == {"container", "volume"}


def test_what_does_not_bear_our_label_is_neither_seen_nor_removed(things: Things) -> None:
    holdings = DockerHoldings(things.client)
    things.volume({"of": "someone else"})
    assert not named(holdings, things.tag)
    with pytest.raises(EngineError, match="not ours"):
        holdings.remove(Holding("volume", things.tag, None, 0.0))
    assert things.client.volumes.get(things.tag)
