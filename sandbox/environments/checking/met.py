"""What running code says where an API has changed behind it; patterns and what cures them."""

from __future__ import annotations

MET: tuple[tuple[str, str], ...] = (
    (r"load\(\) missing 1 required positional argument: 'Loader'", "pyyaml<6"),
)
"""Pattern in the line of source and the error below it: the change, in the words of `known`."""
