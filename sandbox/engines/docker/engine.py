"""Sessions in containers of a Docker engine."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from sandbox.domain import RunStatus
from sandbox.engines import shipping
from sandbox.engines.docker.faults import translate, translated
from sandbox.engines.docker.profile import LAB, Profile, container_options
from sandbox.engines.docker.transport import AttachTransport
from sandbox.engines.execution import Death
from sandbox.engines.owners import is_alive, owner
from sandbox.engines.session import WireSession
from sandbox.engines.wire import Wire, WireClosedError
from sandbox.errors import EngineError, SandboxError
from sandbox.interfaces import Engine, EngineFacts, Session, SessionSpec, Workbench

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

HELLO_TIMEOUT_S = 60.0
API_TIMEOUT_S = 60
PING_TIMEOUT_S = 4
TMP_BYTES = 2**30
SHARED = ("/tmp", "/dev/shm", "/dev/mqueue")  # noqa: S108 - inside
"""What a variant can write to beside its working copy; emptied after each."""

ISOLATION = (
    "no network, no host folder, no capability, read-only root",
    "limits on memory, CPU, processes, disk, output and time",
)
SHARED_KERNEL = "containers share this machine's kernel: containment, not a virtual machine"
VULNERABLE_RUNC = "runc {} lacks the fixes of November 2025 (CVE-2025-31133 and relatives)"


class DockerEngine(Engine):
    """The engine that `DOCKER_HOST` or the default socket names.

    Args:
        store: name of the Store's volume.
    """

    name = "docker"

    def __init__(self, store: str = "sandbox-store") -> None:
        self._store = store
        self._client: DockerClient | None = None
        self._connecting = threading.Lock()
        self._failed: tuple[float, SandboxError] | None = None

    @property
    def client(self) -> DockerClient:
        """Connects when first used. One per engine object; docker-py's client is thread-safe.

        Who waited while another thread tried in vain is told the same, and does not wait again.
        """
        asked_at = time.monotonic()
        with self._connecting:
            if self._failed and self._failed[0] > asked_at:
                raise self._failed[1]
            if self._client is None:
                self._client = self._connected()
            return self._client

    def _connected(self) -> DockerClient:
        try:
            return _connect()
        except SandboxError as error:
            self._failed = time.monotonic(), error
            raise

    def get_ready(self) -> None:
        _ = self.client

    def describe(self) -> EngineFacts:
        with translated("ask the Docker engine for its version"):
            facts = self.client.version()
            gpus = "nvidia" in (self.client.info().get("Runtimes") or {})
        version = str(facts.get("Version", "?"))
        return EngineFacts(self.name, version, ISOLATION, _missing(facts), gpus)

    def open_session(self, spec: SessionSpec) -> Session:
        options = container_options(self._profile(spec))
        command = list(shipping.guest_command(spec.python, LAB, *SHARED))
        with translated("start a container"):
            container = self.client.containers.create(spec.base, command, **options)
        try:
            return _greet(container, spec)
        except BaseException:
            _remove(container)
            raise

    def _profile(self, spec: SessionSpec) -> Profile:
        limits = spec.limits
        return Profile(
            role="session",
            owner=owner(),
            memory_bytes=limits.memory_bytes,
            cpus=limits.cpus,
            processes=limits.processes,
            tmpfs={LAB: limits.disk_bytes, "/tmp": min(TMP_BYTES, limits.disk_bytes)},  # noqa: S108
            shared_memory_bytes=limits.shared_memory_bytes,
            network=spec.network,
            store=self._store,
            labels=spec.labels,
            gpus=spec.gpus,
        )

    def workbench(self) -> Workbench:
        from sandbox.engines.docker.workbench import DockerWorkbench

        labels = {"sandbox.owner": owner()}
        return DockerWorkbench(self.client, owner_labels=labels, store=self._store)

    def reap(self) -> tuple[str, ...]:
        with translated("look for containers left behind"):
            found = self.client.containers.list(
                all=True, filters={"label": "sandbox"}, ignore_removed=True
            )
        return tuple(_describe(one) for one in found if _is_orphan(one.labels) and _remove(one))


def _connect() -> DockerClient:
    import docker

    doing = "reach the Docker engine"
    with translated(doing):
        try:
            probe = docker.from_env(timeout=PING_TIMEOUT_S)
        except ValueError as error:  # of some addresses docker-py does not find that they are none
            raise translate(error, doing) from error
        try:
            probe.ping()
        finally:
            probe.close()
        return docker.from_env(timeout=API_TIMEOUT_S, max_pool_size=32)


def _greet(container: Container, spec: SessionSpec) -> Session:
    with translated("start a container"):
        streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        wire = Wire(AttachTransport(container.attach_socket(params=streams)))
    try:
        _start(container, wire)
    except BaseException:
        wire.close()
        raise

    def post_mortem(had_oom: bool) -> Death:  # noqa: FBT001 - see PostMortem
        return _post_mortem(container, spec.limits.memory_bytes, had_oom=had_oom)

    def end() -> None:
        _remove(container)

    return WireSession(wire, post_mortem=post_mortem, end=end)


def _start(container: Container, wire: Wire) -> None:
    with translated("start a container"):
        container.start()
    try:
        wire.start(shipping.guest_payload())
        greeting = wire.receive(HELLO_TIMEOUT_S)
    except WireClosedError as error:
        why = wire.diagnostics.rpartition("\n")[2] or _ending(container)
        raise EngineError(f"the session did not start: {why}") from error
    if greeting is None:
        raise EngineError(f"the guest did not greet within {HELLO_TIMEOUT_S:g} s")


def _ending(container: Container) -> str:
    with translated("ask after a container"):
        container.reload()
    state = container.attrs["State"]
    return str(state.get("Error") or f"exit code {state.get('ExitCode')}")


def _post_mortem(container: Container, memory_bytes: int, *, had_oom: bool) -> Death:
    """Why a guest is gone, by the engine's own account.

    The engine's flag tells that memory ran out at some time in the container's life, so it proves
    nothing when an earlier variant had done that.
    """
    try:
        state = _final_state(container)
    except SandboxError as error:
        return RunStatus.lost, f"the container went away: {error.message}"
    if state.get("OOMKilled") and not had_oom:
        limit = f"{memory_bytes / 2**30:.3g} GiB"
        return RunStatus.out_of_memory, f"the container reached its memory limit of {limit}"
    if state.get("Running"):
        return RunStatus.lost, "the guest does not answer any more"
    return RunStatus.lost, f"the container was ended from outside (exit code {state['ExitCode']})"


def _final_state(container: Container) -> dict[str, Any]:
    """The container's state, a moment given to settle: the stream closes before the state does."""
    deadline = time.monotonic() + 3
    while True:
        with translated("ask after a container"):
            container.reload()
        state: dict[str, Any] = container.attrs["State"]
        if not state.get("Running") or time.monotonic() > deadline:
            return state
        time.sleep(0.05)


