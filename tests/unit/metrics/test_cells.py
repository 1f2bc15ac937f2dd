from __future__ import annotations

import math

import pytest

from sandbox.metrics import cell_name, cell_value_scalars


def result(text: object) -> list[dict[str, object]]:
    return [
        {"output_type": "stream", "name": "stdout", "text": "loss: 9.0"},
        {"output_type": "execute_result", "data": {"text/plain": text}},
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.93", {"score": 0.93}),
        ("np.float64(0.93)", {"score": 0.93}),
        ("tensor(0.25)", {"score": 0.25}),
        ("tensor(0.25, grad_fn=<NllLossBackward0>)", {"score": 0.25}),
        ("(0.5, 0.9)", {"score_1": 0.5, "score_2": 0.9}),
        ("[0.3, 0.98]", {"score_1": 0.3, "score_2": 0.98}),
        ("(np.float64(0.5), 0.9)", {"score_1": 0.5, "score_2": 0.9}),
        ("{'loss': 0.5, 'acc': np.float64(0.9)}", {"score_loss": 0.5, "score_acc": 0.9}),
        (["0.9", "3"], {"score": 0.93}),
        ("42", {}),
        ("(1797, 64)", {}),
        ("array([0.91, 0.93])", {}),
        ("'a text'", {}),
        ("True", {}),
        ("LinearRegression()", {}),
        ("   loss  acc\n0  0.5  0.9", {}),
        ("", {}),
        ("0.5" * 5000, {}),
        ("(" * 1000, {}),
        (None, {}),
    ],
)
def test_a_bare_number_is_captured_under_the_cells_name(
    text: object, expected: dict[str, float]
) -> None:
    found = cell_value_scalars(result(text), name="score")
    assert {one.name: one.value for one in found} == expected


def test_a_percentage_keeps_its_sign() -> None:
    assert cell_value_scalars(result("91.5%"), name="score")[0].unit == "%"


def test_what_a_plot_returns_is_no_result() -> None:
    name = cell_name("plt.ylim(lower, upper)", 3)

    assert cell_value_scalars(result("(-1.5, 2.5)"), name=name) == ()


def test_nan_is_a_value() -> None:
    assert math.isnan(cell_value_scalars(result("nan"), name="score")[0].value)


@pytest.mark.parametrize("outputs", [[], [{"output_type": "execute_result"}], [{}]])
def test_cells_without_a_result_have_no_value(outputs: list[dict[str, object]]) -> None:
    assert cell_value_scalars(outputs, name="score") == ()


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("model.score(X, y)", "model_score"),
        ("x = 3\nround(clf.score(a, b), 3)", "clf_score"),
        ("scores.mean()", "scores_mean"),
        ("hist.history['val_loss'][-1]", "hist_history_val_loss"),
        ("!pip list\n%matplotlib inline\nnp.sqrt(mse)", "np_sqrt"),
        ("Accuracy", "accuracy"),
        ("x = 3", "cell_7"),
        ("1 + 1", "cell_7"),
        ("f(", "cell_7"),
        ("", "cell_7"),
        ("'\\d'", "cell_7"),
        ("(" * 5000, "cell_7"),
        ("\x00", "cell_7"),
    ],
)
def test_a_cell_is_named_after_its_last_expression(source: str, name: str) -> None:
    assert cell_name(source, 7) == name
