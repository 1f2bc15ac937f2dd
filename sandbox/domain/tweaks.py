"""What can be changed, and what was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox.domain.digests import digest


class EntryKind(StrEnum):
    script = "script"
    notebook = "notebook"


@dataclass(frozen=True)
class Entry:
    """A script or notebook of the repository that can be run.

    Attributes:
        path, cwd: POSIX, relative to the root; `cwd` None = the entry's own folder.
        score, reasons: how likely a learner wants this one, higher is better, and why.
        as_module: run as `python -m package.module` from the root.
    """

    path: str
    kind: EntryKind
    score: float = 0.0
    reasons: tuple[str, ...] = ()
    as_module: bool = False
    cwd: str | None = None


class TunableKind(StrEnum):
    flag = "flag"
    positional = "positional"
    constant = "constant"
    literal = "literal"
    default = "default"
    variable = "variable"
    config = "config"
    tweak = "tweak"


@dataclass(frozen=True)
class Span:
    """A stretch of a source text: `line` from 1, `column` from 0 in UTF-8 bytes, end exclusive.

    In a notebook `cell` is the index of the cell (from 0) and lines count within it.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None


@dataclass(frozen=True)
class Tunable:
    """A place in the source whose value may change.

    Attributes:
        name: the shortest name that finds it within its entry (`lr`, `Adam.lr`, `cell 7: lr`).
        file, qualified_name: POSIX path from the root; an unambiguous name (`train.py:Adam.lr`).
        value: the present value as source text (`1e-3`); for flags the default; None = none.
        type: `int`, `float`, `str`, `bool`, `list`, `expression`, … ; None = not known.
        choices, suggested: values as text: all that are allowed (empty = any), some worth trying.
        worth, concept: 0 … 1, how much it is worth trying; the card that tells of it, if any.
        span: where the value stands in the text; None for flags, which are set by the command line.
        flag, is_switch: the option string to pass, None unless kind is `flag`; whether giving it,
            without a value, turns its default round.
        flows_to: calls that it is passed to, as far as the text tells: `Adam(lr=) train.py:52`.
    """

    name: str
    kind: TunableKind
    file: str
    line: int
    qualified_name: str
    value: str | None
    type: str | None = None
    choices: tuple[str, ...] = ()
    help: str | None = None
    worth: float = 0.0
    suggested: tuple[str, ...] = ()
    concept: str | None = None
    span: Span | None = None
    flag: str | None = None
    is_switch: bool = False
    flows_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tweak:
    """A Tunable with a new value, or a named patch.

    Attributes:
        name, value: a column in every table; as text, for a patch its file's name.
        tunable: qualified name of the Tunable; None for a patch or the working tree.
    """

    name: str
    value: str
    tunable: str | None = None


@dataclass(frozen=True)
class Variant:
    """Tree of files + Entry + parameters + seed; `id` is the digest of those.

    Attributes:
        tree: SHA of the git tree the code runs in.
        arguments: command line of a script entry, in order.
        parameters: values injected into a notebook entry by papermill.
        tweaks: what was changed against the baseline; empty = the baseline.
        commit, notes: a real one under `refs/sandbox/`; how tweaks were applied; not identity.
    """

    tree: str
    entry: Entry
    arguments: tuple[str, ...] = ()
    parameters: Mapping[str, object] = field(default_factory=dict)
    tweaks: tuple[Tweak, ...] = ()
    seed: int | None = None
    commit: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        entry = (self.entry.path, self.entry.as_module, self.entry.cwd)
        given = (list(self.arguments), dict(self.parameters), self.seed)
        return digest(self.tree, entry, *given)[:16]

    @property
    def name(self) -> str:
        """What a person calls it: `lr=0.1 type=mlp`, or `baseline`."""
        return " ".join(f"{tweak.name}={tweak.value}" for tweak in self.tweaks) or "baseline"
