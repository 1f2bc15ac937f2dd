"""Tweaks of what a model learns from: labels, how much of it, and what is done to it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import partial

from sandbox.syntax import walk
from sandbox.tunables.literals import dotted_name, is_number, python_value
from sandbox.tunables.sources import Source
from sandbox.tunables.tweaks.code import Call, Code, Function, calls_method
from sandbox.tunables.tweaks.edits import Edit, place, replaced, with_arguments, without_elements
from sandbox.tunables.tweaks.importing import reference, renamed
from sandbox.tunables.tweaks.model import CodeTweak, Spot, every_nth

_FITTED = ("sklearn", "keras", "tensorflow", "xgboost", "lightgbm", "catboost")
_LOSSES = (
    "torch.nn.functional.cross_entropy",
    "torch.nn.functional.nll_loss",
    "torch.nn.functional.mse_loss",
    "torch.nn.functional.l1_loss",
    "torch.nn.functional.smooth_l1_loss",
    "torch.nn.functional.binary_cross_entropy",
    "torch.nn.functional.binary_cross_entropy_with_logits",
)
_RESHAPES = frozenset(["view", "reshape", "long", "float", "to", "cuda", "squeeze", "flatten"])
_AUGMENTATIONS = frozenset(
    ["ColorJitter", "AutoAugment", "RandAugment", "TrivialAugmentWide", "AugMix", "GaussianBlur"]
)
_KEPT_SIZES = {"RandomCrop": "CenterCrop", "RandomResizedCrop": "Resize"}
_KERAS_KEPT = ("rescale", "validation_split", "preprocessing_function", "data_format", "dtype")


def _fits(code: Code) -> Iterator[tuple[Source, ast.expr, ast.expr]]:
    """Examples and labels that something is fitted to."""
    for source, node in code.methods("fit"):
        plain = [one for one in node.args if not isinstance(one, ast.Starred)]
        is_known = any(code.imports(source, library) for library in _FITTED)
        if (
            is_known
            and not _is_in_fit(code, node)
            and len(plain) == len(node.args) == 2
            and _are_examples(node)
        ):
            yield source, node.args[0], node.args[1]


def _is_in_fit(code: Code, node: ast.Call) -> bool:
    """Within the `fit` of a class: what is fitted there has been chosen outside already."""
    scope = code.scope(node)
    if not isinstance(scope, Function) or scope.name != "fit":
        return False
    return isinstance(next(code.around(scope), None), ast.ClassDef)


def _are_examples(node: ast.Call) -> bool:
    """Whether a fit takes examples and labels and nothing that goes with them one by one."""
    first, second = (ast.unparse(one).lower() for one in node.args)
    is_stream = any(word in first for word in ("gen", "loader", "dataset"))
    has_weights = any(word.arg in {"sample_weight", "groups"} for word in node.keywords)
    is_number = any(isinstance(one, ast.Constant) for one in node.args)
    return not (is_stream or has_weights or is_number or "steps" in second)


def _labels(code: Code) -> Iterator[Spot]:
    for source, _, labels in _fits(code):

        def shuffle(_on: str, source: Source = source, labels: ast.expr = labels) -> list[Edit]:
            text, edits = reference(code, source, "numpy.random")
            shuffled = f"{text}.RandomState(0).permutation({source.segment(labels)})"
            return [replaced(source, labels, shuffled), *edits]

        yield Spot(source, labels, None, shuffle)
    for call in _training_losses(code):
        target = call.argument(1, "target")
        if target is not None and _is_cheap(target):
            yield Spot(call.source, target, None, partial(_shuffle, code, call.source, target))


def _shuffle(code: Code, source: Source, target: ast.expr, _on: str) -> Iterator[Edit]:
    text, edits = reference(code, source, "torch.randperm")
    segment = source.segment(target)
    whole = segment if isinstance(target, ast.Name | ast.Attribute | ast.Call) else f"({segment})"
    yield replaced(source, target, f"{whole}[{text}(len({segment}))]")
    yield from edits


def _training_losses(code: Code) -> Iterator[Call]:
    """Losses that gradients are computed of, in the same function."""
    made = {call.name for call in code.named("torch.nn.*") if call.last.endswith("Loss")}
    held = code.holders(*made)
    known = set(_LOSSES)
    for call in code.calls:
        is_loss = call.name in known or (dotted_name(call.node.func) or "") in held
        if is_loss and any(calls_method(one, "backward") for one in _body(code, call)):
            yield call


def _body(code: Code, call: Call) -> list[ast.stmt]:
    scope = code.scope(call.node)
    return list(getattr(scope, "body", call.source.tree.body))


def _is_cheap(node: ast.expr) -> bool:
    """Whether it can be asked for twice."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr not in _RESHAPES:
            return False
        node = node.func.value
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript)


def _fewer(code: Code) -> Iterator[Spot]:
    for source, *given in _fits(code):
        first = given[0]

        def thin(wanted: str, source: Source = source, given: list[ast.expr] = given) -> list[Edit]:
            return [replaced(source, one, _every(source, one, wanted)) for one in given]

        yield Spot(source, first, None, thin)
    for call in code.named("torch.utils.data.DataLoader"):
        data = call.argument(0, "dataset")
        if data is not None and _is_for_training(code, call, data):
            yield Spot(call.source, data, None, partial(_subset, code, call, data))


