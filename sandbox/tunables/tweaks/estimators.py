"""Tweaks of scikit-learn's pipelines: another estimator, another scaler."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from sandbox.tunables.tweaks.code import Call, Code
from sandbox.tunables.tweaks.edits import Edit, argument_texts, replaced, with_arguments
from sandbox.tunables.tweaks.importing import reference
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
_OF_SOME = frozenset(
    [
        *("coef_", "intercept_", "feature_importances_", "estimators_", "tree_", "oob_score_"),
        *("support_vectors_", "support_", "kneighbors", "loss_curve_", "decision_path"),
        *(
            "decision_function",
            "set_params",
            "staged_predict",
            "mean_",
            "scale_",
            "var_",
            "center_",
        ),
        *("data_min_", "data_max_", "min_", "sample_weight"),
    ]
)
"""What only some of a family have or take: code that asks for it works with no other."""
_TIED = frozenset(
    [
        *("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV"),
        *("validation_curve", "plot_tree", "export_text", "export_graphviz", "RFE", "RFECV"),
        *("SelectFromModel", "AdaBoostClassifier", "AdaBoostRegressor"),
    ]
)
"""Functions and classes to which not every estimator can be handed."""
_NO_SCALER = {"none": "FunctionTransformer"}


def _spots(family: Mapping[str, str], code: Code) -> Iterator[Spot]:
    """Places of a family, where all of them make the same: else there is nothing to swap for."""
    found = [
        call
        for call in code.named("sklearn.*")
        if call.last in family and call.name.startswith(f"sklearn.{family[call.last]}")
    ]
    if len({call.last for call in found}) == 1 and _is_open(code):
        for call in found:
            yield Spot(call.source, call.node, call.last, partial(_swap, family, code, call))


def _is_open(code: Code) -> bool:
    """Whether nothing asks for what one kind of estimator has: attributes, a grid of arguments."""
    asked = {
        str(node.attr if isinstance(node, ast.Attribute) else node.arg)
        for source in code.sources
        for node in source.of(ast.Attribute, ast.keyword)
    }
    return not asked & _OF_SOME and not any(call.last in _TIED for call in code.calls)


def _asks_for_probabilities(code: Code) -> bool:
    """By a method, or by its name in a text."""
    named = (
        node.value == "predict_proba" for source in code.sources for node in source.of(ast.Constant)
    )
    return next(code.methods("predict_proba"), None) is not None or any(named)


def _swap(family: Mapping[str, str], code: Code, call: Call, wanted: str) -> Iterator[Edit]:
    wanted = _NO_SCALER.get(wanted, wanted)
    if wanted == call.last:
        return
    text, edits = reference(code, call.source, f"sklearn.{family[wanted]}.{wanted}")
    yield replaced(call.source, call.node.func, text)
    kept = () if wanted in _UNSEEDED else ("random_state",)
    texts = argument_texts(call, kept, positional=0)
    if wanted == "SVC" and _asks_for_probabilities(code):
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
