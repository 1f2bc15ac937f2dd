"""What old releases cannot live with and do not say, for it was not there when they were made.

A date protects from it; a pin that is older than the code does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

from packaging.specifiers import SpecifierSet

_NUMPY_2 = "it was compiled for numpy 1"
_PROTOBUF_4 = "it was generated for protobuf 3"
_OPENVINO = "newer ones are made for the openvino of their own time"
_JAX = "it uses names that newer ones have removed"
_OPENCV = (
    *("opencv-python", "opencv-contrib-python"),
    *("opencv-python-headless", "opencv-contrib-python-headless"),
)
_PALLETS = "it imports what newer releases have removed"


@dataclass(frozen=True)
class Limit:
    """A requirement that the releases of a distribution should have had, and why.

    `{}` in the limit is the release's own version.
    """

    name: str
    releases: str
    needs: str
    limit: str
    why: str


# Sources: the projects' release notes (NumPy 2.0 support, protobuf's 4.21, Pallets' 2022 releases,
# torchtext's and NNCF's tables of versions, prefect's metadata, librosa's 0.6.2); releases of
# flax, optax, chex, jax and jaxlib, and of SuperSuit and PettingZoo, compared.
_LIMITS = (
    *(
        Limit(name, releases, "numpy", "<2", _NUMPY_2)
        for name, releases in {
            "bottleneck": "<1.4",
            "catboost": "<1.2.8",
            "cvxpy": "<1.5.2",
            "gensim": "<4.3.3",
            "h5py": "<3.11",
            "matplotlib": "<3.8.4",
            "numexpr": "<2.10",
            "onnxruntime": "<1.19",
            "opencv-contrib-python": "<4.10",
            "opencv-python": "<4.10",
            "opencv-python-headless": "<4.10",
            "pandas": "<2.2.2",
            "pyarrow": "<16.1",
            "pywavelets": "<1.6",
            "scikit-image": "<0.23",
            "scikit-learn": "<1.4.2",
            "scipy": "<1.13",
            "shapely": "<2.0.4",
            "spacy": "<3.7.6",
            "statsmodels": "<0.14.2",
            "tables": "<3.9.3",
            "tensorflow": "<2.18",
            "torch": "<2.3",
        }.items()
    ),
    Limit("tensorflow", "<2.9", "numpy", "<1.24", "it uses names that numpy 1.24 has removed"),
    Limit("tensorflow", "<2.7", "keras", "<2.7", "it is made for the keras of its own number"),
    Limit("tensorflow", "<2.2", "keras", "<2.4", "from 2.4 on it is a name for TensorFlow's own"),
    Limit("torch", "<2.11", "torchaudio", "<2.11", "from 2.11 on it names no torch, and needs its"),
    Limit("transformers", ">=3.1,<4.1", "torch", "<1.8", "it uses a name that 1.8 has removed"),
    Limit("torchtext", ">=0.18", "torch", "<2.4", "it is the last, and compiled for torch 2.3"),
    Limit("theano", ">0", "numpy", "<1.22", "it reads what numpy 1.22 no longer says of itself"),
    Limit("tensorflow", "<2.9", "protobuf", "<3.21", _PROTOBUF_4),
    Limit("tensorflow", "<2.20", "ydf", "<0.16", "newer ones are generated for protobuf 6"),
    Limit("tensorboard", "<2.9", "protobuf", "<3.21", _PROTOBUF_4),
    Limit("onnx", "<1.13", "protobuf", "<3.21", _PROTOBUF_4),
    Limit("ml-dtypes", "<0.5", "onnx", "<1.19", "it uses types that ml-dtypes 0.5 has brought"),
    Limit("flax", "<0.6.9", "jax", "<0.4.14", _JAX),
    Limit("flax", ">=0.6.9,<0.7.5", "jax", "<0.4.24", _JAX),
    Limit("flax", ">=0.7.5,<0.8", "jax", "<0.4.25", _JAX),
    Limit("flax", ">=0.8,<0.8.3", "jax", "<0.4.31", _JAX),
    Limit("optax", "<0.1.5", "jax", "<0.4.14", _JAX),
    Limit("jax", ">=0.4.13", "chex", ">=0.1.6", "older ones use names that it has removed"),
    Limit("jax", "<0.4.24", "scipy", "<1.13", _JAX),
    Limit("jax", "<0.4.31", "jaxlib", "<={}", "a jaxlib that is newer is refused"),
    Limit("supersuit", "<3.8", "pettingzoo", "<1.22.4", "it uses a name that is spelt anew"),
    Limit("prefect", "<2.13", "pydantic", "<2", "it is made for pydantic 1"),
    Limit("librosa", "<0.6.2", "joblib", "<0.12", "its cache is made for older ones"),
    Limit("openvino", "<2025", "nncf", "<2.15", _OPENVINO),
    Limit("openvino", "<2026", "nncf", "<3", _OPENVINO),
    Limit("ipython", "==8.23.0", "ipython", "!=8.23.0", "it wants typing-extensions 4.6, unsaid"),
    *(
        Limit(name, ">0", other, "=={}", "both write the same files, so one has parts of the other")
        for name, other in combinations(_OPENCV, 2)
    ),
    Limit("jinja2", "<3", "markupsafe", "<2.1", _PALLETS),
    Limit("flask", "<2", "jinja2", "<3.1", _PALLETS),
    Limit("flask", "<2", "itsdangerous", "<2.1", _PALLETS),
    Limit("flask", "<2", "werkzeug", "<2.1", _PALLETS),
    Limit("flask", "<2.3", "werkzeug", "<3", _PALLETS),
)


def unspoken(versions: Mapping[str, str]) -> Iterable[Limit]:
    """Limits that a set of versions does not keep.

    Args:
        versions: by canonical name.
    """
    for one in _LIMITS:
        has, needed = versions.get(one.name), versions.get(one.needs)
        old = has is not None and SpecifierSet(one.releases).contains(has, prereleases=True)
        limit = one.limit.format(has)
        if old and needed and not SpecifierSet(limit).contains(needed, prereleases=True):
            yield replace(one, limit=limit)
