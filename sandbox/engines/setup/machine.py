"""The machine's side of setting a Docker engine up: packages, processes, sockets, pid files."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import distribution
from sandbox.distribution import Apt
from sandbox.engines.setup.deciding import DEFAULT_HOST, Answer, Facts, System
from sandbox.errors import EngineError


@dataclass(frozen=True)
class Place:
    """Where the engine that we start listens and keeps its things; the defaults are dockerd's own.

    Attributes:
        containerd_pid: pid file of the containerd that dockerd starts itself.
        options: further arguments of dockerd.
    """

    host: str = DEFAULT_HOST
    pid: Path = Path("/var/run/docker.pid")
    containerd_pid: Path = Path("/var/run/docker/containerd/containerd.pid")
    log: Path = Path("/var/log/sandbox-dockerd.log")
    options: tuple[str, ...] = ()
    patience_s: float = 90.0
    apt: Apt = field(default_factory=Apt)


class LocalSystem(System):
    """This machine."""

    def __init__(self, environ: Mapping[str, str], place: Place | None = None) -> None:
        self._environ = environ
        self._place = place or Place()

    def look(self) -> Facts:
        """Ask the engine and look around."""
        told = self._environ.get("DOCKER_HOST")
        host = told or self._place.host
        answer, version = ask(host)
        paths = self._plain_environ()["PATH"]
        found = [shutil.which(name, path=paths) for name in ("dockerd", "iptables")]
        return Facts(
            answer=answer,
            version=version,
            host=host,
            host_told=bool(told),
            platform=sys.platform,
            distributions=distributions(_read(Path("/etc/os-release"))),
            is_root=os.geteuid() == 0,
            daemon_lives=living(self._place.pid, "dockerd") is not None,
            can_run=all(found),
            systemd=Path("/run/systemd/system").is_dir(),
            elsewhere=None if answer is Answer.yes or told else self._elsewhere(),
        )

    def install(self) -> None:
        """The distribution's own packages."""
        distribution.install(
            ("docker.io", "iptables"),
            environ=self._environ,
            is_there=lambda: False,  # we have looked, and are alone
            apt=self._place.apt,
        )

    def start(self, *, as_service: bool) -> None:
        """Start the daemon so that it outlives us, and wait until it answers."""
        if as_service:
            command = ["systemctl", "start", "docker"]
            started = subprocess.run(command, capture_output=True, check=False, timeout=120)
            if started.returncode == 0:
                self.wait()
            return  # else it is started without systemd, after the next look
        self._forget_the_dead()
        try:
            self._start_daemon(self._plain_environ())
        except EngineError as error:
            legacy = shutil.which("iptables-legacy", path=self._plain_environ()["PATH"])
            if legacy is None or "iptables" not in str(error):
                raise
            with tempfile.TemporaryDirectory() as folder:
                self._start_daemon(self._with_legacy_iptables(Path(folder), legacy))

    def wait(self) -> None:
        """Return when the engine answers or its process is gone; then look again."""
        self._wait(None)

    def _elsewhere(self) -> str | None:
        runtime = self._environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}"
        places = (f"{runtime}/docker.sock", f"{runtime}/podman/podman.sock")
        hosts = (f"unix://{place}" for place in places if Path(place).is_socket())
        return next((host for host in hosts if ask(host)[0] is Answer.yes), None)

    def _forget_the_dead(self) -> None:
        """A pid file whose number is in use again, by anything, keeps dockerd from starting."""
        for path, name in (
            (self._place.pid, "dockerd"),
            (self._place.containerd_pid, "containerd"),
        ):
            if living(path, name) is None:
                path.unlink(missing_ok=True)

    def _plain_environ(self) -> dict[str, str]:
        return distribution.plain_environ(self._environ)

    def _with_legacy_iptables(self, folder: Path, legacy: str) -> dict[str, str]:
        """Kernels without nf_tables: the older program under the name that dockerd calls."""
        for name, program in (
            ("iptables", legacy),
            ("ip6tables", legacy.replace("iptables", "ip6tables")),
        ):
            (folder / name).symlink_to(program)
        environ = self._plain_environ()
        return {**environ, "PATH": f"{folder}:{environ['PATH']}"}

    def _start_daemon(self, environ: dict[str, str]) -> None:
        place = self._place
        command = ["dockerd", "--host", place.host, "--pidfile", str(place.pid), *place.options]
        place.log.parent.mkdir(parents=True, exist_ok=True)
        with place.log.open("ab") as log:
            process = spawn_detached(command, environ, log.fileno())
        self._wait(process)

    def _wait(self, process: int | None) -> None:
        place = self._place
        host = self._environ.get("DOCKER_HOST") or place.host
        deadline = time.monotonic() + place.patience_s
        while (answer := ask(host)[0]) is not Answer.yes:
            if process is None and answer is Answer.nobody and not living(place.pid, "dockerd"):
                return
            status = os.waitpid(process, os.WNOHANG) if process is not None else (0, 0)
            if status[0]:
                code = os.waitstatus_to_exitcode(status[1])
                raise self._failure(f"dockerd ended with exit status {code}")
            if time.monotonic() > deadline:
                raise self._failure(f"dockerd did not answer within {place.patience_s:.0f} s")
            time.sleep(0.1)

    def _failure(self, what: str) -> EngineError:
        said = _last_lines(_read(self._place.log), 3)
        return EngineError(f"{what}: {said}", hint=f"the whole log: {self._place.log}")


