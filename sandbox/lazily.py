"""A package's map without its rooms: each name is imported when it is first asked for.

For packages that quick commands pass through; `if TYPE_CHECKING` beside it has the imports that
readers and type checkers see, and a test holds the two together.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def lazily(owner: str, modules: Mapping[str, str]) -> Callable[[str], object]:
    """A module's `__getattr__` (PEP 562); what was found once is a plain attribute from then on.

    Args:
        owner: its `__name__`. None of its own modules may be called as one of the names.
        modules: module → names that are taken from it; `a=b`: the module calls it `b`.
    """
    places: dict[str, tuple[str, str]] = {}
    for module, names in modules.items():
        for name in names.split():
            ours, _, theirs = name.partition("=")
            places[ours] = (module, theirs or ours)

    def find(name: str) -> object:
        if name not in places:
            raise AttributeError(f"module {owner!r} has no attribute {name!r}")
        module, theirs = places[name]
        found = getattr(import_module(module), theirs)
        setattr(sys.modules[owner], name, found)
        return found

    return find
