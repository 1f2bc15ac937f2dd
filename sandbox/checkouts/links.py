"""Where the symbolic links of a tree lead, found on paper: no link is ever followed on disk."""

from __future__ import annotations

from collections.abc import Mapping

_MOST_HOPS = 40


def outer_links(links: Mapping[str, str]) -> tuple[str, ...]:
    """The links that leave the tree, lead into `.git`, or turn in circles; sorted.

    Args:
        links: path of each link, relative to the tree's root, to its text. A link to something
            that does not exist is fine as long as that would be inside.
    """
    return tuple(sorted(path for path in links if not _stays_inside(path, links)))


def _stays_inside(path: str, links: Mapping[str, str]) -> bool:
    """Walk the path as the kernel would, taking links of the tree for what they say."""
    todo = path.split("/")[::-1]
    here: list[str] = []
    hops = 0
    while todo:
        part = todo.pop()
        if part == ".." and not here:
            return False
        if part == "..":
            here.pop()
            continue
        if part in ("", "."):
            continue
        here.append(part)
        text = links.get("/".join(here))
        if text is None:
            continue
        hops += 1
        if text.startswith("/") or "\0" in text or hops > _MOST_HOPS:
            return False
        here.pop()
        todo.extend(text.split("/")[::-1])
    return not here or here[0].casefold() != ".git"
