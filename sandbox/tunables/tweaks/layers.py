"""Tweaks of a model's layers: dropout, normalisation, first values, frozen ones."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import partial

from sandbox.errors import TunableError
from sandbox.tunables.literals import dotted_name, is_number
from sandbox.tunables.sources import Source
from sandbox.tunables.tweaks.activations import HIDDEN, activation_word
from sandbox.tunables.tweaks.code import Call, Code
from sandbox.tunables.tweaks.edits import Edit, before, place, replaced, stands_alone, with_keyword
from sandbox.tunables.tweaks.importing import reference
from sandbox.tunables.tweaks.model import CodeTweak, Spot, share
from sandbox.tunables.tweaks.optimisation import optimized_model, torch_optimizers

_DROPOUTS = ("torch.nn.Dropout*", "torch.nn.AlphaDropout", "torch.nn.FeatureAlphaDropout")
_FUNCTIONAL_DROPOUTS = ("torch.nn.functional.dropout*",)
_KERAS_DROPOUTS = (
    "keras.layers.Dropout",
    "keras.layers.SpatialDropout1D",
    "keras.layers.SpatialDropout2D",
    "keras.layers.AlphaDropout",
)
_DROPOUT_AT = {
    "torch.nn.GRU": 5,
    "torch.nn.LSTM": 5,
    "torch.nn.MultiheadAttention": 2,
    "torch.nn.RNN": 6,
    "torch.nn.Transformer": 5,
    "torch.nn.TransformerDecoderLayer": 3,
    "torch.nn.TransformerEncoderLayer": 3,
}
"""Layers that take a probability of dropping something, and at which place."""
_SOME = "0.2"


def _dropouts(code: Code) -> Iterator[Spot]:
    """Every probability of dropping something that is more than nothing."""
    for call, value, name in _probabilities(code):
        now = call.source.segment(value) if value is not None else "0.5"

        def change(
            wanted: str, call: Call = call, value: ast.expr | None = value, name: str = name
        ) -> list[Edit]:
            if value is not None:
                return [replaced(call.source, value, wanted)]
            return [with_keyword(call, name, wanted)]

        yield Spot(call.source, value or call.node, now, change)


def _probabilities(code: Code) -> Iterator[tuple[Call, ast.expr | None, str]]:
    """Call, value, and by what name the value is given where there is none; not behind a star."""
    for call, value, name in _every_probability(code):
        if value is not None or not call.has_stars:
            yield call, value, name


def _every_probability(code: Code) -> Iterator[tuple[Call, ast.expr | None, str]]:
    for call in code.named(*_DROPOUTS):
        yield call, call.argument(0, "p"), "p"
    for call in code.named(*_FUNCTIONAL_DROPOUTS):
        yield call, call.argument(1, "p"), "p"
    for call in code.named(*_KERAS_DROPOUTS):
        value = call.argument(0, "rate")
        if value is not None:
            yield call, value, "rate"
    for call in code.named("torch.nn.*", "keras.layers.*"):
        at = _DROPOUT_AT.get(call.name)
        value = call.keyword("dropout") if at is None else call.argument(at, "dropout")
        if value is not None and is_number(value):
            yield call, value, "dropout"


def _undropped(code: Code) -> Iterator[Spot]:
    for spot in _dropouts(code):

        def change(_on: str, spot: Spot = spot) -> Iterable[Edit]:
            return spot.change("0.0")

        yield Spot(spot.source, spot.node, None, change)


def _droppable(code: Code) -> Iterator[Spot]:
    """Hidden activations that stand in a sequence which drops nothing."""
    if any(True for _ in _probabilities(code)):
        return
    for call in code.named("torch.nn.Sequential", "keras.Sequential", "keras.models.Sequential"):
        layers = _elements(call)
        for one in layers[:-1]:
            if isinstance(one, ast.Call) and _is_hidden(code, call.source, one):
                change = partial(_add_dropout, code, call, one)
                yield Spot(call.source, one, None, change)


def _elements(call: Call) -> list[ast.expr]:
    first = call.node.args[0] if call.node.args else call.keyword("layers")
    is_list = isinstance(first, ast.List) and len(call.node.args) <= 1
    elements = first.elts if is_list and isinstance(first, ast.List) else call.node.args
    return [] if any(isinstance(one, ast.Starred) for one in elements) else list(elements)


def _is_hidden(code: Code, source: Source, node: ast.Call) -> bool:
    name = code.name_of(source, node.func)
    head, _, last = name.rpartition(".")
    if head in {"torch.nn", "keras.layers"} and (last in HIDDEN or last == "Tanh"):
        return True
    is_dense = name == "keras.layers.Dense"
    return is_dense and activation_word(Call(source, node, name)) is not None


def _add_dropout(code: Code, call: Call, after: ast.Call, wanted: str) -> Iterator[Edit]:
    library = "torch.nn" if call.name.startswith("torch") else "keras.layers"
    text, edits = reference(code, call.source, f"{library}.Dropout")
    _, end = place(call.source, after)
    yield Edit(call.source, end, end, f", {text}({wanted})")
    yield from edits


_NORMS = {"BatchNorm1d": "batch", "BatchNorm2d": "batch", "BatchNorm3d": "batch"}
_INSTANCE = {
    "BatchNorm1d": "InstanceNorm1d",
    "BatchNorm2d": "InstanceNorm2d",
    "BatchNorm3d": "InstanceNorm3d",
}


def _norms(code: Code) -> Iterator[Spot]:
    for call in code.named("torch.nn.*"):
        now = "layer" if call.last == "LayerNorm" else _NORMS.get(call.last)
        size = call.argument(0, "num_features", "normalized_shape")
        if now and call.name == f"torch.nn.{call.last}" and size is not None:
            values = ("layer", "none") if now == "layer" else None
            change = partial(_swap_norm, code, call, size, now)
            yield Spot(call.source, call.node, now, change, values)
    for call in code.named("keras.layers.BatchNormalization", "keras.layers.LayerNormalization"):
        now = "batch" if call.last.startswith("Batch") else "layer"
        yield Spot(call.source, call.node, now, partial(_swap_keras_norm, code, call, now))


def _swap_norm(code: Code, call: Call, size: ast.expr, now: str, wanted: str) -> Iterator[Edit]:
    if wanted == now:
        return
    if now == "layer" and wanted != "none":
        raise TunableError(
            f"{call.source.path}:{call.node.lineno}: a layer norm works on the last axis, for which"
            f" PyTorch has no {wanted} normalisation",
            hint="take it out with: --tweak swap-norm=none",
        )
    width = call.source.segment(size)
    name, arguments = {
        # Over all channels together, whatever the shape behind them.
        "layer": ("GroupNorm", f"1, {width}"),
        "batch": ("BatchNorm1d", width),
        "instance": (_INSTANCE.get(call.last, "InstanceNorm1d"), width),
        "none": ("Identity", ""),
    }[wanted]
    text, edits = reference(code, call.source, f"torch.nn.{name}")
    yield replaced(call.source, call.node, f"{text}({arguments})")
    yield from edits


def _swap_keras_norm(code: Code, call: Call, now: str, wanted: str) -> Iterator[Edit]:
    if wanted == now:
        return
    name = {
        "layer": "LayerNormalization()",
        "batch": "BatchNormalization()",
        "instance": "GroupNormalization(groups=-1)",
        "none": 'Activation("linear")',
    }[wanted]
    text, edits = reference(code, call.source, f"keras.layers.{name.partition('(')[0]}")
    yield replaced(call.source, call.node, f"{text}({name.partition('(')[2]}")
    yield from edits


_INITS = {
    "xavier": "xavier_uniform_(layer.weight)",
    "kaiming": "kaiming_normal_(layer.weight)",
    "orthogonal": "orthogonal_(layer.weight)",
    "small-normal": "normal_(layer.weight, std=0.02)",
    "zeros": "zeros_(layer.weight)",
}
_INIT_LAYERS = ("Linear", "Conv1d", "Conv2d", "Conv3d")


def _models(code: Code) -> Iterator[tuple[Call, str, ast.stmt]]:
    """Where an optimizer is made, and of which model's parameters."""
    for call in torch_optimizers(code):
        name, statement = optimized_model(call), code.statement(call.node)
        if name and stands_alone(call.source, statement) and not hasattr(statement, "body"):
            yield call, name, statement


