"""What can be run and what can be tweaked, remembered with the files that say so."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from sandbox import checkouts, tunables
from sandbox.domain import Entry, EntryKind, Span, Tunable, TunableKind
from sandbox.flows.environments.reading import KnownTree
from sandbox.flows.repositories.opening import Opened
from sandbox.interfaces import SourceTree

_REMEMBERED = 3
_Json = dict[str, Any]


@dataclass(frozen=True)
class Scan:
    """What can be run and tweaked.

    Attributes:
        entries: all of them, best first; where one was named, that one.
        entry: the one the tunables belong to.
        tweaks: built-in tweaks of code that apply to it.
    """

    entries: tuple[Entry, ...]
    entry: Entry | None
    tunables: tuple[Tunable, ...]
    skipped: tuple[str, ...] = ()
    tweaks: tuple[Tunable, ...] = ()


def scan(opened: Opened, entry: str | None) -> Scan:
    """Looks through the working tree as it is, or remembers what it found in one like it.

    Args:
        entry: as typed; None = the recipe's, else the best one.

    Raises:
        EntryError: no such entry.
    """
    tree = checkouts.working_tree(opened.workspace)
    source = KnownTree(opened.workspace, tree, opened.paths.scans, most=_REMEMBERED)
    usual = opened.recipe.entry if opened.recipe else None
    found = _known(source, (entry, usual))
    if found is None:
        found = look(source, entry, usual)
        source.remember((entry, usual), _written(found))
    return found


def _known(source: KnownTree, question: tuple[str | None, ...]) -> Scan | None:
    """A damaged memory counts as none."""
    known = source.known(question)
    with suppress(KeyError, TypeError, ValueError, AttributeError):
        return None if known is None else _read(known)
    return None


def look(source: SourceTree, entry: str | None, usual: str | None) -> Scan:
    """As `scan`, of any tree.

    Args:
        usual: the entry where none is named; None = the best one.
    """
    if entry is None:
        entries = tunables.find_entries(source)
        if not entries and usual is None:
            return Scan(entries, None, ())
        chosen = tunables.find_entry(source, usual) if usual else entries[0]
    else:
        chosen = tunables.find_entry(source, entry)
        entries = (chosen,)
    report = tunables.scan_report(source, chosen)
    skipped = tuple(f"{one.file}: {one.why}" for one in report.skipped)
    tweaks = tunables.find_tweaks(source, chosen, report)
    return Scan(entries, chosen, report.tunables, skipped, tweaks)


def _written(found: Scan) -> _Json:
    """A scan as JSON has it; `asdict` would copy each value of thousands."""
    return {
        "entries": [asdict(one) for one in found.entries],
        "entry": asdict(found.entry) if found.entry else None,
        "tunables": [_flat(one) for one in found.tunables],
        "skipped": found.skipped,
        "tweaks": [_flat(one) for one in found.tweaks],
    }


def _flat(one: Tunable) -> _Json:
    return {**vars(one), "span": vars(one.span) if one.span else None}


def _read(fields: _Json) -> Scan:
    return Scan(
        entries=tuple(map(_entry, fields["entries"])),
        entry=_entry(fields["entry"]) if fields["entry"] else None,
        tunables=tuple(map(_tunable, fields["tunables"])),
        skipped=tuple(fields["skipped"]),
        tweaks=tuple(map(_tunable, fields["tweaks"])),
    )


def _entry(fields: _Json) -> Entry:
    given = {"kind": EntryKind(fields["kind"]), "reasons": tuple(fields["reasons"])}
    return Entry(**{**fields, **given})


def _tunable(fields: _Json) -> Tunable:
    fields["kind"] = TunableKind(fields["kind"])
    fields["span"] = Span(**fields["span"]) if fields["span"] else None
    for name in ("choices", "suggested", "flows_to"):
        fields[name] = tuple(fields[name])
    return Tunable(**fields)