def _step(wanted: str) -> int:
    return round(1 / float(wanted))


def _every(source: Source, node: ast.expr, wanted: str) -> str:
    text = source.segment(node)
    is_plain = isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Call)
    longer = _longer_stride(source, node, wanted)
    return longer or f"{text if is_plain else f'({text})'}[::{_step(wanted)}]"


def _longer_stride(source: Source, node: ast.expr, wanted: str) -> str | None:
    """`x[a:b:8]` for a quarter of `x[a:b:2]`; None where it is no slice, or its step not known."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Slice):
        return None
    step = 1 if node.slice.step is None else python_value(node.slice.step)
    if not isinstance(step, int):
        return None
    ends = (node.slice.lower, node.slice.upper)
    first, last = ("" if end is None else source.segment(end) for end in ends)
    return f"{source.segment(node.value)}[{first}:{last}:{step * _step(wanted)}]"


def _is_for_training(code: Code, call: Call, data: ast.expr) -> bool:
    if any(word.arg in {"sampler", "batch_sampler"} for word in call.node.keywords):
        return False
    statement = code.statement(call.node)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    names = " ".join(ast.unparse(one) for one in [*targets, data]).lower()
    if any(word in names for word in ("test", "val", "train=false")):
        return False
    shuffled = call.keyword("shuffle")
    return "train" in names or (isinstance(shuffled, ast.Constant) and shuffled.value is True)


def _subset(code: Code, call: Call, data: ast.expr, wanted: str) -> Iterator[Edit]:
    longer = _longer_stride(call.source, data, wanted)
    if longer is not None:
        yield replaced(call.source, data, longer)
        return
    text, edits = reference(code, call.source, "torch.utils.data.Subset")
    written = call.source.segment(data)
    chosen = "{text}({one}, range(0, len({one}), {step}))"
    if _is_cheap(data):
        new = chosen.format(text=text, one=written, step=_step(wanted))
    else:
        inner = chosen.format(text=text, one="data", step=_step(wanted))
        new = f"(lambda data: {inner})({written})"
    yield replaced(call.source, data, new)
    yield from edits


def _augmentations(code: Code) -> Iterator[Spot]:
    for source in code.sources:
        if code.imports(source, "torchvision"):
            yield from _in_lists(code, source, "torchvision.transforms.")
        elif code.imports(source, "keras") or code.imports(source, "tensorflow"):
            yield from _in_lists(code, source, "keras.layers.")
    for call in code.named("keras.preprocessing.image.ImageDataGenerator"):
        kept = [word for word in call.node.keywords if word.arg in _KERAS_KEPT]
        if len(kept) < len(call.node.keywords):
            texts = [f"{word.arg}={call.source.segment(word.value)}" for word in kept]

            def plain(_on: str, call: Call = call, texts: list[str] = texts) -> list[Edit]:
                return [with_arguments(call, texts)]

            yield Spot(call.source, call.node, None, plain)


def _in_lists(code: Code, source: Source, library: str) -> Iterator[Spot]:
    """Lists with augmentations among their elements; not those within one that goes as a whole."""
    gone: set[ast.AST] = set()
    for node in source.of(ast.List):
        elements = node.elts if node not in gone else ()
        random = [
            Call(source, one, name)
            for one in elements
            if isinstance(one, ast.Call) and (name := code.name_of(source, one.func))
            if name.startswith(library) and _is_random(name[len(library) :])
            if not _is_bracketed(source, one)
        ]
        gone.update(inner for one in random for inner in walk(one.node))
        if random:
            change = partial(_plain_list, code, elements, random)
            yield Spot(source, random[0].node, None, change)


def _is_bracketed(source: Source, node: ast.expr) -> bool:
    """In brackets of its own, which would be left behind."""
    return source.text[: place(source, node)[0]].rstrip().endswith("(")


def _is_random(name: str) -> bool:
    return name.startswith("Random") or name in _AUGMENTATIONS


def _plain_list(
    code: Code, elements: Sequence[ast.expr], random: list[Call], _on: str
) -> Iterator[Edit]:
    sizes = {
        one: size
        for one in random
        if one.last in _KEPT_SIZES and (size := one.argument(0, "size")) is not None
    }
    gone = [one.node for one in random if one not in sizes]
    source = random[0].source
    if len(gone) == len(elements) and random[0].name.startswith("keras."):
        # Keras calls no model without layers.
        text, edits = reference(code, source, "keras.layers.Activation")
        start, end = place(source, gone[0])[0], place(source, gone[-1])[1]
        yield Edit(source, start, end, f'{text}("linear")')
        yield from edits
        return
    yield from without_elements(source, elements, gone)
    for call, given in sizes.items():
        yield from renamed(code, call, _KEPT_SIZES[call.last])
        written = call.source.segment(given)
        is_side = is_number(given) and call.last == "RandomResizedCrop"
        yield with_arguments(call, [f"({written}, {written})" if is_side else written])


TWEAKS = (
    CodeTweak(
        "shuffle-labels",
        "train on labels in the wrong order: what is learnt then is chance, or a leak",
        _labels,
    ),
    CodeTweak(
        "data-fraction",
        "train on one in n examples",
        _fewer,
        "data-size",
        ("0.5", "0.25", "0.1"),
        every_nth,
    ),
    CodeTweak(
        "no-augmentation",
        "train on the images as they are",
        _augmentations,
        "augmentation",
    ),
)
