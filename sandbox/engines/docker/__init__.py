"""The docker engine: Sessions and builds in hardened containers; the docker SDK's one door."""

from __future__ import annotations

from sandbox.engines.docker.engine import DockerEngine

__all__ = ["DockerEngine"]
