"""What code needs without importing it, and what its imports say of versions; each with a reason.

Only what is certain: a call or import that fails in every version without the other package, or a
name that is gone from a release on. Nothing here is asked of an index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """A distribution or Debian package that is needed besides, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class _Rule:
    """When something is needed.

    Attributes:
        cause: prefix of a dotted import target, or a called name.
        needs: distribution; with `apt:` in front a Debian package.
        beside: the rule holds only where this distribution is imported.
        unless: one of these is there already.
        since, until: ISO dates of the code's versions between which it holds.
    """

    cause: str
    needs: str
    beside: str = ""
    unless: tuple[str, ...] = ()
    since: str = ""
    until: str = "9999"


_OWN_BACKENDS = ("tensorflow", "tensorflow-cpu", "theano", "cntk", "plaidml-keras")
_MODELS = ("torch", "tensorflow", "tensorflow-cpu", "jax", "flax", "paddlepaddle")

_IMPORTED = (
    _Rule("torch.utils.tensorboard", "tensorboard", unless=("tensorflow",)),
    _Rule("distutils", "setuptools"),
    _Rule("keras", "tensorflow", unless=_OWN_BACKENDS),
    _Rule("keras_tuner", "tensorflow", unless=_OWN_BACKENDS),
    _Rule("kerastuner", "tensorflow", unless=_OWN_BACKENDS),
    _Rule("rl", "tensorflow", unless=_OWN_BACKENDS),
    _Rule("tensorflow_addons", "tensorflow", unless=_OWN_BACKENDS),
    _Rule("tensorflow_datasets", "tensorflow", unless=_OWN_BACKENDS),
    _Rule("tensorflow_hub", "tensorflow", unless=_OWN_BACKENDS),
    _Rule("tensorflow_probability", "tensorflow", unless=(*_OWN_BACKENDS, "jax")),
    _Rule("tflearn", "tensorflow", unless=_OWN_BACKENDS),
    _Rule("baselines", "tensorflow", unless=_OWN_BACKENDS),
    _Rule("stable_baselines", "tensorflow", unless=_OWN_BACKENDS),
    _Rule("jax", "jaxlib", until="2021-04"),
    _Rule("jax", "jax[cpu]", unless=("jaxlib",), since="2021-04"),
    _Rule("skorch", "torch"),
    _Rule("torchvision", "torch"),
    _Rule("transformers.TF", "tensorflow", unless=("tensorflow-cpu",)),
    _Rule("transformers.Flax", "flax"),
    _Rule("transformers.pipeline", "torch", unless=_MODELS),
    _Rule("transformers.Auto", "torch", unless=_MODELS),
    _Rule("transformers.Trainer", "accelerate", since="2023-05"),
    _Rule("tritonclient.grpc", "tritonclient[grpc]"),
    _Rule("tritonclient.http", "tritonclient[http]"),
    _Rule("git", "apt:git"),
    _Rule("IPython.html", "notebook"),
    _Rule("IPython.html.widgets", "ipywidgets"),
    _Rule("graphviz", "apt:graphviz"),
    _Rule("pydot", "apt:graphviz"),
    _Rule("pytesseract", "apt:tesseract-ocr"),
    _Rule("pydub", "apt:ffmpeg"),
    _Rule("pdf2image", "apt:poppler-utils"),
    _Rule("pyvirtualdisplay", "apt:xvfb"),
)

_CALLED = (
    _Rule("read_excel", "xlrd", beside="pandas", unless=("openpyxl",), until="2020-12"),
    _Rule("read_excel", "openpyxl", beside="pandas", unless=("xlrd",), since="2020-12"),
    _Rule("to_excel", "openpyxl", beside="pandas", unless=("xlsxwriter",)),
    _Rule("read_hdf", "tables", beside="pandas"),
    _Rule("to_hdf", "tables", beside="pandas"),
    _Rule("HDFStore", "tables", beside="pandas"),
    _Rule("read_parquet", "pyarrow", beside="pandas", unless=("fastparquet",)),
    _Rule("to_parquet", "pyarrow", beside="pandas", unless=("fastparquet",)),
    _Rule("read_feather", "pyarrow", beside="pandas"),
    _Rule("to_feather", "pyarrow", beside="pandas"),
    _Rule("to_markdown", "tabulate", beside="pandas"),
    _Rule("read_html", "lxml", beside="pandas"),
    _Rule("plot", "matplotlib", beside="pandas"),
    _Rule("hist", "matplotlib", beside="pandas"),
    _Rule("boxplot", "matplotlib", beside="pandas"),
    _Rule("draw_networkx", "matplotlib", beside="networkx"),
    _Rule("plot_model", "pydot", beside="tensorflow"),
    _Rule("plot_model", "apt:graphviz", beside="tensorflow"),
    _Rule("to_html5_video", "apt:ffmpeg", beside="matplotlib"),
)

