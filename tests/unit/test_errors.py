from __future__ import annotations

import inspect
import pickle

import pytest

from sandbox import errors

CLASSES = [
    value
    for _, value in inspect.getmembers(errors, inspect.isclass)
    if issubclass(value, errors.SandboxError)
]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_survives_pickling_whole(kind: type[errors.SandboxError]) -> None:
    error = kind("it broke", hint="mend it", path="a", count=2)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert (copy.message, copy.hint, copy.facts) == (
        "it broke",
        "mend it",
        {"path": "a", "count": 2},
    )
    assert str(copy) == "it broke"


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_has_one_of_the_documented_exit_codes(kind: type[errors.SandboxError]) -> None:
    assert kind.exit_code in {1, 2, 3, 4}


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_stands_in_the_tree_drawn_on_top(kind: type[errors.SandboxError]) -> None:
    assert errors.__doc__ is not None
    assert f" {kind.__name__} " in f" {errors.__doc__} ".replace("\n", " ")
