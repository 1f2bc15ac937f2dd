"""Pages and pictures of what was found, for a browser; never reads a file, runs or judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lazily import lazily

if TYPE_CHECKING:
    from sandbox.reports.effects import effects_svg

__all__ = ["effects_svg"]

__getattr__ = lazily(__name__, {"sandbox.reports.effects": "effects_svg"})
