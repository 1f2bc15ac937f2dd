from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import TunableError
from sandbox.samplers import Constraint

NAMES = ["depth", "width", "lr", "batch-size", "model.dropout", "cell 7: lr", "optimizer", "lambda"]


def holds(text: str, **values: str) -> bool:
    return Constraint(text, list(values))(values)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("depth*width < 4096", True),
        ("depth*width<128", False),
        ("depth ** 2 == 64 and width // 3 == 5", True),
        ("1 <= depth <= 8", True),
        ("optimizer == 'adam' or lr < 0.1", True),
        ('optimizer != "adam"', False),
        ("optimizer in ('sgd', 'adam')", True),
        ("optimizer not in ['sgd']", True),
        ("optimizer == 'lr'", False),
        ("shuffle and not (lr > 1)", True),
        ("shuffle == true", True),
        ("max(depth, width) % 5 == 1", True),
        ("log(lr) < 0 and sqrt(width) == 4 and round(lr, 1) == 0.2", True),
        ("len(layers) == 2", True),
        ("lr < 1 if shuffle else lr > 1", True),
        ("nothing is None", True),
        ("-depth < +lr", True),
    ],
)
def test_a_condition_is_worked_out(text: str, wanted: bool) -> None:  # noqa: FBT001
    values = {
        "depth": "8",
        "width": "16",
        "lr": "2e-1",
        "optimizer": "adam",
        "shuffle": "True",
        "layers": "[64, 64]",
        "nothing": "None",
    }
    assert holds(text, **values) is wanted


def test_names_may_hold_what_those_of_python_cannot() -> None:
    text = "batch-size * depth < 100 and model.dropout < 0.5 and cell 7: lr > lr and lambda < 1"
    constraint = Constraint(text, NAMES)
    assert constraint.names == (
        *("batch-size", "depth", "model.dropout", "cell 7: lr", "lr", "lambda"),
    )
    values = {
        "batch-size": "32",
        "depth": "3",
        "model.dropout": "0.1",
        "cell 7: lr": "0.2",
        "lr": "0.1",
        "lambda": "0.5",
    }
    assert constraint(values)
    assert not constraint({**values, "batch-size": "64"})


def test_an_underscore_finds_a_dash_unless_there_is_one_with_it() -> None:
    values = {"batch-size": "1", "batch_size": "2"}
    assert Constraint("batch_size < 2", ["batch-size"])(values)
    assert not Constraint("batch_size < 2", ["batch-size", "batch_size"])(values)


def test_the_longest_name_is_found() -> None:
    """And a dash between two others is a minus."""
    assert Constraint("lr-decay < 0", ["lr", "decay", "lr-decay"]).names == ("lr-decay",)
    assert Constraint("lr-decay < 0", ["lr", "decay"])({"lr": "1", "decay": "2"})


def test_a_name_is_not_found_within_a_word_or_a_text() -> None:
    assert Constraint("lrate < lr", ["lrate", "lr"]).names == ("lrate", "lr")
    assert Constraint("mode == 'lr' or mode == \"it's lr\"", ["mode", "lr"]).names == ("mode",)


def test_a_tunable_may_be_called_as_a_function_is() -> None:
    assert Constraint("max(max, 3) == 5", ["max"])({"max": "5"})


