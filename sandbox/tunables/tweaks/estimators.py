"""Tweaks of scikit-learn's pipelines: another estimator, another scaler."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from sandbox.tunables.tweaks.code import Call, Code
from sandbox.tunables.tweaks.edits import (
    Edit,
    argument_texts,
    reference,
    replaced,
    with_arguments,
)
from sandbox.tunables.tweaks.model import CodeTweak, Spot

CLASSIFIERS = {
    "LogisticRegression": "linear_model",
    "RandomForestClassifier": "ensemble",
    "GradientBoostingClassifier": "ensemble",
    "KNeighborsClassifier": "neighbors",
    "SVC": "svm",
    "DecisionTreeClassifier": "tree",
    "GaussianNB": "naive_bayes",
    "MLPClassifier": "neural_network",
}
REGRESSORS = {
    "LinearRegression": "linear_model",
    "Ridge": "linear_model",
    "Lasso": "linear_model",
    "RandomForestRegressor": "ensemble",
    "GradientBoostingRegressor": "ensemble",
    "KNeighborsRegressor": "neighbors",
    "SVR": "svm",
    "DecisionTreeRegressor": "tree",
}
SCALERS = dict.fromkeys(
    ("StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler", "FunctionTransformer"),
    "preprocessing",
)
_UNSEEDED = frozenset(
    [
        *("KNeighborsClassifier", "GaussianNB", "LinearRegression", "KNeighborsRegressor", "SVR"),
        *SCALERS,
    ]
)
_NO_SCALER = {"none": "FunctionTransformer"}


def _spots(family: Mapping[str, str], code: Code) -> Iterator[Spot]:
    """Places of a family, where all of them make the same: else there is nothing to swap for."""
    found = [
        call
        for call in code.named("sklearn.*")
        if call.last in family and call.name.startswith(f"sklearn.{family[call.last]}")
    ]
    if len({call.last for call in found}) == 1:
        for call in found:
            yield Spot(call.source, call.node, call.last, partial(_swap, family, code, call))


def _swap(family: Mapping[str, str], code: Code, call: Call, wanted: str) -> Iterator[Edit]:
    wanted = _NO_SCALER.get(wanted, wanted)
    if wanted == call.last:
        return
    text, edits = reference(code, call.source, f"sklearn.{family[wanted]}.{wanted}")
    yield replaced(call.source, call.node.func, text)
    kept = () if wanted in _UNSEEDED else ("random_state",)
    texts = argument_texts(call, kept, positional=0)
    if wanted == "SVC" and next(code.methods("predict_proba"), None):
        texts.append("probability=True")
    yield with_arguments(call, texts)
    yield from edits


def _of(family: Mapping[str, str]) -> Callable[[Code], Iterator[Spot]]:
    return partial(_spots, family)


TWEAKS = (
    CodeTweak(
        "swap-classifier",
        "another kind of classifier, with its own defaults",
        _of(CLASSIFIERS),
        "model",
        tuple(CLASSIFIERS),
    ),
    CodeTweak(
        "swap-regressor",
        "another kind of regression, with its own defaults",
        _of(REGRESSORS),
        "model",
        tuple(REGRESSORS),
    ),
    CodeTweak(
        "swap-scaler",
        "another way to bring columns to one scale, or none",
        _of(SCALERS),
        "scaling",
        ("StandardScaler", "MinMaxScaler", "RobustScaler", "none"),
    ),
)
