"""What a recipe, an experiment and a concept card are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Recipe:
    """What it takes to run one repository well. Mirrors `recipes/*.toml`."""

    name: str
    title: str
    repo: str
    entry: str
    commit: str | None = None
    description: str = ""
    python: str | None = None
    packages: tuple[str, ...] = ()
    as_of: str | None = None
    arguments: tuple[str, ...] = ()
    as_module: bool = False
    cwd: str | None = None
    tunables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float | None = None


@dataclass(frozen=True)
class Experiment:
    """A question asked of a recipe or repository. Mirrors `experiments/*.toml`."""

    name: str
    question: str
    target: str
    entry: str | None = None
    tweaks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    patches: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    repeats: int = 1
    baseline_repeats: int | None = None
    jobs: int | None = None
    timeout_s: float | None = None
    sampler: str | None = None
    where: tuple[str, ...] = ()
    metrics: Mapping[str, str] = field(default_factory=dict)
    budget: tuple[str, ...] = ()
    prune: str | None = None
    expected: str | None = None


@dataclass(frozen=True)
class Source:
    """Where to read on."""

    text: str
    url: str


@dataclass(frozen=True)
class Card:
    """What there is to know of one concept before one tries it. Mirrors `recipes/concepts/*.toml`.

    Attributes:
        name: of the concept, as `sandbox scan` tells it.
        group: what it belongs to, in words.
        too_little, too_much: what one sees then; of a choice: when it is too weak, too strong.
        usual: range or choices.
        to_try: three things.
        see: names of others that go with it.
    """

    name: str
    title: str
    group: str
    what: str
    too_little: str
    too_much: str
    usual: str
    to_try: tuple[str, ...]
    see: tuple[str, ...] = ()
    read_on: tuple[Source, ...] = ()
