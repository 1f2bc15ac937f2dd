"""What is known of the functions that code calls: their parameters, and which say nothing."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from sandbox.tunables.sources import Source

Function = ast.FunctionDef | ast.AsyncFunctionDef
Signatures = Mapping[str, tuple[str, ...]]

SKIPPED_CALLS = frozenset(
    [
        "print",
        "open",
        "format",
        "join",
        "split",
        "strip",
        "replace",
        "startswith",
        "endswith",
        "isinstance",
        "getattr",
        "hasattr",
        "setattr",
        "add_argument",
        "set_defaults",
        "add_parser",
        "ArgumentParser",
        "getLogger",
        "basicConfig",
        "exit",
        "input",
        "len",
        "int",
        "float",
        "str",
        "abs",
        "round",
        "pow",
        "option",
        "argument",
        "super",
        "info",
        "debug",
        "warning",
        "error",
        "rsplit",
        "lstrip",
        "rstrip",
        "zfill",
        "ljust",
        "rjust",
        "TypeVar",
        "namedtuple",
        "namedtuple",
        "field",
        "__import__",
        "import_module",
    ]
)
PLOTS = frozenset(
    [
        "plt",
        "ax",
        "axs",
        "axes",
        "fig",
        "pyplot",
        "sns",
        "matplotlib",
        "ax1",
        "ax2",
        "plotly",
        "px",
        "go",
        "st",
        "mpl",
    ]
)
SHAPES = frozenset(
    [
        "view",
        "reshape",
        "permute",
        "transpose",
        "squeeze",
        "unsqueeze",
        "size",
        "mean",
        "sum",
        "argmax",
        "argmin",
        "max",
        "min",
        "cat",
        "stack",
        "expand",
        "repeat",
        "flatten",
        "zeros",
        "ones",
        "empty",
        "full",
        "arange",
        "linspace",
        "concatenate",
        "append",
        "pop",
        "get",
        "index",
        "clone",
        "norm",
        "softmax",
        "log_softmax",
        "std",
        "var",
        "hstack",
        "vstack",
        "tile",
        "enumerate",
        "sleep",
        "insert",
    ]
)
TRAINING_CALLS = frozenset(
    ["backward", "zero_grad", "fit", "train_on_batch", "minimize", "apply_gradients"]
)
POSITIONAL: Signatures = {
    "Dropout": ("p",),
    "Dropout2d": ("p",),
    "dropout": ("input", "p"),
    "Linear": ("in_features", "out_features"),
    "Conv1d": ("in_channels", "out_channels", "kernel_size", "stride", "padding"),
    "Conv2d": ("in_channels", "out_channels", "kernel_size", "stride", "padding"),
    "ConvTranspose2d": ("in_channels", "out_channels", "kernel_size", "stride", "padding"),
    "MaxPool2d": ("kernel_size", "stride"),
    "Embedding": ("num_embeddings", "embedding_dim"),
    "LSTM": ("input_size", "hidden_size", "num_layers"),
    "GRU": ("input_size", "hidden_size", "num_layers"),
    "LSTMCell": ("input_size", "hidden_size"),
    "GRUCell": ("input_size", "hidden_size"),
    "RNN": ("input_size", "hidden_size", "num_layers"),
    "LeakyReLU": ("negative_slope",),
    "Dense": ("units",),
    "Conv2D": ("filters", "kernel_size"),
    "MaxPooling2D": ("pool_size",),
    "manual_seed": ("seed",),
    "manual_seed_all": ("seed",),
    "set_seed": ("seed",),
    "seed": ("seed",),
    "RandomState": ("seed",),
    "default_rng": ("seed",),
    "Activation": ("activation",),
}


def signatures_of(source: Source) -> dict[str, tuple[str, ...]]:
    """Parameter names of each function and class of a file; names with two meanings left out."""
    found: dict[str, tuple[str, ...]] = {}
    twice: set[str] = set()
    for node in source.of(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef):
        names = _parameters(node)
        if names is not None:
            twice |= {node.name} if found.get(node.name, names) != names else set()
            found[node.name] = names
    return {name: names for name, names in found.items() if name not in twice}


def _parameters(node: ast.AST) -> tuple[str, ...] | None:
    if isinstance(node, ast.ClassDef):
        makers = [each for each in node.body if getattr(each, "name", "") == "__init__"]
        return _parameters(makers[0]) if makers else None
    if isinstance(node, Function):
        names = tuple(arg.arg for arg in (*node.args.posonlyargs, *node.args.args))
        return names[1:] if names[:1] in {("self",), ("cls",)} else names
    return None
