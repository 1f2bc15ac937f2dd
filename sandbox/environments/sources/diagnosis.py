"""What a failed build's log means: why in one line, and what may help; pure functions over text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.environments.code.names import distribution_of, is_standard

_LINE = 300  # characters of a line that are told
_TOLD = 20  # lines of a log that are kept

_TOOLS = (
    r"(?:x86_64-linux-gnu-|aarch64-linux-gnu-|/usr/bin/)?"
    r"(?:gcc|g\+\+|cc|c\+\+|gfortran|make|cmake|ninja|swig|pkg-config|clang|ld)(?:-\d+)?"
)
_NO_COMPILER = re.compile(
    rf"unable to execute '?{_TOOLS}'?"
    rf"|command '?{_TOOLS}'? failed:? (?:No such file|Permission denied)"
    rf"|No such file or directory: ?'{_TOOLS}'"
    rf"|\b{_TOOLS}: (?:command )?not found"
    r"|fatal error: Python\.h"
    r"|CMAKE_(?:C|CXX)_COMPILER|Unknown compiler\(s\)"
    r"|[Nn]o acceptable C compiler|(?:cannot|not|[Cc]ould not) (?:find|be found).{0,20}compiler"
    r"|CMake must be installed|requires? (?:a )?(?:C|C\+\+) compiler"
)
_NO_MODULE = re.compile(r"(?:ModuleNotFound|Import)Error: No module named '?([A-Za-z_][\w.]*)")
_NO_DISTRIBUTION = re.compile(
    r"(?:No matching distribution found for |Could not find suitable distribution for "
    r"Requirement\.parse\('|No local packages or (?:working )?download links found for )"
    r"([A-Za-z0-9][\w.\-]*)"
)
# what newer tools refuse, and the last ones that did not
_OUTGROWN = (
    (re.compile(r"use_2to3 is invalid"), "setuptools<58"),
    (re.compile(r"cannot import name 'Feature' from 'setuptools'"), "setuptools<46"),
    (re.compile(r"No module named 'pkg_resources'"), "setuptools<81"),
    (
        re.compile(
            r"extras_require' must be|install_requires' must be|InvalidVersion|"
            r"InvalidRequirement|Expected end or semicolon|RequirementParseError"
        ),
        "setuptools<66",
    ),
    (re.compile(r"Cython\.Compiler\.Errors|Compiler crash in|cimported module"), "cython<3"),
)
_FULL = re.compile(r"No space left on device|Errno 28", re.IGNORECASE)
_CROWDED = re.compile(r"Resource temporarily unavailable|can't start new thread|[Cc]annot fork")
_SAYS = re.compile(r"\b\w*(?:Error|Exception|error|Exit)\b\s*:|^error\b|\bfatal\b|^.*: invalid\b")
_HOLLOW = re.compile(
    r"subprocess-exited-with-error|metadata-generation-failed|legacy-install-failure"
    r"|Failed (?:building|to build)|Failed cleaning|Command errored out|failed with exit status"
    r"|subprocess to install|Building wheel for|did not run successfully|Command \"|^note:|^hint:"
    r"|Preparing metadata|exited with (?:error )?code"
)
_SHELL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]|\x1b\[[0-9;]*[A-Za-z]")


_TRACEBACK = re.compile(r"^Exception information:$", re.MULTILINE)
_FRAME = " \t|>\N{BOX DRAWINGS LIGHT ARC UP AND RIGHT}\N{BOX DRAWINGS LIGHT HORIZONTAL}"
_FRAME += "\N{BOX DRAWINGS LIGHT VERTICAL}\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True)
class Remedy:
    """What may help a build that failed.

    Attributes:
        needs: requirements to build with.
        compiler: it takes a base with a compiler.
    """

    needs: tuple[str, ...] = ()
    compiler: bool = False

    def __bool__(self) -> bool:
        return bool(self.needs) or self.compiler


def find_remedy(log: str) -> Remedy:
    """Empty = none is known."""
    outgrown = tuple(need for pattern, need in _OUTGROWN if pattern.search(log))
    modules = [name for name in _NO_MODULE.findall(log) if not is_standard(name)]
    missing = [distribution_of(name) for name in modules] + _NO_DISTRIBUTION.findall(log)
    named = {need.partition("<")[0] for need in outgrown}
    needs = (*outgrown, *(name for name in dict.fromkeys(missing) if name not in named))
    return Remedy(needs, bool(_NO_COMPILER.search(log)))


def reason(log: str, *, timed_out: bool, out_of_memory: bool, timeout_s: float) -> str:
    """One line: the kind of failure, or the last words of the build that say something."""
    if _FULL.search(log):
        return "its build fills the disk"
    if _CROWDED.search(log):
        return "its build starts too many processes"
    if timed_out:
        return f"its build took too long: ended after {timeout_s:g} s"
    if out_of_memory:
        return "its build needs too much memory"
    return f"its build failed: {last_words(log)}"


def last_words(log: str) -> str:
    """The last line that names an error, else the last one that is not the tools' own."""
    lines = [line for line in readable_lines(log) if not _HOLLOW.search(line)]
    telling = [line for line in lines if _SAYS.search(line)]
    return (telling or lines or ["it said nothing"])[-1][:_LINE]


def tail(log: str) -> tuple[str, ...]:
    """The last lines, as they may be shown."""
    return tuple(line[:_LINE] for line in readable_lines(log)[-_TOLD:])


def readable_lines(log: str) -> Sequence[str]:
    """Lines with something in them, without what steers a terminal, pip's frames and traceback."""
    log = _TRACEBACK.split(log, maxsplit=1)[0]
    lines = (_SHELL.sub("", line).strip(_FRAME) for line in log.splitlines())
    return [line for line in lines if line]
