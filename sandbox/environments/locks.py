"""Locks as files: with a head that says what they are for, so that they can be built elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from sandbox.domain import FROM_SOURCE, Environment
from sandbox.errors import InputError
from sandbox.foreign import printable

_ORIGIN = (
    r"(?: git\+https://[A-Za-z0-9.:-]+(?:/(?!\.{1,2}[/@])[A-Za-z0-9_.~-]+)+@[0-9a-f]{40,64}"
    r"(?:#subdirectory=[A-Za-z0-9_./-]+)?)?"
)
_LINE = re.compile(
    r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?==[A-Za-z0-9.!+]+(?: --hash=sha256:[0-9a-f]{64})+"
    rf"(?:{FROM_SOURCE}{_ORIGIN})?"
)
_SOURCE = re.compile(
    rf"{FROM_SOURCE.strip()}: "
    rf"(([a-z0-9-]+)==[A-Za-z0-9.!+]+ --hash=sha256:[0-9a-f]{{64}})({_ORIGIN})"
)
_FIELD = re.compile(r"# (python|accelerator|system packages): (.*)")
_PYTHON = re.compile(r"3\.[0-9]{1,2}")
SYSTEM_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]*[a-z0-9+.]")
"""A name of Debian's, and nothing that a shell or apt reads as more: `name-` means to remove it.

Source: Debian Policy 5.6.7.
"""
_MOST = 8 * 2**20  # characters


def lock_text(
    environment: Environment, *, as_of: str | None = None, wheels: str | None = None
) -> str:
    """The lock with its head; equal Environments give equal texts.

    Args:
        as_of: ISO date that versions were chosen for; None = the day of resolving.
        wheels: the lock with hashes of wheels throughout, where they have been made already; what
            they were made from stands in the head then.
    """
    sources = [line.replace(FROM_SOURCE, "") for line in environment.lock.splitlines()
               if wheels is not None and FROM_SOURCE in line]  # fmt: skip
    lines = [
        *_head(environment, as_of),
        *(f"# from source: {line}" for line in sources),
        environment.lock if wheels is None else wheels,
    ]
    return "".join(f"{line}\n" for line in lines if line)


def _head(environment: Environment, as_of: str | None) -> Iterator[str]:
    yield "# made by sandbox; build it again with: sandbox build TARGET --lock FILE"
    yield f"# python: {environment.python}"
    if as_of:
        yield f"# packages as of: {as_of}"
    if environment.system_packages:
        yield f"# system packages: {' '.join(environment.system_packages)}"
    yield f"# accelerator: {environment.accelerator}"


def read_lock(text: str, *, name: str) -> Environment:
    """The Environment that `lock_text` was given; its id is the same.

    Args:
        name: what to call the file in errors.

    Raises:
        InputError: not a lock of ours, or one without hashes, or too long for one.
    """
    if len(text) > _MOST:
        raise InputError(f"{name} is longer than any lock: more than {_MOST // 2**20} MB")
    lines = [line.rstrip() for line in text.splitlines()]
    found = (_FIELD.fullmatch(line) for line in lines)
    fields = {match[1]: match[2] for match in found if match}
    pins = [line for line in lines if line and not line.startswith("#")]
    hint = "it is written by: sandbox build TARGET --export DIR"
    if not _PYTHON.fullmatch(fields.get("python", "")):
        raise InputError(f"{name} does not say which Python it is for", hint=hint)
    sources = [line for line in lines if line.startswith(f"{FROM_SOURCE.strip()}: ")]
    strange = next((line for line in pins if not _LINE.fullmatch(line)), None)
    strange = strange or next((line for line in sources if not _SOURCE.fullmatch(line)), None)
    if strange is not None:
        shown = printable(strange[:120])
        raise InputError(f"{name} has a line that is no locked package: {shown}", hint=hint)
    matches = filter(None, map(_SOURCE.fullmatch, sources))
    made = {match[2]: f"{match[1]}{FROM_SOURCE}{match[3]}" for match in matches}
    pins = [_with_source(line, made) for line in pins]
    packages = fields.get("system packages", "").split()
    accelerator = fields.get("accelerator", "cpu")
    if accelerator not in {"cpu", "cuda"} or not all(map(SYSTEM_PACKAGE.fullmatch, packages)):
        raise InputError(f"{name} has a head that is not ours", hint=hint)
    return Environment(fields["python"], "\n".join(pins), tuple(packages), accelerator)


def _with_source(line: str, made: Mapping[str, str]) -> str:
    """The line as it was before its wheel was made."""
    return made.get(line.partition("==")[0], line)
