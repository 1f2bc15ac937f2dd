"""How `sandbox clean` shows what is kept on disk: pure functions."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from sandbox.cli.shapes import bytes_text

if TYPE_CHECKING:
    from sandbox.api import Cleaned
    from sandbox.flows.home.cleaning import Item

HEADERS = ("what", "name", "holds", "size", "frees", "used", "kept because")
_UNITS = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"))


def document(done: Cleaned) -> dict[str, object]:
    """`cleaned` is what killed commands had left behind, as it always was."""
    items = [{key: value for key, value in asdict(one).items() if key != "holding"}
             for one in done.items]  # fmt: skip
    return {
        "cleaned": list(done.left_behind),
        "items": items,
        "applied": done.applied,
        "removed": list(done.removed),
        "kept": dict(done.kept),
        "freed_bytes": done.freed_bytes,
        "free_bytes": done.free_bytes,
        "estimated": done.estimated,
    }


def rows(done: Cleaned) -> Iterator[tuple[str, ...]]:
    """One for each thing that can go, then one for all of a kind that stay for the same reason."""
    staying: dict[tuple[str, str], list[Item]] = {}
    for one in done.items:
        if one.keep is None:
            yield _row(done, one)
        else:
            staying.setdefault((one.kind, one.keep), []).append(one)
    for alike in staying.values():
        yield _row(done, alike[0]) if len(alike) == 1 else _folded(alike)


def _row(done: Cleaned, one: Item) -> tuple[str, ...]:
    return (
        one.kind,
        one.name,
        one.holds,
        bytes_text(one.size_bytes),
        bytes_text(one.frees_bytes) if one.frees_bytes is not None else "",
        _age(one.used_at),
        _verdict(done, one),
    )


def _folded(alike: Sequence[Item]) -> tuple[str, ...]:
    """Sizes count what several share once for each, so they are no more than a bound."""
    holds = {one.holds for one in alike}
    size = sum(one.size_bytes or 0 for one in alike)
    return (
        alike[0].kind,
        f"{len(alike)} of them (--json)",
        holds.pop() if len(holds) == 1 else "",
        f"<= {bytes_text(size)}" if size else "",
        "",
        _age(max(one.used_at for one in alike)),
        alike[0].keep or "",
    )


def _verdict(done: Cleaned, one: Item) -> str:
    if one.name in done.kept:
        return done.kept[one.name]
    if one.keep is not None:
        return one.keep
    return "removed" if one.name in done.removed else ""


def _age(used_at: float) -> str:
    seconds = time.time() - used_at
    if not used_at:
        return ""
    text = next((f"{seconds / unit:.0f} {name}" for unit, name in _UNITS if seconds >= unit), None)
    return f"{text} ago" if text else "just now"


def ending(done: Cleaned) -> Iterator[str]:
    """What it comes to, and the next command."""
    going = [one for one in done.items if one.keep is None]
    if done.estimated and not done.applied:
        yield f"not measured now, as large as when they were built: {done.estimated} environments"
    if done.applied:
        yield f"freed {bytes_text(done.freed_bytes)}"
    elif going:
        size = bytes_text(sum(one.frees_bytes or 0 for one in going))
        about = "about" if done.estimated else "at least"
        yield f"{len(going)} of these can go, {about} {size}; remove them with --yes"
    elif not done.left_behind:
        yield "nothing was left behind, nothing is unused"
