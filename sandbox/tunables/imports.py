"""Imports that a new value needs: names of libraries as everybody writes them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator

from sandbox.tunables.sources import Source
from sandbox.tunables.tweaks.code import Code
from sandbox.tunables.tweaks.edits import edited
from sandbox.tunables.tweaks.estimators import CLASSIFIERS, REGRESSORS, SCALERS
from sandbox.tunables.tweaks.importing import imported

_USUAL = {
    "F": "import torch.nn.functional as F",
    "functools": "import functools",
    "keras": "from tensorflow import keras",
    "math": "import math",
    "nn": "from torch import nn",
    "np": "import numpy as np",
    "numpy": "import numpy",
    "optim": "from torch import optim",
    "partial": "from functools import partial",
    "pd": "import pandas as pd",
    "random": "import random",
    "tf": "import tensorflow as tf",
    "torch": "import torch",
    **{
        name: f"from sklearn.{module} import {name}"
        for family in (CLASSIFIERS, REGRESSORS, SCALERS)
        for name, module in family.items()
    },
}


def with_imports(source: Source, new: Iterable[ast.expr], known: Iterable[Source]) -> str:
    """The text of a file or cell, with the known imports that new values in it need.

    Args:
        source: the file or cell with the values in it.
        new: the values.
        known: the file as it was, or the notebook's cells: what is said there needs no import.
            What an `import *` brings is not known; a name that is said nowhere is imported.
    """
    code = Code((source,))
    bound = {name for one in known for name in _said(one)}
    needed = dict.fromkeys(name for value in new for name in _names(value) if name not in bound)
    edits = [imported(code, source, _USUAL[name]) for name in needed if name in _USUAL]
    return edited(source.text, edits)


def _names(value: ast.expr) -> Iterator[str]:
    """What a value says and does not make itself."""
    made = {one.arg for one in ast.walk(value) if isinstance(one, ast.arg)}
    for one in ast.walk(value):
        if isinstance(one, ast.Name) and one.id not in made and not hasattr(builtins, one.id):
            yield one.id


def _said(source: Source) -> Iterator[str]:
    """Names that a file binds or uses."""
    for node in source.nodes:
        if isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
