"""What a failed import says, taken apart: pure functions over one line of text."""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(
    r"(?:(?P<kind>\w+(?:\.\w+)*): )?(?P<message>.*?)"
    r"(?: \[in (?P<blamed>[\w.-]+)(?: (?P<version>\S+))?\])?",
    re.DOTALL,
)
_NAME = r"['\"]?([\w.]+)['\"]?"
_NOT_IN = re.compile(rf"cannot import name {_NAME} from (?:partially initialized module )?{_NAME}")
_NO_MODULE = re.compile(rf"No module named {_NAME}")
_NO_ATTRIBUTE = re.compile(rf"module {_NAME} has no attribute {_NAME}")
_LIBRARY = re.compile(r"([\w.+-]+\.so(?:\.[\w.]+)*): cannot open shared object file")
_LIBRARIES = re.compile(r"\(also missing: ([\w.+, -]+)\)")


@dataclass(frozen=True)
class Failure:
    """An import that failed; what fails alike in another release of `blamed` is equal.

    Attributes:
        name: what was imported: `module` or `module:name`.
        kind: the exception's type; empty = the process ended.
        blamed: the distribution whose file broke; None = the name itself is not there.
    """

    name: str
    kind: str
    message: str
    blamed: str | None = None

    @property
    def lost(self) -> str | None:
        """Dotted name of what is not there: a module, or something of a module."""
        text = self.message.partition(" (after ")[0]
        found = _NOT_IN.search(text)
        if found:
            return None if "partially initialized" in found[0] else f"{found[2]}.{found[1]}"
        found = _NO_ATTRIBUTE.search(text)
        if found:
            return f"{found[1]}.{found[2]}"
        found = _NO_MODULE.search(text)
        return found[1] if found else None

    @property
    def behind(self) -> str | None:
        """Module whose want the error was raised over, where it says something else itself."""
        _, after, text = self.message.partition(" (after ")
        found = _NO_MODULE.search(text) if after and self.lost is None else None
        return found[1] if found else None

    @property
    def libraries(self) -> tuple[str, ...]:
        """File names of shared libraries that are not there."""
        first, others = _LIBRARY.search(self.message), _LIBRARIES.search(self.message)
        return tuple(([first[1]] if first else []) + (others[1].split(", ") if others else []))


def read_failure(name: str, why: str) -> Failure:
    """Take apart what `try_imports` told, or the last line of any traceback."""
    found = _LINE.fullmatch(why)
    if found is None:
        return Failure(name, "", why)
    return Failure(name, found["kind"] or "", found["message"], found["blamed"])
