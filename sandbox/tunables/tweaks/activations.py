"""Tweaks of the functions between a model's layers."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import partial

from sandbox.syntax import walk
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Source
from sandbox.tunables.tweaks.code import Call, Code, Function
from sandbox.tunables.tweaks.edits import Edit, place, replaced
from sandbox.tunables.tweaks.importing import reference
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
    every = [*_layers(code), *_functions(code), *_methods(code), *_words(code)]
    for hidden in (HIDDEN, {"Tanh"}):
        found = [spot for spot in every if spot.now in hidden]
        if found:
            most = Counter(spot.now for spot in found).most_common(1)[0][0]
            yield from sorted(found, key=lambda spot: spot.now != most)
            return


def _layers(code: Code) -> Iterator[Spot]:
    """`nn.ReLU()`, and `nn.ReLU` or `F.relu` handed on; not what stands for itself."""
    called = {call.node.func: call for call in code.named("torch.nn.*")}
    gives_place = _is_called_in_place(code)
    for source in (one for one in code.sources if code.imports(one, "torch")):
        for node in source.nodes:
            if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
                now, call = _layer_of(code, source, node), called.get(node)
                if not now or (call and call.name.startswith("torch.nn.functional.")):
                    continue
                whole = call.node if call else node
                is_open = call is not None or not gives_place
                if is_open and not _is_itself(code, source, whole):
                    yield Spot(source, whole, now, partial(_swap_layer, code, source, whole, now))


def _layer_of(code: Code, source: Source, node: ast.expr) -> str | None:
    """The layer that `nn.ReLU`, `nn.ReLU()` and `F.relu` are."""
    function = node.func if isinstance(node, ast.Call) else node
    head, _, last = code.name_of(source, function).rpartition(".")
    if head == "torch.nn":
        return last if last in HIDDEN or last in ACTIVATIONS else None
    return _FUNCTIONS.get(last) if head == "torch.nn.functional" else None


def _is_called_in_place(code: Code) -> bool:
    """Whether something not known is called with `inplace=`, which only some activations take."""
    known = {call.node for call in code.named("torch.*")}
    return any(
        isinstance(node, ast.Call)
        and node not in known
        and any(word.arg == "inplace" for word in node.keywords)
        for source in code.sources
        for node in source.nodes
    )


def _is_itself(code: Code, source: Source, node: ast.expr) -> bool:
    """Whether it is asked for, or one of several to choose from: not what a model is made of."""
    for one in code.around(node):
        if isinstance(one, ast.Compare | ast.pattern | ast.arg | ast.AnnAssign | ast.ClassDef):
            return not isinstance(one, ast.AnnAssign) or node in walk(one.annotation)
        if isinstance(one, ast.stmt):
            return False
        if isinstance(one, ast.Call) and dotted_name(one.func) in {"isinstance", "issubclass"}:
            return True
        if isinstance(one, ast.Dict) or (
            isinstance(one, ast.List | ast.Tuple | ast.Set) and not isinstance(node, ast.Call)
        ):
            held = one.values if isinstance(one, ast.Dict) else one.elts
            if len({name for each in held if (name := _layer_of(code, source, each))}) > 1:
                return True
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
    """`F.relu(x)`, `torch.relu(x)`."""
    for call in code.named("torch.nn.functional.*", "torch.relu", "torch.tanh", "torch.sigmoid"):
        now = _FUNCTIONS.get(call.last)
        given = call.argument(0, "input")
        if now and given is not None:
            yield Spot(call.source, call.node, now, partial(_swap_function, code, call, given, now))


def _methods(code: Code) -> Iterator[Spot]:
    """`x.relu()` of what seems a tensor: no function of a module, no method of the code itself."""
    nodes = (node for source in code.sources for node in source.nodes)
    if any(isinstance(node, Function) and node.name == "relu" for node in nodes):
        return
    for source, node in code.methods("relu"):
        tensor = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        is_of_module = (dotted_name(tensor) or "").partition(".")[0] in code.bound[source.path]
        if not is_of_module and not node.args and code.imports(source, "torch"):
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
