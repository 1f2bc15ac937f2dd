"""The host trusts nothing that a guest says, and never waits for ever."""

from __future__ import annotations

import dataclasses
import gc
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.domain import EntryKind, RunStatus
from sandbox.engines import shipping
from sandbox.engines.docker import DockerEngine
from sandbox.engines.docker.profile import Profile, container_options
from sandbox.engines.local import LocalEngine
from sandbox.engines.owners import is_alive, owner
from sandbox.engines.session import WireSession
from sandbox.engines.wire import Wire, WireClosedError
from sandbox.errors import EngineError
from sandbox.guest import protocol
from sandbox.interfaces import ExecutionEnded, SessionSpec, Work

WORK = Work("t", lambda: iter([b"tar"]), EntryKind.script, "a.py")


class ScriptedTransport:
    """Says what it was told to say, and keeps what it heard."""

    def __init__(self, *said: bytes | tuple[str, bytes]) -> None:
        self._said = [one if isinstance(one, tuple) else ("stdout", one) for one in said]
        self.heard = b""
        self.closed = False

    def send(self, data: bytes) -> None:
        if self.closed:
            raise BrokenPipeError
        self.heard += data

    def receive(self, timeout_s: float) -> tuple[str, bytes] | None:
        return self._said.pop(0) if self._said else ("stdout", b"")

    def close(self) -> None:
        self.closed = True


def _session(*said: bytes | tuple[str, bytes]) -> tuple[WireSession, list[str]]:
    ended: list[str] = []
    wire = Wire(ScriptedTransport(*said))
    session = WireSession(
        wire,
        post_mortem=lambda had_oom: (RunStatus.lost, f"gone, had_oom={had_oom}"),
        end=lambda: ended.append("ended"),
    )
    return session, ended


BEGUN = protocol.encode("begun")


def test_a_guest_that_is_gone_before_its_variant_began_is_an_error_with_the_reason() -> None:
    session, ended = _session()
    with pytest.raises(EngineError, match="gone, had_oom=False"):
        session.begin(WORK)
    assert session.closed
    assert ended
    with pytest.raises(EngineError, match="gone, had_oom=False"):
        session.begin(WORK)


@pytest.mark.parametrize(
    "said",
    [
        b"garbage\n",
        protocol.encode("stream", None, name="stdout", text=5),
        protocol.encode("display", None, data=[], metadata={}),
        protocol.encode("done", None, status="ok", count="1"),
        protocol.encode("error", None, ename="E", evalue="v", traceback=[1]),
    ],
)
def test_a_guest_that_says_what_is_no_message_is_lost(said: bytes) -> None:
    session, ended = _session(BEGUN, said)
    execution = session.begin(WORK)
    with pytest.raises(ExecutionEnded):
        list(execution.run_cell(0, ""))
    assert execution.finish().status is RunStatus.lost
    assert session.closed
    assert ended


def test_an_earlier_lack_of_memory_is_known_when_the_guest_is_lost_later() -> None:
    outcome = protocol.encode("outcome", None, oom_kills=1, signal=9, clean=True)
    session, _ = _session(BEGUN, outcome, BEGUN)
    assert session.begin(WORK).finish().status is RunStatus.out_of_memory
    assert session.begin(WORK).finish().cause == "gone, had_oom=True"


def test_processes_that_could_not_be_ended_end_the_session() -> None:
    session, _ = _session(BEGUN, protocol.encode("outcome", None, exit_code=0, clean=False))
    (note,) = session.begin(WORK).finish().notes
    assert "could not be ended" in note
    assert session.closed


def test_an_interpreter_that_does_not_start_is_the_variants_failure() -> None:
    stream = protocol.encode("stream", None, name="stderr", text="Traceback\nImportError: x\n")
    outcome = protocol.encode("outcome", None, exit_code=1, clean=True)
    session, _ = _session(stream, protocol.encode("gone"), outcome)
    found = session.begin(WORK).finish()
    assert found.status is RunStatus.failed
    assert found.cause == "the interpreter of the environment did not start: ImportError: x"
    assert not session.closed


def test_a_variant_has_to_be_finished_before_the_next() -> None:
    session, _ = _session(BEGUN)
    session.begin(WORK)
    with pytest.raises(EngineError, match="not finished"):
        session.begin(WORK)


def test_the_interpreters_own_words_are_kept_in_part() -> None:
    wire = Wire(ScriptedTransport(("stderr", b"x" * 10**6), ("stderr", b"\nthe last words\n")))
    with pytest.raises(WireClosedError):
        wire.receive(1.0)
    assert wire.diagnostics.endswith("the last words")
    assert len(wire.diagnostics) < 2**15


