"""Decides where and how many at a time Sessions run; never what they run or how isolated."""

from __future__ import annotations

from sandbox.launchers.inline import InlineLauncher
from sandbox.launchers.local import LocalLauncher

__all__ = ["InlineLauncher", "LocalLauncher"]
