"""Tweaks of how a model is optimised: optimizer, weight decay, clipping, schedule."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from sandbox.tunables.literals import dotted_name
from sandbox.tunables.sources import Source
from sandbox.tunables.tweaks.code import Call, Code, Loop, calls_method, within
from sandbox.tunables.tweaks.edits import (
    Edit,
    after,
    argument_texts,
    before,
    replaced,
    stands_alone,
    with_arguments,
    with_keyword,
)
from sandbox.tunables.tweaks.importing import reference, renamed
from sandbox.tunables.tweaks.model import CodeTweak, Spot, not_negative, one_of, positive

_COMMON = {"lr", "weight_decay"}
_ADAM = _COMMON | {"betas", "eps"}
TORCH = {
    "SGD": _COMMON | {"momentum", "nesterov", "dampening"},
    "Adam": _ADAM | {"amsgrad"},
    "AdamW": _ADAM | {"amsgrad"},
    "RMSprop": _COMMON | {"momentum", "eps", "alpha", "centered"},
    "Adagrad": _COMMON | {"eps", "lr_decay"},
    "Adadelta": _COMMON | {"eps", "rho"},
    "Adamax": _ADAM,
    "NAdam": _ADAM,
    "RAdam": _ADAM,
}
"""Optimizers of torch.optim and their keyword arguments."""
KERAS = ("SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam", "AdamW")
_KERAS_KEPT = ("learning_rate", "lr", "clipnorm", "clipvalue")
_LOOKS_LIKE = re.compile(r"(^|[._])(optim\w*|opt)\d*$", re.IGNORECASE)


def torch_optimizers(code: Code) -> Iterator[Call]:
    """Optimizers of PyTorch that the code makes, where all that is given is seen by its name."""
    return (
        call
        for call in code.named("torch.optim.*")
        if call.last in TORCH and len(call.node.args) <= 2 and None not in _words(call)
        if not any(isinstance(one, ast.Starred | ast.GeneratorExp) for one in call.node.args)
    )


def _keras_optimizers(code: Code) -> Iterator[Call]:
    return (call for call in code.named("keras.optimizers.*") if call.last in KERAS)


def optimized_model(call: Call) -> str | None:
    """`model`, of `Adam(model.parameters())`."""
    given = call.argument(0, "params")
    if not isinstance(given, ast.Call) or not isinstance(given.func, ast.Attribute):
        return None
    name = dotted_name(given.func.value)
    return name if given.func.attr == "parameters" and name and "(" not in name else None


def _swaps(code: Code) -> Iterator[Spot]:
    for call in torch_optimizers(code):
        yield Spot(call.source, call.node, call.last, partial(_swap_torch, code, call))
    for call in _keras_optimizers(code):
        yield Spot(call.source, call.node, call.last, partial(_swap_keras, code, call))
    for source, call_node in code.methods("compile"):
        for word in call_node.keywords:
            value = word.value
            if word.arg == "optimizer" and isinstance(value, ast.Constant):
                yield from _named_optimizer(source, value)


def _named_optimizer(source: Source, value: ast.Constant) -> Iterator[Spot]:
    known = {name.lower(): name for name in KERAS}
    if isinstance(value.value, str) and value.value.lower() in known:
        written = source.segment(value)
        quote = written[-1]

        def change(wanted: str) -> Iterable[Edit]:
            return [replaced(source, value, f"{quote}{wanted.lower()}{quote}")]

        yield Spot(source, value, known[value.value.lower()], change)


def _swap_torch(code: Code, call: Call, wanted: str) -> Iterator[Edit]:
    if wanted == call.last:
        return
    yield from renamed(code, call, wanted)
    given = {word.arg for word in call.node.keywords if word.arg}
    has_rate = "lr" in given or len(call.node.args) > 1
    understood = {*TORCH[wanted], "params"}
    if given - understood:
        kept = argument_texts(call, understood, positional=2)
        yield with_arguments(call, kept if has_rate else [*kept, "lr=0.001"])
    elif not has_rate:
        yield with_keyword(call, "lr", "0.001")


def _words(call: Call) -> set[str | None]:
    return {word.arg for word in call.node.keywords}


def _swap_keras(code: Code, call: Call, wanted: str) -> Iterator[Edit]:
    if wanted == call.last:
        return
    yield from renamed(code, call, wanted)
    if (_words(call) - set(_KERAS_KEPT)) or len(call.node.args) > 1:
        yield with_arguments(call, argument_texts(call, _KERAS_KEPT, positional=1))


def _decays(code: Code) -> Iterator[Spot]:
    for call in torch_optimizers(code):
        value = call.keyword("weight_decay")
        now = call.source.segment(value) if value is not None else None

        def change(wanted: str, call: Call = call) -> list[Edit]:
            return [with_keyword(call, "weight_decay", wanted)]

        yield Spot(call.source, call.node, now or _usual_decay(call), change)


def _usual_decay(call: Call) -> str:
    return "0.01" if call.last == "AdamW" else "0"


def _clips(code: Code) -> Iterator[Spot]:
    present = list(_present_clips(code))
    if present:
        yield from present
        return
    for step in _steps(code):
        yield Spot(step.source, step.statement, None, partial(_clip, code, step))
    for call in _keras_optimizers(code):

        def add(wanted: str, call: Call = call) -> list[Edit]:
            return [with_keyword(call, "clipnorm", wanted)]

        value = call.keyword("clipnorm")
        now = None if value is None else call.source.segment(value)
        yield Spot(call.source, call.node, now, add)


def _clip(code: Code, step: _Step, wanted: str) -> list[Edit]:
    clip, edits = reference(code, step.source, "torch.nn.utils.clip_grad_norm_")
    unscaled = f"{step.scaler}.unscale_({step.held}); " if step.scaler else ""
    text = f"{unscaled}{clip}({_EVERY.format(held=step.held)}, {wanted})"
    return [before(step.source, step.statement, text), *edits]


_EVERY = '[parameter for group in {held}.param_groups for parameter in group["params"]]'


def _present_clips(code: Code) -> Iterator[Spot]:
    for call in code.named("torch.nn.utils.clip_grad_norm_", "torch.nn.utils.clip_grad_norm"):
        value = call.argument(1, "max_norm")
        if value is not None:

            def change(
                wanted: str, source: Source = call.source, value: ast.expr = value
            ) -> list[Edit]:
                return [replaced(source, value, wanted)]

            yield Spot(call.source, value, call.source.segment(value), change)


@dataclass(frozen=True, eq=False)
class _Step:
    """A statement with which an optimizer changes the weights.

    Attributes:
        held: the optimizer's name.
        scaler: the name of what scaled the gradients, where they still are.
    """

    source: Source
    statement: ast.stmt
    held: str
    scaler: str | None = None


def _steps(code: Code) -> Iterator[_Step]:
    """`optimizer.step()`, and `scaler.step(optimizer)`."""
    held = code.holders(*(f"torch.optim.{name}" for name in TORCH))
    scalers = code.holders("torch.cuda.amp.GradScaler", "torch.amp.GradScaler")
    unscaled = set(_unscaled(code))
    for source, statement, name, call in _stepped(code):
        if name in scalers:
            optimizer = _optimizer_of(source, call)
            if optimizer is not None:
                is_done = (name, optimizer) in unscaled
                yield _Step(source, statement, optimizer, None if is_done else name)
        elif not call.args and (name in held or _LOOKS_LIKE.search(name)):
            yield _Step(source, statement, name)


def _unscaled(code: Code) -> Iterator[tuple[str | None, str | None]]:
    """Names of scalers that give gradients their own size back, each with the optimizer's."""
    for source, call in code.methods("unscale_"):
        if isinstance(call.func, ast.Attribute):
            yield dotted_name(call.func.value), _optimizer_of(source, call)


