"""Whether a registry of images can be reached; its answer is kept for an hour."""

from __future__ import annotations

import json
import time
from pathlib import Path

from sandbox.files import write_text

DEFAULT_REGISTRY = "registry-1.docker.io"
_PATIENCE_S = 3.0
_REMEMBERED_S = 3600.0
_answers: dict[str, bool] = {}  # what a registry said holds for the life of this process


def registry_answers(registry: str | None, *, cache: Path) -> bool:
    """Whether it can be reached; asked at most once an hour, for 3 s."""
    host = registry or DEFAULT_REGISTRY
    if host not in _answers:
        memory = cache / "registries.json"
        known = _recall(memory).get(host)
        if known and time.time() - known[1] < _REMEMBERED_S:
            _answers[host] = known[0]
        else:
            _answers[host] = _asks(host)
            _remember(memory, host, answer=_answers[host])
    return _answers[host]


def _asks(host: str) -> bool:
    """`/v2/` says 200 or 401 where a registry lives."""
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    name, _, port = host.partition("/")[0].partition(":")
    local = name in {"localhost", "127.0.0.1"}
    kind = HTTPConnection if local else HTTPSConnection
    connection = kind(name, int(port) if port else None, timeout=_PATIENCE_S)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status in {200, 401}
    except (OSError, HTTPException, ValueError):
        return False
    finally:
        connection.close()


def _recall(memory: Path) -> dict[str, tuple[bool, float]]:
    try:
        known = json.loads(memory.read_text())
        return {str(host): (bool(said), float(when)) for host, (said, when) in known.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _remember(memory: Path, host: str, *, answer: bool) -> None:
    known = {**_recall(memory), host: (answer, time.time())}
    write_text(memory, json.dumps(known))
