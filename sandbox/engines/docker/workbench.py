"""Where Environments are built on a Docker engine: hardened containers around the Store."""

from __future__ import annotations

import contextlib
import socket
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.engines.docker.deriving import derive
from sandbox.engines.docker.faults import translated
from sandbox.engines.docker.holdings import DockerHoldings
from sandbox.engines.docker.profile import STORE, USER, Profile, container_options
from sandbox.engines.lines import LineReader
from sandbox.errors import EngineError
from sandbox.interfaces import Derivation, Step, StepResult, Workbench

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

_REPOSITORY = "sandbox-base"
_AT_ONCE = 8  # steps at most, on the largest machine
_PROCESSES = 512
_GRACE_S = 15  # should we be gone, the container ends by itself that long after its time
_PREPARE_TIMEOUT_S = 600
_RUN = "run a step of a build"
_VOLUME = "sandbox.volume"
"""Label by which a Store's volume is told from a later one of the same name."""

# What makes a pulled Python image equal to one of ours: the Store's place, a user, no setuid file,
# and bytecode, which these images come without and no container can write.
_PREPARE = f"""
set -eu
grep -q '^learner:' /etc/passwd || echo 'learner:x:{USER}::/tmp:/bin/sh' >> /etc/passwd
mkdir -p {STORE} && chown {USER} {STORE}
(apt-get update && apt-get install -y --no-install-recommends libgomp1 ca-certificates) || true
rm -rf /var/lib/apt/lists/*
(
    library=$(python3 -c 'import os; print(os.path.dirname(os.__file__))')
    python3 -m compileall -q -x /site-packages/ "$library" > /dev/null
) || true
find / -xdev -type f -perm /6000 -exec chmod a-s {{}} +
"""


