"""From a Request to a Question: held against the code, every name resolved."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from sandbox import checkouts, notebooks, samplers, tunables
from sandbox.domain import Entry, EntryKind, Tunable, TunableKind, Tweak, Workspace
from sandbox.errors import InputError, TunableError
from sandbox.flows.context import Context
from sandbox.flows.questions.patching import patch_tweak, read_patches, together
from sandbox.flows.questions.repeating import baseline_wanted, find_seeds, seeds_notes
from sandbox.flows.questions.tweaking import (
    PREFIX,
    find_tweak,
    shown_names,
)
from sandbox.flows.repositories.opening import Opened
from sandbox.flows.requests import Request
from sandbox.interfaces import SourceTree
from sandbox.recipes import Recipe

ENDLESS = ("-1", "None", "inf", "math.inf", "float('inf')")
"""How code says that a loop has no end."""


@dataclass(frozen=True)
class Question:
    """A Request held against the code: entry, tree and tunables known, every name resolved.

    Attributes:
        tree: SHA of the tree that is varied: the pinned commit's, or the working tree's.
        values: tunable → values asked for.
        patches: name → text of a unified diff.
        crossed: which of them are tried together, beside each alone.
        seeds: where repeats of a variant get other numbers.
        notes: one line each for what the user should know.
    """

    workspace: Workspace
    source: SourceTree
    tree: str
    entry: Entry
    arguments: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tunables: Mapping[str, Tunable] = field(default_factory=dict)
    patches: Mapping[str, str] = field(default_factory=dict)
    crossed: tuple[tuple[str, ...], ...] = ()
    seeds: tuple[Tunable, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def patch_sets(self) -> tuple[tuple[str, ...], ...]:
        """Patches that a variant has together."""
        return (*((name,) for name in self.patches), *self.crossed)


def pose(context: Context, opened: Opened, request: Request) -> Question:
    """Resolves every name of the Request.

    Raises:
        EntryError, TunableError: something that is named is not there.
    """
    workspace = opened.workspace
    tree = checkouts.working_tree(workspace)
    source = checkouts.GitTree(workspace, tree)
    entry = choose_entry(source, request, opened.recipe)
    notes = _tree_notes(workspace, tree)
    if request.entry is None:
        notes += (f"entry: {entry.path} ({', '.join(entry.reasons[:2]) or 'the only one'})",)
    values = {name: _split(texts) for name, texts in request.tweaks.items()}
    repeats = max(request.repeats, baseline_wanted(request))
    found = tunables.scan(source, entry) if values or repeats > 1 else ()
    by_name = _named(source, entry, found, list(values))
    values = {shown: values[name] for name, shown in shown_names(list(values)).items()}
    _refuse_twice(by_name)
    worth = _worth_trying(found, opened.recipe) if not all(values.values()) else {}
    values = {name: given or _suggested(by_name[name], worth) for name, given in values.items()}
    arguments = request.arguments or (opened.recipe.arguments if opened.recipe else ())
    _check(source, entry, arguments)
    if arguments and not request.arguments:
        notes += (f"arguments from the recipe: {' '.join(arguments)}",)
    arguments, bounded = _bounded(source, entry, arguments, by_name, values)
    notes += bounded
    seeds = find_seeds(found, by_name.values()) if repeats > 1 else ()
    patches = read_patches(context.folder, request.patches)
    notes += seeds_notes(request, seeds, entry)
    return Question(
        workspace=workspace,
        source=source,
        tree=tree,
        entry=entry,
        arguments=arguments,
        values=values,
        tunables=by_name,
        patches=patches,
        crossed=together(list(patches)) if request.cross else (),
        seeds=seeds,
        notes=notes,
    )


def _named(
    source: SourceTree, entry: Entry, found: Sequence[Tunable], names: Sequence[str]
) -> dict[str, Tunable]:
    """By the names that tables show: tunables, and tweaks of code where any is asked for."""
    wanted = any(name.startswith(PREFIX) for name in names)
    offered = tunables.find_tweaks(source, entry) if wanted else ()
    return {
        shown: find_tweak(offered, name, entry)
        if name.startswith(PREFIX)
        else tunables.find_tunable(found, name)
        for name, shown in shown_names(names).items()
    }


def _refuse_twice(by_name: Mapping[str, Tunable]) -> None:
    """One tunable by two names, which no variant could have both values of."""
    named: dict[str, str] = {}
    for name, tunable in by_name.items():
        other = named.setdefault(tunable.qualified_name, name)
        if other != name:
            raise TunableError(
                f"{other} and {name} are one tunable, {tunable.qualified_name}",
                hint=f"give its values together: -p {other}=VALUE,VALUE",
            )


def _worth_trying(found: Sequence[Tunable], recipe: Recipe | None) -> dict[str, tuple[str, ...]]:
    """Qualified name → what the recipe says of it; it may speak of other entries too."""
    worth = {}
    for name, values in (recipe.tunables if recipe else {}).items():
        with suppress(TunableError):
            worth[tunables.find_tunable(found, name).qualified_name] = _split(values)
    return worth


def _suggested(tunable: Tunable, worth: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """For a tunable that is named without values: the recipe's, else what the code tells."""
    if given := worth.get(tunable.qualified_name):
        return given
    if not tunable.suggested:
        raise TunableError(
            f"nothing is suggested for {tunable.name}, which is {tunable.value}",
            hint=f"say what to try: -p {tunable.name}=VALUE,VALUE",
        )
    return tunable.suggested


