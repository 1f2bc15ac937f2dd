"""What a container of ours is told to be, what the engine made of it, and what is felt inside."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.domain import Limits, RunStatus
from sandbox.engines.docker import DockerEngine
from sandbox.errors import EngineError
from sandbox.interfaces import Session, SessionSpec
from tests.support.sessions import script

MEMORY_BYTES = 512 * 2**20
DISK_BYTES = 64 * 2**20
LIMITS = Limits(
    memory_bytes=MEMORY_BYTES,
    disk_bytes=DISK_BYTES,
    shared_memory_bytes=64 * 2**20,
    processes=128,
)


@pytest.fixture(scope="module")
def spec(base_image: str) -> SessionSpec:
    return SessionSpec(base_image, "python3", LIMITS, labels={"sandbox.workspace": "test"})


@pytest.fixture(scope="module")
def _session(docker_engine: DockerEngine, spec: SessionSpec) -> Iterator[Session]:
    with docker_engine.open_session(spec) as session:
        yield session


@pytest.fixture
def session(_session: Session) -> Iterator[Session]:
    """One for all: whatever a variant does, the next one finds it as it was."""
    yield _session
    assert script(_session, "print('next')").text() == "next\n"


@pytest.fixture
def own_session(docker_engine: DockerEngine, spec: SessionSpec) -> Iterator[Session]:
    with docker_engine.open_session(spec) as session:
        yield session


def _containers(engine: DockerEngine) -> set[str]:
    filters = {"label": "sandbox.workspace=test"}
    found = engine.client.containers.list(all=True, filters=filters, ignore_removed=True)
    return {one.id for one in found if one.id}


@pytest.fixture
def own_container(docker_engine: DockerEngine, spec: SessionSpec) -> Iterator[tuple[Session, Any]]:
    before = _containers(docker_engine)
    with docker_engine.open_session(spec) as session:
        (new,) = _containers(docker_engine) - before
        yield session, docker_engine.client.containers.get(new)
    assert _containers(docker_engine) == before


# ---------------------------------------------------------------- what the engine made of it


def test_a_live_container_has_no_more_rights_than_the_profile_gives(
    own_container: tuple[Session, Any],
) -> None:
    _, container = own_container
    host, config = container.attrs["HostConfig"], container.attrs["Config"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["ReadonlyRootfs"] is True
    assert host["Privileged"] is False
    assert host["NetworkMode"] == "none"
    assert host["IpcMode"] == "private"
    assert host["Init"] is True
    assert (host["PidMode"], host["UTSMode"], host["UsernsMode"]) == ("", "", "")
    assert not host["Devices"]
    assert not host["Binds"]
    assert host["PidsLimit"] == 128
    assert host["Memory"] == host["MemorySwap"] == MEMORY_BYTES
    assert host["NanoCpus"] == 10**9
    assert not host["OomKillDisable"]
    assert host["LogConfig"]["Type"] == "none"
    assert host["RestartPolicy"]["Name"] in ("", "no")
    assert config["User"] == "65532:65532"
    assert config["Healthcheck"] == {"Test": ["NONE"]}
    assert not [one for one in config["Env"] if "proxy" in one.lower()]
    assert config["Labels"]["sandbox"] == "session"
    assert {"sandbox.owner", "sandbox.deadline", "sandbox.workspace"} <= set(config["Labels"])
    (store,) = container.attrs["Mounts"]
    assert (store["Type"], store["Destination"], store["RW"]) == ("volume", "/store", False)


PROBE = """
import json, os, socket
def fails(function, *arguments):
    try:
        function(*arguments)
    except OSError as error:
        return error.strerror or "failed"
    return "worked"
