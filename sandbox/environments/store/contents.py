"""What lies in the Store, looked at and removed from inside; this machine never reads it itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from sandbox.domain import PackageIndexes
from sandbox.environments.programs import program
from sandbox.environments.store import faults
from sandbox.environments.store.records import TRUSTED_S, load_base, load_records
from sandbox.environments.store.using import alone
from sandbox.errors import EngineError, StoreError
from sandbox.interfaces import Step, StepResult, Workbench
from sandbox.paths import Home

OTHERS_S = TRUSTED_S + 24 * 3600.0
"""So long another home's use of an Environment counts: until it looks for it again by itself."""

_KEY = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}")
_MOST_BYTES = 16 * 2**20
_PATIENCE_S = 600.0
_CACHE = "cache"


@dataclass(frozen=True)
class Stored:
    """An Environment as it lies in the Store.

    Attributes:
        complete: a build came to its end there; all else is never used.
        size_bytes: on disk; None = not known.
        new_bytes: those of them that no other Environment has; when it was looked at quickly, had
            when it was built.
        built_at: seconds since the epoch.
        users: other homes → when each looked for it last.
        faults: files that are not what their wheel says.
        looked_through: False where time was up before.
    """

    key: str
    complete: bool
    python: str = "?"
    base: str = ""
    packages: int = 0
    size_bytes: int | None = None
    new_bytes: int | None = None
    built_at: float = 0.0
    users: Mapping[str, float] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    looked_through: bool = True

    @property
    def environment(self) -> str:
        """The Environment's id."""
        return self.key.partition("-")[0]


@dataclass(frozen=True)
class Contents:
    """The whole Store.

    Attributes:
        unused_bytes: of packages that no Environment has.
        free_bytes: what is left on its disk.
    """

    environments: tuple[Stored, ...] = ()
    unused_bytes: int = 0
    free_bytes: int = 0


@dataclass(frozen=True)
class Freed:
    """What became of what was to be removed.

    Attributes:
        bytes_by_key: given back, as far as nothing else needs it; `cache` for unused packages.
        kept: key → why it is there still.
    """

    bytes_by_key: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)


def look(
    workbench: Workbench,
    home: Home,
    *,
    how: str = "sizes",
    patience_s: float,
    images: Sequence[str] = (),
) -> Contents:
    """Looks at every Environment; changes nothing.

    Args:
        home: knows bases to look from, if it has built anything there; else nothing is seen.
        images: further ones.
        how: `quick` (are the files there, as long as they should be), `sizes`, or `deep` (are they
            what their wheels say, byte for byte).
        patience_s: what is not looked at by then says so.

    Raises:
        StoreError: it cannot be looked at.
    """
    arguments = ("looking", how, f"{patience_s:g}")
    bases = [*_bases(workbench, home), *images]
    lines = _run(workbench, bases, arguments, store_writable=False)
    if not lines:
        return Contents()
    *environments, rest = lines
    stored = tuple(_stored(one, home.identity) for one in environments if _is_named(one))
    return Contents(stored, _whole(rest, "unused_bytes"), _whole(rest, "free_bytes"))


def free(
    workbench: Workbench,
    home: Home,
    keys: Sequence[str],
    *,
    unused: bool,
    images: Sequence[str] = (),
) -> Freed:
    """Removes Environments, but none that anyone uses; an end in between does no harm.

    Args:
        keys: of `Stored`.
        unused: remove the packages, too, that no Environment has then.
        images: bases to do it from, beside those that the home knows.

    Raises:
        StoreError: the Store cannot be changed.
    """
    kept: dict[str, str] = {}
    bases = [*_bases(workbench, home), *images]
    records = load_records(home.builds, workbench.identity)
    with ExitStack() as locks:
        chosen = []
        for key in keys:
            if locks.enter_context(alone(home.use_lock(key))):
                chosen.append(key)
            else:
                kept[key] = "a command uses it"
        for key in chosen:
            if key in records:  # before what it tells of is gone
                records[key][0].unlink(missing_ok=True)
        wanted = [*chosen, *([_CACHE] if unused else [])]
        arguments = ("freeing", home.identity, f"{OTHERS_S:g}", *wanted)
        lines = _run(workbench, bases, arguments, store_writable=True) if wanted else []
    freed = {key: _whole(line, key) for line in lines[-1:] for key in line}
    reasons = {-1: "it is being built", -2: "another home uses it"}
    kept.update({key: reasons.get(size, "it is in use") for key, size in freed.items() if size < 0})
    return Freed({key: size for key, size in freed.items() if size >= 0}, kept)


def _run(
    workbench: Workbench, bases: Iterable[str], arguments: Sequence[str], *, store_writable: bool
) -> list[dict[str, Any]]:
    """The lines that a program of `inside/` printed; none where no base is left to run it on."""
    name, *rest = arguments
    command = ("python3", "-I", "-S", "-c", program(__package__, name), workbench.store, *rest)
    for base in dict.fromkeys(bases):
        pieces: list[bytes] = []

        def take(data: bytes, pieces: list[bytes] = pieces) -> None:
            pieces.append(data)
            if sum(map(len, pieces)) > _MOST_BYTES:
                raise StoreError("the Store holds more than can be listed")

        step = Step(
            base,
            command,
            store_writable=store_writable,
            timeout_s=_PATIENCE_S,
            on_data=take,
        )
        try:
            done = workbench.run(step)
        except EngineError:
            continue  # that base is gone
        _check(done)
        return _documents(b"".join(pieces))
    return []


def _bases(workbench: Workbench, home: Home) -> Iterator[str]:
    """Images to look from: those that builds used, or the one there is."""
    last = load_base(home, workbench.identity)
    records = load_records(home.builds, workbench.identity).values()
    found = [last, *(record.base for _, record in records), workbench.find_base("any")]
    yield from filter(None, found)


def _check(done: StepResult) -> None:
    faults.check(done, PackageIndexes(), "look into the Store")


def _documents(data: bytes) -> list[dict[str, Any]]:
    lines = data.decode("utf-8", "replace").splitlines()
    return [one for one in map(json.loads, lines) if isinstance(one, dict)]


def _is_named(fields: Mapping[str, Any]) -> bool:
    return bool(_KEY.fullmatch(str(fields.get("key"))))


def _stored(fields: Mapping[str, Any], own: str) -> Stored:
    users = fields.get("users") or {}
    return Stored(
        key=str(fields["key"]),
        complete=fields.get("complete") is True,
        python=str(fields.get("python") or "?"),
        base=str(fields.get("base") or ""),
        packages=_whole(fields, "packages"),
        size_bytes=_whole(fields, "size_bytes") or None,
        new_bytes=_whole(fields, "new_bytes") or None,
        built_at=float(fields.get("built_at") or 0),
        users={str(name): float(when) for name, when in users.items() if name != own},
        faults=tuple(str(text)[:200] for text in fields.get("faults") or ()),
        looked_through=fields.get("whole") is not False,
    )


def _whole(fields: Mapping[str, Any], name: str) -> int:
    value = fields.get(name)
    return value if isinstance(value, int) else 0