def test_a_point_that_lacks_a_value_is_allowed() -> None:
    assert Constraint("depth*width < 10", ["depth", "width"])({"depth": "1000"})


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("depth <", "cannot be read", "write a comparison"),
        ("depth = 3", "cannot be read", "write a comparison"),
        ("", "cannot be read", "write a comparison"),
        ("depth < 3; lr", "cannot be read", "write a comparison"),
        ("dept < 3", "no tunable called 'dept'", "did you mean 'depth'?"),
        ("mylr < 3", "no tunable called 'mylr'", "quotes: 'mylr'"),
        ("batch-sze < 3", "no tunable called 'batch'", "did you mean 'batch-size'?"),
        ("model.dropuot < 3", "'model.dropuot'", "did you mean 'model.dropout'?"),
        ("optimizer == adam", "no tunable called 'adam'", "quotes: 'adam'"),
        ("depth * width", r"depth \* width is neither true nor false", "depth * width < 100"),
        ("depth < 3 and width", "width is neither", "compare"),
        ("depth < 3 & width < 4", "& and | are not known", "and, or"),
        ("depth.real < 3", "depth.real", "quotes"),
        ("open('x') == 1", "open('x') is not allowed", "abs, float"),
        ("depth(3) == 1", "depth(3) is not allowed", "abs, float"),
        ("max(depth, key=abs) == 1", "is not allowed", "abs, float"),
        ("(lambda: 1)() == 1", "is not allowed", ""),
        ("[x for x in (1, 2)] == 1", "is not allowed", ""),
        ("f'{depth}' == 'a'", "is not allowed", ""),
        ("depth[0] == 1", "is not allowed", ""),
        ("1 < 2" + " " * 1000, "longer than 1,000 characters", "shorter"),
        ("(" * 300 + "depth" + ")" * 300 + "<1", "cannot be read", "write a comparison"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(text: str, message: str, hint: str) -> None:
    names = [name for name in NAMES if name != "lambda"]
    if text.endswith("and width"):
        text += " + 1"
        message = r"width \+ 1 is neither"
    with pytest.raises(TunableError) as caught:
        Constraint(text, names)
    assert message.replace("\\", "") in caught.value.message
    assert hint in str(caught.value.hint)


@pytest.mark.parametrize(
    ("text", "value", "why"),
    [
        ("depth < 3", "abc", "not supported between"),
        ("depth", "3", "3 is neither true nor false"),
        ("depth or 3 < 4", "3", "3 is neither true nor false"),
        ("1 / depth < 1", "0", "division by zero"),
        ("log(depth) < 1", "-1", "math domain error"),
        ("float(depth) < 1", "abc", "could not convert"),
        ("9 ** 9 ** depth > 1", "9", "too large"),
        ("depth * 1000000 != 'a'", "abc", "something that long"),
        ("depth % 3 == 'a'", "%1000000000d", "no remainder"),
        ("-" * 900 + "depth < 1", "3", "recursion"),
    ],
)
def test_what_cannot_be_told_for_a_point_names_it(text: str, value: str, why: str) -> None:
    constraint = Constraint(text, ["depth"])
    with pytest.raises(TunableError, match="cannot be told for depth=") as caught:
        constraint({"depth": value})
    assert why in caught.value.message
    assert "\n" not in caught.value.message


@given(st.text(max_size=30))
def test_any_text_is_a_condition_or_a_told_error(text: str) -> None:
    told = False
    try:
        told = isinstance(Constraint(text, ["depth", "lr"])({"depth": "1", "lr": "0.5"}), bool)
    except TunableError as error:
        told = bool(error.hint)
    assert told


@given(st.integers(-99, 99), st.floats(allow_nan=False, allow_infinity=False))
def test_values_are_the_numbers_that_they_read_as(depth: int, lr: float) -> None:
    product = depth * lr
    assert holds("depth * lr < 5", depth=str(depth), lr=repr(lr)) is (product < 5)
    assert not math.isnan(product)


@pytest.mark.parametrize(
    ("text", "name", "hint"),
    [
        ("depth * heads < 64", "heads", "-p heads=VALUE,VALUE"),
        ("depth < 4 and n-layers < 6", "n-layers", "-p n-layers=VALUE,VALUE"),
        ("n_layers < depth", "n-layers", "-p n-layers=VALUE,VALUE"),
        ("model.heads < depth", "model.heads", "-p model.heads=VALUE,VALUE"),
        ("cell 9: lr > depth", "cell 9: lr", "-p 'cell 9: lr'=VALUE,VALUE"),
    ],
)
def test_a_tunable_that_is_there_and_not_varied_is_told_apart(
    text: str, name: str, hint: str
) -> None:
    others = ["heads", "n-layers", "model.heads", "cell 9: lr", "epochs"]
    with pytest.raises(TunableError, match=rf"{name}' is not varied") as caught:
        Constraint(text, NAMES, others=lambda: others)
    assert hint in str(caught.value.hint)
    with pytest.raises(TunableError, match="cannot be read"):
        Constraint("depth <", NAMES, others=lambda: [*NAMES, "epochs"])
    with pytest.raises(TunableError, match="no tunable called 'hieght'"):
        Constraint("hieght < 3 and heads == 'hieght'", NAMES, others=lambda: ["epochs"])
