"""All built-in tweaks: which of them apply to an entry, and what they make of its files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sandbox.domain import Entry, Tunable, TunableKind
from sandbox.errors import TunableError
from sandbox.interfaces import EditedTree, SourceTree
from sandbox.tunables.cells import python_of, replace_cell
from sandbox.tunables.modules import local_modules
from sandbox.tunables.scanning import ScanReport, own_sources
from sandbox.tunables.sources import decode, parse
from sandbox.tunables.tweaks import activations, data, estimators, layers, length, optimisation
from sandbox.tunables.tweaks.code import Code
from sandbox.tunables.tweaks.edits import Edit, edited
from sandbox.tunables.tweaks.model import OFF, ON, CodeTweak, Spot

TWEAKS: Mapping[str, CodeTweak] = {
    one.name: one
    for family in (optimisation, activations, layers, data, estimators, length)
    for one in family.TWEAKS
}
"""By name, as they are listed."""


def is_tweak(name: str) -> bool:
    """Whether there is a built-in tweak of that name."""
    return name in TWEAKS


def is_switch(name: str) -> bool:
    """Whether it is a built-in tweak that is on or off."""
    return name in TWEAKS and TWEAKS[name].is_switch


def tweak_concept(name: str) -> str | None:
    """Name of the card that tells of a built-in tweak; None = none does."""
    return TWEAKS[name].concept if name in TWEAKS else None


def find_tweaks(
    tree: SourceTree, entry: Entry, report: ScanReport | None = None
) -> tuple[Tunable, ...]:
    """Tweaks that apply to an entry or a local module it imports, as tunables.

    A switch is `off`, another one has the value, line and file of the first of its places.

    Args:
        report: what a scan of the same entry found: its files are not parsed again.
    """
    code = Code(report.sources) if report else _code(tree, entry)
    found = ((one, list(one.find(code))) for one in TWEAKS.values())
    return tuple(_tunable(one, spots) for one, spots in found if spots)


def _code(tree: SourceTree, entry: Entry) -> Code:
    own, _, _ = own_sources(tree, entry)
    imported, _ = local_modules(tree, entry.path, own)
    return Code((*own, *imported))


def _tunable(tweak: CodeTweak, spots: Sequence[Spot]) -> Tunable:
    first = spots[0]
    more = f"; {len(spots)} places" if len(spots) > 1 else ""
    values = (ON,) if tweak.is_switch else _possible(tweak, spots)
    now = OFF if tweak.is_switch else first.now
    return Tunable(
        name=tweak.name,
        kind=TunableKind.tweak,
        file=first.source.path,
        line=first.node.lineno,
        qualified_name=f"tweak:{tweak.name}",
        value=now,
        choices=(OFF, ON) if tweak.is_switch else () if tweak.check else values,
        help=f"{tweak.about}{more}",
        suggested=tuple(one for one in values if one != now),
        concept=tweak.concept,
        is_switch=tweak.is_switch,
    )


def _possible(tweak: CodeTweak, spots: Sequence[Spot]) -> tuple[str, ...]:
    """The values that can be made at all places."""
    return tuple(
        value
        for value in tweak.values
        if all(one.values is None or value in one.values for one in spots)
    )


def tweak_code(
    tree: SourceTree, entry: Entry, wanted: Sequence[tuple[str, str]]
) -> dict[str, bytes]:
    """Path → whole new content of each file that differs with these tweaks, made one by one.

    Args:
        wanted: names of tweaks, each with its value as typed.

    Raises:
        TunableError: no such tweak, a value that does not fit, or it does not apply here.
    """
    made: dict[str, bytes] = {}
    for name, value in wanted:
        made.update(_tweaked(EditedTree(tree, made), entry, _named(name), value))
    return made


def _named(name: str) -> CodeTweak:
    if name not in TWEAKS:
        raise TunableError(
            f"no built-in tweak called '{name}'", hint=f"there are: {', '.join(TWEAKS)}"
        )
    return TWEAKS[name]


def _tweaked(tree: SourceTree, entry: Entry, tweak: CodeTweak, value: str) -> dict[str, bytes]:
    meant = tweak.parse(value)
    if meant == OFF and tweak.is_switch:
        return {}
    spots = list(tweak.find(_code(tree, entry)))
    if not spots:
        raise TunableError(
            f"{tweak.name} does not apply to {entry.path}: there is nothing that it could change",
            hint="what applies is listed by: sandbox tweak list TARGET ENTRY",
        )
    by_path: dict[str, list[Edit]] = defaultdict(list)
    for spot in spots:
        for edit in spot.change(meant):
            by_path[edit.source.path].append(edit)
    return {path: _written(tree.read(path), tweak, edits) for path, edits in by_path.items()}


def _written(data: bytes, tweak: CodeTweak, edits: Sequence[Edit]) -> bytes:
    by_cell: dict[int | None, list[Edit]] = defaultdict(list)
    for edit in edits:
        by_cell[edit.source.cell].append(edit)
    for cell, within in by_cell.items():
        source = within[0].source
        text = edited(source.text, within)
        _check(text, source.path, tweak, is_cell=cell is not None)
        if cell is None:
            _, encoding = decode(data)
            return text.encode(encoding)
        data = replace_cell(data, cell, text)
    return data


def _check(text: str, path: str, tweak: CodeTweak, *, is_cell: bool) -> None:
    try:
        parse(python_of(text) if is_cell else text, cell=is_cell)
    except ValueError as error:
        raise TunableError(
            f"{tweak.name} makes nothing of {path} that Python could read",
            hint="make the change by hand, and give it with: --patch FILE",
        ) from error
