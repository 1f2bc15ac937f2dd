"""Distributions that come without wheels, and those that hold the same modules with wheels; pure.

The twin's wheel is there in seconds, where a compiler takes minutes. uv is told that the original
is not needed anywhere, so that what depends on it makes do with the twin, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from packaging.requirements import Requirement

from sandbox.environments.resolving.attempt import Attempt
from sandbox.environments.resolving.requirements import name_of, plain, with_versions

TWINS: Mapping[str, str] = {
    # Looked up in the wheels of the latter: Box2D, dlib, fasttext, psycopg2, webrtcvad
    "box2d-py": "box2d",
    "dlib": "dlib-bin",
    "fasttext": "fasttext-wheel",
    "psycopg2": "psycopg2-binary",
    "webrtcvad": "webrtcvad-wheels",
}
"""Distribution: the one with the same modules that has wheels."""

HEAVY = frozenset(
    """
    apache-beam blis cmake cryptography cvxpy gensim grpcio h5py lightgbm llvmlite lxml
    matplotlib numba numpy opencv-contrib-python-headless opencv-python-headless orjson
    pandas pillow prophet pyarrow pydantic-core pyqt5 pystan pywavelets pyzmq safetensors
    scikit-image scikit-learn scipy sentencepiece shapely spacy statsmodels tables thinc
    tokenizers vtk wxpython xgboost
    """.split()  # noqa: SIM905 - one word a line would be a page
)
"""What a compiler works at for ten minutes and more: another release's wheel is taken for it."""

HasWheel = Callable[[str, str | None], bool]
"""Whether a wheel meets a requirement that is not newer than a date."""


def twins_of(names: Iterable[str]) -> frozenset[str]:
    """The twins of those that have one."""
    return frozenset(TWINS[name] for name in names if name in TWINS)


def take_twin(attempt: Attempt, text: str, has_wheel: HasWheel) -> Attempt | None:
    """The attempt with a twin in place of what has no wheel; None = it has none that fits.

    Args:
        text: the requirement that no wheel meets.
    """
    name = name_of(text)
    twin = TWINS.get(name)
    if twin is None or name in attempt.replaced:
        return None
    same = f"{twin}{Requirement(plain(text)).specifier}"
    wanted = next((one for one in (same, twin) if has_wheel(one, None)), None)
    if wanted is None:
        return None
    date = attempt.date_of(name)
    if not has_wheel(wanted, date):
        attempt = attempt.dating(twin, None)
    line = f"{twin} is taken for {name}, of which no wheel fits: it has the same modules"
    return _with(attempt, name, wanted).telling(line)


def _with(attempt: Attempt, name: str, wanted: str) -> Attempt:
    """The twin in its place, or besides where only others need it."""
    specifier = str(Requirement(wanted).specifier)
    lines = []
    for text in attempt.wanted:
        if name_of(text) == name:
            other = Requirement(with_versions(text, specifier))
            other.name, other.extras = name_of(wanted), set()
            lines.append(str(other))
        else:
            lines.append(text)
    if name not in map(name_of, attempt.wanted):
        lines.append(wanted)
    return attempt.replacing(name, tuple(dict.fromkeys(lines)))


def overrides(attempt: Attempt) -> tuple[str, ...]:
    """Lines for uv by which nobody needs what a twin was taken for."""
    return tuple(f"{name} ; python_version < '3'" for name in sorted(attempt.replaced))
