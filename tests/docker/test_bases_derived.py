"""Bases with Debian packages, made on a real engine from the mirror that the base is set up for."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.engines.docker import DockerEngine
from sandbox.engines.docker.workbench import DockerWorkbench
from sandbox.environments.bases.deriving import Base
from sandbox.environments.bases.images import derived_base
from sandbox.errors import EngineError
from sandbox.interfaces import Derivation, Step

SMALL = "hello"
OWNER = {"sandbox.owner": f"test/{uuid.uuid4().hex}/0/0"}


OWN = uuid.uuid4().hex[:8]  # a key of this file's own


class Making:
    """Derives bases with a Store and a memory of its own, and removes them all."""

    def __init__(self, engine: DockerEngine, cache: Path, *, network: str = "bridge") -> None:
        self.client, self.cache = engine.client, cache
        self.store = f"sandbox-test-{uuid.uuid4().hex[:8]}"
        self.workbench = DockerWorkbench(
            engine.client, owner_labels=OWNER, store=self.store, network=network
        )
        self.said: list[str] = []
        self.images: list[str] = []

    def add(self, base: str, *packages: str) -> str:
        self.images.append(self.workbench.add_base(OWN, Derivation(base, packages)))
        return self.images[-1]

    def derive(self, *packages: str) -> Base:
        made = derived_base(
            self.workbench,
            python="3.11",
            system_packages=packages,
            cache=self.cache,
            on_line=self.said.append,
        )
        self.images.append(made.image)
        return made

    def output(self, image: str, script: str) -> str:
        return self.workbench.run(Step(image, ("sh", "-c", script))).output

    def clear(self, base: str) -> None:
        self.client.volumes.get(self.store).remove()
        for image in {*self.images} - {base}:
            for tag in self.client.images.get(image).tags:
                self.client.images.remove(tag)


@pytest.fixture
def making(docker_engine: DockerEngine, base_image: str, tmp_path: Path) -> Iterator[Making]:
    made = Making(docker_engine, tmp_path)
    yield made
    made.clear(base_image)


@pytest.fixture
def cut_off(docker_engine: DockerEngine, base_image: str, tmp_path: Path) -> Iterator[Making]:
    """No mirror can be reached."""
    made = Making(docker_engine, tmp_path, network="none")
    yield made
    made.clear(base_image)


def ours(client: Any) -> list[Any]:
    label = f"sandbox.owner={OWNER['sandbox.owner']}"
    return list(client.containers.list(all=True, filters={"label": label}))


def test_packages_are_there_and_nothing_setuid_and_no_lists(
    making: Making, base_image: str
) -> None:
    image = making.add(base_image, SMALL, "sudo")
    assert making.output(image, SMALL).startswith("Hello, world!")
    assert making.output(image, "ls /usr/bin/sudo").strip() == "/usr/bin/sudo"
    find = "find / -xdev -perm /6000 -type f 2> /dev/null; ls /var/lib/apt/lists"
    assert not making.output(image, find)
    config = making.client.images.get(image).attrs["Config"]
    assert config["Labels"]["sandbox"] == "base"
    assert OWNER["sandbox.owner"] not in config["Labels"].values()
    assert not config["Entrypoint"]
    assert not ours(making.client)


def test_nothing_of_the_users_environment_is_in_an_image(
    making: Making, base_image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BU-13: not in its configuration, its history, or a file of the layer that was added."""
    canary = uuid.uuid4().hex
    for name in ("GITHUB_TOKEN", "HTTPS_PROXY", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, f"http://me:{canary}@127.0.0.1:9")
    image = making.client.images.get(making.add(base_image, SMALL))
    assert canary not in repr((image.attrs, image.history()))
    find = f"grep -rlF {canary} /etc /root /home /var /tmp /usr/share/doc 2> /dev/null"
    assert not making.output(str(image.id), find)


@pytest.mark.parametrize("name", ["--allow-unauthenticated", "bash-", "./x.deb", "hello=1", "a b"])
def test_what_is_no_name_never_reaches_apt(making: Making, base_image: str, name: str) -> None:
    with pytest.raises(EngineError, match="not the name of a Debian package"):
        making.add(base_image, SMALL, name)
    assert not making.workbench.find_base(OWN)
    assert not ours(making.client)


def test_a_failed_installation_leaves_no_image_and_no_container(
    making: Making, base_image: str
) -> None:
    with pytest.raises(EngineError, match="no-such-package-at-all"):
        making.add(base_image, SMALL, "no-such-package-at-all")
    assert not making.workbench.find_base(OWN)
    assert not ours(making.client)


def test_a_container_that_is_killed_leaves_no_image(making: Making, base_image: str) -> None:
    """What a kill from outside, or an engine short of memory, amounts to."""
    stop = threading.Event()

    def kill() -> None:
        while not stop.wait(0.05):
            for one in ours(making.client):
                if one.status == "running":
                    one.kill()
                    return

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    with pytest.raises(EngineError, match="cannot be installed"):
        making.add(base_image, SMALL)
    stop.set()
    killer.join()
    assert not making.workbench.find_base(OWN)
    assert not ours(making.client)


def test_what_debian_lacks_is_told_and_the_rest_installed_once(making: Making) -> None:
    names = (SMALL, "no-such-package-at-all", "libboost1.7", "--yes", "libgl1-mesa-glx-")
    first = making.derive(*names)
    assert making.output(first.image, SMALL).startswith("Hello, world!")
    assert {one.name: one.why for one in first.dropped} == {
        "no-such-package-at-all": "not known to this Debian",
        "libboost1.7": "not known to this Debian",
        "--yes": "no name of a Debian package",
        "libgl1-mesa-glx-": "no name of a Debian package",
    }
    making.said.clear()
    assert making.derive(*names[::-1]) == first
    assert len(making.said) == 4
    assert all("left out" in line for line in making.said)


def test_packages_that_exclude_each_other_do_not_fail_the_rest(making: Making) -> None:
    made = making.derive("ssmtp-none", "msmtp-mta", "nullmailer", SMALL)
    assert making.output(made.image, SMALL).startswith("Hello, world!")
    assert [one.name for one in made.dropped] == ["nullmailer", "ssmtp-none"]


def test_java_is_installed_where_the_base_has_no_folder_for_man_pages(
    making: Making, base_image: str
) -> None:
    image = making.add(base_image, "default-jre-headless")
    assert "OpenJDK" in making.output(image, "java -version 2>&1")


def test_three_at_once_make_one_base(making: Making) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(making.derive(SMALL, "cowsay").image))
        for _ in range(3)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 3
    assert len(set(found)) == 1
    assert sum("asking Debian" in line for line in making.said) == 1


def test_without_a_mirror_the_packages_are_left_out_and_asked_for_again(
    cut_off: Making, base_image: str
) -> None:
    for _ in range(2):
        base = cut_off.derive(SMALL, "cowsay")
        assert base.image == base_image
        assert [one.why for one in base.dropped] == ["no Debian mirror answers"] * 2
    assert sum("asking Debian" in line for line in cut_off.said) == 2
