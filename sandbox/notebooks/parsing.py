"""From bytes to the parsed JSON of a notebook, whoever wrote them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sandbox.errors import EntryError

MAX_BYTES = 100 * 2**20
MAX_DEPTH = 64

# A second value for one of these would make two readers see two notebooks.
_ONCE = frozenset({"cells", "cell_type", "metadata", "nbformat", "nbformat_minor", "source"})
_NOT_UTF8 = ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"))


class _NotANotebook(Exception):  # noqa: N818 - becomes an EntryError once the path is known
    pass


def parse_object(raw: bytes, *, path: str) -> dict[str, object]:
    """The JSON object in a notebook's bytes, bounded in size and depth.

    Raises:
        EntryError: with the reason, where there is none.
    """
    try:
        return _checked(_decode(raw))
    except _NotANotebook as error:
        raise EntryError(
            f"{path} is not a notebook that can be run: {error}", hint=_hint(raw), path=path
        ) from None


def _hint(raw: bytes) -> str:
    if raw.startswith(b"version https://git-lfs"):
        return "fetch the real file first: git lfs pull"
    return "open it in Jupyter and save it again, or take another entry"


def _decode(raw: bytes) -> str:
    if not raw.strip():
        raise _NotANotebook("it is empty")
    if len(raw) > MAX_BYTES:
        raise _NotANotebook(f"{len(raw)} bytes are more than {MAX_BYTES}")
    if raw.startswith(b"version https://git-lfs"):
        raise _NotANotebook("it is a Git LFS pointer, the file itself is elsewhere")
    for mark, encoding in _NOT_UTF8:
        if raw.startswith(mark):
            raise _NotANotebook(f"it is {encoding} text, notebooks are UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _NotANotebook(f"byte {error.start} is not UTF-8") from None


def _checked(text: str) -> dict[str, object]:
    if text.startswith("<<<<<<< "):
        raise _NotANotebook("it holds an unresolved merge conflict")
    try:
        content = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except RecursionError:
        raise _NotANotebook("it is nested too deeply") from None
    except ValueError as error:  # JSONDecodeError, and integers of more than 4300 digits
        raise _NotANotebook(f"not JSON ({error})") from None
    if not isinstance(content, dict):
        raise _NotANotebook(f"a JSON {type(content).__name__}, not an object")
    if _is_deep(content):
        raise _NotANotebook(f"it is nested deeper than {MAX_DEPTH} levels")
    return content


def _no_number(_name: str) -> None:
    """NaN and Infinity are no JSON; every other reader of the saved notebook would stumble."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if name in _ONCE and names.count(name) > 1})
        if twice:
            raise _NotANotebook(f"the key {twice[0]!r} stands in it twice")
    return content


def _is_deep(content: object) -> bool:
    level = [content]
    for _ in range(MAX_DEPTH):
        level = [child for value in level for child in _children(value)]
        if not level:
            return False
    return True


def _children(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.values()
    elif isinstance(value, list):
        yield from value
