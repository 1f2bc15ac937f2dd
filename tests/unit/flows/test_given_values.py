from __future__ import annotations

import pytest

from sandbox.domain import Tunable, TunableKind
from sandbox.flows.questions.planning import given_value

TYPE = Tunable("type", TunableKind.flag, "a.py", 1, "a.py:type", "transformer", flag="--type")
CONSTANT = Tunable("lr", TunableKind.constant, "a.py", 1, "a.py:lr", "0.1")


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        (("--device", "cpu", "--type", "mlp"), "mlp"),
        (("--type=mlp",), "mlp"),
        (("--type", "mlp", "--type", "rnn"), "rnn"),
        (("--type-of-thing", "mlp"), None),
        ((), None),
    ],
)
def test_a_flag_on_the_command_line_is_the_baselines_value(
    arguments: tuple[str, ...], value: str | None
) -> None:
    assert given_value(arguments, TYPE) == value


def test_what_is_no_flag_is_not_on_the_command_line() -> None:
    assert given_value(("lr", "0.5"), CONSTANT) is None
