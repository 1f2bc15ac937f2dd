"""Whether PyTorch's own index of CPU builds can be reached, which uv knows; remembered."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path

from sandbox.environments.resolving.uv import uv_binary
from sandbox.files import write_text

PATIENCE_S = 3
_REMEMBERED_S = 3600.0


def cpu_builds_answer(cache: Path, *, certificate: str | None = None) -> bool:
    """Asked at most once an hour, for about 3 s.

    Args:
        cache: folder on this machine where the answer is kept.
    """
    memory = cache / "cpu-torch.json"
    known = _recall(memory)
    if known is not None:
        return known
    answer = _asks(certificate)
    write_text(memory, json.dumps({"answers": answer, "asked_at": time.time()}))
    return answer


def _asks(certificate: str | None) -> bool:
    """Anything but a package without needs would bring the other index into it."""
    with tempfile.TemporaryDirectory(prefix="sandbox-uv-") as folder:
        command = [
            str(uv_binary()), "pip", "compile", "-", "--torch-backend", "cpu", "--no-deps",
            "--no-build", "--no-cache", "--no-config", "--no-progress", "--quiet",
        ]  # fmt: skip
        values = {"PATH": "/usr/bin:/bin", "HOME": folder, "UV_HTTP_RETRIES": "0"}
        values |= dict.fromkeys(("UV_HTTP_TIMEOUT", "UV_HTTP_CONNECT_TIMEOUT"), str(PATIENCE_S))
        if certificate:
            values["SSL_CERT_FILE"] = certificate
        try:
            done = subprocess.run(
                command,
                env=values,
                cwd=folder,
                input=b"torch\n",
                capture_output=True,
                timeout=2 * PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0


def _recall(memory: Path) -> bool | None:
    try:
        known = json.loads(memory.read_text())
        fresh = time.time() - float(known["asked_at"]) < _REMEMBERED_S
        return bool(known["answers"]) if fresh else None
    except (OSError, ValueError, TypeError, KeyError):
        return None
