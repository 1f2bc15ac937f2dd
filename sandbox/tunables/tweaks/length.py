"""Tweaks of where random numbers start, and of how long a training takes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import partial

from sandbox.syntax import walk
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Source
from sandbox.tunables.tweaks.code import Call, Code, bindings, calls_method
from sandbox.tunables.tweaks.edits import Edit, after, replaced, with_arguments, with_keyword
from sandbox.tunables.tweaks.importing import at_once, imported_libraries, reference, said_with
from sandbox.tunables.tweaks.model import CodeTweak, Spot, count, whole

_SEEDINGS: Mapping[str, str] = {
    "random.seed": "random",
    "numpy.random.seed": "numpy",
    "numpy.random.RandomState": "",
    "numpy.random.default_rng": "",
    "torch.manual_seed": "torch",
    "torch.cuda.manual_seed": "",
    "torch.cuda.manual_seed_all": "",
    "tensorflow.random.set_seed": "tensorflow",
    "tensorflow.set_random_seed": "tensorflow",
    "keras.utils.set_random_seed": "random numpy tensorflow keras",
    "lightning.seed_everything": "random numpy torch",
    "pytorch_lightning.seed_everything": "random numpy torch",
    "transformers.set_seed": "random numpy torch",
}
"""Calls that set a seed, and for which libraries: `RandomState(0)` and a GPU's seed for none."""
_TO_SEED = {
    "random": "random.seed",
    "numpy": "numpy.random.seed",
    "torch": "torch.manual_seed",
    "tensorflow": "tensorflow",
    "keras": "keras.utils",
}
_TENSORFLOW = "{0}.random.set_seed if hasattr({0}.random, 'set_seed') else {0}.set_random_seed"
_OLD_KERAS = (
    "lambda seed: [__import__('numpy').random.seed(seed),"
    f" *(({_TENSORFLOW.format('tf')})(seed)"
    " for name, tf in list(__import__('sys').modules.items()) if name == 'tensorflow')]"
)
"""Before 2.7 Keras draws from NumPy and its backend, of which Theano has no seed of its own."""
_BY_VERSION = {
    "tensorflow": f"({_TENSORFLOW})",
    "keras": f"getattr({{0}}, 'set_random_seed', {_OLD_KERAS})",
}
"""What seeds a library whose releases have different names for it, or none."""
_EPOCH = re.compile(r"(^|_)(epochs?|ep)(_|\d*$)", re.IGNORECASE)
_EPOCHS = frozenset(["epochs", "num_train_epochs", "max_epochs", "nb_epoch"])


def _seeds(code: Code) -> Iterator[Spot]:
    """Every seed that is set or left to chance, and libraries that have none."""
    seeded: set[str] = set()
    seedings: set[ast.AST] = set()
    for call in code.named(*_SEEDINGS):
        seeded.update(_SEEDINGS[call.name].split())
        seedings.add(call.node)
        value = call.argument(0, "seed")
        if value is not None:
            yield _seed(call.source, value)
        elif not call.node.args and not call.node.keywords:
            yield Spot(call.source, call.node, None, partial(_give_seed, call))
    for call in code.calls:
        value = call.keyword("random_state")
        if value is not None and not seedings.intersection(walk(value)):
            yield _seed(call.source, value)
    for library, name in _TO_SEED.items():
        if library not in seeded:
            yield from _unseeded(code, library, name)


def _give_seed(call: Call, wanted: str) -> list[Edit]:
    return [with_arguments(call, [wanted])]


def _seed(source: Source, value: ast.expr) -> Spot:
    return Spot(
        source,
        value,
        source.segment(value),
        lambda wanted: [replaced(source, value, wanted)],
    )


def _unseeded(code: Code, library: str, name: str) -> Iterator[Spot]:
    """Where a library is imported first, in the entry if it is there: behind it, it is seeded.

    Where that is only under a condition, behind each of such imports: one of them is run.
    """
    for source in code.sources:
        for node in source.tree.body:
            if library in imported_libraries(node):
                yield _seed_behind(source, node, library, name)
                return
    for source in code.sources:
        nodes = [one for node in source.tree.body for one in at_once(node, with_main=True)]
        found = [node for node in nodes if library in imported_libraries(node)]
        if found:
            yield from (_seed_behind(source, node, library, name) for node in found)
            return


def _seed_behind(source: Source, node: ast.stmt, library: str, name: str) -> Spot:
    said = said_with(dict(bindings(node)), name)
    said = said or f"__import__('{library}'){name[len(library) :]}"
    text = _BY_VERSION.get(library, "{0}").format(said)

    def change(wanted: str) -> list[Edit]:
        return [after(source, node, f"{text}({wanted})")]

    return Spot(source, node, None, change)


def _epochs(code: Code) -> Iterator[Spot]:
    for source in code.sources:
        for node in source.of(ast.For):
            if _EPOCH.search(ast.unparse(node.target)):
                yield Spot(source, node, None, partial(_cut_loop, code, source, node))
    for call in code.calls:
        word = next((one for one in call.node.keywords if one.arg in _EPOCHS), None)
        if word is not None and call.last in {"fit", "TrainingArguments", "Trainer"}:
            yield _fewer(call, str(word.arg), word.value)


def _fewer(call: Call, name: str, value: ast.expr) -> Spot:
    def change(wanted: str) -> list[Edit]:
        return [with_keyword(call, name, wanted)]

    return Spot(call.source, value, call.source.segment(value), change)


def _steps(code: Code) -> Iterator[Spot]:
    """Innermost loops in which gradients are computed, but those over epochs."""
    for source in code.sources:
        for node in source.of(ast.For):
            if _is_step_loop(node):
                yield Spot(source, node, None, partial(_cut_loop, code, source, node))


def _is_step_loop(node: ast.For) -> bool:
    if _EPOCH.search(ast.unparse(node.target)) or not calls_method(node, "backward"):
        return False
    inner = (one for one in ast.walk(node) if isinstance(one, ast.For) and one is not node)
    return not any(calls_method(one, "backward") for one in inner)


def _cut_loop(code: Code, source: Source, node: ast.For, wanted: str) -> Iterator[Edit]:
    """The loop ends after so many rounds."""
    text = source.segment(node.iter)
    if isinstance(node.iter, ast.Call) and dotted_name(node.iter.func) == "range":
        yield replaced(source, node.iter, f"{text}[:{wanted}]")
        return
    cut, edits = reference(code, source, "itertools.islice")
    given = f"({text})" if isinstance(node.iter, ast.Tuple) and text[:1] != "(" else text
    yield replaced(source, node.iter, f"{cut}({given}, {wanted})")
    yield from edits


TWEAKS = (
    CodeTweak(
        "fix-seed",
        "one number from which all random numbers start: random, NumPy, PyTorch, TensorFlow",
        _seeds,
        "seed",
        ("0", "1", "2"),
        whole,
    ),
    CodeTweak(
        "fewer-epochs",
        "go over the data so many times at most, to see soon whether it works",
        _epochs,
        "length",
        ("1", "3"),
        count,
    ),
    CodeTweak(
        "fewer-steps",
        "end each round after so many steps, to see soon whether it works",
        _steps,
        "length",
        ("10", "100"),
        count,
    ),
)
