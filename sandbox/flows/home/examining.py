"""Whether everything is there: the engine, the Store and what lies in it, the home's caches."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox import environments
from sandbox.environments import Contents, Stored
from sandbox.errors import SandboxError
from sandbox.flows.context import Context
from sandbox.flows.home.cleaning import users_of

QUICKLY_S = 1.0
AT_LEISURE_S = 600.0
LITTLE_ROOM = 5e9
TAKE_OUT = "take it out with: sandbox doctor --deep --fix; it is built again when needed"


@dataclass(frozen=True)
class Finding:
    """One line of `sandbox doctor`. `state`: `ok`, `note` or `bad`."""

    subject: str
    state: str
    text: str
    hint: str | None = None


def look_at_engine(context: Context) -> list[Finding]:
    """What the engine says of itself."""
    try:
        facts = context.engine.describe()
    except SandboxError as error:
        return [Finding("engine", "bad", error.message, error.hint)]
    found = [Finding("engine", "ok", f"{facts.name} {facts.version}")]
    found += [Finding("isolation", "ok", text) for text in facts.isolation]
    return found + [Finding("isolation", "note", text) for text in facts.missing]


def look_at_store(context: Context, *, deep: bool) -> list[Finding]:
    """Whether each Environment is what its wheels say.

    Args:
        deep: every byte, however long it takes; else what can be seen in a second.
    """
    how, patience_s = ("deep", AT_LEISURE_S) if deep else ("quick", QUICKLY_S)
    try:
        workbench = context.engine.workbench()
        contents = environments.look(workbench, context.home, how=how, patience_s=patience_s)
    except SandboxError as error:
        return [Finding("store", "bad", error.message, error.hint)]
    users = users_of(context)
    broken = [_broken(one, users) for one in contents.environments if one.faults]
    return [_size(contents), *broken, *_rest(contents)]


def _size(contents: Contents) -> Finding:
    whole = [one for one in contents.environments if one.complete]
    size = sum(one.new_bytes or 0 for one in whole) + contents.unused_bytes
    room = f"; {_text(contents.free_bytes)} free on its disk" if contents.free_bytes else ""
    text = f"{len(whole)} environments, about {_text(size)}{room}"
    if contents.free_bytes and contents.free_bytes < LITTLE_ROOM:
        return Finding("store", "note", f"{text}: see what can be freed with: sandbox clean")
    return Finding("store", "ok", text)


def _broken(one: Stored, users: dict[str, tuple[str, ...]]) -> Finding:
    names = ", ".join(users.get(one.environment, ())) or "no workspace"
    more = f" and {len(one.faults) - 1} more" if len(one.faults) > 1 else ""
    text = f"environment {one.key} ({names}) is broken: {one.faults[0]}{more}"
    return Finding("store", "bad", text, TAKE_OUT)


def _rest(contents: Contents) -> Iterator[Finding]:
    unfinished = sum(not one.complete for one in contents.environments)
    if unfinished:
        text = f"{unfinished} unfinished, never used; remove with: sandbox clean --yes"
        yield Finding("store", "note", text)
    late = sum(not one.looked_through for one in contents.environments)
    if late:
        text = f"{late} not looked through in {QUICKLY_S:g} s; all are with: sandbox doctor --deep"
        yield Finding("store", "note", text)


def look_at_home(context: Context) -> list[Finding]:
    """The home's disk and caches."""
    root = context.home.root
    caches = [
        Finding(
            "cache", "ok", f"{one.holds}: {_text(one.size_bytes)}, {context.home.cache / one.name}"
        )
        for one in environments.list_caches(context.home)
    ]
    free = shutil.disk_usage(root).free if root.exists() else None
    return [Finding("disk", "ok", f"{_text(free)} free at {root}"), *caches] if free else caches


def look_at_github(context: Context) -> list[Finding]:
    """Which GitHub is asked, and as whom; nothing is sent."""
    web = context.settings.github_web
    try:
        token = context.token()
    except SandboxError as error:
        return [Finding("github", "bad", error.message, error.hint)]
    if token is None:
        text = f"{web}, anonymously: 60 requests an hour; set GITHUB_TOKEN, or: gh auth login"
        return [Finding("github", "note", text)]
    return [Finding("github", "ok", f"{web}, with the token of {token.origin}")]


def take_out_broken(context: Context, *, deep: bool) -> tuple[str, ...]:
    """Removes broken Environments with the packages that only they have; a line for each.

    They are built again when they are needed.
    """
    how, patience_s = ("deep", AT_LEISURE_S) if deep else ("quick", QUICKLY_S)
    workbench = context.engine.workbench()
    contents = environments.look(workbench, context.home, how=how, patience_s=patience_s)
    keys = [one.key for one in contents.environments if one.faults or not one.complete]
    if not keys:
        return ()
    done = environments.free(workbench, context.home, keys, unused=True)
    gone = [f"took out environment {key}" for key in keys if key in done.bytes_by_key]
    left = [f"environment {key} stays: {why}" for key, why in done.kept.items()]
    return (*gone, *left)


def _text(number: float) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{number / 1e6:.0f} MB"
