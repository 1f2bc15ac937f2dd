"""From a Request to a Question: held against the code, every name resolved."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from sandbox import checkouts, comparing, notebooks, tunables
from sandbox.domain import Entry, EntryKind, Tunable, Tweak, Workspace
from sandbox.errors import InputError, TunableError
from sandbox.flows.context import Context
from sandbox.flows.questions.tweaking import (
    PREFIX,
    find_tweak,
    shown_names,
)
from sandbox.flows.repositories.opening import Opened
from sandbox.flows.requests import Request
from sandbox.interfaces import SourceTree
from sandbox.recipes import Recipe

PATCH = "patch"
"""The column in which patches stand."""

SEED = "seed"
"""The concept of tunables from which random numbers start."""

MOST_CROSSED = 8
"""Patches of which every combination is tried."""

BASELINE_REPEATS = 3
"""Of the baseline, unless told: the fewest that say more of its spread than that there is one."""

BISECT = "bisect"
"""The sampler that looks for where runs begin to fail, to which luck does not matter."""

_MANY_RUNS = 10
"""A budget of fewer has none to spare for repeats of the baseline."""

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
    bounds = _bounds(by_name, values)
    notes += tuple(
        f"{name} is {by_name[name].value}, which never ends: the baseline has {bounds[name][1]}"
        for name in bounds
    )
    arguments = (*arguments, *(word for name in bounds for word in bounds[name]))
    seeds = _seeds(found, by_name.values()) if repeats > 1 else ()
    patches = _patches(context.folder, request.patches)
    notes += _seeds_notes(request, seeds, entry)
    return Question(
        workspace=workspace,
        source=source,
        tree=tree,
        entry=entry,
        arguments=arguments,
        values=values,
        tunables=by_name,
        patches=patches,
        crossed=_together(list(patches)) if request.cross else (),
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


def _together(names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Every two or more of them, few at a time first.

    Raises:
        InputError: more than anyone waits for.
    """
    if len(names) > MOST_CROSSED:
        raise InputError(
            f"{len(names)} patches crossed are {2 ** len(names):,} combinations",
            hint=f"cross {MOST_CROSSED} of them at most, or leave out --cross",
        )
    sizes = range(2, len(names) + 1)
    return tuple(each for size in sizes for each in itertools.combinations(names, size))


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


def _seeds(found: Sequence[Tunable], varied: Iterable[Tunable]) -> tuple[Tunable, ...]:
    """Seeds that are whole numbers, or flags without one; those that are varied anyway are left."""
    taken = {one.qualified_name for one in varied}
    return tuple(
        one
        for one in found
        if one.concept == SEED
        and one.qualified_name not in taken
        and (_whole(one.value) is not None or (one.flag and one.value in {None, "None"}))
    )


def _whole(text: str | None) -> int | None:
    try:
        return int(text or "")
    except ValueError:
        return None


def baseline_wanted(request: Request) -> int:
    """How often the baseline is to be run, where there is a seed to vary or it was asked for."""
    if request.baseline_repeats is not None:
        return max(request.repeats, request.baseline_repeats)
    is_bisected = request.strategy.sampler == BISECT
    is_varied = bool(request.tweaks or request.patches) and not is_bisected
    return max(request.repeats, BASELINE_REPEATS if is_varied else 1)


def baseline_extra(request: Request, seeds: Sequence[Tunable], most: int | None) -> int:
    """Runs of the baseline beyond the repeats that every variant has.

    Args:
        most: runs to be had altogether; None = no end. A few are not spent on the baseline, unless
            that was asked for.
    """
    asked = request.baseline_repeats is not None
    if not asked and (not seeds or (most is not None and most < _MANY_RUNS)):
        return 0
    return baseline_wanted(request) - request.repeats


def _seeds_notes(request: Request, seeds: Sequence[Tunable], entry: Entry) -> tuple[str, ...]:
    extra, names = baseline_wanted(request), ", ".join(dict.fromkeys(one.name for one in seeds))
    if request.repeats > 1 or (request.baseline_repeats or 1) > 1:
        if not seeds:
            unseeded = "its repeats differ by what it draws unseeded"
            return (f"no seed is found in {entry.path}: {unseeded}",)
        return (f"repeats vary the seed: {names}",)
    if not seeds or extra == 1:
        return ()
    why = "so that luck can be told from effects (--baseline-repeats 1: once)"
    return (f"the baseline is run {extra} times, with other seeds ({names}), {why}",)


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


def _bounds(
    found: Mapping[str, Tunable], values: Mapping[str, Sequence[str]]
) -> dict[str, tuple[str, str]]:
    """Words that make an endless baseline end: it could be compared with nothing."""
    return {
        name: (tunable.flag, values[name][0])
        for name, tunable in found.items()
        if tunable.flag and tunable.concept == "length" and tunable.value in ENDLESS
    }


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
    notebooks.read_notebook(source.read(entry.path), path=entry.path)
    if arguments:
        raise InputError(
            f"a notebook takes no arguments: {' '.join(arguments)}", hint="set values with -p"
        )


def _patches(folder: Path, paths: Sequence[str]) -> dict[str, str]:
    """By the name of the file, by the path as it was given where several have that name."""
    different = dict.fromkeys(paths)
    counts = Counter(Path(path).name for path in different)
    return {
        path if counts[Path(path).name] > 1 else Path(path).name: _read_patch(folder / path)
        for path in different
    }


def _read_patch(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise InputError(
            f"cannot read the patch {path}: {str(why).lower()}",
            hint="it has to be a unified diff, as git diff prints it",
        ) from error


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


def patch_tweak(patches: tuple[str, ...]) -> tuple[Tweak, ...]:
    """Patches that are applied together, as one tweak: tables have one column for them."""
    return (Tweak(PATCH, comparing.JOINED.join(patches)),) if patches else ()


def patches_of(question: Question, tweaks: Iterable[Tweak]) -> tuple[str, ...]:
    """Names of the patches among tweaks."""
    values = [one.value for one in tweaks if one.tunable is None]
    return tuple(
        name
        for value in values
        for name in ([value] if value in question.patches else value.split(comparing.JOINED))
    )


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
    """What the command line sets a flag to; the last time counts. None where it does not."""
    value = None
    for word, following in zip(arguments, [*arguments, ""][1:], strict=True):
        flag, equals, text = word.partition("=")
        if tunable.flag is not None and flag == tunable.flag:
            value = text if equals else following
    return value


def seed_value(seed: Tunable, repeat: int) -> str:
    """What a repeat has in the place of the code's own seed."""
    return str((_whole(seed.value) or 0) + repeat)


def name_tweaks(question: Question, tweaks: Iterable[Tweak]) -> tuple[Tweak, ...]:
    """With the qualified names of what they change; a patch has none."""
    return tuple(
        tweak_of(question, one.name, one.value) if one.name in question.tunables else one
        for one in tweaks
    )
