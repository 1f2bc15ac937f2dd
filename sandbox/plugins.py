"""Finds engines, recorders, samplers and launchers by name; never makes one.

Ours and a stranger's are registered alike, by entry point, in the groups `sandbox.engines`,
`sandbox.recorders`, `sandbox.samplers` and `sandbox.launchers`.
"""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from typing import TypeVar

from sandbox.errors import InputError, SandboxError, UnavailableError
from sandbox.interfaces import Engine, Launcher, Recorder, Sampler

T = TypeVar("T")
_EXTRA = re.compile(r'extra == "([^"]+)"')

Registered = Callable[[str], Iterable[EntryPoint]]


def _installed(group: str) -> Iterator[EntryPoint]:
    """Ours first, which are soon read; all that is installed only where they are not enough."""
    with contextlib.suppress(PackageNotFoundError):
        yield from distribution("sandbox").entry_points.select(group=group)
    yield from entry_points(group=group)


def load_engine(name: str, *, registered: Registered = _installed) -> type[Engine]:
    """Raises InputError for an unknown name, UnavailableError for a missing extra."""
    return _load(name, Engine, "engine", registered)  # type: ignore[type-abstract]


def load_recorder(name: str, *, registered: Registered = _installed) -> type[Recorder]:
    """As `load_engine`."""
    return _load(name, Recorder, "recorder", registered)  # type: ignore[type-abstract]


def load_sampler(name: str, *, registered: Registered = _installed) -> type[Sampler]:
    """As `load_engine`."""
    return _load(name, Sampler, "sampler", registered)  # type: ignore[type-abstract]


def load_launcher(name: str, *, registered: Registered = _installed) -> type[Launcher]:
    """As `load_engine`."""
    return _load(name, Launcher, "launcher", registered)  # type: ignore[type-abstract]


def known_names(kind: str, *, registered: Registered = _installed) -> tuple[str, ...]:
    """Names of everything installed of one kind (`engine`, `recorder`, …), sorted."""
    return tuple(sorted({point.name for point in registered(f"sandbox.{kind}s")}))


def _load(name: str, base: type[T], kind: str, registered: Registered) -> type[T]:
    point = next((one for one in registered(f"sandbox.{kind}s") if one.name == name), None)
    if point is None:
        raise _unknown(name, kind, known_names(kind, registered=registered))
    found = _import(point, kind)
    if not (isinstance(found, type) and issubclass(found, base)):
        raise UnavailableError(f"{kind} {name!r} ({point.value}) is no {base.__name__}")
    return found


def _import(point: EntryPoint, kind: str) -> object:
    try:
        return point.load()
    except ImportError as error:
        missing = (error.name or "").partition(".")[0]
        raise UnavailableError(
            f"{kind} {point.name!r} cannot be loaded: {error}", hint=_remedy(missing, point)
        ) from error
    except AttributeError as error:
        raise UnavailableError(f"{kind} {point.name!r} cannot be loaded: {error}") from error


def _remedy(module: str, point: EntryPoint) -> str | None:
    """What to install: the extra of the plugin's own distribution that brings the module."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    requires = (point.dist.requires or []) if point.dist else []
    wanted = canonicalize_name(module)
    for requirement in map(Requirement, requires):
        extra = _EXTRA.search(str(requirement.marker))
        if extra and point.dist and canonicalize_name(requirement.name) == wanted:
            return f"install the extra: pip install '{point.dist.name}[{extra[1]}]'"
    return f"install what it needs: {module}" if module else None


def _unknown(name: str, kind: str, known: tuple[str, ...]) -> SandboxError:
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    return InputError(
        f"no {kind} called {name!r}", hint=f"{meant}known: {', '.join(known) or 'none'}"
    )