def choose_entry(source: SourceTree, request: Request, recipe: Recipe | None) -> Entry:
    """The entry that is asked for, with what the request or the recipe says of how to run it."""
    path = request.entry or (recipe.entry if recipe else None)
    entry = tunables.find_entry(source, path)
    if request.cwd is not None:
        _check_folder(source, request.cwd)
    from_recipe = recipe if recipe is not None and recipe.entry == entry.path else None
    return dataclasses.replace(
        entry,
        as_module=request.as_module or (from_recipe.as_module if from_recipe else entry.as_module),
        cwd=request.cwd or (from_recipe.cwd if from_recipe else entry.cwd),
    )


def _tree_notes(workspace: Workspace, tree: str) -> tuple[str, ...]:
    base = checkouts.base_tree(workspace)
    if tree == base:
        return ()
    changed = checkouts.diff(workspace, base, tree).count("\ndiff --git ") + 1
    files = "file differs" if changed == 1 else "files differ"
    return (f"the working tree is used as it is: {changed} {files} from the commit",)


def _bounded(
    source: SourceTree,
    entry: Entry,
    arguments: tuple[str, ...],
    found: Mapping[str, Tunable],
    values: Mapping[str, Sequence[str]],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Arguments with which an endless baseline ends, as its library reads them, and a note."""
    notes = []
    for name, tunable in found.items():
        now = given_value(arguments, tunable) or tunable.value
        is_open = tunable.concept == "length" and now in ENDLESS
        if not is_open or not tunables.is_on_command_line(tunable):
            continue
        ends = (end for value in values[name] for end in samplers.range_ends(value) or (value,))
        first = next((end for end in ends if end not in ENDLESS), None)
        if first is not None:
            made = tunables.apply(source, entry, [(tunable, first)], arguments=arguments)
            arguments = made.arguments
            notes.append(f"{name} is {now}, which never ends: the baseline has {first}")
    return arguments, tuple(notes)


def _split(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(value for text in texts for value in tunables.parse_values(text))


def _check_folder(source: SourceTree, folder: str) -> None:
    """A working directory has to be one of the repository's own."""
    wanted = PurePosixPath(folder)
    inside = not wanted.is_absolute() and ".." not in wanted.parts
    if not inside or not any(wanted in PurePosixPath(path).parents for path in source.paths()):
        raise InputError(
            f"no folder {folder!r} in the repository", hint="give it from the root: --cwd src/train"
        )


def _check(source: SourceTree, entry: Entry, arguments: Sequence[str]) -> None:
    """What would fail only after minutes of building."""
    if entry.kind is not EntryKind.notebook:
        return
    notebooks.check_notebook(source.read(entry.path), path=entry.path)
    if arguments:
        raise InputError(
            f"a notebook takes no arguments: {' '.join(arguments)}", hint="set values with -p"
        )


def single_point(question: Question) -> tuple[Tweak, ...]:
    """All tweaks at once, for a run of one variant."""
    for name, values in question.values.items():
        if len(values) != 1:
            raise TunableError(
                f"{name} has {len(values)} values, a run takes one",
                hint="try several values with: sandbox sweep",
            )
    tweaks = [tweak_of(question, name, values[0]) for name, values in question.values.items()]
    return (*tweaks, *patch_tweak(tuple(question.patches)))


def tweak_of(question: Question, name: str, value: str) -> Tweak:
    """A value of one of the question's tunables."""
    return Tweak(name, value, question.tunables[name].qualified_name)


def baseline_values(question: Question) -> dict[str, str]:
    """What the code has now, where it is known: a variant equal to it is the baseline."""
    present = {
        name: given_value(question.arguments, tunable) or tunable.value
        for name, tunable in question.tunables.items()
    }
    return {name: value for name, value in present.items() if value is not None}


def given_value(arguments: Sequence[str], tunable: Tunable) -> str | None:
    """What the command line sets a tunable to; the last time counts. None where it does not."""
    value = None
    is_override = tunable.kind is TunableKind.config and tunable.span is None
    own = tunable.qualified_name.rpartition(":")[2] if is_override else tunable.flag
    for word, following in zip(arguments, [*arguments, ""][1:], strict=True):
        flag, equals, text = word.partition("=")
        if own is not None and flag == own and (equals or not is_override):
            value = text if equals else following
    return value


def name_tweaks(question: Question, tweaks: Iterable[Tweak]) -> tuple[Tweak, ...]:
    """With the qualified names of what they change; a patch has none."""
    return tuple(
        tweak_of(question, one.name, one.value) if one.name in question.tunables else one
        for one in tweaks
    )