def _optimizer_of(source: Source, call: ast.Call) -> str | None:
    """`optimizer`, of `scaler.step(optimizer)`."""
    given = Call(source, call, "").argument(0, "optimizer")
    name = None if given is None else dotted_name(given)
    return name if name and "(" not in name else None


def _stepped(code: Code) -> Iterator[tuple[Source, ast.stmt, str, ast.Call]]:
    """Statements `NAME.step(…)`, with the name and the call."""
    for source, call in code.methods("step"):
        name = dotted_name(call.func.value) if isinstance(call.func, ast.Attribute) else None
        statement = code.statement(call)
        if name and isinstance(statement, ast.Expr) and statement.value is call:
            yield source, statement, name, call


def _schedules(code: Code) -> Iterator[Spot]:
    """`scheduler.step()` of the schedules that are there."""
    held = code.holders("torch.optim.lr_scheduler.*", "transformers.*")
    for source, statement, name, _ in _stepped(code):
        if name in held:

            def change(
                _wanted: str, source: Source = source, node: ast.stmt = statement
            ) -> list[Edit]:
                return [replaced(source, node, "pass")]

            yield Spot(source, statement, None, change)


_ADDED = {
    "cosine": "CosineAnnealingLR({held}, T_max={steps})",
    "step": "StepLR({held}, step_size=max(1, {steps} // 3), gamma=0.1)",
    "exponential": "ExponentialLR({held}, gamma=0.95)",
}


