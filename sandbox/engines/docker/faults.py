"""Errors of the docker SDK in the words of our own tree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.errors import EngineError, SandboxError, StoreError

SET_UP = "start or install an engine with: sandbox doctor --fix"


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turns what docker-py and its transport raise into EngineError or StoreError.

    Args:
        doing: what was tried, as in `cannot {doing}`.
    """
    import docker.errors
    import requests

    try:
        yield
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        raise translate(error, doing) from error


def translate(error: Exception, doing: str) -> SandboxError:
    """The matching error of ours; never holds what a proxy or registry was told in secret."""
    import docker.errors

    text = str(getattr(error, "explanation", None) or error).strip().splitlines()
    why = text[0] if text else type(error).__name__
    lowered = why.lower()
    if "no space left" in lowered:
        hint = "see what can be freed with: sandbox clean"
        return StoreError(f"cannot {doing}: the engine's disk is full", hint=hint)
    if "permission denied" in lowered:
        hint = "add yourself to the group docker, or set DOCKER_HOST to an engine of your own"
        return EngineError(f"cannot {doing}: no permission to use the Docker engine", hint=hint)
    if isinstance(error, docker.errors.APIError):
        return EngineError(f"cannot {doing}: {why}")
    return EngineError(f"cannot {doing}: no Docker engine answers ({why})", hint=SET_UP)
