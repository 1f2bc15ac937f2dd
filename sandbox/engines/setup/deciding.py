"""What to do about a Docker engine, from facts alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from sandbox.errors import EngineError

DEFAULT_HOST = "unix:///var/run/docker.sock"


class Answer(StrEnum):
    """What came back when the engine was asked for its version."""

    yes = "yes"
    nobody = "nobody"
    denied = "denied"
    silent = "silent"


@dataclass(frozen=True)
class Facts:
    """What was found on this machine.

    Attributes:
        version: of the engine that answers.
        host: the address that was asked.
        host_told: the user named it (`DOCKER_HOST`), so no other engine is wanted.
        platform: as `sys.platform`.
        distributions: `ID` and `ID_LIKE` of os-release.
        daemon_lives: a `dockerd` of the pid file runs, though it may not answer yet.
        can_run: `dockerd` and `iptables` are installed.
        systemd: it runs here as the init system.
        elsewhere: another socket on which an engine of the user's answers.
    """

    answer: Answer
    version: str = ""
    host: str = DEFAULT_HOST
    host_told: bool = False
    platform: str = "linux"
    distributions: frozenset[str] = frozenset()
    is_root: bool = False
    daemon_lives: bool = False
    can_run: bool = False
    systemd: bool = False
    elsewhere: str | None = None


class Step(StrEnum):
    """One thing to do before looking again; each is done once at most."""

    use = "use"
    wait = "wait"
    install = "install"
    start_service = "start service"
    start = "start"


class System(ABC):
    """The machine, as far as an engine's set-up touches it.

    `look` changes nothing. The others raise `EngineError` when they cannot do what they are for;
    after `start` the daemon outlives this process.
    """

    @abstractmethod
    def look(self) -> Facts: ...

    @abstractmethod
    def install(self) -> None: ...

    @abstractmethod
    def start(self, *, as_service: bool) -> None: ...

    @abstractmethod
    def wait(self) -> None:
        """Return when the engine that is starting answers, or is gone."""


def decide(facts: Facts, done: frozenset[Step]) -> Step:
    """What to do next.

    Raises:
        EngineError: nothing that we may do would help; the hint says what the user can.
    """
    if facts.answer is Answer.yes:
        return Step.use
    if facts.host_told or facts.elsewhere or facts.answer is Answer.denied:
        raise EngineError(_what(facts), hint=_remedy(facts))
    steps = _possible(facts)
    for step in steps:
        if step not in done:
            return step
    raise EngineError(_what(facts), hint=_remedy(facts))


def _possible(facts: Facts) -> tuple[Step, ...]:
    if facts.daemon_lives or facts.answer is Answer.silent:
        return (Step.wait,)
    if facts.platform != "linux" or not facts.is_root:
        return ()
    if not facts.can_run:
        return (Step.install,) if "debian" in facts.distributions else ()
    return (Step.start_service, Step.start) if facts.systemd else (Step.start,)


def _what(facts: Facts) -> str:
    if facts.answer is Answer.denied:
        return f"this user may not use the Docker engine at {facts.host}"
    return f"no Docker engine answers at {facts.host}"


def _remedy(facts: Facts) -> str:
    if facts.host_told:
        return "start that engine, or unset DOCKER_HOST"
    if facts.elsewhere:
        return f"another one answers: export DOCKER_HOST={facts.elsewhere}"
    if facts.answer is Answer.denied:
        return "sudo usermod -aG docker $USER, then log in again"
    if facts.can_run:
        return "start it: sudo systemctl start docker"
    return _what_to_install(facts)


def _what_to_install(facts: Facts) -> str:
    if facts.platform != "linux":
        return "install Docker Desktop and start it: https://docs.docker.com/desktop/"
    if "debian" in facts.distributions:
        return "sudo apt-get install docker.io iptables && sudo usermod -aG docker $USER"
    return (
        "install Docker (https://docs.docker.com/engine/install/), rootless where you are not root,"
        " or Podman: systemctl --user start podman.socket && "
        "export DOCKER_HOST=unix://$XDG_RUNTIME_DIR/podman/podman.sock"
    )


def ensure_engine(system: System, *, say: Callable[[str], None]) -> Facts:
    """Look and act until an engine answers.

    Args:
        say: called with a line for each thing that is done.

    Returns:
        the facts of the engine that answers.

    Raises:
        EngineError: none could be had; the hint says what to do.
    """
    done: set[Step] = set()
    while True:
        facts = system.look()
        step = decide(facts, frozenset(done))
        done.add(step)
        if step is Step.use:
            return facts
        _act(system, step, say)


def _act(system: System, step: Step, say: Callable[[str], None]) -> None:
    if step is Step.wait:
        say("a Docker engine is starting, waiting for it")
        system.wait()
    elif step is Step.install:
        say("no Docker engine here: installing the distribution's docker.io")
        system.install()
    else:
        say("starting the Docker engine")
        system.start(as_service=step is Step.start_service)
