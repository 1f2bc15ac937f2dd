"""Everything that can be tweaked in an entry and the local modules it imports, ranked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sandbox.domain import Entry, EntryKind, Tunable, TunableKind
from sandbox.errors import EntryError
from sandbox.interfaces import SourceTree
from sandbox.tunables.cells import parse_cells, read_notebook
from sandbox.tunables.concepts import Concept
from sandbox.tunables.configs import Setting, find_settings
from sandbox.tunables.frameworks import Option, Style, find_options
from sandbox.tunables.frameworks.program import Program
from sandbox.tunables.literals import type_of
from sandbox.tunables.modules import local_modules
from sandbox.tunables.naming import DEFAULTS, file_of, with_names
from sandbox.tunables.places import Place, find_places
from sandbox.tunables.reach import unreached
from sandbox.tunables.signatures import Signatures, signatures_of
from sandbox.tunables.sources import Skipped, Source, parse_source, span_of, split_lines
from sandbox.tunables.uses import Uses, uses_of
from sandbox.tunables.worth import NOISE, card_name, concept_of, suggestions, worth_of

_COMMENT = re.compile(r"#+\s?(.*)$")
_MAIN_FUNCTIONS = re.compile(r"^(main|train|run|fit|demo|experiment)", re.IGNORECASE)
_KIND_FACTOR = {
    TunableKind.constant: 0.98,
    TunableKind.variable: 0.98,
    TunableKind.literal: 0.95,
    TunableKind.default: 0.8,
    TunableKind.config: 0.98,
}
_IMPORTED = 0.85
_INSIDE_FUNCTION = 0.8


@dataclass(frozen=True)
class ScanReport:
    """What a scan found.

    Attributes:
        tunables: by worth, best first.
        modules: files that were looked through, the entry first.
        skipped: files and cells that were passed over, and why.
    """

    tunables: tuple[Tunable, ...]
    modules: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def scan(tree: SourceTree, entry: Entry) -> tuple[Tunable, ...]:
    """The tunables of an entry, by worth, best first; see `scan_report` for what was skipped."""
    return scan_report(tree, entry).tunables


def scan_report(tree: SourceTree, entry: Entry) -> ScanReport:
    """The tunables of an entry and of the local modules it imports.

    Raises:
        EntryError: no such file in the tree.
    """
    own, parameters, skipped = _own_sources(tree, entry)
    imported, unread = local_modules(tree, entry.path, own)
    signatures = _signatures([*own, *imported])
    unused = unreached(own, imported)
    settings, unreadable = find_settings(tree, entry.path, [*own, *imported])
    found = [t for source in own for t in _of_source(source, signatures, parameters)]
    for source in imported:
        found += [_lowered(t) for t in _of_module(source, signatures)]
    if entry.kind is EntryKind.script:
        options = list(map(_of_option, find_options(Program(tree, (*own, *imported)))))
        declared = {(one.file, one.line) for one in options}
        found = [one for one in found if (one.file, one.line) not in declared] + options
    found = [_idle(t) if _top(t) in unused else t for t in found]
    found += map(_of_setting, settings)
    uses = uses_of([*own, *imported], signatures)
    found = [_with_uses(t, uses) for t in found]
    ranked = sorted(with_names(_told_apart(found)), key=lambda tunable: -tunable.worth)
    modules = (entry.path, *(source.path for source in imported))
    return ScanReport(tuple(ranked), modules, (*skipped, *unread, *unreadable))


def _own_sources(
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
    source: Source, signatures: Signatures, parameters: frozenset[int]
) -> Iterator[Tunable]:
    lines = split_lines(source.text)
    for place in find_places(source, signatures):
        where = f"cell {source.cell}:" if source.cell is not None else ""
        if source.cell in parameters and place.kind is TunableKind.variable:
            where = "parameters:"
        yield _of_place(source, place, lines, where)


def _of_module(source: Source, signatures: Signatures) -> Iterator[Tunable]:
    lines = split_lines(source.text)
    for place in find_places(source, signatures):
        yield _of_place(source, place, lines, "")


def _of_place(source: Source, place: Place, lines: list[str], where: str) -> Tunable:
    name = place.names[-1]
    concept = concept_of(*_meant(place.names, loops=place.is_training_loop))
    kind = type_of(place.node)
    if kind == "int" and concept is not None and concept.is_real:
        kind = "float"
    value = (
        source.segment(place.node)
        if place.node.lineno != place.node.end_lineno
        else _line_cut(lines, place.node)
    )
    return Tunable(
        name=name,
        kind=place.kind,
        file=source.path,
        line=place.node.lineno,
        qualified_name=f"{source.path}:{where}{'.'.join(place.names)}",
        value=value,
        type=kind,
        help=_comment(lines, place),
        worth=_worth(place, kind),
        suggested=suggestions(concept, value, (), kind),
        concept=card_name(concept),
        span=span_of(place.node, source.cell),
    )


def _line_cut(lines: list[str], node: object) -> str:
    line = lines[node.lineno - 1].encode("utf-8", "surrogatepass")  # type: ignore[attr-defined]
    cut = line[node.col_offset : node.end_col_offset]  # type: ignore[attr-defined]
    return cut.decode("utf-8", "surrogatepass")


def _meant(names: Sequence[str], *, loops: bool = False) -> tuple[str, str]:
    """By what to find its concept: its name, and whose it is."""
    return ("epochs", "") if loops else (names[-1], names[-2] if len(names) > 1 else "")


def _worth(place: Place, kind: str | None) -> float:
    if place.is_noise:
        return NOISE / 2
    name, owner = _meant(place.names, loops=place.is_training_loop)
    worth = worth_of(name, kind, owner) * _KIND_FACTOR[place.kind]
    scope = place.names[0] if len(place.names) > 1 else ""
    if place.depth and not _MAIN_FUNCTIONS.match(scope):
        worth *= _INSIDE_FUNCTION
    return round(worth, 3)


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


def _lowered(tunable: Tunable) -> Tunable:
    return replace(tunable, worth=round(tunable.worth * _IMPORTED, 3))


def _of_option(option: Option) -> Tunable:
    kind = option.type or ("str" if option.style in {Style.words, Style.truth} else None)
    concept, base = _option_worth(option, kind)
    if kind == "int" and concept is not None and concept.is_real and _is_untyped(option):
        kind = "float"
    factor = _KIND_FACTOR[TunableKind.config] if option.is_override else 1.02
    return Tunable(
        name=option.name,
        kind=_option_kind(option),
        file=option.file,
        line=option.line,
        qualified_name=f"{option.file}:{option.path}",
        value=option.default,
        type=kind,
        choices=option.choices,
        help=option.help,
        worth=round(min(1.0, base * factor), 3),
        suggested=_option_suggestions(option, concept, kind),
        concept=card_name(concept),
        flag=None if option.is_override else option.flag,
        is_switch=option.is_switch,
    )


def _is_untyped(option: Option) -> bool:
    """Nothing holds the value to the type of its default: Fire's, and those of YAML files."""
    return option.style is Style.literal or (option.is_override and not option.file.endswith(".py"))


