"""Places, options and settings as tunables: what each means, is worth, and could be instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.domain import Tunable, TunableKind
from sandbox.tunables.concepts import Concept
from sandbox.tunables.configs import Setting
from sandbox.tunables.frameworks import Option, Style
from sandbox.tunables.literals import type_of
from sandbox.tunables.places import Place
from sandbox.tunables.sources import Source, span_of
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
_INSIDE_FUNCTION = 0.8


@dataclass(frozen=True)
class Describer:
    """Makes tunables of what was found.

    Attributes:
        about: what the whole program is about, see `worth.fields`.
        factor: what places of a file are worth beside those of the entry itself.
    """

    about: str
    factor: float = 1.0

    def place(self, source: Source, place: Place, lines: list[str], where: str) -> Tunable:
        """`where` stands before the name: which cell."""
        name = place.names[-1]
        meant = self._meant(place.names, loops=place.is_training_loop)
        concept = None if place.is_data else concept_of(*meant)
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
            worth=self._worth(place, kind),
            suggested=suggestions(concept, value, (), kind),
            concept=card_name(concept),
            span=span_of(place.node, source.cell),
        )

    def option(self, option: Option) -> Tunable:
        """What a command line sets."""
        kind = option.type or ("str" if option.style in {Style.words, Style.truth} else None)
        concept, base = self._option_worth(option, kind)
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

    def setting(self, setting: Setting) -> Tunable:
        """What a configuration file holds."""
        name, owner = self._meant(setting.name.split("."))
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

    def _meant(self, names: Sequence[str], *, loops: bool = False) -> tuple[str, str]:
        """By what to find its concept: its name, and whose it is or what the program is about."""
        if loops:
            return "epochs", ""
        owner = names[-2] if len(names) > 1 else ""
        return names[-1], f"{owner}_{self.about}" if self.about else owner

    def _worth(self, place: Place, kind: str | None) -> float:
        if place.is_noise:
            return round(NOISE / 2 * self.factor, 3)
        name, owner = self._meant(place.names, loops=place.is_training_loop)
        worth = worth_of(name, kind, owner) * _KIND_FACTOR[place.kind]
        scope = place.names[0] if len(place.names) > 1 else ""
        if place.depth and not _MAIN_FUNCTIONS.match(scope):
            worth *= _INSIDE_FUNCTION
        return round(worth * self.factor, 3)

    def _option_worth(self, option: Option, kind: str | None) -> tuple[Concept | None, float]:
        """A dotted name's last part is what it means, the part before whose it is."""
        name, owner = self._meant(option.name.split("."))
        is_open = kind is None or (kind == "str" and not option.is_override)
        base = worth_of(name, "float" if is_open else kind, owner)
        return concept_of(name, owner), max(base, 0.5) if option.choices else base


def _line_cut(lines: list[str], node: ast.expr) -> str:
    text = lines[node.lineno - 1]
    if text.isascii():
        return text[node.col_offset : node.end_col_offset]
    cut = text.encode("utf-8", "surrogatepass")[node.col_offset : node.end_col_offset]
    return cut.decode("utf-8", "surrogatepass")


def _is_untyped(option: Option) -> bool:
    """Nothing holds the value to the type of its default: Fire's, and those of YAML files."""
    return option.style is Style.literal or (option.is_override and not option.file.endswith(".py"))


def _option_kind(option: Option) -> TunableKind:
    if option.is_override:
        return TunableKind.config
    return TunableKind.flag if option.flag else TunableKind.positional


def _option_suggestions(
    option: Option, concept: Concept | None, kind: str | None
) -> tuple[str, ...]:
    if option.action in {"count", "const", "append"} or option.nargs not in {None, "?"}:
        return ()
    return suggestions(concept, option.default, option.choices, kind)


def _comment(lines: list[str], place: Place) -> str | None:
    """The comment behind the value or, for an assignment, on the line above."""
    line = lines[(place.node.end_lineno or place.node.lineno) - 1]
    if "#" in line:
        rest = line.encode()[place.node.end_col_offset or 0 :].decode(errors="ignore").strip()
        before, mark, _ = rest.partition("#")
        if mark and "'" not in before and '"' not in before:
            found = _COMMENT.search(rest)
            return found.group(1).strip() or None if found else None
    if place.kind not in {TunableKind.constant, TunableKind.variable} or place.node.lineno < 2:
        return None
    above = lines[place.node.lineno - 2].strip()
    return above.lstrip("# ").strip() or None if above.startswith("#") else None