@pytest.mark.slow
def test_a_send_to_a_guest_that_reads_nothing_is_broken_off_by_closing(tmp_path: Path) -> None:
    deaf = tmp_path / "deaf"
    greeting = protocol.encode("hello").decode().strip()
    size = len(shipping.guest_payload())
    deaf.write_text(f"#!/bin/sh\nhead -c {size} > /dev/null\necho '{greeting}'\nexec sleep 600\n")
    deaf.chmod(0o755)
    session = LocalEngine(tmp_path).open_session(SessionSpec("", str(deaf)))
    big = Work("t" * 2**20, WORK.open_tree, EntryKind.script, "a.py")
    closing = threading.Timer(0.2, session.close)
    closing.start()
    with pytest.raises(EngineError):
        session.begin(big)
    session.close()
    closing.join()


# ---------------------------------------------------------------- engines without an engine


@pytest.fixture
def profile() -> Profile:
    return Profile(
        role="session",
        owner=owner(),
        memory_bytes=2**30,
        cpus=1.5,
        processes=64,
        tmpfs={"/lab": 2**20, "/tmp": 2**20},
        store="volume",
        labels={"sandbox.workspace": "w", "sandbox": "forged", "sandbox.owner": "forged"},
    )


def test_the_profile_gives_nothing_that_is_not_needed(profile: Profile) -> None:
    options = container_options(profile)
    assert options["cap_drop"] == ["ALL"]
    assert options["security_opt"] == ["no-new-privileges"]
    assert options["read_only"] is True
    assert options["network_mode"] == "none"
    assert options["user"].split(":")[0] not in ("0", "root")
    assert options["mem_limit"] == options["memswap_limit"] == 2**30
    assert options["nano_cpus"] == 1_500_000_000
    assert 0 < options["pids_limit"] <= 1024
    assert options["log_config"]["Type"] == "none"
    assert options["use_config_proxy"] is False
    assert options["entrypoint"] == []
    assert not {"privileged", "devices", "volumes", "cap_add", "pid_mode"} & set(options)
    (store,) = options["mounts"]
    assert (store["Type"], store["Source"], store["ReadOnly"]) == ("volume", "volume", True)
    assert all("size=" in one and "nosuid" in one for one in options["tmpfs"].values())
    assert all("nr_inodes=" in one for one in options["tmpfs"].values())


def test_labels_of_ours_cannot_be_replaced(profile: Profile) -> None:
    labels = container_options(profile)["labels"]
    assert labels["sandbox"] == "session"
    assert is_alive(labels["sandbox.owner"])
    assert labels["sandbox.workspace"] == "w"


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # docker-py's own
@pytest.mark.parametrize(
    "host", ["unix:///nonexistent.sock", "tcp://127.0.0.1:9", "tcp://host:port", "nonsense"]
)
def test_an_engine_that_does_not_answer_is_an_error_with_a_hint(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(EngineError, match="no Docker engine answers") as caught:
        DockerEngine().describe()
    assert "doctor" in str(caught.value.hint)
    del caught
    gc.collect()


def test_an_interpreter_that_is_not_there_is_an_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(EngineError, match="No such file"):
        LocalEngine(tmp_path).open_session(SessionSpec("", "/no/such/python"))
    with pytest.raises(EngineError):
        LocalEngine(tmp_path).open_session(SessionSpec("", "/bin/true"))
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- owners


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def _start(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def test_an_owner_is_dead_when_its_process_is_even_while_nobody_noticed(
    sleeper: subprocess.Popen[bytes],
) -> None:
    host, boot, _, _ = owner().split("/")
    name = f"{host}/{boot}/{sleeper.pid}/{_start(sleeper.pid)}"
    assert is_alive(name)
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)  # it stays a zombie
    assert not is_alive(name)


def test_another_process_of_the_same_number_is_another_owner() -> None:
    host, boot, pid, start = owner().split("/")
    assert not is_alive(f"{host}/{boot}/{pid}/{int(start) + 1}")
    assert not is_alive(f"{host}/another-boot/{pid}/{start}")
    assert not is_alive(f"{platform.node()}///")
    assert is_alive("another-machine/boot/1/1")


def test_gpus_are_handed_out_only_when_asked_for(profile: Profile) -> None:
    assert container_options(profile)["device_requests"] == []
    (request,) = container_options(dataclasses.replace(profile, gpus=True))["device_requests"]
    assert request["Capabilities"] == [["gpu"]]
    assert request["Count"] == -1
