"""Whether a wheel on an index has a module or a name: a few parts of the file are read, no more."""

from __future__ import annotations

import ast
import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from sandbox import syntax
from sandbox.environments.resolving.web import Web

_BLOCK = 128 * 2**10
_READ_BYTES = 8 * 2**20  # of one wheel
_TEXT_BYTES = 4 * 2**20  # of one module
_STARS = 12  # modules whose names are another's, too
_STAR = re.compile(r"^\s*from\s+(\.*)([\w.]*)\s+import\s+\*", re.MULTILINE)
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_COMPILED = (".so", ".pyd")


def has_name(web: Web, url: str, lost: str, *, is_module: bool) -> bool | None:
    """As its files say, which are not run; None = they do not, or cannot be read in parts.

    Args:
        lost: dotted, a module or a name in one.
        is_module: it is known to be a module.

    Raises:
        NetworkError: the index does not answer.
    """
    if not web.admits(url):
        return None
    try:
        with zipfile.ZipFile(_Remote(web, url)) as archive:
            return _Wheel(archive).has(lost, is_module=is_module)
    except (
        zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError,
        RuntimeError,
    ):  # fmt: skip
        return None


class _Wheel:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = frozenset(archive.namelist())
        self._left = _STARS

    def has(self, lost: str, *, is_module: bool) -> bool | None:
        parts = lost.split(".")
        for count in range(len(parts), 0, -1):
            stem, rest = "/".join(parts[:count]), parts[count:]
            file = self._file(stem)
            if file is None and not self._holds(stem):
                continue
            if not rest:
                return True
            if is_module:
                return False
            return self._mentions(file, rest[0]) if file else None
        return None

    def _file(self, stem: str) -> str | None:
        """Source of the module."""
        files = (f"{stem}/__init__.py", f"{stem}.py")
        return next((file for file in files if file in self._names), None)

    def _holds(self, stem: str) -> bool:
        """A compiled module, or a folder."""
        compiled = (name for name in self._names if name.endswith(_COMPILED))
        return any(name.startswith(f"{stem}.") for name in compiled) or any(
            name.startswith(f"{stem}/") for name in self._names
        )

    def _mentions(self, file: str, word: str) -> bool:
        """Also where it comes by `import *`, or stands in a table of what is loaded when wanted."""
        self._left -= 1
        text = self._text(file)
        if word in _names(text):
            return True
        return any(
            self._left > 0 and self._mentions(other, word) for other in self._starred(file, text)
        )

    def _text(self, file: str) -> str:
        with self._archive.open(file) as stream:
            return stream.read(_TEXT_BYTES).decode("utf-8", "replace")

    def _starred(self, file: str, text: str) -> Iterator[str]:
        folders = file.split("/")[:-1]
        for dots, module in _STAR.findall(text):
            above = folders[: len(folders) - len(dots) + 1] if dots else []
            found = self._file("/".join([*above, *module.split(".")] if module else above))
            if found is not None and found != file:
                yield found


def _names(text: str) -> frozenset[str]:
    """What a module binds, and the strings in it, functions and classes left aside."""
    try:
        module = syntax.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(_WORD.findall(text))  # of another Python
    return frozenset(_of(module))


def _of(node: ast.AST) -> Iterator[str]:
    for one in ast.iter_child_nodes(node):
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield one.name
        elif isinstance(one, ast.alias):
            yield one.asname or one.name.partition(".")[0]
        elif isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value
        elif not isinstance(one, ast.Lambda):
            yield from _of(one)


class _Remote(io.RawIOBase):
    """A file on an index, read in parts; OSError where it does not give any, or too many."""

    def __init__(self, web: Web, url: str) -> None:
        super().__init__()
        self._web, self._url = web, url
        self._blocks: dict[int, bytes] = {}
        self._place = 0
        self._tail, self._size = self._part(-_BLOCK, _BLOCK)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(base + offset, 0)
        return self._place

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._place + size, self._size)
        if end - self._place > _READ_BYTES:
            raise OSError("too large")
        pieces = []
        while self._place < end:
            block, offset = divmod(self._place, _BLOCK)
            piece = self._block(block)[offset : offset + end - self._place]
            if not piece:
                raise OSError("the file ended before its end")
            pieces.append(piece)
            self._place += len(piece)
        return b"".join(pieces)

    def _block(self, number: int) -> bytes:
        start = number * _BLOCK
        inside = start - (self._size - len(self._tail))
        if inside >= 0:
            return self._tail[inside : inside + _BLOCK]
        if number not in self._blocks:
            if len(self._blocks) * _BLOCK > _READ_BYTES:
                raise OSError("too large")
            self._blocks[number] = self._part(start, _BLOCK)[0]
        return self._blocks[number]

    def _part(self, first: int, count: int) -> tuple[bytes, int]:
        found = self._web.part(self._url, first, count)
        if found is None:
            raise OSError("the index gives no parts of files")
        return found
