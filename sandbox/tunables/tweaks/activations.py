"""Tweaks of the functions between a model's layers."""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections.abc import Iterator
from functools import partial

from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Source
from sandbox.tunables.tweaks.code import Call, Code
from sandbox.tunables.tweaks.edits import Edit, place, reference, replaced
from sandbox.tunables.tweaks.model import CodeTweak, Spot

ACTIVATIONS = {
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "GELU": "gelu",
    "SiLU": "silu",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
}
"""As a layer, and as a function of torch.nn.functional."""
HIDDEN = {"ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "ReLU6", "SELU", "CELU", "PReLU", "Mish"}
_FUNCTIONS = {function: layer for layer, function in ACTIVATIONS.items()}
WORDS = {**_FUNCTIONS, "swish": "SiLU"}


def _activations(code: Code) -> Iterator[Spot]:
    """Hidden ones; where there is none of the usual ones, tanh."""
    every = [*_layers(code), *_functions(code), *_words(code)]
    for hidden in (HIDDEN, {"Tanh"}):
        found = [spot for spot in every if spot.now in hidden]
        if found:
            most = Counter(spot.now for spot in found).most_common(1)[0][0]
            yield from sorted(found, key=lambda spot: spot.now != most)
            return


def _layers(code: Code) -> Iterator[Spot]:
    """`nn.ReLU()`, and `nn.ReLU` or `F.relu` handed on; not what is asked for or chosen by name."""
    called = {call.node.func: call for call in code.named("torch.nn.*")}
    for source in code.sources:
        if not code.imports(source, "torch"):
            continue
        for node in source.nodes:
            if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
                head, _, last = code.name_of(source, node).rpartition(".")
                is_layer = head == "torch.nn" and (last in HIDDEN or last in ACTIVATIONS)
                is_function = head == "torch.nn.functional" and last in _FUNCTIONS
                whole = called[node].node if node in called else node
                if (is_layer or (is_function and whole is node)) and not _is_choice(code, whole):
                    now = last if is_layer else _FUNCTIONS[last]
                    yield Spot(source, whole, now, partial(_swap_layer, code, source, whole, now))


def _is_choice(code: Code, node: ast.expr) -> bool:
    """Whether it stands for itself: in a dict by name, in `isinstance`, in a comparison."""
    around = itertools.takewhile(lambda one: isinstance(one, ast.expr), code.around(node))
    for one in around:
        if isinstance(one, ast.Dict | ast.Compare):
            return True
        if isinstance(one, ast.Call):
            return dotted_name(one.func) in {"isinstance", "issubclass", "type"}
    return False


def _swap_layer(
    code: Code, source: Source, node: ast.expr, now: str, wanted: str
) -> Iterator[Edit]:
    if wanted != now:
        name = f"torch.nn.{wanted}"
        if code.name_of(source, node).startswith("torch.nn.functional."):
            name = f"torch.nn.functional.{ACTIVATIONS[wanted]}"
        text, edits = reference(code, source, name)
        yield replaced(source, node, f"{text}()" if isinstance(node, ast.Call) else text)
        yield from edits


def _functions(code: Code) -> Iterator[Spot]:
    """`F.relu(x)`, `torch.relu(x)`, and `x.relu()` of a tensor."""
    for call in code.named("torch.nn.functional.*", "torch.relu", "torch.tanh", "torch.sigmoid"):
        now = _FUNCTIONS.get(call.last)
        given = call.argument(0, "input")
        if now and given is not None:
            yield Spot(call.source, call.node, now, partial(_swap_function, code, call, given, now))
    for source, node in code.methods("relu"):
        tensor = node.func.value if isinstance(node.func, ast.Attribute) else None
        is_own = tensor is not None and code.name_of(source, node.func).startswith("torch.")
        if tensor is not None and not is_own and not node.args and code.imports(source, "torch"):
            change = partial(_swap_function, code, Call(source, node, "relu"), tensor, "ReLU")
            yield Spot(source, node, "ReLU", change)


def _swap_function(
    code: Code, call: Call, given: ast.expr, now: str, wanted: str
) -> Iterator[Edit]:
    """The call with that one argument only, whatever else it had."""
    if wanted != now:
        text, edits = reference(code, call.source, f"torch.nn.functional.{ACTIVATIONS[wanted]}")
        start, end = place(call.source, call.node)
        first, last = place(call.source, given)
        yield Edit(call.source, start, first, f"{text}(")
        yield Edit(call.source, last, end, ")")
        yield from edits


def _words(code: Code) -> Iterator[Spot]:
    """`activation="relu"` of Keras."""
    for call in code.named("keras.*"):
        value = call.keyword("activation")
        if call.name == "keras.layers.Activation":
            value = call.argument(0, "activation")
        if isinstance(value, ast.Constant) and value.value in WORDS:
            now = WORDS[value.value]
            yield Spot(call.source, value, now, partial(_swap_word, call.source, value, now))


def _swap_word(source: Source, value: ast.Constant, now: str, wanted: str) -> Iterator[Edit]:
    if wanted != now:
        word = "swish" if wanted == "SiLU" else ACTIVATIONS[wanted]
        quote = source.segment(value)[-1]
        yield replaced(source, value, f"{quote}{word}{quote}")


TWEAKS = (
    CodeTweak(
        "swap-activation",
        "another function between the layers, all of them alike",
        _activations,
        "activation",
        ("ReLU", "GELU", "Tanh", "LeakyReLU", "ELU", "SiLU", "Sigmoid"),
    ),
)
