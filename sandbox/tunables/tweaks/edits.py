"""Edits of source text by position: what is not part of an edit stays as it is, byte for byte."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.tunables.sources import Source, offsets, span_of
from sandbox.tunables.tweaks.code import Call

_NOT_CODE = re.compile(r"#[^\r\n]*|\\(?=\r?\n)")
"""Comments, and backslashes at the ends of lines: both may stand behind a call's last argument."""


@dataclass(frozen=True)
class Edit:
    """A stretch of a source's text, as indexes into it, and what is to stand there.

    Attributes:
        is_once: whether another one like it adds nothing: an import.
    """

    source: Source
    start: int
    end: int
    text: str
    is_once: bool = False


def place(source: Source, node: ast.expr | ast.stmt) -> tuple[int, int]:
    """Start and end of a node as indexes into the text."""
    return offsets(source.text, span_of(node))  # type: ignore[arg-type]


def replaced(source: Source, node: ast.expr | ast.stmt, text: str) -> Edit:
    """Another text in place of a node."""
    return Edit(source, *place(source, node), text)


def with_keyword(call: Call, name: str, text: str) -> Edit:
    """The call with an argument of that name: its value replaced, or added behind the last."""
    value = call.keyword(name)
    if value is not None:
        return replaced(call.source, value, text)
    start, end = _brackets(call)
    given = [*call.node.args, *(word.value for word in call.node.keywords)]
    last = max((place(call.source, one)[1] for one in given), default=start)
    rest = _NOT_CODE.sub(lambda found: " " * len(found[0]), call.source.text[last:end]).rstrip()
    at = last + len(rest)
    added = f"{name}={text}"
    if rest.endswith(","):
        return Edit(call.source, at, at, f" {added},")
    return Edit(call.source, at, at, f", {added}" if given else added)


def with_arguments(call: Call, arguments: Sequence[str]) -> Edit:
    """The call with other arguments, each as text."""
    return Edit(call.source, *_brackets(call), ", ".join(arguments))


def argument_texts(call: Call, keep: Iterable[str], *, positional: int) -> list[str]:
    """Arguments as they are written: so many of the positional ones, and keywords by name."""
    kept = set(keep)
    source = call.source
    texts = [source.segment(one) for one in call.node.args[:positional]]
    return texts + [
        f"{one.arg}={source.segment(one.value)}" for one in call.node.keywords if one.arg in kept
    ]


def _brackets(call: Call) -> tuple[int, int]:
    """What stands between the brackets of a call."""
    _, start = place(call.source, call.node.func)
    _, end = place(call.source, call.node)
    return call.source.text.index("(", start) + 1, end - 1


def before(source: Source, statement: ast.stmt, text: str) -> Edit:
    """A statement on a line of its own, before another one and as far to the right."""
    start, _ = place(source, statement)
    if not stands_alone(source, statement):
        return Edit(source, start, start, f"{text}; ")
    line = source.text[_line_start(source.text, start) : start]
    return Edit(source, start, start, f"{text}{newline(source)}{line}")


def after(source: Source, statement: ast.stmt, text: str, *, like: ast.stmt | None = None) -> Edit:
    """A statement on a line of its own, behind another one.

    Args:
        like: as far to the right as this one; None = as the statement itself.
    """
    _, end = place(source, statement)
    start, _ = place(source, like or statement)
    indent = source.text[_line_start(source.text, start) : start]
    rest = re.match(r"[ \t]*(;[ \t]*)?(#[^\r\n]*)?(?=[\r\n]|\Z)", source.text[end:])
    if rest is None or not stands_alone(source, like or statement):
        return Edit(source, end, end, f"; {text}")
    at = end + rest.end()
    return Edit(source, at, at, f"{newline(source)}{indent}{text}")


def stands_alone(source: Source, statement: ast.stmt) -> bool:
    """Whether it begins its line, so that any statement may be put before it."""
    start, _ = place(source, statement)
    line = _line_start(source.text, start)
    return not source.text[line:start].strip() and not _is_continued(source.text[:line])


def _is_continued(above: str) -> bool:
    """Whether the last of some lines goes on in the next one."""
    last = above[_line_start(above, len(above.rstrip("\r\n"))) :].strip()
    return last.endswith("\\") and not last.startswith("#")


def without_elements(
    source: Source, elements: Sequence[ast.expr], unwanted: Iterable[ast.expr]
) -> list[Edit]:
    """A list without some of its elements, with what separates them."""
    gone = set(unwanted)
    if len(gone) == len(elements):
        start, end = place(source, elements[0])[0], place(source, elements[-1])[1]
        comma = re.match(r"\s*,", source.text[end:])
        return [Edit(source, start, end + (comma.end() if comma else 0), "")]
    edits = []
    for at, one in enumerate(elements):
        if one in gone:
            start, end = place(source, one)
            is_last = at + 1 == len(elements)
            edits.append(
                Edit(source, start, end if is_last else place(source, elements[at + 1])[0], "")
            )
    return edits


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def newline(source: Source) -> str:
    """What ends the lines of a source."""
    return "\r\n" if "\r\n" in source.text else "\n"


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits, from the last to the first."""
    unique = {
        (one.start, one.end, one.text, None if one.is_once or one.end > one.start else id(one)): one
        for one in edits
    }
    ordered = sorted(unique.values(), key=lambda one: (one.start, one.end > one.start))
    for one in reversed(ordered):
        text = text[: one.start] + one.text + text[one.end :]
    return text