def _inits(code: Code) -> Iterator[Spot]:
    for call, name, statement in _models(code):
        yield Spot(call.source, call.node, None, partial(_initialise, code, call, name, statement))


def _initialise(
    code: Code, call: Call, name: str, statement: ast.stmt, wanted: str
) -> Iterator[Edit]:
    layers, edits = reference(code, call.source, "torch.nn")
    kinds = ", ".join(f"{layers}.{kind}" for kind in _INIT_LAYERS)
    made = f"{layers}.init.{_INITS[wanted]} if isinstance(layer, ({kinds})) else None"
    yield before(call.source, statement, f"{name}.apply(lambda layer: {made})")
    yield from edits


_TRAINED = (
    "{{weight for layers in [[one for one in {name}.modules() if list(one.parameters("
    "recurse=False))]] for layer in layers[{which}] for weight in layer.parameters(recurse=False)}}"
)
"""Weights of some of the layers that have any, in their order; one that is tied counts for all."""
_FROZEN = {"all-but-last": "-1:", "first-half": "len(layers) // 2 :"}
"""Which layers go on to be trained."""


def _freezes(code: Code) -> Iterator[Spot]:
    for call, name, statement in _models(code):
        yield Spot(call.source, call.node, None, partial(_freeze, call.source, statement, name))
    for source, node in code.methods("compile"):
        owner = dotted_name(node.func.value) if isinstance(node.func, ast.Attribute) else None
        name, statement = owner or "", code.statement(node)
        is_keras = any(word.arg in {"optimizer", "loss"} for word in node.keywords)
        if name and "(" not in name and is_keras and stands_alone(source, statement):
            yield Spot(source, node, None, partial(_freeze_keras, source, statement, name))


