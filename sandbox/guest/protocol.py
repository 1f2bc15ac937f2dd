"""The wire between host and guest: JSON lines, some followed by raw bytes.

A message is one line of JSON, an object with `v` (this protocol's version) and `type`. Where it has
`body`, that many raw bytes follow the line.

Host to guest                             Guest to host
  (the guest's sources, see `loader`)       hello    python, machine
  warm     entry, modules, changed,         warmed   failed, unsound
  begin    work                             need_tree, then begun   or refused: errno, why
  tree     body, last                       stream   name, text
  cell     index, source                    display  cell, data, metadata, display_id, update
  interrupt                                 result   cell, data, metadata, count
  branch                                    branched                or unsound: text
  finish   collect: what, patterns, bounds  error    cell, ename, evalue, traceback
                                            clear    cell, wait
                                            note     text
                                            done     cell, status, count, exit_code
                                            gone                    the worker ended within a cell
                                            modules  names, changed imported by the program
                                            file     path, body, last
                                            outcome  facts          ends an execution

End of file on the guest's standard input ends the guest and everything it started.
Between supervisor and worker the same lines pass over a socket pair, `sync` among them: the worker
waits for a byte on a pipe, so that what it wrote before is shown before what it sends.
"""

from __future__ import annotations

import fnmatch
import json
import re
from functools import lru_cache
from typing import Any, Dict, Iterable, Mapping, Pattern

VERSION = 1

MAX_LINE_BYTES = 24 * 2**20
"""Longest line that either side accepts."""

MAX_DISPLAY_BYTES = 16 * 2**20
"""Largest display or result; a larger one is replaced by a sentence that says so."""

MAX_SHOWN_BYTES = 64 * 2**20
"""Bound of a run's displays, results and errors together; what was cleared or replaced is free."""

MAX_NOTES = 100

MAX_CHANGED = 100
"""Variables of the environment that imports may change; what changes more does so itself."""

MAX_NESTING = 64
"""Deepest JSON that a display may hold."""

PART_BYTES = 2**20
"""Largest body of one message; longer streams come in parts."""

MAX_FILES = 1000
MAX_FILE_BYTES = 256 * 2**20
"""Bounds of what is copied out after a run, all files together."""

MAX_DIGITS = 1000
"""Longest whole number that is taken for one; Python refuses to read far longer ones."""

Fields = Dict[str, Any]

# Modules named as those of the standard library may lie in the working directory.
BOOTSTRAP = (
    "import sys\n"
    "if sys.path[:1]==['']: del sys.path[0]\n"
    "import json\n"
    "f=open(int(sys.argv[1]),'rb',0,closefd=False)\n"
    "n=int(f.readline() or 0);b=b''\n"
    "while len(b)<n:\n"
    " c=f.read(n-len(b))\n"
    " if not c: sys.exit(0)\n"
    " b+=c\n"
    "if not b: sys.exit(0)\n"
    "s=json.loads(b.decode())\n"
    "g={'__name__':'sandbox_guest.loader'}\n"
    "exec(compile(s['sandbox_guest.loader'],'<sandbox_guest.loader>','exec'),g)\n"
    "g['start'](s,sys.argv[2],int(sys.argv[1]))\n"
)
"""`python -c BOOTSTRAP DESCRIPTOR ROLE …` loads the guest and runs `main` of the module ROLE."""


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether a relative path is named by one of the patterns, upper and lower case alike.

    `*` stands for slashes too, and a leading `**/` for no folder as well.
    """
    return _pattern(tuple(patterns)).match(path.lower()) is not None


@lru_cache(maxsize=64)
def _pattern(patterns: tuple[str, ...]) -> Pattern[str]:
    lower = [one.lower() for one in patterns]
    lower += [one[3:] for one in lower if one.startswith("**/")]
    return re.compile("|".join(map(fnmatch.translate, lower)) or "(?!)")


def encode_sources(sources: Mapping[str, str]) -> bytes:
    """The guest's modules, name to source text, as the bootstrap reads them."""
    text = json.dumps(sources, sort_keys=True, separators=(",", ":")).encode("ascii")
    return str(len(text)).encode("ascii") + b"\n" + text


class ProtocolError(Exception):
    """What came is not a message; the sender cannot be trusted any further."""


def encode(kind: str, body: bytes | None = None, **fields: object) -> bytes:
    """One message as bytes, its body included."""
    fields["v"] = VERSION
    fields["type"] = kind
    if body is not None:
        fields["body"] = len(body)
    line = json.dumps(fields, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    return line + b"\n" + (body or b"")


def decode(line: bytes) -> Fields:
    """The object in one line; raises ProtocolError for anything but a message of this version."""
    try:
        message = json.loads(line.decode("utf-8", "strict"), parse_int=_whole_number)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not a message: {line[:80]!r}") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ProtocolError(f"not a message: {line[:80]!r}")
    if message.get("v") != VERSION:
        raise ProtocolError(f"protocol version {message.get('v')!r}, expected {VERSION}")
    size = message.get("body", 0)
    if type(size) is not int or not 0 <= size <= PART_BYTES:
        raise ProtocolError(f"body of {size!r} bytes")
    return message


def _whole_number(digits: str) -> object:
    return int(digits) if len(digits) <= MAX_DIGITS else digits


class Reader:
    """Splits a byte stream into messages; feed it whatever arrives."""

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._buffer = bytearray()
        self._seen = 0
        self._max = max_line_bytes
        self._waiting: Fields | None = None
        self._error: ProtocolError | None = None

    def feed(self, data: bytes) -> list[tuple[Fields, bytes]]:
        """The messages completed by this data, with their bodies.

        Where no message follows it raises ProtocolError: at once, or, when there are messages
        before it, the next time.
        """
        self._buffer += data
        found: list[tuple[Fields, bytes]] = []
        try:
            self._split_into(found)
        except ProtocolError as error:
            self._error = error
        if self._error is not None and not found:
            raise self._error
        return found

    def _split_into(self, found: list[tuple[Fields, bytes]]) -> None:
        if self._error is not None:
            return
        message = self._next()
        while message is not None:
            found.append(message)
            message = self._next()

    def _next(self) -> tuple[Fields, bytes] | None:
        if self._waiting is None:
            line = self._line()
            if line is None:
                return None
            self._waiting = decode(line)
        size = self._waiting.get("body", 0)
        if len(self._buffer) < size:
            return None
        body = bytes(self._buffer[:size])
        del self._buffer[:size]
        message, self._waiting = self._waiting, None
        return message, body

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\n", self._seen)
        self._seen = len(self._buffer) if end < 0 else 0
        if max(self._seen, end) > self._max:
            raise ProtocolError(f"a line of more than {self._max} bytes")
        if end < 0:
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line
