from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.engines.docker import DockerEngine
from sandbox.engines.docker.workbench import DockerWorkbench
from sandbox.environments import available_pythons, ensure_base
from sandbox.errors import EngineError
from sandbox.interfaces import Step, StepResult

OWNER = {"sandbox.owner": f"test/{uuid.uuid4().hex}/0/0"}


@pytest.fixture(scope="module")
def client(docker_engine: DockerEngine) -> Any:
    return docker_engine.client


@pytest.fixture
def workbench(client: Any) -> Iterator[DockerWorkbench]:
    """A Store of its own, removed afterwards."""
    name = f"sandbox-test-{uuid.uuid4().hex[:8]}"
    yield DockerWorkbench(client, owner_labels=OWNER, store=name)
    client.volumes.get(name).remove()


def ours(client: Any) -> list[Any]:
    label = f"sandbox.owner={OWNER['sandbox.owner']}"
    return list(client.containers.list(all=True, filters={"label": label}))


def sh(workbench: DockerWorkbench, base: str, script: str, **options: Any) -> StepResult:
    return workbench.run(Step(base, ("sh", "-c", script), **options))


@pytest.mark.parametrize("network", [False, True])
def test_a_step_runs_under_the_whole_profile(
    client: Any, workbench: DockerWorkbench, base_image: str, *, network: bool
) -> None:
    """What the engine was told, looked at while the step runs."""
    seen: list[dict[str, Any]] = []

    def look(_line: str) -> None:
        seen.extend(one.attrs for one in ours(client))

    step = Step(
        base_image, ("sh", "-c", "echo here; sleep 2"),
        network=network, memory_bytes=2**29, on_line=look,
    )  # fmt: skip
    assert workbench.run(step).exit_code == 0
    (facts,) = seen
    host = facts["HostConfig"]
    assert host["CapDrop"] == ["ALL"]
    assert "no-new-privileges" in host["SecurityOpt"]
    assert host["ReadonlyRootfs"]
    assert host["Init"]
    assert host["NetworkMode"] == ("bridge" if network else "none")
    assert host["Memory"] == host["MemorySwap"] == 2**29
    assert 0 < host["PidsLimit"] <= 1024
    assert host["NanoCpus"] > 0
    assert not host["Binds"]
    assert not host["Privileged"]
    assert [one["RW"] for one in facts["Mounts"]] == [False]
    assert facts["Config"]["User"] == "65532:65532"
    labels = facts["Config"]["Labels"]
    assert {"sandbox", "sandbox.owner", "sandbox.deadline"} <= labels.keys()


def test_stopping_ends_the_steps_of_all_threads_and_begins_no_other(
    client: Any, workbench: DockerWorkbench, base_image: str
) -> None:
    running, errors = threading.Barrier(3), list[EngineError]()

    def sleep() -> None:
        try:
            sh(workbench, base_image, "echo here; sleep 600", on_line=lambda _: running.wait(60))
        except EngineError as error:
            errors.append(error)

    threads = [threading.Thread(target=sleep) for _ in range(2)]
    for thread in threads:
        thread.start()
    running.wait(60)
    workbench.stop()
    for thread in threads:
        thread.join(60)
    assert len(errors) == 2
    with pytest.raises(EngineError, match="the build was stopped"):
        sh(workbench, base_image, "true")
    assert not ours(client)


def test_inside_there_is_no_network_no_host_and_nothing_to_write_to(
    workbench: DockerWorkbench, base_image: str
) -> None:
    script = (
        "ls /sys/class/net; id -u; id -un; echo $HOME;"
        "touch /etc/x /store/x 2>/dev/null && echo writable;"
        "find / -xdev -perm /6000 -type f 2>/dev/null; [ -e /var/run/docker.sock ] && echo socket;"
        "touch /tmp/x && echo tmp"
    )
    assert sh(workbench, base_image, script).output.split() == [
        "lo", "65532", "learner", "/tmp", "tmp",
    ]  # fmt: skip


def test_what_an_image_says_of_itself_has_no_effect(
    client: Any, workbench: DockerWorkbench, base_image: str
) -> None:
    """BU-07: neither its entrypoint, variables, health check nor volume."""
    tag = f"sandbox-test-{uuid.uuid4().hex[:8]}"
    changes = [
        'ENTRYPOINT ["/bin/echo", "HIJACKED"]', "ENV LD_PRELOAD=/tmp/evil.so PYTHONSTARTUP=/x",
        "HEALTHCHECK --interval=1s CMD touch /tmp/checked", "VOLUME /kept",
    ]  # fmt: skip
    volumes = {one.name for one in client.volumes.list()}
    made = client.containers.create(base_image, "true")
    try:
        made.commit(tag, "made", changes=changes)
        done = sh(workbench, f"{tag}:made", "sleep 2.5; env; ls /tmp")
    finally:
        made.remove(v=True)
        client.images.remove(f"{tag}:made", force=True)
    assert done.exit_code == 0
    words = ("HIJACKED", "LD_PRELOAD", "PYTHONSTARTUP", "checked")
    assert [word for word in words if word in done.output] == []
    assert "HOME=/tmp" in done.output
    anonymous = {one.name for one in client.volumes.list()} - volumes
    assert not [name for name in anonymous if len(name) == 64]