connect = socket.socket(socket.AF_INET, socket.SOCK_STREAM).connect
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
print(json.dumps({
    "interfaces": sorted(os.listdir("/sys/class/net")),
    "connect": fails(connect, ("1.1.1.1", 80)),
    "name": fails(socket.gethostbyname, "example.org"),
    "ids": [os.getuid(), os.getgid()],
    "capabilities": [status[name].strip() for name in ("CapEff", "CapBnd", "CapPrm")],
    "no_new_privileges": status["NoNewPrivs"].strip(),
    "write": {path: fails(open, path + "/x", "w") for path in ("/", "/etc", "/usr", "/store")},
    "docker": [p for p in ("/var/run/docker.sock", "/run/docker.sock") if os.path.exists(p)],
    "supervisor": fails(os.listdir, "/proc/%d/fd" % os.getppid()),
    "its_memory": fails(open, "/proc/%d/mem" % os.getppid(), "r+b"),
}))
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print(libc.ptrace(16, os.getppid(), 0, 0), libc.ptrace(0x4206, os.getppid(), 0, 0))
"""


def test_inside_there_is_no_network_no_right_and_no_way_to_the_guest(session: Session) -> None:
    first, traced = script(session, PROBE).text("stdout").splitlines()
    felt = json.loads(first)
    assert felt["interfaces"] == ["lo"]
    assert felt["connect"] == "Network is unreachable"
    assert felt["name"] != "worked"
    assert felt["ids"] == [65532, 65532]
    assert set(felt["capabilities"]) == {"0" * 16}
    assert felt["no_new_privileges"] == "1"
    assert "worked" not in felt["write"].values()
    assert felt["docker"] == []
    assert felt["supervisor"] == felt["its_memory"] == "Permission denied"
    assert traced == "-1 -1"


# ---------------------------------------------------------------- limits


def test_memory_that_runs_out_is_told_from_other_kills(session: Session) -> None:
    seen = script(session, "print('so far')\nx = bytearray(2**30)\nprint(len(x))")
    assert seen.outcome.status is RunStatus.out_of_memory
    assert seen.text() == "so far\n"
    killed = script(session, "import os; os.kill(os.getpid(), 9)")
    assert killed.outcome.status is RunStatus.failed


def test_a_child_that_ran_out_of_memory_is_not_hidden_by_exit_code_0(session: Session) -> None:
    seen = script(
        session,
        "import subprocess, sys\ncode = 'x = bytearray(2**30); print(len(x))'\n"
        "print(subprocess.run([sys.executable, '-c', code]).returncode)",
    )
    assert seen.text() == "-9\n"
    assert seen.outcome.exit_code == 0
    assert seen.outcome.status is RunStatus.out_of_memory


@pytest.mark.parametrize("folder", [".", "/dev/shm", "/tmp"])
def test_a_full_disk_is_the_disk_limit(session: Session, folder: str) -> None:
    seen = script(
        session,
        f"with open('{folder}/fill', 'wb', 0) as f:\n    while True: f.write(bytes(2**20))",
    )
    assert seen.error["ename"] == "OSError"
    assert seen.outcome.status is RunStatus.disk_limit
    kept_quiet = (
        f"import sys\nwith open('{folder}/fill', 'wb', 0) as f:\n"
        "    try:\n        while True: f.write(bytes(2**20))\n    except OSError: sys.exit({})"
    )
    assert script(session, kept_quiet.format(1)).outcome.status is RunStatus.disk_limit
    assert script(session, kept_quiet.format(0)).outcome.status is RunStatus.succeeded


def test_files_without_number_are_the_disk_limit(session: Session) -> None:
    seen = script(
        session,
        "import sys\ntry:\n    for n in range(300_000): open(str(n), 'w').close()\n"
        "except OSError as error:\n    print(error.strerror); sys.exit(1)",
    )
    assert seen.text() == "No space left on device\n"
    assert seen.outcome.status is RunStatus.disk_limit


def test_files_of_the_repository_that_do_not_fit_are_the_disk_limit(session: Session) -> None:
    seen = script(session, "", files={"data.bin": bytes(40 * 2**20)})
    assert seen.outcome.status is RunStatus.disk_limit
    assert "do not fit" in str(seen.outcome.cause)
    fitting = {"data.bin": bytes(25 * 2**20)}
    assert script(session, "print(1)", files=fitting).text() == "1\n"
    fitting["other"] = b"x"
    assert script(session, "print(2)", files=fitting).text() == "2\n"


def test_a_fork_bomb_is_bounded_and_gone_afterwards(session: Session) -> None:
    seen = script(
        session,
        "import os, time\nend = time.monotonic() + 3\n"
        "while time.monotonic() < end:\n    try:\n        os.fork()\n    except OSError: pass\n",
        timeout_s=20.0,
    )
    assert seen.outcome.status is not RunStatus.lost
    assert not [note for note in seen.outcome.notes if "could not be ended" in note]
    count = "import os\nprint(len([n for n in os.listdir('/proc') if n.isdigit()]))"
    assert script(session, count).text() == "3\n"


def test_nothing_written_elsewhere_is_left_for_the_next_variant(session: Session) -> None:
    code = (
        "import os, ctypes\nlibc = ctypes.CDLL(None)\n"
        "print(os.listdir('/tmp'), os.listdir('/dev/shm'), os.listdir('/dev/mqueue'))\n"
        "print(len(open('/proc/sysvipc/shm').readlines()))\n"
        "for folder in ('/tmp/a/b', '/dev/shm/c'): os.makedirs(folder)\n"
        "libc.mq_open(b'/queue', os.O_CREAT | os.O_RDWR, 0o600, None)\n"
        "print(libc.shmget(0x1234, 4096, 0o1600) >= 0)\n"
    )
    expected = "[] [] []\n1\nTrue\n"
    assert [script(session, code).text() for _ in range(2)] == [expected, expected]


# ---------------------------------------------------------------- what happens to the container


@pytest.mark.parametrize("deed", ["kill", "remove"])
def test_a_container_ended_by_a_third_party_is_lost_and_says_why(
    own_container: tuple[Session, Any], deed: str
) -> None:
    session, container = own_container
    end = container.kill if deed == "kill" else lambda: container.remove(force=True)
    seen = script(
        session,
        "import time\nprint('loss 0.5', flush=True)\ntime.sleep(600)",
        on_output=lambda _: end(),
    )
    assert seen.ended
    assert seen.text() == "loss 0.5\n"
    assert seen.outcome.status is RunStatus.lost
    assert seen.outcome.cause
    assert session.closed
    with pytest.raises(EngineError):
        script(session, "")


def test_a_variant_that_kills_or_stops_the_guest_loses_its_own_session_only(
    own_session: Session, docker_engine: DockerEngine, spec: SessionSpec
) -> None:
    seen = script(own_session, "import os\nprint('x', flush=True)\nos.kill(os.getppid(), 9)")
    assert seen.outcome.status is RunStatus.lost
    with docker_engine.open_session(spec) as session:
        assert script(session, "print(1)").text() == "1\n"


def test_a_container_whose_owner_is_dead_or_whose_time_is_over_is_reaped(
    docker_engine: DockerEngine, base_image: str
) -> None:
    with docker_engine.open_session(SessionSpec(base_image, "python3")) as alive:
        labels = {"sandbox": "session", "sandbox.workspace": "reap-test"}
        owners = {"sandbox.owner": "elsewhere/boot/1/1", "sandbox.deadline": "1"}
        client = docker_engine.client
        orphan = client.containers.create(base_image, ["true"], labels={**labels, **owners})
        removed = docker_engine.reap()
        assert any(orphan.short_id in line for line in removed)
        assert not any(orphan.short_id in line for line in docker_engine.reap())
        assert script(alive, "print(1)").text() == "1\n"


def test_a_base_without_the_interpreter_is_an_error_and_leaves_nothing(
    docker_engine: DockerEngine, base_image: str
) -> None:
    labels = {"sandbox.workspace": "test"}
    before = _containers(docker_engine)
    for base, python in ((base_image, "/no/such/python"), ("no-such-image:1", "python3")):
        with pytest.raises(EngineError):
            docker_engine.open_session(SessionSpec(base, python, labels=labels))
    assert _containers(docker_engine) == before


# ---------------------------------------------------------------- the shared hostile payload


def test_the_hostile_surface_probe_finds_no_way_out(
    docker_engine: DockerEngine, base_image: str, shared: Path, tmp_path: Path
) -> None:
    generator = [sys.executable, str(shared / "hostile/gen_hostile.py"), str(tmp_path)]
    subprocess.run(generator, check=True, capture_output=True)
    repository = next(tmp_path.glob("r08*.git"))
    show = ["git", "-C", str(repository), "show"]
    files = {
        name: subprocess.run([*show, f"HEAD:{name}"], check=True, capture_output=True).stdout
        for name in ("train.py", "_guard.py")
    }
    with docker_engine.open_session(SessionSpec(base_image, "python3")) as session:
        seen = script(session, files["train.py"].decode(), files={"_guard.py": files["_guard.py"]})
    (line,) = [one for one in seen.text().splitlines() if one.startswith("HOSTILE-PROBE")]
    found = json.loads(line.partition(" ")[2])
    assert found.pop("ifaces") == ["lo"]
    assert found.pop("secretish_env") == {}
    assert found["status"]["CapEff"] == found["status"]["CapBnd"] == "0" * 16
    assert (found["status"]["NoNewPrivs"], found["status"]["Seccomp"]) == ("1", "2")
    assert found["status"]["Uid"].split() == ["65532"] * 4
    assert not [key for key, value in found.items() if value in ("CONNECTED", "RESOLVED")]
    assert not [key for key, value in found.items() if value in ("readable", "secret-like")]
    assert not [key for key in found if key.endswith("docker.sock") or key.startswith("/host")]
    places = {place for _, place, kind in found["mounts"] if kind != "overlay"}
    assert {place for place in places if not place.startswith(("/dev", "/proc", "/sys"))} == {
        "/lab",
        "/tmp",
        "/store",
        "/etc/resolv.conf",
        "/etc/hostname",
        "/etc/hosts",
        "/usr/sbin/docker-init",
    }
