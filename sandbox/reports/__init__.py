"""Pages and pictures of what was found, for a browser; never reads a file, runs or judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lazily import lazily

if TYPE_CHECKING:
    from sandbox.reports.difference import Differing, difference_page
    from sandbox.reports.drawing import get_ready, script
    from sandbox.reports.effects import effects_svg
    from sandbox.reports.flipbook import Frame, wanted_first
    from sandbox.reports.report import Report, report_page

__all__ = [
    "Differing",
    "Frame",
    "Report",
    "difference_page",
    "effects_svg",
    "get_ready",
    "report_page",
    "script",
    "wanted_first",
]

__getattr__ = lazily(
    __name__,
    {
        "sandbox.reports.difference": "Differing difference_page",
        "sandbox.reports.drawing": "get_ready script",
        "sandbox.reports.effects": "effects_svg",
        "sandbox.reports.flipbook": "Frame wanted_first",
        "sandbox.reports.report": "Report report_page",
    },
)
