"""Source text to syntax tree and back to bytes; nothing is executed, nothing read from disk."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar, overload

from sandbox import syntax
from sandbox.domain import Span

A = TypeVar("A", bound=ast.AST)
B = TypeVar("B", bound=ast.AST)
C = TypeVar("C", bound=ast.AST)

LARGEST_SOURCE_BYTES = 8 * 2**20
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True)
class Skipped:
    """A file, or a cell of a notebook, that was passed over, and why."""

    file: str
    why: str


@dataclass(frozen=True, eq=False)
class Source:
    """One Python file, or one cell of a notebook, parsed.

    Attributes:
        text: what was written, byte order mark left out, line ends as they are.
        cell: index of the cell in its notebook, from 0; None for a file.
    """

    path: str
    text: str
    tree: ast.Module
    cell: int | None = None

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree, once, for the many that look for something in it."""
        return tuple(syntax.walk(self.tree))

    @overload
    def of(self, kind: type[A], /) -> tuple[A, ...]: ...
    @overload
    def of(self, kind: type[A], other: type[B], /) -> tuple[A | B, ...]: ...
    @overload
    def of(self, kind: type[A], other: type[B], third: type[C], /) -> tuple[A | B | C, ...]: ...
    def of(self, *kinds: type[ast.AST]) -> tuple[ast.AST, ...]:
        """The nodes of some kinds, in the order of `nodes`; gathered once, most look for few."""
        if kinds not in self._gathered:
            self._gathered[kinds] = tuple(node for node in self.nodes if type(node) in kinds)
        return self._gathered[kinds]

    @cached_property
    def _gathered(self) -> dict[tuple[type[ast.AST], ...], tuple[ast.AST, ...]]:
        return {}

    @cached_property
    def lines(self) -> list[str]:
        """Split once: a large script asks for thousands of segments."""
        return split_lines(self.text)

    def as_imported(self) -> Source:
        """Without its main block, which only runs when the file itself is."""
        kept = [one for one in self.tree.body if not is_main_block(one)]
        if len(kept) == len(self.tree.body):
            return self
        return replace(self, tree=ast.Module(kept, self.tree.type_ignores))

    def segment(self, node: ast.expr) -> str:
        """The text of a node, exactly as written."""
        span = span_of(node)
        lines = self.lines[span.line - 1 : span.end_line]
        here = replace(span, line=1, end_line=span.end_line - span.line + 1)
        return cut("".join(lines), here)


def decode(data: bytes) -> tuple[str, str]:
    """Text and encoding of a Python file, as Python itself would read it.

    Raises:
        ValueError: binary, too large, or not in the encoding it declares.
    """
    if len(data) > LARGEST_SOURCE_BYTES:
        raise ValueError(f"larger than {LARGEST_SOURCE_BYTES // 2**20} MiB")
    if b"\0" in data:
        raise ValueError("binary, not text")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding), encoding
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise ValueError("not UTF-8, and declares no other encoding that fits") from error


def is_main_block(statement: ast.stmt) -> bool:
    """`if __name__ == "__main__":`."""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )


def parse_source(path: str, data: bytes) -> Source | Skipped:
    """Parse one Python file; what cannot be parsed is named, never raised."""
    try:
        text, _ = decode(data)
        return Source(path, text, parse(text))
    except ValueError as error:
        return Skipped(path, str(error))


def parse(text: str, *, cell: bool = False) -> ast.Module:
    """Parse Python text; in a cell `await` may stand at top level.

    Raises:
        ValueError: with the reason in one line, for whatever the parser refuses.
    """
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if cell else 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = syntax.parse(text, flags=flags)
    except SyntaxError as error:
        raise ValueError(f"does not parse as Python 3: line {error.lineno}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"does not parse as Python 3: {type(error).__name__}") from error
    if not isinstance(tree, ast.Module):  # pragma: no cover - what PyCF_ONLY_AST never gives
        raise TypeError(tree)
    return tree


def split_lines(text: str) -> list[str]:
    """Lines with their ends, split where Python's tokenizer does and nowhere else."""
    return _LINE.findall(text)


def span_of(node: ast.expr, cell: int | None = None) -> Span:
    """Where a parsed expression stands."""
    end_line = node.end_lineno or node.lineno
    end_column = node.col_offset if node.end_col_offset is None else node.end_col_offset
    return Span(node.lineno, node.col_offset, end_line, end_column, cell)


def offsets(text: str, span: Span) -> tuple[int, int]:
    """Start and end of a span as indexes into the text."""
    lines = split_lines(text)
    return (
        _offset(lines, span.line, span.column),
        _offset(lines, span.end_line, span.end_column),
    )


def cut(text: str, span: Span) -> str:
    """The text a span covers."""
    start, end = offsets(text, span)
    return text[start:end]


def _offset(lines: list[str], line: int, column: int) -> int:
    if line > len(lines):
        return sum(map(len, lines))
    within = lines[line - 1].encode("utf-8", "surrogatepass")[:column]
    return sum(map(len, lines[: line - 1])) + len(within.decode("utf-8", "surrogatepass"))