def test_a_setuid_program_of_an_image_gives_no_rights(
    client: Any, workbench: DockerWorkbench, base_image: str
) -> None:
    """BU-18: of an image that we did not clean ourselves."""
    tag = f"sandbox-test-{uuid.uuid4().hex[:8]}"
    copy = "cp /usr/bin/python3 /usr/bin/root && chmod 6755 /usr/bin/root"
    made = client.containers.create(base_image, ["sh", "-c", copy], user="root")
    try:
        made.start()
        made.wait()
        made.commit(tag, "made")
        ids = "/usr/bin/root -c 'import os; print(*os.getresuid(), *os.getresgid())'"
        done = sh(workbench, f"{tag}:made", f"stat -c %a /usr/bin/root; {ids}")
    finally:
        made.remove(v=True)
        client.images.remove(f"{tag}:made", force=True)
    assert done.output.split() == ["6755", *["65532"] * 6]


def test_a_fresh_store_belongs_to_the_user_inside(
    workbench: DockerWorkbench, base_image: str
) -> None:
    done = sh(workbench, base_image, "echo 1 > /store/a && cat /store/a", store_writable=True)
    assert (done.exit_code, done.output) == (0, "1\n")


def test_running_out_of_memory_is_told(workbench: DockerWorkbench, base_image: str) -> None:
    script = "python3 -c 'x = bytearray(1 << 30)'"
    assert sh(workbench, base_image, script, memory_bytes=2**27).out_of_memory


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ValueError])
def test_an_interrupted_step_leaves_no_container(
    client: Any, workbench: DockerWorkbench, base_image: str, fault: type[BaseException]
) -> None:
    def interrupt(_line: str) -> None:
        raise fault

    with pytest.raises(fault):
        sh(workbench, base_image, "echo here; sleep 60", on_line=interrupt)
    assert not ours(client)


def test_no_container_is_left_after_any_end(
    client: Any, workbench: DockerWorkbench, base_image: str
) -> None:
    sh(workbench, base_image, "exit 1")
    sh(workbench, base_image, "sleep 60", timeout_s=0.5)
    with pytest.raises(EngineError):
        workbench.run(Step("sandbox-base:no-such-key", ("true",)))
    assert not ours(client)


def waiting(base: str) -> Step:
    return Step(base, ("sh", "-c", 'read -r line && echo "got $line"'), stdin=(b"it\n",))


def test_a_step_that_was_begun_gets_its_input_when_it_is_to_end(
    client: Any, workbench: DockerWorkbench, base_image: str
) -> None:
    with workbench.begin(waiting(base_image)) as finish:
        assert sh(workbench, base_image, "echo meanwhile").output == "meanwhile\n"
        assert finish() == StepResult(0, "got it\n")
    assert not ours(client)


def test_what_a_step_waited_for_is_no_part_of_its_time(
    workbench: DockerWorkbench, base_image: str
) -> None:
    step = replace(waiting(base_image), timeout_s=1, waiting_s=600)
    with workbench.begin(step) as finish:
        sh(workbench, base_image, "sleep 2")
        assert finish() == StepResult(0, "got it\n")
    endless = replace(step, command=("sh", "-c", "read -r line; sleep 600"))
    with workbench.begin(endless) as finish:
        assert finish().timed_out


def test_a_step_that_was_begun_and_is_not_wanted_leaves_no_container(
    client: Any, workbench: DockerWorkbench, base_image: str
) -> None:
    with pytest.raises(KeyboardInterrupt), workbench.begin(waiting(base_image)):
        raise KeyboardInterrupt
    with (
        pytest.raises(EngineError, match="no-such-key"),
        workbench.begin(waiting("sandbox-base:no-such-key")) as finish,
    ):
        finish()
    with workbench.begin(waiting("sandbox-base:no-such-key")):
        pass  # and who does not ask is not told
    assert not ours(client)


def test_another_store_is_another_identity(client: Any, workbench: DockerWorkbench) -> None:
    name = f"sandbox-test-{uuid.uuid4().hex[:8]}"
    other = DockerWorkbench(client, owner_labels=OWNER, store=name)
    client.volumes.get(name).remove()
    assert other.identity != workbench.identity


def test_proxies_of_the_users_configuration_do_not_get_in(
    workbench: DockerWorkbench, base_image: str
) -> None:
    assert "proxy" not in sh(workbench, base_image, "env").output.lower()


def test_a_store_is_the_same_one_once_there_is_something_in_it(
    client: Any, workbench: DockerWorkbench, base_image: str
) -> None:
    """Else the first build of all would not be known to the second."""
    name = workbench.identity.split("/")[1]
    for script in ("true", "sleep 1.1; echo > /store/file", "true"):
        sh(workbench, base_image, script, store_writable=True)
        again = DockerWorkbench(client, owner_labels=OWNER, store=name)
        assert again.identity == workbench.identity


@pytest.mark.parametrize("which", [0, -1], ids=["oldest", "newest"])
def test_a_base_brings_the_bytecode_of_pythons_own_library(
    workbench: DockerWorkbench, shared_home: Path, which: int
) -> None:
    """No container can write any, so each of them would compile what it imports."""
    cache = shared_home / "cache"
    python = available_pythons(cache=cache)[which]
    base = ensure_base(workbench, python=python, cache=cache)
    program = "import asyncio, email.message, inspect, json.encoder, unittest"
    said = sh(workbench, base, f"python3 -v -c '{program}' 2>&1").output
    read = set(re.findall(r"^# code object from '?(/[^'\n]+)", said, flags=re.MULTILINE))
    assert len(read) > 50
    assert not [path for path in read if not path.endswith(".pyc")]
