"""Debian packages on top of a base, as an image of their own."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from sandbox.engines.docker.profile import INODES
from sandbox.errors import EngineError
from sandbox.interfaces import Derivation

if TYPE_CHECKING:
    from docker.models.containers import Container

Contained = Callable[[str, list[str], Mapping[str, Any]], AbstractContextManager["Container"]]

TIMEOUT_S = 1800
_MEMORY_BYTES = 2 * 2**30
_PROCESSES = 512
_GRACE_S = 30
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*[a-z0-9+.]")

# What maintainer scripts and apt's own `_apt` user need; neither devices nor the kernel.
_CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETFCAP", "SETGID", "SETUID")

# Without an init system no service is started; what was setuid is so no longer. Java's scripts fail
# where there is no folder for its man pages, and slim bases have none.
_SCRIPT = """
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
apt-get -q -o Acquire::Languages=none -o Acquire::Retries=2 update
mkdir -p /usr/share/man/man1
apt-get -q install -y --no-install-recommends -- "$@"
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
"""


def derive(
    container: Contained,
    derivation: Derivation,
    *,
    repository: str,
    key: str,
    labels: Mapping[str, str],
    network: str,
) -> None:
    """Install the packages in a container of the base and commit it; whole or not at all.

    The container's root is root, for Debian's own scripts; nothing of a repository is in it.

    Args:
        container: of an image, with a command and options, for the time of a block.

    Raises:
        EngineError: a name that is none, or apt failed; the message holds its last line.
    """
    for name in derivation.packages:
        if not _NAME.fullmatch(name):
            raise EngineError(f"{name!r} is not the name of a Debian package")
    command = ["timeout", "-k", "5", str(TIMEOUT_S), "sh", "-c", _SCRIPT, "sh"]
    options = _options(labels, network)
    with container(derivation.base, [*command, *derivation.packages], options) as one:
        one.start()
        code = one.wait(timeout=TIMEOUT_S + _GRACE_S)["StatusCode"]
        if code:
            raise EngineError(f"{' '.join(derivation.packages)} cannot be installed: {_why(one)}")
        owned = 'sandbox.owner="" sandbox.deadline=""'  # the container's, not the image's
        changes = [f"LABEL sandbox=base {owned}", "ENTRYPOINT []", 'CMD ["/bin/sh"]', "USER 0"]
        one.commit(repository, key, changes=changes)


def _options(labels: Mapping[str, str], network: str) -> dict[str, Any]:
    from docker.types import LogConfig

    deadline = str(int(time.time()) + TIMEOUT_S + _GRACE_S)
    return {
        "entrypoint": [],
        "user": "0",
        "working_dir": "/",
        "network_mode": network,
        "cap_drop": ["ALL"],
        "cap_add": list(_CAPABILITIES),
        "security_opt": ["no-new-privileges"],
        "init": True,
        "pids_limit": _PROCESSES,
        "mem_limit": _MEMORY_BYTES,
        "memswap_limit": _MEMORY_BYTES,
        "tmpfs": {"/tmp": f"rw,nosuid,nodev,nr_inodes={INODES},mode=1777,size=512m"},  # noqa: S108
        "log_config": LogConfig(type=LogConfig.types.JSON, config={"max-size": "1m"}),
        "healthcheck": {"test": ["NONE"]},
        "use_config_proxy": False,
        "labels": {**labels, "sandbox": "build", "sandbox.deadline": deadline},
    }


def _why(container: Container) -> str:
    """The last error of apt's, else its last line."""
    lines = container.logs(tail=40).decode(errors="replace").splitlines()
    told = [line.strip() for line in lines if line.strip()]
    errors = [line.removeprefix("E: ") for line in told if line.startswith("E: ")]
    return ([*told, *errors] or ["it said nothing"])[-1][:300]