def _remove(container: Container) -> bool:
    """Ends and removes; false when the engine does not answer: the next reaping does it then."""
    import docker.errors
    import requests

    try:
        container.remove(force=True, v=True)
    except docker.errors.NotFound:
        return True
    except docker.errors.APIError as error:
        return "already in progress" in str(error)
    except (docker.errors.DockerException, requests.RequestException, OSError):
        return False
    return True


def _is_orphan(labels: dict[str, str]) -> bool:
    deadline = labels.get("sandbox.deadline", "")
    expired = deadline.isdigit() and int(deadline) < time.time()
    return expired or not is_alive(labels.get("sandbox.owner", ""))


def _describe(container: Container) -> str:
    workspace = container.labels.get("sandbox.workspace", "no workspace")
    role, name = container.labels["sandbox"], container.short_id
    return f"removed a {role}'s container left behind: {name} ({workspace})"


def _missing(facts: dict[str, Any]) -> tuple[str, ...]:
    runc = _component_version(facts, "runc")
    known = [VULNERABLE_RUNC.format(runc)] if runc and _is_vulnerable(runc) else []
    return (SHARED_KERNEL, *known)


def _component_version(facts: dict[str, Any], name: str) -> str | None:
    components = facts.get("Components")
    for one in components if isinstance(components, list) else ():
        if one.get("Name") == name:
            return str(one.get("Version"))
    return None


def _is_vulnerable(runc: str) -> bool:
    """Before 1.2.8, or 1.3 before 1.3.3."""
    from packaging.version import InvalidVersion, Version

    try:
        version = Version(runc.partition("+")[0].replace("~", ""))
    except InvalidVersion:
        return False
    return version < Version("1.2.8") or Version("1.3") <= version < Version("1.3.3")
