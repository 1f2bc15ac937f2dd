"""What a run failed with, told as failed imports are: from its traceback, which may be anything."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox import environments
from sandbox.notebooks import CellError

_SHOWN = 400  # characters of a message, as where imports are tried
_LONGEST = 50_000
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_OVER = re.compile(
    r"^(?:During handling of the above exception, another exception occurred"
    r"|The above exception was the direct cause of the following exception):$",
    re.MULTILINE,
)
_FRAME = re.compile(r'^[ \t]*File "([^"\n]{1,4096})", line \d+.*\n(?: {4,}(.+))?', re.MULTILINE)
_SHELL_S = re.compile(r"^[ \t]*(?:File |<?ipython-input|Cell |Input )(\S{0,4096}).*$", re.MULTILINE)
_ARROW = re.compile(r"^-+> ?\d{1,9}\b(.*)$", re.MULTILINE)
_ERROR = re.compile(r"^([A-Za-z_][\w.]*Error|[A-Za-z_][\w.]*Exception): (.+)$", re.MULTILINE)
_PACKAGE = re.compile(r"/site-packages/(\w{1,100})")


def told_of(error: CellError, packages: Mapping[str, str]) -> str:
    """The source line where it was raised and, below it, the error, a line each.

    The second is as `environments.read_failure` reads it, with what it was raised over and in whose
    file; the first is empty where no line is shown.

    Args:
        packages: version by distribution.
    """
    text = _COLOUR.sub("", error.traceback[-_LONGEST:])
    parts = _OVER.split(text)
    line, path = _innermost(parts[-1])
    why = f"{_shortened(error.ename)}: {_shortened(_placeless(error.evalue))}"
    before = _ERROR.findall(parts[0]) if len(parts) > 1 else []
    if before and before[-1][1] not in why:
        why += f" (after {_shortened(before[-1][0])}: {_shortened(before[-1][1])})"
    return f"{_shortened(line)}\n{why}{_blamed(path, packages)}"


def _innermost(part: str) -> tuple[str, str]:
    """The source line of the last frame of one error, and the path of its file."""
    frames = list(_FRAME.finditer(part))
    if frames:
        return (frames[-1][2] or "").strip(), frames[-1][1]
    lines = _ARROW.findall(part)
    paths = _SHELL_S.findall(part)
    return (lines[-1].strip() if lines else ""), (paths[-1] if paths else "")


def _placeless(message: str) -> str:
    """Without where packages lie, which is another place in another Environment."""
    *heads, rest = message.split("/site-packages/")
    kept = [head[: max(map(head.rfind, " \n\t'\"(<")) + 1] for head in heads]
    return "".join((*kept, rest))


def _shortened(message: str) -> str:
    text = " ".join(message.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN * 3 // 4]} … {text[-_SHOWN // 4 :]}"


def _blamed(path: str, packages: Mapping[str, str]) -> str:
    """` [in NAME VERSION]`; empty = it is the repository's own file, or Python's."""
    found = _PACKAGE.search(path)
    if found is None:
        return ""
    name = next(iter(sorted(environments.distributions_of(found[1]) & packages.keys())), None)
    return f" [in {name} {packages[name]}]" if name else f" [in {found[1]}]"