def _missing_schedules(code: Code) -> Iterator[Spot]:
    """Loops over epochs with an optimizer that has no schedule."""
    if any(code.named("torch.optim.lr_scheduler.*")) or len(list(torch_optimizers(code))) > 1:
        return
    trains = _training_functions(code)
    by_path: dict[str, list[Source]] = defaultdict(list)
    for source in code.sources:
        by_path[source.path].append(source)
    for call in torch_optimizers(code):
        held = _held(code, call)
        for source in by_path[call.source.path]:
            loop = _epochs(code, source, call, held, trains) if held else None
            if held and loop is not None and stands_alone(source, loop):
                change = partial(_add_schedule, code, source, loop, held)
                yield Spot(source, loop, None, change)
                break


def _held(code: Code, call: Call) -> str | None:
    statement = code.statement(call.node)
    if not isinstance(statement, ast.Assign) or statement.value is not call.node:
        return None
    name = dotted_name(statement.targets[0])
    return name if name and "(" not in name else None


def _training_functions(code: Code) -> frozenset[str]:
    """Functions of the code in which gradients are computed."""
    return frozenset(
        node.name
        for source in {source for source, _ in code.methods("backward")}
        for node in source.of(ast.FunctionDef)
        if any(calls_method(statement, "backward") for statement in node.body)
    )


def _epochs(
    code: Code, source: Source, call: Call, held: str, trains: frozenset[str]
) -> ast.For | None:
    """The outermost loop over a range, where the optimizer is known, that trains with it."""
    scope = code.scope(call.node)
    for node in sorted(source.of(ast.For), key=lambda one: one.lineno):
        is_later = source is not call.source or node.lineno > call.node.lineno
        is_reached = (code.scope(node) is scope and is_later) or held.startswith("self.")
        is_outermost = not any(isinstance(one, Loop) for one in code.around(node))
        if is_reached and is_outermost and rounds(source, node) and _trains(node, held, trains):
            return node
    return None


def _trains(loop: ast.For, held: str, trains: frozenset[str]) -> bool:
    for one in within(loop):
        if isinstance(one, ast.Call):
            name = dotted_name(one.func) or ""
            if name == f"{held}.step" or name.rpartition(".")[2] in trains:
                return True
    return False


def rounds(source: Source, loop: ast.For) -> str | None:
    """How many times a loop over a range goes round, as text."""
    found = [
        one
        for one in ast.walk(loop.iter)
        if isinstance(one, ast.Call) and dotted_name(one.func) in {"range", "trange"}
    ]
    if len(found) != 1 or not found[0].args:
        return None
    if len(found[0].args) > 1:
        return f"len({source.segment(found[0])})"
    end = found[0].args[0]
    is_plain = isinstance(end, ast.Name | ast.Attribute | ast.Constant | ast.Call)
    return source.segment(end) if is_plain else f"({source.segment(end)})"


def _add_schedule(
    code: Code, source: Source, loop: ast.For, held: str, wanted: str
) -> Iterator[Edit]:
    name = "self.added_schedule" if held.startswith("self.") else "added_schedule"
    module, edits = reference(code, source, "torch.optim.lr_scheduler")
    made = _ADDED[wanted].format(held=held, steps=rounds(source, loop))
    yield before(source, loop, f"{name} = {module}.{made}")
    yield after(source, loop.body[-1], f"{name}.step()", like=loop.body[0])
    yield from edits


TWEAKS = (
    CodeTweak(
        "swap-optimizer",
        "another optimizer, with what it understands of the arguments",
        _swaps,
        "optimizer",
        ("SGD", "Adam", "AdamW", "RMSprop"),
        one_of([name for name in KERAS if name in TORCH]),
    ),
    CodeTweak(
        "set-weight-decay",
        "pull all weights towards zero, or stop doing so (0)",
        _decays,
        "weight-decay",
        ("0", "1e-4", "1e-2"),
        not_negative,
    ),
    CodeTweak(
        "clip-gradients",
        "scale gradients down whose norm is larger than this",
        _clips,
        "clip",
        ("0.1", "1.0", "5.0"),
        positive,
    ),
    CodeTweak(
        "no-scheduler",
        "keep the learning rate as it starts",
        _schedules,
        "schedule",
    ),
    CodeTweak(
        "add-scheduler",
        "let the learning rate fall over the epochs",
        _missing_schedules,
        "schedule",
        ("cosine", "step", "exponential"),
    ),
)
