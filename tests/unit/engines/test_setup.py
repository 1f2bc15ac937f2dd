from __future__ import annotations

import contextlib
import os
import signal
import socketserver
import sys
import textwrap
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.distribution import Apt
from sandbox.engines.setup import (
    Answer,
    Facts,
    LocalSystem,
    Place,
    Step,
    System,
    ask,
    decide,
    ensure_engine,
    exclusive,
)
from sandbox.engines.setup.machine import distributions, living
from sandbox.errors import EngineError

BARE = Facts(answer=Answer.nobody, is_root=True, distributions=frozenset({"ubuntu", "debian"}))
READY = replace(BARE, can_run=True)
NOTHING: frozenset[Step] = frozenset()


@pytest.mark.parametrize(
    ("facts", "done", "step"),
    [
        (replace(BARE, answer=Answer.yes), NOTHING, Step.use),
        (replace(BARE, answer=Answer.yes, host_told=True), NOTHING, Step.use),
        (BARE, NOTHING, Step.install),
        (READY, NOTHING, Step.start),
        (READY, frozenset({Step.install}), Step.start),
        (replace(READY, distributions=frozenset({"fedora"})), NOTHING, Step.start),
        (replace(READY, systemd=True), NOTHING, Step.start_service),
        (replace(READY, systemd=True), frozenset({Step.start_service}), Step.start),
        (replace(READY, daemon_lives=True), NOTHING, Step.wait),
        (replace(READY, answer=Answer.silent), NOTHING, Step.wait),
    ],
)
def test_what_is_done_follows_from_what_was_found(
    facts: Facts, done: frozenset[Step], step: Step
) -> None:
    assert decide(facts, done) is step


@pytest.mark.parametrize(
    ("facts", "hint"),
    [
        (replace(BARE, is_root=False), "sudo apt-get install docker.io iptables"),
        (replace(READY, is_root=False), "sudo systemctl start docker"),
        (replace(READY, answer=Answer.denied, is_root=False), "usermod -aG docker"),
        (replace(BARE, host_told=True), "DOCKER_HOST"),
        (replace(BARE, elsewhere="unix:///run/user/7/podman.sock"), "DOCKER_HOST=unix:///run/us"),
        (replace(BARE, platform="darwin", is_root=False), "Docker Desktop"),
        (replace(BARE, distributions=frozenset({"fedora"})), "Podman"),
    ],
)
def test_where_we_may_do_nothing_the_user_is_told_what_to_do(facts: Facts, hint: str) -> None:
    with pytest.raises(EngineError) as caught:
        decide(facts, NOTHING)
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        (BARE, Step.install),
        (READY, Step.start),
        (replace(READY, daemon_lives=True), Step.wait),
    ],
)
def test_what_did_not_help_is_not_done_twice(facts: Facts, step: Step) -> None:
    with pytest.raises(EngineError):
        decide(facts, frozenset({step}))


class FakeSystem(System):
    """A machine in memory, on which things succeed."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.done: list[str] = []

    def look(self) -> Facts:
        return self.facts

    def install(self) -> None:
        self.done.append("install")
        self.facts = replace(self.facts, can_run=True)

    def start(self, *, as_service: bool) -> None:
        self.done.append("start service" if as_service else "start")
        works = as_service is self.facts.systemd
        self.facts = replace(self.facts, answer=Answer.yes if works else Answer.nobody)

    def wait(self) -> None:
        self.done.append("wait")
        self.facts = replace(self.facts, daemon_lives=False)


def test_an_engine_that_answers_is_left_alone_in_silence() -> None:
    system = FakeSystem(replace(READY, answer=Answer.yes))
    said: list[str] = []
    ensure_engine(system, say=said.append)
    assert (system.done, said) == ([], [])


def test_a_bare_machine_is_installed_on_and_started() -> None:
    system = FakeSystem(BARE)
    assert ensure_engine(system, say=lambda _: None).answer is Answer.yes
    assert system.done == ["install", "start"]


def test_an_engine_that_dies_while_starting_is_started_by_us() -> None:
    system = FakeSystem(replace(READY, daemon_lives=True))
    ensure_engine(system, say=lambda _: None)
    assert system.done == ["wait", "start"]


# ------------------------------------------------- the machine's side, with programs of our own

DOCKERD = """\
    #!{python}
    import json, os, pathlib, shutil, socket, sys
    here = pathlib.Path(__file__).parent
    given = dict(zip(sys.argv[1::2], sys.argv[2::2]))
    with (here / "seen").open("a") as seen:
        print(json.dumps([dict(os.environ), os.getcwd(), os.getsid(0) == os.getpid()]), file=seen)
    if os.path.realpath(shutil.which("iptables")) != str(here / "{works}"):
        print('time="1" level=info msg="Starting up"')
        sys.exit("failed to start daemon: iptables failed: table does not exist")
    path = given["--host"].removeprefix("unix://")
    pathlib.Path(path).unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX)
    door.bind(path)
    door.listen()
    pathlib.Path(given["--pidfile"]).write_text(str(os.getpid()))
    while True:
        caller, _ = door.accept()
        with caller:
            if caller.recv(65536):
                body = json.dumps({{"Version": "9.9", "ApiVersion": "1.44"}})
                head = "HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n"
                kind = "Content-Type: application/json\\r\\n"
                text = f"{{head}}{{kind}}Content-Length: {{len(body)}}\\r\\n\\r\\n{{body}}"
                caller.sendall(text.encode())