class DockerWorkbench(Workbench):
    """Steps in containers that have nothing but the Store, `/tmp` and, if asked, the network.

    Args:
        client: stays the caller's, who closes it.
        owner_labels: say whose the containers are, for the reaper.
        store: name of the Store's volume, made when it is not there.
        network: the engine's network for steps that may reach the package index.
    """

    store = STORE

    def __init__(
        self,
        client: DockerClient,
        *,
        owner_labels: Mapping[str, str],
        store: str = "sandbox-store",
        network: str = "bridge",
    ) -> None:
        self._client = client
        self._labels = dict(owner_labels)
        self._volume = store
        self._network = network
        self.holdings = DockerHoldings(client)
        with translated("open the Store"):
            facts = client.info()
            labels = {"sandbox": "store", _VOLUME: uuid.uuid4().hex}
            created = client.volumes.create(store, labels=labels).attrs
        self._cpus = float(facts.get("NCPU") or 1)
        room = int(facts.get("MemTotal") or 0) // Step.memory_bytes
        self.at_once = max(1, min(int(self._cpus), room, _AT_ONCE))
        self._running: set[Container] = set()
        self._stopped = threading.Event()
        # the time changes while nothing is in it yet; volumes of before have no number
        which = (created.get("Labels") or {}).get(_VOLUME) or created.get("CreatedAt")
        self.identity = f"{facts.get('ID')}/{store}/{which}"

    def find_base(self, key: str) -> str | None:
        from docker.errors import ImageNotFound

        with translated(f"look for base {key}"):
            try:
                return str(self._client.images.get(f"{_REPOSITORY}:{key}").id)
            except ImageNotFound:
                return None

    def add_base(self, key: str, source: Path | str | Derivation) -> str:
        with translated(f"add base {key}"):
            if isinstance(source, Path):
                self._import(key, source)
            elif isinstance(source, Derivation):
                self._derive(key, source)
            else:
                self._pull(key, source)
        found = self.find_base(key)
        if found is None:
            raise EngineError(f"base {key} is gone right after it was added")
        return found

    def run(self, step: Step) -> StepResult:
        with translated(_RUN), self._started(step) as finish:
            return finish()

    @contextlib.contextmanager
    def begin(self, step: Step) -> Iterator[Callable[[], StepResult]]:
        with ThreadPoolExecutor(1) as pool, contextlib.ExitStack() as stack:
            starting = pool.submit(stack.enter_context, self._started(step))

            def finish() -> StepResult:
                with translated(_RUN):
                    return starting.result()()

            try:
                yield finish
            finally:
                wait([starting])  # for there may be a container to remove

    @contextlib.contextmanager
    def _started(self, step: Step) -> Iterator[Callable[[], StepResult]]:
        """A container that runs; what it gives feeds it and listens until it ends."""
        seconds = int(step.timeout_s + step.waiting_s) + _GRACE_S
        command = ["timeout", "-k", "5", str(seconds), *step.command]
        options = container_options(self._profile(step, seconds))
        if step.network:
            options["network_mode"] = self._network
        with self._container(step.base, command, options) as one, _running(one) as attached:
            yield partial(_attend, one, attached, step)

    def _profile(self, step: Step, seconds: int) -> Profile:
        return Profile(
            role="build",
            owner=self._labels.get("sandbox.owner", ""),
            memory_bytes=step.memory_bytes,
            cpus=self._cpus,
            processes=_PROCESSES,
            tmpfs={"/tmp": min(step.scratch_bytes, step.memory_bytes // 2)},  # noqa: S108
            network=step.network,
            store=self._volume,
            store_writable=step.store_writable,
            labels=self._labels,
            environment=step.environment,
            deadline_s=seconds + _GRACE_S,
        )

    @contextlib.contextmanager
    def _container(
        self, image: str, command: list[str], options: Mapping[str, Any]
    ) -> Iterator[Container]:
        container = self._client.containers.create(image, command, **options)
        self._running.add(container)
        try:
            self._go_on()
            yield container
        finally:
            self._running.discard(container)
            _remove(container)
        self._go_on()

    def _go_on(self) -> None:
        if self._stopped.is_set():
            raise EngineError("the build was stopped")

    def stop(self) -> None:
        self._stopped.set()
        with translated("stop a build"):
            for container in tuple(self._running):
                _remove(container)

    def _import(self, key: str, source: Path) -> None:
        with source.open("rb") as stream:
            said = self._client.api.import_image_from_data(
                stream, repository=_REPOSITORY, tag=key, changes=["LABEL sandbox=base"]
            )
        if "error" in str(said):
            raise EngineError(f"the engine does not import base {key}: {said}")

    def _derive(self, key: str, derivation: Derivation) -> None:
        where = {"repository": _REPOSITORY, "key": key, "network": self._network}
        derive(self._container, derivation, labels=self._labels, **where)

    def _pull(self, key: str, reference: str) -> None:
        """Our own commands as root, with the engine's default rights: nothing of a repository."""
        self._client.images.pull(reference)
        labels = {"sandbox": "build", **self._labels}
        options = {"entrypoint": [], "user": "0", "labels": labels, "use_config_proxy": False}
        with self._container(reference, ["sh", "-c", _PREPARE], options) as container:
            container.start()
            if container.wait(timeout=_PREPARE_TIMEOUT_S)["StatusCode"]:
                said = container.logs(tail=5).decode(errors="replace").strip()
                raise EngineError(f"image {reference} cannot be prepared: {said}")
            changes = ["LABEL sandbox=base", "ENTRYPOINT []", "USER 0"]
            container.commit(_REPOSITORY, key, changes=changes)


@contextlib.contextmanager
def _running(container: Container) -> Iterator[Any]:
    """What it is fed and heard through."""
    streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
    attached = container.attach_socket(params=streams)
    try:
        container.start()
        yield attached
    finally:
        _socket(attached).close()
        attached.close()


def _attend(container: Container, attached: Any, step: Step) -> StepResult:
    """Feed it, listen to it, and end it when its time is over."""
    from docker.utils.socket import frames_iter

    timed_out = threading.Event()
    timer = threading.Timer(step.timeout_s, _end, (container, timed_out))
    timer.daemon = True
    reader = LineReader(step.on_line, step.on_data)
    try:
        timer.start()
        threading.Thread(target=_send, args=(attached, step.stdin or ()), daemon=True).start()
        for stream, data in frames_iter(attached, tty=False):  # type: ignore[no-untyped-call]
            reader.feed(stream, data)
        exit_code = int(container.wait()["StatusCode"])
    finally:
        timer.cancel()
    container.reload()
    out_of_memory = bool(container.attrs["State"].get("OOMKilled"))
    return StepResult(exit_code, reader.finish(), timed_out.is_set(), out_of_memory)


def _send(attached: Any, pieces: Iterable[bytes]) -> None:
    """Give the command its input, then end of file; a command that is gone needs none."""
    wire = _socket(attached)
    with contextlib.suppress(OSError, ValueError):
        wire.settimeout(None)
        for piece in pieces:
            wire.sendall(piece)
    with contextlib.suppress(OSError):  # also where a piece cannot be read: it would wait for it
        wire.shutdown(socket.SHUT_WR)


def _socket(attached: Any) -> socket.socket:
    """What docker-py hands out is a file around the socket; closing one leaves the other open."""
    wire: socket.socket = getattr(attached, "_sock", attached)
    return wire


def _end(container: Container, timed_out: threading.Event) -> None:
    from docker.errors import APIError

    timed_out.set()
    with contextlib.suppress(APIError):
        container.kill()


def _remove(container: Container) -> None:
    """A container that is gone already is what we want."""
    from docker.errors import APIError, NotFound

    with translated("remove a container"):
        try:
            container.remove(force=True, v=True)
        except NotFound:
            return
        except APIError as error:
            if "already in progress" not in str(error):
                raise
