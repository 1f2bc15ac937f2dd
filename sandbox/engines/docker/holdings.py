"""What of ours a Docker engine keeps: by our label, never by name."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sandbox.engines.docker.faults import translated
from sandbox.errors import EngineError, SandboxError
from sandbox.interfaces import Holding, Holdings

if TYPE_CHECKING:
    from docker import DockerClient

LABEL = "sandbox"
_RUNNING = frozenset({"running", "paused", "restarting"})


class DockerHoldings(Holdings):
    """Containers, images and volumes that bear our label.

    An engine measures a volume by walking it, which takes minutes for a large Store.

    Args:
        client: stays the caller's, who closes it.
        patience_s: what is not measured by then has no size.
    """

    def __init__(self, client: DockerClient, *, patience_s: float = 2.0) -> None:
        self._client = client
        self._patience_s = patience_s

    def all(self) -> tuple[Holding, ...]:
        with translated("look for what the engine keeps of ours"):
            api = self._client.api
            containers = api.containers(all=True)
            images = api.images(filters={"label": LABEL})
            volumes = api.volumes(filters={"label": LABEL}).get("Volumes") or []
        running = [one for one in containers if one.get("State") in _RUNNING]
        sizes = self._sizes()
        return (
            *_containers(containers, sizes),
            *_images(images, {str(one.get("ImageID")) for one in running}),
            *_volumes(volumes, set(_mounted(running)), sizes),
        )

    def remove(self, holding: Holding) -> None:
        import docker.errors

        kind, name = holding.kind, holding.name
        with translated(f"remove {kind} {name}"), contextlib.suppress(docker.errors.NotFound):
            if LABEL not in self._labels(kind, name):
                raise EngineError(f"{kind} {name} is not ours, so it is not removed")
            if kind == "container":
                self._client.api.remove_container(name, v=True)
            elif kind == "image":
                self._client.api.remove_image(name)
            else:
                self._client.api.remove_volume(name)

    def _labels(self, kind: str, name: str) -> Mapping[str, str]:
        api: Any = self._client.api
        if kind == "volume":
            return api.inspect_volume(name).get("Labels") or {}
        inspect = api.inspect_container if kind == "container" else api.inspect_image
        return inspect(name)["Config"].get("Labels") or {}

    def _sizes(self) -> dict[str, int]:
        """Bytes by name; empty where the engine takes too long, or measures for someone else."""
        found: dict[str, int] = {}
        measuring = threading.Thread(target=self._measure, args=(found,), daemon=True)
        measuring.start()
        measuring.join(self._patience_s)
        return dict(found)

    def _measure(self, found: dict[str, int]) -> None:
        try:
            with translated("measure what the engine keeps"):
                facts: dict[str, Any] = self._client.df()
        except SandboxError:
            return
        containers = {one["Id"]: int(one.get("SizeRw") or 0) for one in facts["Containers"] or ()}
        volumes = {
            one["Name"]: int(one["UsageData"]["Size"])
            for one in facts["Volumes"] or ()
            if one.get("UsageData") and one["UsageData"]["Size"] >= 0
        }
        found.update(containers | volumes)


def _containers(found: Iterable[Mapping[str, Any]], sizes: Mapping[str, int]) -> Iterator[Holding]:
    for one in found:
        if LABEL in (one.get("Labels") or {}):
            name = (one.get("Names") or [one["Id"]])[0].lstrip("/")
            size, created = sizes.get(one["Id"]), float(one["Created"])
            yield Holding("container", name, size, created, one.get("State") in _RUNNING)


def _images(found: Sequence[Mapping[str, Any]], used: set[str]) -> Iterator[Holding]:
    """By their tags; one that lost its tag to a newer one by its id."""
    sizes = {one["Id"]: int(one["Size"]) for one in found}
    for one in found:
        size, below = int(one["Size"]), sizes.get(one["ParentId"])
        own = None if below is None else size - below
        tags = [tag for tag in one.get("RepoTags") or () if tag != "<none>:<none>"]
        first, *others = tags or [one["Id"]]
        facts = (float(one["Created"]), one["Id"] in used)
        yield Holding("image", first, size, *facts, own)
        yield from (Holding("image", name, size, *facts, own_bytes=0) for name in others)


def _volumes(
    found: Iterable[Mapping[str, Any]], used: set[str], sizes: Mapping[str, int]
) -> Iterator[Holding]:
    for one in found:
        name = one["Name"]
        yield Holding("volume", name, sizes.get(name), _time(one), name in used)


def _mounted(containers: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for one in containers:
        yield from (mount["Name"] for mount in one.get("Mounts") or () if mount.get("Name"))


def _time(volume: Mapping[str, Any]) -> float:
    try:
        when = datetime.fromisoformat(str(volume.get("CreatedAt")))
    except ValueError:
        return 0.0
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
