"""The shape of `sandbox.toml`, and errors that say what was wrong in it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ByteSize, ConfigDict, Field, TypeAdapter
from pydantic import ValidationError as PydanticError

from sandbox.domain import Limits
from sandbox.errors import InputError, RecipeError

KNOWN_HOSTS = ("github.com", "gitlab.com", "huggingface.co", "codeberg.org", "bitbucket.org")
_UNITS_S = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(s|min|m|h|d)?")
_GIT_KEY = r"^[A-Za-z][A-Za-z0-9-]*\.([^\n\x00]*\.)?[A-Za-z][A-Za-z0-9-]*$"


def _duration(value: object) -> float:
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


def _size(value: object) -> int:
    try:
        size = int(TypeAdapter(ByteSize).validate_python(value))
    except PydanticError:
        size = 0
    if isinstance(value, bool) or size <= 0:
        message = "expected a size above 0 like 512MiB or 4GiB"
        raise ValueError(message)
    return size


Duration = Annotated[float, BeforeValidator(_duration)]
Size = Annotated[int, BeforeValidator(_size)]


def parse_duration(text: str) -> float:
    """Seconds of `90s`, `15m`, `1h30m` or a bare number of seconds; above 0."""
    return _checked(_duration, text, "time")


def parse_size(text: str) -> int:
    """Bytes of `512MiB`, `4GiB`, `2GB` or a bare number of bytes; above 0."""
    return int(_checked(_size, text, "size"))


def _checked(check: Any, text: str, what: str) -> float:
    try:
        value: float = check(text)
    except ValueError as error:
        raise InputError(f"{text!r} is not a {what}: {error}") from error
    return value


@dataclass(frozen=True)
class Machine:
    """What defaults and limits are measured against."""

    memory_bytes: int
    cpus: int


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BaseSection(_Section):
    """Base images: `{python}` in the image's name becomes `X.Y`."""

    image: str = "python:{python}-slim"
    registry: str | None = None


class IndexesSection(_Section):
    """None = taken over from pip's configuration."""

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] | None = None
    find_links: tuple[str, ...] | None = None
    certificate: str | None = None
    constraints: tuple[str, ...] | None = None


class LimitsSection(_Section):
    """What one run may use; None = `Limits`' own default, memory never above the machine's."""

    timeout: Duration | None = None
    memory: Size | None = None
    disk: Size | None = None
    shared_memory: Size | None = None
    processes: Annotated[int, Field(ge=1, le=100_000)] | None = None
    cpus: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    output: Size | None = None


class GitSection(_Section):
    """Hosts that may be cloned from besides the known ones, and settings handed to git."""

    hosts: tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+(:\d+)?$")], ...] = ()
    config: dict[Annotated[str, Field(pattern=_GIT_KEY)], str] = Field(default_factory=dict)


class GithubSection(_Section):
    """The token is read from the variable when needed, and never stored."""

    token_variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] = "GITHUB_TOKEN"  # noqa: S105 - the variable's name


class SettingsFile(_Section):
    """`sandbox.toml`, whole."""

    engine: Annotated[str, Field(min_length=1)] = "docker"
    jobs: Annotated[int, Field(ge=1, le=1024)] | None = None
    accelerator: Literal["auto", "cpu", "cuda"] = "auto"
    tracking_uri: str | None = None
    base: BaseSection = BaseSection()
    indexes: IndexesSection = IndexesSection()
    limits: LimitsSection = LimitsSection()
    git: GitSection = GitSection()
    github: GithubSection = GithubSection()


LIMIT_FIELDS = {
    "timeout": "timeout_s",
    "memory": "memory_bytes",
    "disk": "disk_bytes",
    "shared_memory": "shared_memory_bytes",
    "processes": "processes",
    "cpus": "cpus",
    "output": "output_bytes",
}


def known_keys() -> tuple[str, ...]:
    """Every key that `sandbox.toml` knows, dotted."""
    keys: list[str] = []
    for name, entry in SettingsFile.model_fields.items():
        section = entry.default
        nested = type(section).model_fields if isinstance(section, _Section) else ()
        keys += [f"{name}.{inner}" for inner in nested] or [name]
    return tuple(keys)


def near(word: str, known: tuple[str, ...] = ()) -> str | None:
    """The known key that was probably meant, as a hint."""
    found = difflib.get_close_matches(word, known or known_keys(), n=1, cutoff=0.6)
    return f"did you mean {found[0]!r}?" if found else None


def check(values: Mapping[str, object], origins: Mapping[str, str]) -> SettingsFile:
    """Check merged values.

    Args:
        values: nested as in the file.
        origins: dotted key → who set it, for the error's text.

    Raises:
        RecipeError: naming key, value, expectation and where it was set.
    """
    try:
        return SettingsFile.model_validate(values)
    except PydanticError as error:
        raise _as_ours(error, origins) from error


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


def as_limits(section: LimitsSection, machine: Machine) -> Limits:
    """Limits with the section's values; the memory's default gives way to a small machine.

    Raises:
        InputError: more memory or processors than the machine has.
    """
    given = section.model_dump(exclude_none=True)
    values = {LIMIT_FIELDS[name]: value for name, value in given.items()}
    values.setdefault("memory_bytes", min(Limits.memory_bytes, machine.memory_bytes * 3 // 4))
    limits = Limits(**values)
    if limits.memory_bytes > machine.memory_bytes:
        asked, has = (f"{n / 2**30:.1f} GiB" for n in (limits.memory_bytes, machine.memory_bytes))
        raise InputError(f"limits.memory is {asked}: this machine has {has}", hint="give less")
    if limits.cpus > machine.cpus:
        has = f"this machine has {machine.cpus}"
        raise InputError(f"limits.cpus is {limits.cpus:g}: {has}", hint="give less")
    return limits
