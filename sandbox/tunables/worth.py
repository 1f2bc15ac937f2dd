"""How much a tunable is worth trying, and with which values, by what its name means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from sandbox.tunables.alternatives import decimal_of
from sandbox.tunables.concepts import CONCEPTS, Concept

NOISE = 0.05
"""Worth up to here: labels of plots, shapes, counters. They never stand in another's way."""


def _any(patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns.split()))


_COMPILED = tuple((_any(one.patterns), _any(one.owners), one) for one in CONCEPTS)
_BY_NAME = {concept.name: concept for concept in CONCEPTS}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ORDINAL = re.compile(r"#\d+$")
_DULL = re.compile(r"^_?[a-z]{1,2}\d?$|^arg\d+$|^_+$")

_AGENTS = "reinforcement"
_SIGNS = {
    "environment": re.compile(
        r"^[ \t]*(?:import|from) (?:gym|gymnasium|stable_baselines3|pettingzoo|dm_control)\b"
        r"|\benvs?\.(?:step|reset)\(",
        re.MULTILINE,
    ),
    "table": re.compile(r"\bq_?table\b|\bQ\[", re.IGNORECASE),
    "reward": re.compile(r"\brewards?\b"),
    "policy": re.compile(r"\bpolicy\b"),
    "agent": re.compile(r"\b(?:agents?|episodes?)\b"),
}

_BASE = {
    None: 0.1,
    "int": 0.3,
    "float": 0.35,
    "bool": 0.25,
    "str": 0.15,
    "list": 0.25,
    "tuple": 0.2,
}


@lru_cache(maxsize=8192)
def concept_of(name: str, owner: str = "") -> Concept | None:
    """What a name means; None where the table does not know it.

    Args:
        owner: the call, class or section it belongs to: `gamma` of an SVC is not that of an agent.
    """
    text, owned = _snake(name), _snake(owner)
    return next(
        (
            concept
            for pattern, owners, concept in _COMPILED
            if pattern.search(text) and owners.search(owned)
        ),
        None,
    )


def _snake(name: str) -> str:
    snake = _CAMEL.sub("_", name).replace("-", "_").replace(".", "_").lower().strip("_")
    return f"_{snake}_"


def concept_name(name: str, *, surely: bool = False) -> str | None:
    """The concept whose card tells of a name (`lr`, `SVC.C`, `--batch-size`); None = none does.

    Args:
        surely: nothing for a name that means several things and stands without its owner, such
            as `gamma`; else the likeliest.
    """
    path = _ORDINAL.sub("", name.rpartition(":")[2].strip())
    owner, _, leaf = path.rpartition(".")
    owner = owner.rpartition(".")[2]
    if surely and not owner and _has_several_meanings(leaf):
        return None
    found = concept_of(leaf, owner) or concept_of(leaf, f"{owner}_{_AGENTS}")
    return card_name(found)


def is_seed(name: str) -> bool:
    """Whether a name (`seed`, `random_state`, `model.seed`) is that of a seed."""
    found = concept_of(name.rpartition(":")[2].rpartition(".")[2])
    return found is not None and found.name == "seed"


def _has_several_meanings(leaf: str) -> bool:
    """Several, and none that it has wherever it stands."""
    text = _snake(leaf)
    owners = [owners.pattern for pattern, owners, _ in _COMPILED if pattern.search(text)]
    return len(owners) > 1 and "" not in owners


def fields(texts: Iterable[str]) -> str:
    """What a program is about, to stand behind an owner: `epsilon` explores only where agents are.

    Empty, `reinforcement`, or, where an agent learns a table, `reinforcement_tabular`.
    """
    found = {mark for text in texts for mark in _SIGNS if _SIGNS[mark].search(text)}
    if not found & {"environment", "table"} and len(found & {"reward", "policy", "agent"}) < 2:
        return ""
    return f"{_AGENTS}_tabular" if "table" in found else _AGENTS


def card_name(concept: Concept | None) -> str | None:
    """The concept's name where there is something to read about it."""
    return concept.name if concept is not None and concept.has_card else None


def concept_named(name: str | None) -> Concept | None:
    """The concept of that name."""
    return _BY_NAME.get(name or "")


def worth_of(name: str, type_name: str | None, owner: str = "") -> float:
    """Worth of a tunable by its own name and type, before where it stands is weighed."""
    concept = concept_of(name, owner)
    if concept is not None and type_name is None and not concept.may_be_none:
        return min(concept.worth, 0.2)
    if concept is not None:
        return concept.worth if _fits(concept, type_name) else min(concept.worth, 0.2)
    base = _BASE.get(type_name, 0.2)
    return base / 3 if _DULL.match(name) else base


def suggestions(
    concept: Concept | None, value: str | None, choices: tuple[str, ...], type_name: str | None
) -> tuple[str, ...]:
    """Values worth trying instead of the present one, the present one left out."""
    if choices:
        return tuple(choice for choice in choices if choice != value)[:6]
    if type_name == "bool":
        return ("False",) if str(value).lower() == "true" else ("True",)
    if concept is None or value is None or type_name not in {"int", "float", "str"}:
        return ()
    found = concept.suggest(value)
    if type_name == "int":
        return tuple(each for each in found if re.fullmatch(r"-?\d+", each))
    return tuple(each for each in found if type_name == "str" or decimal_of(each) is not None)


def _fits(concept: Concept, type_name: str | None) -> bool:
    if type_name in {"str", "expression"}:
        return concept.is_choice or concept.name in {"model", "noise", "place", "normalisation"}
    return True
