"""Everything that can be tweaked in an entry and the local modules it imports, ranked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from sandbox.domain import Entry, EntryKind, Tunable, TunableKind
from sandbox.errors import EntryError
from sandbox.interfaces import SourceTree
from sandbox.tunables.cells import parse_cells, read_notebook
from sandbox.tunables.configs import find_settings
from sandbox.tunables.describing import Describer
from sandbox.tunables.frameworks import find_options
from sandbox.tunables.frameworks.program import Program
from sandbox.tunables.modules import local_modules
from sandbox.tunables.naming import DEFAULTS, file_of, with_names
from sandbox.tunables.places import find_places
from sandbox.tunables.reach import unreached
from sandbox.tunables.signatures import Signatures, signatures_of
from sandbox.tunables.sources import Skipped, Source, parse_source, split_lines
from sandbox.tunables.uses import Uses, uses_of
from sandbox.tunables.worth import NOISE, card_name, concept_of, fields, suggestions

_IMPORTED = 0.85


@dataclass(frozen=True)
class ScanReport:
    """What a scan found.

    Attributes:
        tunables: by worth, best first.
        modules: files that were looked through, the entry first.
        skipped: files and cells that were passed over, and why.
        sources: the files and cells themselves, parsed.
    """

    tunables: tuple[Tunable, ...]
    modules: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    sources: tuple[Source, ...] = field(default=(), repr=False)


def scan(tree: SourceTree, entry: Entry) -> tuple[Tunable, ...]:
    """The tunables of an entry, by worth, best first; see `scan_report` for what was skipped."""
    return scan_report(tree, entry).tunables


def scan_report(tree: SourceTree, entry: Entry) -> ScanReport:
    """The tunables of an entry and of the local modules it imports.

    Raises:
        EntryError: no such file in the tree.
    """
    own, parameters, skipped = own_sources(tree, entry)
    imported, unread = local_modules(tree, entry.path, own)
    signatures = _signatures([*own, *imported])
    unused = unreached(own, imported)
    settings, unreadable = find_settings(tree, entry.path, [*own, *imported])
    describer = Describer(fields(source.text for source in (*own, *imported)))
    found = [t for source in own for t in _of_source(source, signatures, parameters, describer)]
    lower = replace(describer, factor=_IMPORTED)
    found += [t for source in imported for t in _of_source(source, signatures, frozenset(), lower)]
    if entry.kind is EntryKind.script:
        options = list(map(describer.option, find_options(Program(tree, (*own, *imported)))))
        declared = {(one.file, one.line) for one in options}
        found = [one for one in found if (one.file, one.line) not in declared] + options
    found = [_idle(t) if _top(t) in unused else t for t in found]
    found += map(describer.setting, settings)
    uses = uses_of([*own, *imported], signatures)
    found = [_with_uses(t, uses) for t in found]
    ranked = sorted(with_names(_told_apart(found)), key=lambda tunable: -tunable.worth)
    modules = (entry.path, *(source.path for source in imported))
    passed_over = (*skipped, *unread, *unreadable)
    return ScanReport(tuple(ranked), modules, passed_over, (*own, *imported))


def own_sources(
    tree: SourceTree, entry: Entry
) -> tuple[list[Source], frozenset[int], list[Skipped]]:
    """The entry's source or cells, which cells are tagged `parameters`, and what was skipped."""
    try:
        data = tree.read(entry.path)
    except KeyError as error:
        raise EntryError(f"no file '{entry.path}' in the repository") from error
    if entry.kind is EntryKind.script:
        source = parse_source(entry.path, data)
        if isinstance(source, Skipped):
            return [], frozenset(), [source]
        return [source], frozenset(), []
    try:
        notebook = read_notebook(entry.path, data)
    except ValueError as error:
        return [], frozenset(), [Skipped(entry.path, str(error))]
    sources, skipped = parse_cells(notebook)
    tagged = [cell.index for cell in notebook.cells if cell.is_parameters]
    return sources, frozenset(tagged[:1]), skipped


def _signatures(sources: Iterable[Source]) -> Signatures:
    known: dict[str, tuple[str, ...]] = {}
    twice: set[str] = set()
    for source in sources:
        for name, parameters in signatures_of(source).items():
            twice |= {name} if known.get(name, parameters) != parameters else set()
            known[name] = parameters
    return {name: parameters for name, parameters in known.items() if name not in twice}


def _of_source(
    source: Source, signatures: Signatures, parameters: frozenset[int], describer: Describer
) -> Iterator[Tunable]:
    lines = split_lines(source.text)
    for place in find_places(source, signatures):
        where = f"cell {source.cell}:" if source.cell is not None else ""
        if source.cell in parameters and place.kind is TunableKind.variable:
            where = "parameters:"
        yield describer.place(source, place, lines, where)


def _top(tunable: Tunable) -> tuple[str, str]:
    """File and outermost name: the definition a tunable stands in."""
    path = file_of(tunable)[1].rpartition(":")[2]
    return tunable.file, path.split(".")[0]


def _idle(tunable: Tunable) -> Tunable:
    """A place in a definition that the entry never uses: changing it would change nothing."""
    is_inside = tunable.kind not in {TunableKind.flag, TunableKind.positional}
    return replace(tunable, worth=min(tunable.worth, NOISE / 2)) if is_inside else tunable


def _with_uses(tunable: Tunable, uses: Uses) -> Tunable:
    """With the calls it ends in, which may tell what its own name leaves open."""
    if tunable.kind is TunableKind.literal:
        return tunable
    path = tunable.qualified_name.rpartition(":")[2].lstrip("-").replace("-", "_")
    cell = tunable.span.cell if tunable.span else None
    found = uses.of(tunable.file, cell, tunable.line, path.rpartition(".")[2])
    if not found:
        return tunable
    told = tuple(map(str, found))
    meant = (concept_of(use.parameter, use.call) for use in found if use.parameter)
    concept = next((one for one in meant if one is not None and one.owners), None)
    if concept is None:
        return replace(tunable, flows_to=told)
    values = suggestions(concept, tunable.value, tunable.choices, tunable.type)
    return replace(tunable, flows_to=told, concept=card_name(concept), suggested=values)


def _told_apart(tunables: list[Tunable]) -> Iterator[Tunable]:
    """Equal qualified names numbered in the order of the text: `Dropout.p#1`, `Dropout.p#2`.

    A default that bears the name of an argument at a call is told from it by `__defaults__`.
    """
    literals = {t.qualified_name for t in tunables if t.kind is not TunableKind.default}
    tunables = [_as_default(t) if t.qualified_name in literals else t for t in tunables]
    total = Counter(tunable.qualified_name for tunable in tunables)
    seen: Counter[str] = Counter()
    for tunable in tunables:
        name = tunable.qualified_name
        seen[name] += 1
        yield (
            replace(tunable, qualified_name=f"{name}#{seen[name]}") if total[name] > 1 else tunable
        )


def _as_default(tunable: Tunable) -> Tunable:
    if tunable.kind is not TunableKind.default:
        return tunable
    head, _, leaf = tunable.qualified_name.rpartition(".")
    return replace(tunable, qualified_name=f"{head}.{DEFAULTS}.{leaf}")