@contextlib.contextmanager
def exclusive(path: Path = Path("/run/sandbox-engine.lock")) -> Iterator[None]:
    """One set-up at a time on this machine; a second one waits, then finds the engine there.

    Only root installs and starts engines, so everyone else passes.
    """
    from filelock import FileLock

    with FileLock(path, timeout=900) if os.geteuid() == 0 else contextlib.nullcontext():
        yield


def spawn_detached(command: list[str], environ: Mapping[str, str], log: int) -> int:
    """Start a process in a session of its own, in `/`, that outlives us.

    Args:
        log: file descriptor that takes both of its streams.
    """
    null = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    streams = [null, *((os.POSIX_SPAWN_DUP2, log, stream) for stream in (1, 2))]
    arguments = ["env", "--chdir=/", *command]
    return os.posix_spawnp("env", arguments, environ, file_actions=streams, setsid=True)


def ask(host: str) -> tuple[Answer, str]:
    """The engine's version, or what came instead; answers within about 5 s."""
    refusal = _knock(host)
    if refusal is not None:
        return refusal, ""
    import docker

    try:
        with contextlib.closing(docker.DockerClient(base_url=host, timeout=5)) as client:
            return Answer.yes, str(client.version()["Version"])
    except (docker.errors.DockerException, OSError):  # requests' errors are OSErrors
        return Answer.silent if host.startswith("unix:") else Answer.nobody, ""


def _knock(host: str) -> Answer | None:
    """Why a unix socket cannot be used, which the SDK does not tell apart; None = it can."""
    if not host.startswith("unix:"):
        return None
    with socket.socket(socket.AF_UNIX) as knocking:
        knocking.settimeout(5)
        try:
            knocking.connect(host.removeprefix("unix:").replace("//", "/", 1))
        except PermissionError:
            return Answer.denied
        except OSError:
            return Answer.nobody
    return None


def living(pid_file: Path, name: str) -> int | None:
    """The process of a pid file, if it lives and is that program; numbers are used again."""
    text = _read(pid_file).strip()
    if not text.isdigit():
        return None
    return int(text) if _read(Path(f"/proc/{text}/comm")).strip() == name else None


def distributions(os_release: str) -> frozenset[str]:
    """`ID` and everything in `ID_LIKE`."""
    found = re.findall(r"^ID(?:_LIKE)?=(.*)$", os_release, flags=re.MULTILINE)
    return frozenset(word for text in found for word in text.strip("\"' ").split())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _last_lines(text: str, count: int) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if " level=info " not in line] or lines
    return " | ".join(lines[-count:]) or "nothing was said"
