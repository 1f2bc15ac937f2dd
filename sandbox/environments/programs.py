"""Programs that run inside containers, as text; each room keeps its own in `inside/`."""

from __future__ import annotations

from importlib.resources import files


def program(room: str, name: str) -> str:
    """The text of one.

    Args:
        room: `__package__` of the module that asks.
    """
    return (files(room) / "inside" / f"{name}.py").read_text(encoding="utf-8")