def _option_kind(option: Option) -> TunableKind:
    if option.is_override:
        return TunableKind.config
    return TunableKind.flag if option.flag else TunableKind.positional


def _option_worth(option: Option, kind: str | None) -> tuple[Concept | None, float]:
    """A dotted name's last part is what it means, the part before whose it is."""
    name, owner = _meant(option.name.split("."))
    is_open = kind is None or (kind == "str" and not option.is_override)
    base = worth_of(name, "float" if is_open else kind, owner)
    return concept_of(name, owner), max(base, 0.5) if option.choices else base


def _option_suggestions(
    option: Option, concept: Concept | None, kind: str | None
) -> tuple[str, ...]:
    if option.action in {"count", "const", "append"} or option.nargs not in {None, "?"}:
        return ()
    return suggestions(concept, option.default, option.choices, kind)


def _of_setting(setting: Setting) -> Tunable:
    name, owner = _meant(setting.name.split("."))
    concept = concept_of(name, owner)
    worth = worth_of(name, setting.type, owner) * _KIND_FACTOR[TunableKind.config]
    is_real = setting.type == "int" and concept is not None and concept.is_real
    return Tunable(
        name=name,
        kind=TunableKind.config,
        file=setting.file,
        line=setting.span.line,
        qualified_name=f"{setting.file}:{setting.name}",
        value=setting.value,
        type="float" if is_real else setting.type,
        worth=round(worth, 3),
        suggested=suggestions(concept, setting.value, (), setting.type),
        concept=card_name(concept),
        span=setting.span,
    )


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


def _comment(lines: list[str], place: Place) -> str | None:
    """The comment behind the value or, for an assignment, on the line above."""
    end = (place.node.end_lineno or place.node.lineno) - 1
    rest = lines[end].encode()[place.node.end_col_offset or 0 :].decode(errors="ignore").strip()
    if "#" in rest and "'" not in rest.split("#")[0] and '"' not in rest.split("#")[0]:
        found = _COMMENT.search(rest)
        return found.group(1).strip() or None if found else None
    if place.kind not in {TunableKind.constant, TunableKind.variable} or place.node.lineno < 2:
        return None
    above = lines[place.node.lineno - 2].strip()
    return above.lstrip("# ").strip() or None if above.startswith("#") else None
