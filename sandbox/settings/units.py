"""Times and sizes as people write them."""

from __future__ import annotations

import re

from sandbox.errors import InputError

_UNITS_S = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(s|min|m|h|d)?")


def to_seconds(value: object) -> float:
    """Of a time as a file has it; raises ValueError saying what was expected."""
    text = str(value).strip().replace(" ", "")
    pieces = _DURATION.findall(text)
    if isinstance(value, bool) or "".join(a + b for a, b in pieces) != text or not text:
        message = "expected a time like 90s, 15m or 1h30m"
        raise ValueError(message)
    seconds = sum(float(number) * _UNITS_S[unit] for number, unit in pieces)
    if seconds <= 0:
        message = "expected a time above 0"
        raise ValueError(message)
    return float(seconds)


def to_bytes(value: object) -> int:
    """Of a size as a file has it; raises ValueError saying what was expected."""
    from pydantic import ByteSize, TypeAdapter, ValidationError

    try:
        size = int(TypeAdapter(ByteSize).validate_python(value))
    except ValidationError:
        size = 0
    if isinstance(value, bool) or size <= 0:
        message = "expected a size above 0 like 512MiB or 4GiB"
        raise ValueError(message)
    return size


def parse_duration(text: str) -> float:
    """Seconds of `90s`, `15m`, `1h30m` or a bare number of seconds; above 0.

    Raises:
        InputError: it is none.
    """
    try:
        return to_seconds(text)
    except ValueError as error:
        raise InputError(f"{text!r} is not a time: {error}") from error


def parse_size(text: str) -> int:
    """Bytes of `512MiB`, `4GiB`, `2GB` or a bare number of bytes; above 0.

    Raises:
        InputError: it is none.
    """
    try:
        return to_bytes(text)
    except ValueError as error:
        raise InputError(f"{text!r} is not a size: {error}") from error
