"""What a stranger's package can do while it is made and installed: nothing to anyone but itself."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.domain import PackageIndexes, Requirements
from sandbox.engines.docker import DockerEngine
from sandbox.engines.docker.workbench import DockerWorkbench
from sandbox.environments import build, resolve
from sandbox.interfaces import Step
from sandbox.paths import Home
from tests.support.wheels import make_index, make_wheel

OWNER = {"sandbox.owner": f"test/{uuid.uuid4().hex}/0/0"}


@pytest.fixture
def workbench(docker_engine: DockerEngine) -> Iterator[DockerWorkbench]:
    """A Store of its own, removed afterwards."""
    name = f"sandbox-test-{uuid.uuid4().hex[:8]}"
    yield DockerWorkbench(docker_engine.client, owner_labels=OWNER, store=name)
    docker_engine.client.volumes.get(name).remove()


MARK = "import posix; posix.close(posix.open('/store/hostile', 65))\n"  # 65: create and write


def installed(
    workbench: DockerWorkbench, base: str, folder: Path, modules: dict[str, str], name: str
) -> str:
    """Folder in the Store of an Environment with one wheel in it."""
    wheel = make_wheel(folder / "files", name, "1.0", modules=modules)
    indexes = PackageIndexes(index_url=make_index(folder / "simple", [wheel]))
    home = Home(folder / "home")
    environment = resolve(
        Requirements((name,)), indexes=indexes, pythons=("3.11",), cache=home.cache
    )
    built = build(environment, workbench, base=base, indexes=indexes, home=home)
    return built.python.removesuffix("/bin/python")


def hostile_or_compiled(workbench: DockerWorkbench, base: str) -> list[str]:
    script = "ls /store; find /store/environments -name '*.pyc' -printf '%f\n'"
    found = workbench.run(Step(base, ("sh", "-c", script))).output.split()
    return [name for name in found if name.startswith("hostile")]


@pytest.mark.parametrize("carrier", ["hostile.pth", "sitecustomize.py", "usercustomize.py"])
def test_installing_a_wheel_starts_nothing_that_came_with_it(
    workbench: DockerWorkbench, base_image: str, tmp_path: Path, carrier: str
) -> None:
    """The installing step may write to the Store and reach the network: no code may run there."""
    modules = {carrier: MARK, "hostile.py": ""}
    installed(workbench, base_image, tmp_path, modules, "hostile")
    assert hostile_or_compiled(workbench, base_image) == ["hostile.cpython-311.pyc"]


def test_a_wheel_cannot_give_the_installing_step_another_standard_library(
    workbench: DockerWorkbench, base_image: str, tmp_path: Path
) -> None:
    """One wheel brings the library, a second a `pyvenv.cfg` that says where it lies."""
    lib = "library-1.0.data/data/lib/python3.11"
    modules = {f"{lib}/os.py": "", f"{lib}/encodings/__init__.py": MARK, "library.py": ""}
    where = installed(workbench, base_image, tmp_path / "1", modules, "library")
    modules = {"hostile-1.0.data/data/pyvenv.cfg": f"home = {where}/bin\n", "hostile.py": ""}
    installed(workbench, base_image, tmp_path / "2", modules, "hostile")
    assert hostile_or_compiled(workbench, base_image) == ["hostile.cpython-311.pyc"]
