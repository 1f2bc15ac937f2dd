"""Built-in tweaks of code that work across repositories: found where they apply, made as edits.

Text in, text out, like the rest of the room; a family of them to a module, each a value of
`CodeTweak`. `find_tweaks` says which apply to an entry, `tweak_code` makes the edits of some.
"""

from __future__ import annotations

from sandbox.tunables.tweaks.catalogue import (
    TWEAKS,
    find_tweaks,
    is_switch,
    is_tweak,
    tweak_code,
    tweak_concept,
)

__all__ = ["TWEAKS", "find_tweaks", "is_switch", "is_tweak", "tweak_code", "tweak_concept"]
