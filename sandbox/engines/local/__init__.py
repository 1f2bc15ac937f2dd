"""The local engine: this machine, no isolation, only when asked for by name."""

from __future__ import annotations

from sandbox.engines.local.engine import LocalEngine

__all__ = ["LocalEngine"]