def _freeze(source: Source, statement: ast.stmt, name: str, wanted: str) -> list[Edit]:
    trained = _TRAINED.format(name=name, which=_FROZEN[wanted])
    frozen = f"for frozen in set({name}.parameters()) - {trained}: frozen.requires_grad_(False)"
    return [before(source, statement, frozen)]


def _freeze_keras(source: Source, statement: ast.stmt, name: str, wanted: str) -> list[Edit]:
    most = "-1" if wanted == "all-but-last" else f"len({name}.layers) // 2"
    text = f"for frozen in {name}.layers[:{most}]: frozen.trainable = False"
    return [before(source, statement, text)]


TWEAKS = (
    CodeTweak(
        "set-dropout",
        "how much of a layer is left out at random while training, everywhere",
        _dropouts,
        "dropout",
        ("0.0", "0.2", "0.5"),
        share,
    ),
    CodeTweak("no-dropout", "leave nothing out while training", _undropped, "dropout"),
    CodeTweak(
        "add-dropout",
        "leave parts of hidden layers out at random while training",
        _droppable,
        "dropout",
        (_SOME, "0.5"),
        share,
    ),
    CodeTweak(
        "swap-norm",
        "batch, layer, instance normalisation, or none",
        _norms,
        "normalisation",
        ("batch", "layer", "instance", "none"),
    ),
    CodeTweak(
        "initialise",
        "other first values of the weights",
        _inits,
        "initialisation",
        tuple(_INITS),
    ),
    CodeTweak(
        "freeze-layers",
        "train the last layers only, the first ones stay as they start",
        _freezes,
        None,
        tuple(_FROZEN),
    ),
)
