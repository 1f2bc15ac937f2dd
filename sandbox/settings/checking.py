"""The rules of `sandbox.toml`, and errors that say what was wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Annotated, Any, Literal, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model
from pydantic import ValidationError as PydanticError

from sandbox.errors import RecipeError
from sandbox.settings.shape import SettingsFile, known_keys, near, sections
from sandbox.settings.units import to_bytes, to_seconds

_GIT_KEY = r"^[A-Za-z][A-Za-z0-9-]*\.([^\n\x00]*\.)?[A-Za-z][A-Za-z0-9-]*$"
_API = r"^(https://[^/@\s?#]+|http://(127\.0\.0\.1|localhost)(:\d+)?)(/[^\s?#]*)?$"
_Duration = Annotated[float, BeforeValidator(to_seconds)] | None
_Size = Annotated[int, BeforeValidator(to_bytes)] | None

_RULES: Mapping[str, Any] = {
    "engine": Annotated[str, Field(min_length=1)],
    "jobs": Annotated[int, Field(ge=1, le=1024)] | None,
    "accelerator": Literal["auto", "cpu", "cuda"],
    "limits.timeout": _Duration,
    "limits.memory": _Size,
    "limits.disk": _Size,
    "limits.shared_memory": _Size,
    "limits.processes": Annotated[int, Field(ge=1, le=100_000)] | None,
    "limits.cpus": Annotated[float, Field(gt=0, allow_inf_nan=False)] | None,
    "limits.output": _Size,
    "limits.images": Annotated[int, Field(ge=0, le=1000)] | None,
    "limits.models": _Size,
    "git.hosts": tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+(:\d+)?$")], ...],
    "git.config": dict[Annotated[str, Field(pattern=_GIT_KEY)], str],
    "github.base_url": Annotated[str, Field(pattern=_API)],
    "github.token_variable": Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")],
}
"""For keys of which more is to be checked than the type that `shape` gives them."""


def check(values: Mapping[str, object], origins: Mapping[str, str]) -> SettingsFile:
    """Check merged values.

    Args:
        values: nested as in the file.
        origins: dotted key → who set it, for the error's text.

    Raises:
        RecipeError: naming key, value, expectation and where it was set.
    """
    try:
        checked = _model().model_validate(values)
    except PydanticError as error:
        raise _as_ours(error, origins) from error
    within = {name: kind(**vars(getattr(checked, name))) for name, kind in sections().items()}
    return SettingsFile(**{**vars(checked), **within})


@cache
def _model() -> type[BaseModel]:
    within = {name: _of(kind, f"{name}.") for name, kind in sections().items()}
    whole: type[BaseModel] = _of(SettingsFile, "", within)
    return whole


def _of(kind: Any, prefix: str, within: Mapping[str, type[BaseModel]] | None = None) -> Any:
    """A model with the fields and defaults of a class of `shape`."""
    within, hints, example = within or {}, get_type_hints(kind), kind()
    rules: dict[str, Any] = {
        one.name: (_RULES.get(prefix + one.name, hints[one.name]), getattr(example, one.name))
        for one in fields(kind)
    }
    rules |= {name: (model, model()) for name, model in within.items()}
    return create_model(kind.__name__, __config__=ConfigDict(extra="forbid", frozen=True), **rules)


def _as_ours(error: PydanticError, origins: Mapping[str, str]) -> RecipeError:
    first, *others = error.errors()
    key = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
    where = next((origins[k] for k in origins if key == k or key.startswith(f"{k}.")), "settings")
    more = f" (and {len(others)} more)" if others else ""
    if first["type"] == "extra_forbidden":
        return RecipeError(f"unknown key {key!r} in {where}{more}", hint=_hint(key), key=key)
    expected = first["msg"].removeprefix("Value error, ")
    expected = expected[0].lower() + expected[1:]
    shown = "" if key.startswith("indexes.") else f" is {first['input']!r}"
    hint = None if key in known_keys() else near(key)
    return RecipeError(f"{key} in {where}{shown}: {expected}{more}", hint=hint, key=key)


def _hint(key: str) -> str | None:
    if key == "github.token":
        return "a token is not kept in a file; name the variable with github.token_variable"
    return near(key) or "known keys: " + ", ".join(known_keys())
