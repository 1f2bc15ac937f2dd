"""From a Question to its Variants, each of them a real commit."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

from sandbox import checkouts, tunables
from sandbox.domain import Entry, Tweak, Variant
from sandbox.errors import TunableError
from sandbox.flows.questions.patching import patches_of
from sandbox.flows.questions.planning import Question, tweak_of
from sandbox.flows.questions.repeating import seed_value
from sandbox.flows.questions.tweaking import changed, code_of, is_code


def check_values(
    question: Question, to_range: Callable[[str], tuple[str, ...]], *, together: bool
) -> None:
    """Applies every value and every patch once, before minutes of building.

    Args:
        to_range: a value as text to the values at its ends; none where it is no range.
        together: whether one variant can have the values of several tunables.

    Raises:
        TunableError, InputError: one of them does not fit.
    """
    each = {
        name: [tweak_of(question, name, end) for one in values for end in to_range(one) or (one,)]
        for name, values in question.values.items()
    }
    if together:
        named = (question.tunables[name] for name in question.values)
        tunables.refuse_within(one for one in named if not is_code(one))
    for tweak in itertools.chain.from_iterable(each.values()):
        _apply(question, question.tree, [tweak])
    first = [tweaks[0] for tweaks in each.values()]
    for patches in question.patch_sets:
        tree = _patched(question, patches)
        with _told(patches):
            for point in [first] if together else [[tweak] for tweak in first]:
                _apply(question, tree, point)
    code = [tweaks for tweaks in each.values() if together and code_of(tweaks)]
    for tweak in itertools.chain.from_iterable(code):
        _apply(question, question.tree, [*(one for one in first if one.name != tweak.name), tweak])


def make_variant(question: Question, tweaks: Sequence[Tweak], *, repeat: int = 0) -> Variant:
    """The Variant with its tree and commit; nothing of the working tree is touched.

    Args:
        repeat: 0 = with the code's own seeds, else with others.
    """
    tree = _patched(question, patches_of(question.patches, tweaks))
    applied = _apply(question, tree, tweaks, repeat=repeat)
    name = " ".join(f"{tweak.name}={tweak.value}" for tweak in tweaks) or "baseline"
    name += f" #{repeat + 1}" if repeat and question.seeds else ""
    tree, commit = checkouts.commit_variant(
        question.workspace,
        tree,
        edits=applied.edits,
        message=_message(question.entry, name, applied.arguments),
        parents=(question.workspace.commit,),
    )
    return Variant(
        tree=tree,
        entry=question.entry,
        arguments=tuple(applied.arguments),
        parameters=dict(applied.parameters),
        tweaks=tuple(tweaks),
        commit=commit,
        notes=tuple(applied.notes),
    )


def _patched(question: Question, patches: Iterable[str]) -> str:
    """SHA of the tree with patches applied, by name."""
    tree = question.tree
    done: list[str] = []
    for name in patches:
        try:
            text = question.patches[name]
            if done and not checkouts.has_context(text):
                text = _with_context(question, text)
            tree = checkouts.apply_patch(question.workspace, tree, text)
        except TunableError as error:
            if not done:
                raise TunableError(f"{name}: {error.message}", hint=error.hint) from error
            others = " and ".join(done)
            raise TunableError(
                f"{name} does not go together with {others}: {error.message}",
                hint=f"without --cross each is tried by itself; or make {name} on top of {others}",
            ) from error
        done.append(name)
    return tree


def _with_context(question: Question, patch: str) -> str:
    """The same patch with the lines around: other patches may have moved its places."""
    tree = checkouts.apply_patch(question.workspace, question.tree, patch)
    return checkouts.diff(question.workspace, question.tree, tree)


@contextlib.contextmanager
def _told(patches: Sequence[str]) -> Iterator[None]:
    """Errors of values and tweaks that say with which patches they do not fit."""
    try:
        yield
    except TunableError as error:
        named = " and ".join(patches)
        raise TunableError(
            f"with {named}: {error.message}",
            hint="give patches, and what they leave no place for, to sweeps of their own",
        ) from error


def _apply(
    question: Question, tree: str, tweaks: Sequence[Tweak], *, repeat: int = 0
) -> tunables.Applied:
    """Code first, then values in what it has become."""
    wanted = [
        (question.tunables[one.name], one.value)
        for one in tweaks
        if one.tunable and not is_code(question.tunables[one.name])
    ]
    seeds = question.seeds if repeat else ()
    code, source, edits = code_of(tweaks), question.source, {}
    if code or tree != question.tree:
        now = changed(question.workspace, tree, question.entry, code)
        wanted = [(now.find(tunable, code), value) for tunable, value in wanted]
        # From what a tweak has made of them; one that it has taken away has nothing to vary.
        names = (one.qualified_name for one in seeds)
        seeds = tuple(now.by_name[name] for name in names if name in now.by_name)
        source, edits = now.source, dict(now.edits)
    wanted += [(seed, seed_value(seed, repeat)) for seed in seeds]
    applied = tunables.apply(source, question.entry, wanted, arguments=question.arguments)
    return dataclasses.replace(applied, edits={**edits, **applied.edits})


def _message(entry: Entry, name: str, arguments: Sequence[str]) -> str:
    command = " ".join([entry.path, *arguments])
    return f"{name}\n\nEntry: {command}\n"
