"""TOML files as tables, read without checking what they say."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.errors import RecipeError

SIZE_LIMIT = 1_000_000
"""Bytes of a file; what is larger was not written by a person."""


def read_table(path: Path, *, number: Callable[[str], object] = float) -> dict[str, Any]:
    """What the file says.

    Args:
        number: what becomes of a number with a point or an exponent.

    Raises:
        RecipeError: it is absent, cannot be read, is too large or is no TOML.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(SIZE_LIMIT + 1)
        if len(data) > SIZE_LIMIT:
            raise RecipeError(
                f"{path} is larger than {SIZE_LIMIT} bytes", hint="is it the right file?"
            )
        return tomllib.loads(data.decode(), parse_float=number)
    except FileNotFoundError as error:
        raise RecipeError(f"no such file: {path}", hint="sandbox recipe list") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise RecipeError(f"cannot read {path}: {error}", hint="it has to be TOML") from error