# import target -> what it says: the name is gone, or has come, with that version
_VERSIONS = {
    "tensorflow.contrib": "tensorflow<2",
    "tensorflow.examples.tutorials": "tensorflow<2",
    "baselines": "tensorflow<2",
    "stable_baselines": "tensorflow<2",
    "sklearn.cross_validation": "scikit-learn<0.20",
    "sklearn.grid_search": "scikit-learn<0.20",
    "sklearn.learning_curve": "scikit-learn<0.20",
    "sklearn.datasets.fetch_mldata": "scikit-learn<0.22",
    "sklearn.preprocessing.Imputer": "scikit-learn<0.22",
    "sklearn.externals.joblib": "scikit-learn<0.23",
    "sklearn.externals.six": "scikit-learn<0.23",
    "sklearn.utils.linear_assignment_": "scikit-learn<0.23",
    "sklearn.datasets.samples_generator": "scikit-learn<0.24",
    "sklearn.datasets.load_boston": "scikit-learn<1.2",
    "sklearn.metrics.plot_confusion_matrix": "scikit-learn<1.2",
    "sklearn.metrics.plot_roc_curve": "scikit-learn<1.2",
    "scipy.misc.imread": "scipy<1.2",
    "scipy.misc.imresize": "scipy<1.2",
    "scipy.misc.imrotate": "scipy<1.2",
    "scipy.misc.imsave": "scipy<1.2",
    "scipy.misc.toimage": "scipy<1.2",
    "scipy.misc.logsumexp": "scipy<1.3",
    "scipy.misc.comb": "scipy<1.3",
    "scipy.misc.face": "scipy<1.12",
    "scipy.misc.ascent": "scipy<1.12",
    "torchtext.data.Field": "torchtext<0.9",
    "torchtext.data.LabelField": "torchtext<0.9",
    "torchtext.data.BucketIterator": "torchtext<0.9",
    "torchtext.data.TabularDataset": "torchtext<0.9",
    "torchtext.legacy": "torchtext>=0.9,<0.12",
    "gym.wrappers.Monitor": "gym<0.22",
    "pandas.tools": "pandas<0.23",
    "pandas.rpy": "pandas<0.20",
    "matplotlib.finance": "matplotlib<2.2",
    "keras.layers.normalization.BatchNormalization": "keras<2.6",
    "keras.utils.np_utils": "keras<2.13",
    "keras.preprocessing.image.ImageDataGenerator": "keras<3",
    "keras.wrappers": "keras<2.12",
    "pytorch_lightning.metrics": "pytorch-lightning<1.5",
}

# modules and names of Python's own library -> the versions that have them
_PYTHONS = {
    "asynchat": "<3.12",
    "asyncore": "<3.12",
    "imp": "<3.12",
    "cgi": "<3.13",
    "crypt": "<3.13",
    "imghdr": "<3.13",
    "pipes": "<3.13",
    "sndhdr": "<3.13",
    "telnetlib": "<3.13",
    "parser": "<3.10",
    "formatter": "<3.10",
    "fractions.gcd": "<3.9",
    "graphlib": ">=3.9",
    "zoneinfo": ">=3.9",
    "tomllib": ">=3.11",
    "functools.cache": ">=3.9",
    "functools.cached_property": ">=3.8",
    "importlib.metadata": ">=3.8",
    "itertools.pairwise": ">=3.10",
    "itertools.batched": ">=3.12",
    "enum.StrEnum": ">=3.11",
    "datetime.UTC": ">=3.11",
    "warnings.deprecated": ">=3.13",
}
_ABSTRACT = (
    "Callable Container Generator Hashable Iterable Iterator ItemsView KeysView Mapping "
    "MappingView MutableMapping MutableSequence MutableSet Sequence Set Sized ValuesView"
)
_PYTHONS |= {f"collections.{name}": "<3.10" for name in _ABSTRACT.split()}
_TYPING = {
    "3.8": "Final Literal Protocol TypedDict final runtime_checkable",
    "3.9": "Annotated",
    "3.10": "Concatenate ParamSpec TypeAlias TypeGuard is_typeddict",
    "3.11": "LiteralString Never NotRequired Required Self TypeVarTuple Unpack assert_never",
    "3.12": "TypeAliasType override",
}
_PYTHONS |= {f"typing.{name}": f">={v}" for v, names in _TYPING.items() for name in names.split()}


def hidden_needs(
    targets: Collection[str], called: Collection[str], there: Collection[str], date: str | None
) -> Iterator[Need]:
    """What is needed besides.

    Args:
        targets: dotted import targets (`a.b`, `a.b.name`).
        called: names of what is called.
        there: distributions that are asked for or imported.
        date: ISO date of the code; None = today.
    """
    have = set(there)
    for rule, why in _causes(targets, called):
        name = rule.needs
        wanted = (not rule.beside or rule.beside in have) and not have & {name, *rule.unless}
        if wanted and rule.since <= (date or "9998") < rule.until:
            have.add(name)
            yield Need(name, why)


def _causes(targets: Collection[str], called: Collection[str]) -> Iterator[tuple[_Rule, str]]:
    for rule in _IMPORTED:
        last = "" if rule.cause[-1].isupper() or rule.cause.endswith(".Auto") else "."
        found = next((t for t in sorted(targets) if _below(t, rule.cause, last)), None)
        if found:
            yield rule, f"import {found} needs it"
    for rule in _CALLED:
        if rule.cause in called:
            yield rule, f".{rule.cause}() of {rule.beside} needs it"


def _below(target: str, prefix: str, mark: str = ".") -> bool:
    """`a.b` is below `a`, and `transformers.TFBertModel` below `transformers.TF`."""
    return target == prefix or target.startswith(prefix + mark)


def say_versions(targets: Collection[str]) -> Iterator[tuple[str, str]]:
    """PEP 508 constraints that imports speak for, with the import."""
    for cause, requirement in _VERSIONS.items():
        if any(_below(t, cause) for t in targets):
            yield requirement, cause


def say_pythons(targets: Collection[str]) -> Iterator[tuple[str, str]]:
    """Specifiers of Python that imports of its own library speak for, with the import."""
    for cause, specifier in _PYTHONS.items():
        if any(_below(t, cause) for t in targets):
            yield specifier, cause
