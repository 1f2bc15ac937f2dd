"""Every text of a notebook changed by a function: sources, outputs, and what was injected."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

_NO_TEXT = ("image/", "audio/", "video/", "application/pdf")
_BUT = "image/svg"


def with_texts(notebook: NotebookNode, change: Callable[[str], str]) -> NotebookNode:
    """What is the same in it is shared; the very one that was given, where all of it is.

    Pictures and sounds are bytes in letters, and stay.
    """
    return _changed(notebook, change)  # type: ignore[no-any-return]


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        found = {key: _changed(one, change) for key, one in value.items() if _is_text(str(key))}
        if all(found[key] is value[key] or found[key] == value[key] for key in found):
            return value
        made = copy.copy(value)
        made.update(found)  # type: ignore[attr-defined] # a NotebookNode, or a dict
        return made
    if isinstance(value, list):
        several = [_changed(one, change) for one in value]
        return (
            value if all(a is b or a == b for a, b in zip(several, value, strict=True)) else several
        )
    return value


def _is_text(key: str) -> bool:
    """By the kind of an output, where the key is one."""
    return key.startswith(_BUT) or not key.startswith(_NO_TEXT)
