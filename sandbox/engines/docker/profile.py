"""What a container of ours may do: one place, so that it can be read and checked as a whole.

The reference profile: no network, no host path, no capability, no new privileges, read-only root,
a user that is not root, and a limit on everything that can be limited.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STORE = "/store"
LAB = "/lab"
"""Where working copies are made: a tmpfs, so that the disk limit holds on every file system."""

USER = "65532:65532"
INODES = 131_072
# An image may set them for every program; None takes them out of its environment.
_UNSET = dict.fromkeys(("LD_PRELOAD", "LD_AUDIT", "PYTHONSTARTUP"))
DEADLINE_S = 7 * 24 * 3600.0
"""A container older than this is an orphan, whoever owns it."""


@dataclass(frozen=True)
class Profile:
    """The few things that differ between containers. Sizes in bytes.

    Attributes:
        role: what the container is for: `session` or `build`.
        tmpfs: folder → size in bytes, on top of `/dev/shm`.
        volumes: volume name → whether it is writable; mounted at STORE.
    """

    role: str
    owner: str
    memory_bytes: int
    cpus: float
    processes: int
    tmpfs: Mapping[str, int]
    shared_memory_bytes: int = 64 * 2**20
    network: bool = False
    store: str | None = None
    store_writable: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    deadline_s: float = DEADLINE_S
    gpus: bool = False


def container_options(profile: Profile) -> dict[str, Any]:
    """Keyword arguments of docker-py's `containers.create`."""
    from docker.types import DeviceRequest, LogConfig, Mount, Ulimit

    every_gpu = DeviceRequest(count=-1, capabilities=[["gpu"]])
    mounts = []
    if profile.store is not None:
        writable = profile.store_writable
        mounts.append(Mount(STORE, profile.store, type="volume", read_only=not writable))
    return {
        "network_mode": "bridge" if profile.network else "none",
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges"],
        "user": USER,
        "init": True,
        "ipc_mode": "private",
        "pids_limit": profile.processes,
        "mem_limit": profile.memory_bytes,
        "memswap_limit": profile.memory_bytes,
        "nano_cpus": int(profile.cpus * 1e9),
        "oom_score_adj": 500,
        "ulimits": [
            Ulimit(name="nofile", soft=4096, hard=4096),
            Ulimit(name="core", soft=0, hard=0),
        ],
        "tmpfs": _tmpfs(profile),
        # Attached streams carry everything; a log on disk would be a second copy without a limit.
        "log_config": LogConfig(type=LogConfig.types.NONE),
        "environment": {**_UNSET, "HOME": "/tmp", "LANG": "C.UTF-8", **profile.environment},  # noqa: S108
        "use_config_proxy": False,
        "entrypoint": [],
        "healthcheck": {"test": ["NONE"]},
        "stop_signal": "SIGKILL",
        "restart_policy": {"Name": "no"},
        "auto_remove": False,
        "hostname": "sandbox",
        "working_dir": "/",
        "mounts": mounts,
        "device_requests": [every_gpu] if profile.gpus else [],
        "labels": _labels(profile),
        "stdin_open": True,
        "tty": False,
    }


def _tmpfs(profile: Profile) -> dict[str, str]:
    user, _, group = USER.partition(":")
    own = f"rw,nosuid,nodev,exec,nr_inodes={INODES},mode=0700,uid={user},gid={group}"
    shared = f"rw,nosuid,nodev,exec,nr_inodes={INODES},mode=1777"
    mounts = {
        folder: f"{shared if folder == '/tmp' else own},size={size}"  # noqa: S108
        for folder, size in profile.tmpfs.items()
    }
    memory = f"rw,nosuid,nodev,noexec,nr_inodes=8192,mode=1777,size={profile.shared_memory_bytes}"
    return {**mounts, "/dev/shm": memory}  # noqa: S108


def _labels(profile: Profile) -> dict[str, str]:
    return {
        **profile.labels,
        "sandbox": profile.role,
        "sandbox.owner": profile.owner,
        "sandbox.deadline": str(int(time.time() + profile.deadline_s)),
    }