"""


def program(path: Path, text: str) -> None:
    path.write_text(textwrap.dedent(text))
    path.chmod(0o755)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A folder of programs to be found on PATH, and where the fake engine keeps its things."""
    for name in ("iptables", "iptables-legacy", "ip6tables-legacy"):
        program(tmp_path / name, "#!/bin/sh\n")
    place = Place(
        host=f"unix://{tmp_path}/engine.sock",
        pid=tmp_path / "docker.pid",
        containerd_pid=tmp_path / "containerd.pid",
        log=tmp_path / "log" / "dockerd.log",
    )
    yield place
    with contextlib.suppress(FileNotFoundError, ValueError, ProcessLookupError):
        process = int(place.pid.read_text())
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)


def machine(place: Place, *, works: str = "iptables", **environ: str) -> LocalSystem:
    folder = place.pid.parent
    program(folder / "dockerd", DOCKERD.format(python=sys.executable, works=works))
    return LocalSystem({"PATH": f"{folder}:{os.environ['PATH']}", **environ}, place)


def test_the_daemon_is_started_apart_from_us_and_without_our_secrets(place: Place) -> None:
    system = machine(place, GITHUB_TOKEN="secret", HTTPS_PROXY="http://proxy:3128")
    system.start(as_service=False)
    assert system.look().version == "9.9"
    seen = (place.pid.parent / "seen").read_text()
    assert "secret" not in seen
    assert "http://proxy:3128" in seen
    assert seen.rstrip().endswith('"/", true]')


def test_a_kernel_without_nf_tables_gets_the_older_iptables(place: Place) -> None:
    system = machine(place, works="iptables-legacy")
    system.start(as_service=False)
    assert system.look().answer is Answer.yes
    assert len((place.pid.parent / "seen").read_text().splitlines()) == 2


def test_a_daemon_that_ends_is_told_with_what_it_said_last(place: Place) -> None:
    with pytest.raises(EngineError, match="table does not exist") as caught:
        machine(place, works="nothing").start(as_service=False)
    assert "level=info" not in caught.value.message
    assert str(place.log) in str(caught.value.hint)


def test_a_daemon_that_never_answers_is_given_up(place: Place) -> None:
    system = machine(replace(place, patience_s=0.3))
    program(place.pid.parent / "dockerd", "#!/bin/sh\necho $$ > $4\nexec sleep 60\n")
    with pytest.raises(EngineError, match="did not answer within 0 s"):
        system.start(as_service=False)


def test_a_pid_file_that_names_another_program_is_removed_before_the_start(place: Place) -> None:
    place.containerd_pid.write_text(str(os.getpid()))  # alive, but no containerd
    system = machine(place)
    assert not system.look().daemon_lives
    system.start(as_service=False)
    assert not place.containerd_pid.exists()
    assert system.look().daemon_lives


def test_waiting_ends_when_the_one_waited_for_is_gone(place: Place) -> None:
    machine(place).wait()
    assert ask(place.host)[0] is Answer.nobody


def test_the_distributions_docker_and_iptables_are_installed(place: Place) -> None:
    folder = place.pid.parent
    program(folder / "apt-get", '#!/bin/sh\necho "$*" >> "$(dirname "$0")/apt"\n')
    machine(replace(place, apt=Apt(lock=folder / "apt.lock"))).install()
    lines = (folder / "apt").read_text().splitlines()
    assert lines[-1].endswith("install --yes --no-install-recommends docker.io iptables")


def test_an_engine_that_the_user_named_is_the_one_that_is_asked(place: Place) -> None:
    facts = machine(place, DOCKER_HOST="unix:///no/such.sock").look()
    assert (facts.host, facts.host_told, facts.answer) == (
        "unix:///no/such.sock",
        True,
        Answer.nobody,
    )


def test_a_rootless_engine_of_the_user_is_found(place: Place, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    system = machine(replace(place, host=f"unix://{theirs}/docker.sock"))
    system.start(as_service=False)
    facts = LocalSystem({"XDG_RUNTIME_DIR": str(theirs)}, place).look()
    assert facts.elsewhere == f"unix://{theirs}/docker.sock"


class Stranger(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.request.sendall(b"SSH-2.0-hello\r\n")


def test_a_stranger_behind_the_socket_is_silent_and_nobody_behind_it_is_nobody(
    tmp_path: Path,
) -> None:
    path = tmp_path / "engine.sock"
    with socketserver.UnixStreamServer(str(path), Stranger) as server:
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        assert ask(f"unix://{path}")[0] is Answer.silent
        server.shutdown()
        serving.join()
    assert path.is_socket()
    assert ask(f"unix://{path}")[0] is Answer.nobody
    assert ask("tcp://127.0.0.1:1")[0] is Answer.nobody


def test_one_set_up_at_a_time(tmp_path: Path) -> None:
    with exclusive(tmp_path / "lock"):
        assert (tmp_path / "lock").exists() is (os.geteuid() == 0)


def test_a_pid_that_is_another_program_now_is_not_living(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    path.write_text(f"{os.getpid()}\n")
    ours = Path("/proc/self/comm").read_text().strip()
    assert living(path, ours) == os.getpid()
    assert living(path, "dockerd") is None
    path.write_text("nonsense")
    assert living(path, "dockerd") is None


def test_derivatives_of_debian_are_known_by_what_they_are_like() -> None:
    assert "debian" in distributions('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n')
    assert "debian" in distributions("ID=linuxmint\nID_LIKE='ubuntu debian'\n")
    assert distributions("NAME=debian\nVERSION_ID=12\n") == frozenset()
