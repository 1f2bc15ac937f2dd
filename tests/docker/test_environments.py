"""A real build into a real Store, from an index in a folder: what a user without network gets."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.domain import PackageIndexes, Requirements
from sandbox.engines.docker import DockerEngine
from sandbox.engines.docker.workbench import DockerWorkbench
from sandbox.environments import available_pythons, build, ensure_base, resolve
from sandbox.interfaces import Step, StepResult
from sandbox.paths import Home
from tests.support.wheels import make_index, make_wheel


@pytest.fixture
def workbench(docker_engine: DockerEngine) -> Iterator[DockerWorkbench]:
    """A Store of its own, removed afterwards."""
    name = f"sandbox-test-{uuid.uuid4().hex[:8]}"
    yield DockerWorkbench(docker_engine.client, owner_labels={}, store=name)
    docker_engine.client.volumes.get(name).remove()


@pytest.fixture
def indexes(tmp_path: Path) -> PackageIndexes:
    files = tmp_path / "files"
    bad = {"bad.py": "import ctypes; ctypes.string_at(0)\n"}
    wheels = [
        make_wheel(files, "alpha", "1.0"),
        make_wheel(files, "beta", "1.0", requires=["alpha"]),
        make_wheel(files, "bad", "1.0", modules=bad),
    ]
    return PackageIndexes(index_url=make_index(tmp_path / "simple", wheels))


def test_a_base_is_found_again_and_says_nothing_then(
    workbench: DockerWorkbench, base_image: str, tmp_path: Path
) -> None:
    lines: list[str] = []
    again = ensure_base(workbench, python="3.11", cache=tmp_path, on_line=lines.append)
    assert again == base_image
    assert not lines


def test_pythons_at_hand_can_be_had(tmp_path: Path) -> None:
    assert "3.11" in available_pythons(cache=tmp_path)


def test_what_was_locked_runs_in_a_container_without_network(
    workbench: DockerWorkbench, base_image: str, indexes: PackageIndexes, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    environment = resolve(
        Requirements(("beta", "bad")), indexes=indexes, pythons=("3.11",), cache=home.cache
    )
    built = build(
        environment, workbench, base=base_image, indexes=indexes, home=home,
        imports=("alpha", "beta", "bad", "absent"),
    )  # fmt: skip
    assert built.python.startswith("/store/environments/")
    assert built.imports_ok == ("alpha", "beta")
    assert [one.name for one in built.imports_failed] == ["bad", "absent"]
    said = workbench.run(Step(base_image, (built.python, "-c", "import beta; print(beta.VERSION)")))
    assert said.output == "1.0\n"
    folders = [f"/store/{name}" for name in ("environments", "files", "marks")]
    left = workbench.run(Step(base_image, ("find", *folders, "-maxdepth", "1", "-name", ".*")))
    assert left == StepResult(0, "")
    again = build(
        environment, workbench, base=base_image, indexes=indexes, home=home, imports=("alpha",)
    )
    assert again.cached
    assert again.elapsed_s < built.elapsed_s


def test_code_in_an_import_cannot_change_the_store(
    workbench: DockerWorkbench, base_image: str, tmp_path: Path
) -> None:
    text = (
        "import glob\n"
        "for path in ['/store/hostile', *glob.glob('/store/*/*/alpha.py')]:\n"
        "    try:\n        open(path, 'w').write('hostile')\n    except OSError:\n        pass\n"
    )
    wheel = make_wheel(tmp_path / "files", "hostile", "1.0", modules={"hostile.py": text})
    indexes = PackageIndexes(index_url=make_index(tmp_path / "simple", [wheel]))
    home = Home(tmp_path / "home")
    environment = resolve(
        Requirements(("hostile",)), indexes=indexes, pythons=("3.11",), cache=home.cache
    )
    built = build(
        environment, workbench, base=base_image, indexes=indexes, home=home, imports=("hostile",)
    )
    assert built.imports_ok == ("hostile",)
    found = workbench.run(Step(base_image, ("sh", "-c", "ls /store; grep -rl hostile$ /store")))
    assert "hostile\n" not in found.output
