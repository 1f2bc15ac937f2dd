"""Built-in tweaks of code: which are asked for, and a tree with some of them made."""

from __future__ import annotations

import dataclasses
import difflib
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox import checkouts, tunables
from sandbox.domain import Entry, Tunable, TunableKind, Tweak, Workspace
from sandbox.errors import TunableError
from sandbox.flows.repositories.opening import Opened
from sandbox.flows.requests import Request
from sandbox.interfaces import EditedTree, SourceTree

PREFIX = "tweak:"
"""Before the name of a built-in tweak, among names of tunables."""
_SWITCH = ("off", "on")

Code = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Changed:
    """A tree with tweaks of code made in it.

    Attributes:
        source: its files as they are then.
        edits: path → whole new content of those that are other ones.
        by_name: its tunables, by qualified name.
    """

    source: SourceTree
    edits: Mapping[str, bytes]
    by_name: Mapping[str, Tunable]

    def find(self, tunable: Tunable, code: Code) -> Tunable:
        """A tunable where it stands now.

        Raises:
            TunableError: the tweaks have taken it away.
        """
        found = self.by_name.get(tunable.qualified_name)
        if found is None:
            named = " ".join(f"{name}={value}" for name, value in code)
            raise TunableError(
                f"{f'with {named} ' if named else ''}there is no {tunable.name} any more to be set",
                hint="give them to sweeps of their own",
            )
        return found


def with_switches(request: Request, values: Sequence[str] = _SWITCH) -> Request:
    """The request with what a switch named alone stands for: both ways, or the ones given."""
    alone = {
        name: tuple(values)
        for name, given in request.tweaks.items()
        if not given and name.startswith(PREFIX) and tunables.is_switch(name[len(PREFIX) :])
    }
    return dataclasses.replace(request, tweaks={**request.tweaks, **alone})


def shown_names(names: Sequence[str]) -> dict[str, str]:
    """How each is called in tables: a tweak without its prefix, where that is nobody else's."""
    return {
        name: name if name.removeprefix(PREFIX) in names else name.removeprefix(PREFIX)
        for name in names
    }


def find_tweak(offered: Sequence[Tunable], name: str, entry: Entry) -> Tunable:
    """The tweak of that name, with or without prefix.

    Raises:
        TunableError: there is none, or it does not apply to the entry.
    """
    plain = name.removeprefix(PREFIX)
    found = next((one for one in offered if one.name == plain), None)
    if found is not None:
        return found
    names = [one.name for one in offered]
    near = difflib.get_close_matches(plain, names, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}? " if near else ""
    if tunables.is_tweak(plain):
        raise TunableError(
            f"{plain} does not apply to {entry.path}: it finds nothing there to change",
            hint=f"what applies: {', '.join(names) or 'none of the built-in tweaks'}",
        )
    raise TunableError(
        f"no built-in tweak called '{plain}'",
        hint=f"{hint}list those that apply with: sandbox tweak list TARGET ENTRY",
    )


def code_of(tweaks: Sequence[Tweak]) -> Code:
    """Tweaks of code among others, by their built-in names, each with its value."""
    return tuple(
        (one.tunable[len(PREFIX) :], one.value)
        for one in tweaks
        if one.tunable and one.tunable.startswith(PREFIX)
    )


def is_code(tunable: Tunable) -> bool:
    """Whether it is a built-in tweak, which changes code and not a value."""
    return tunable.kind is TunableKind.tweak


@functools.lru_cache(64)
def changed(workspace: Workspace, tree: str, entry: Entry, code: Code) -> Changed:
    """The tree with tweaks made one after the other; remembered: many variants have the same.

    Raises:
        TunableError: one of them does not apply, or its value does not fit.
    """
    source: SourceTree = checkouts.GitTree(workspace, tree)
    edits = tunables.tweak_code(source, entry, code)
    source = EditedTree(source, edits) if edits else source
    found = tunables.scan(source, entry)
    return Changed(source, edits, {one.qualified_name: one for one in found})


@dataclass(frozen=True)
class Preview:
    """What tweaks of code would make of the workspace's files.

    Attributes:
        old, new: SHAs of the trees before and after.
        patch: the unified difference between them.
    """

    workspace: Workspace
    entry: Entry
    old: str
    new: str
    patch: str


def preview(opened: Opened, tree: str, entry: Entry, code: Code) -> Preview:
    """Makes the tweaks in a tree of their own; the working tree stays as it is.

    Raises:
        TunableError: one of them does not apply, or its value does not fit.
    """
    workspace = opened.workspace
    source = checkouts.GitTree(workspace, tree)
    for name, _ in code:
        find_tweak(tunables.find_tweaks(source, entry), name, entry)
    edits = tunables.tweak_code(source, entry, code)
    named = " ".join(f"{name}={value}" for name, value in code)
    new, _ = checkouts.commit_variant(workspace, tree, edits=edits, message=f"{named}\n")
    return Preview(workspace, entry, tree, new, checkouts.diff(workspace, tree, new))
