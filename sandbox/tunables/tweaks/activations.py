"""Tweaks of the functions between a model's layers."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Container, Iterator
from functools import partial

from sandbox.syntax import walk
from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Source
from sandbox.tunables.tweaks.code import Call, Code
from sandbox.tunables.tweaks.edits import Edit, argument_texts, place, replaced
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
WORDS = {**{function: layer for layer, function in ACTIVATIONS.items()}, "swish": "SiLU"}
"""The layer that a function is, and a word of Keras."""
_LIBRARIES = ("torch", "tensorflow", "keras")
_KERAS_LAYERS = ("keras.layers", "keras.layers.advanced_activations")
_KERAS_OWN = ("ReLU", "LeakyReLU", "ELU")
"""Those that are layers of Keras in all of its releases."""
_MODULES = ("torch.nn.functional", "torch", "tensorflow.nn", "keras.activations")
"""Modules that have them as functions."""
_WORD_AT = {
    "Activation": (0,),
    "Dense": (1,),
    "GRU": (1,),
    "LSTM": (1,),
    "SimpleRNN": (1,),
    "Conv1D": (7, 6),
    "Conv2D": (7, 6),
}
"""Where layers of Keras take the name of an activation; older convolutions one place before."""


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
    called = {call.node.func: call.node for call in code.calls}
    filled: dict[ast.expr, ast.expr] = {call.node.args[0]: call.node for call in _partials(code)}
    gives_place = _is_called_in_place(code, filled.values())
    for source in (one for one in code.sources if any(code.imports(one, it) for it in _LIBRARIES)):
        for node in source.of(ast.Attribute, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                continue
            name, call = code.name_of(source, node), called.get(node)
            now = _meant(name)
            if not now or (_is_function(name) if call else _is_keras(name)):
                continue
            whole = call or filled.get(node, node)
            if (call or not gives_place) and not _is_itself(code, source, whole):
                change = partial(_swap_layer, code, source, whole, name)
                yield Spot(source, whole, now, change)


def _meant(name: str) -> str | None:
    """The layer that a name of a library stands for: `torch.nn.ReLU`, `torch.relu`."""
    head, _, last = name.rpartition(".")
    if head == "torch.nn":
        return last if last in HIDDEN or last in ACTIVATIONS else None
    if head in _KERAS_LAYERS:
        return last if last in HIDDEN else None
    return WORDS.get(last) if head in _MODULES else None


def _is_function(name: str) -> bool:
    return name.rpartition(".")[0] in _MODULES


def _is_keras(name: str) -> bool:
    return name.rpartition(".")[0] in _KERAS_LAYERS


def _layer_of(code: Code, source: Source, node: ast.expr) -> str | None:
    """The layer that `nn.ReLU`, `nn.ReLU()` and `F.relu` are."""
    return _meant(code.name_of(source, node.func if isinstance(node, ast.Call) else node))


def _partials(code: Code) -> Iterator[Call]:
    """`partial(nn.LeakyReLU, 0.2)`: an activation with some of its arguments."""
    for call in code.named("functools.partial", "partial"):
        if call.node.args and _layer_of(code, call.source, call.node.args[0]):
            yield call


def _is_called_in_place(code: Code, partials: Container[ast.AST]) -> bool:
    """Whether something not known is called with `inplace=`, which only some activations take."""
    known = {call.node for call in code.named("torch.*")}
    return any(
        node not in known
        and node not in partials
        and any(word.arg == "inplace" for word in node.keywords)
        for source in code.sources
        for node in source.of(ast.Call)
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
    code: Code, source: Source, node: ast.expr, name: str, wanted: str
) -> Iterator[Edit]:
    if wanted == _meant(name):
        return
    is_made = isinstance(node, ast.Call) and _meant(code.name_of(source, node.func)) is not None
    if _is_function(name):
        text, edits = reference(code, source, _function_like(name, wanted))
    elif isinstance(node, ast.Call) and _is_keras(name):
        text, edits = _keras_layer(code, Call(source, node, name), wanted)
    else:
        text, edits = reference(code, source, f"torch.nn.{wanted}")
        text += "()" if is_made else ""
    yield replaced(source, node, text)
    yield from edits


def _keras_layer(code: Code, call: Call, wanted: str) -> tuple[str, list[Edit]]:
    """`layers.Activation("gelu")` where Keras has no layer of that name; names stay."""
    kept = argument_texts(call, ("input_shape", "name"), positional=0)
    has_own = wanted in _KERAS_OWN
    kept = kept if has_own else [f'"{_word(wanted)}"', *kept]
    text, edits = reference(
        code, call.source, f"keras.layers.{wanted if has_own else 'Activation'}"
    )
    return f"{text}({', '.join(kept)})", edits


def _word(wanted: str) -> str:
    """What TensorFlow and Keras call it, in old releases too."""
    return "swish" if wanted == "SiLU" else ACTIVATIONS[wanted]


def _function_like(name: str, wanted: str) -> str:
    """Another function of the same library."""
    module = name.rpartition(".")[0]
    if module in {"tensorflow.nn", "keras.activations"}:
        return f"{module}.{_word(wanted)}"
    return f"torch.nn.functional.{ACTIVATIONS[wanted]}"


def _functions(code: Code) -> Iterator[Spot]:
    """`F.relu(x)`, `torch.relu(x)`, `tf.nn.relu(x)`."""
    for call in code.calls:
        now = _meant(call.name) if _is_function(call.name) else None
        given = call.argument(0, "input", "features", "x") if now else None
        if now and given is not None:
            yield Spot(call.source, call.node, now, partial(_swap_function, code, call, given, now))


def _methods(code: Code) -> Iterator[Spot]:
    """`x.relu()` of what seems a tensor: no function of a module, no method of the code itself."""
    made = (source.of(ast.FunctionDef, ast.AsyncFunctionDef) for source in code.sources)
    if any(node.name == "relu" for nodes in made for node in nodes):
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
        text, edits = reference(code, call.source, _function_like(call.name, wanted))
        start, end = place(call.source, call.node)
        first, last = place(call.source, given)
        yield Edit(call.source, start, first, f"{text}(")
        yield Edit(call.source, last, end, ")")
        yield from edits


def _words(code: Code) -> Iterator[Spot]:
    """`activation="relu"` of Keras, and `Dense(3, "relu")`."""
    for call in code.named("keras.*"):
        value = activation_word(call)
        if value is not None:
            now = WORDS[str(value.value)]
            yield Spot(call.source, value, now, partial(_swap_word, call.source, value, now))


def activation_word(call: Call) -> ast.Constant | None:
    """The name of an activation that a layer of Keras is given."""
    given = [call.keyword("activation")]
    if call.name.startswith("keras.layers."):
        given += [call.argument(at, "activation") for at in _WORD_AT.get(call.last, ())]
    words = (one for one in given if isinstance(one, ast.Constant) and one.value in WORDS)
    return next(words, None)


def _swap_word(source: Source, value: ast.Constant, now: str, wanted: str) -> Iterator[Edit]:
    if wanted != now:
        quote = source.segment(value)[-1]
        yield replaced(source, value, f"{quote}{_word(wanted)}{quote}")


TWEAKS = (
    CodeTweak(
        "swap-activation",
        "another function between the layers, all of them alike",
        _activations,
        "activation",
        ("ReLU", "GELU", "Tanh", "LeakyReLU", "ELU", "SiLU", "Sigmoid"),
    ),
)
