"""Files that a run wrote: which are fetched, what scalars they tell, and how they are kept."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.domain import Limits, Scalar
from sandbox.interfaces import Outcome, Wanted
from sandbox.metrics import importers

FOLDER = "files"
"""Where they are among a run's artifacts."""

_LOGS, _IMAGES, _MODELS = "logs", "images", "models"
_IMAGE_ENDINGS = ("png", "jpg", "jpeg", "svg", "gif", "pdf", "webp")
_PYTORCH = ("pt", "pth", "ckpt", "bin", "safetensors")
_TENSORFLOW = ("h5", "hdf5", "keras", "tflite", "pb")
_MODEL_ENDINGS = (*_PYTORCH, *_TENSORFLOW, "pkl", "pickle", "joblib", "onnx", "ubj", "cbm")
_IMAGE_BYTES = 2 * 2**20
_LOG_BYTES = 8 * 2**20
_MOST_LOGS = 200
_LOGS_BYTES = 32 * 2**20
_READING_S = 5.0
"""For all files of a run; they are read while others wait."""


@dataclass(frozen=True)
class Told:
    """What a run printed and wrote, together."""

    scalars: tuple[Scalar, ...]
    notes: tuple[str, ...] = ()


def wanted(limits: Limits) -> tuple[Wanted, ...]:
    """What is fetched after a run; images and models are kept, and never opened."""
    return (
        Wanted(_LOGS, importers.log_patterns(), _MOST_LOGS, _LOGS_BYTES, _LOG_BYTES),
        Wanted(
            _IMAGES,
            _with_endings(_IMAGE_ENDINGS),
            limits.images,
            limits.images * _IMAGE_BYTES,
            _IMAGE_BYTES,
        ),
        Wanted(
            _MODELS,
            _with_endings(_MODEL_ENDINGS),
            most_bytes=limits.models_bytes,
            file_bytes=limits.models_bytes,
        ),
    )


def _with_endings(endings: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"*.{ending}" for ending in endings)


def add_files(printed: Sequence[Scalar], outcome: Outcome) -> Told:
    """The scalars with those of its files; of a number told twice the file's, which is whole."""
    if not outcome.files:
        return Told(tuple(printed))
    files = outcome.files
    deadline = time.monotonic() + _READING_S
    found = importers.import_scalars(
        files,
        lambda path: files[path].read_bytes(),
        is_late=lambda: time.monotonic() > deadline,
        file_s=_READING_S,
    )
    scalars, again = importers.prefer_files(printed, found.scalars)
    twice = f"{again} numbers were printed too; the files' are kept, which are not rounded"
    notes = (_kept(files), *found.notes, *((twice,) if again else ()))
    return Told(scalars, notes)


def kept_files(files: Mapping[str, Path]) -> dict[str, str]:
    """As artifacts: name → path."""
    return {f"{FOLDER}/{name}": str(path) for name, path in files.items()}


def _kept(files: Iterable[str]) -> str:
    kinds = Counter(_kind(name) for name in files)
    told = ", ".join(f"{kind} {count}" for kind, count in kinds.items())
    return f"kept of the files it wrote: {told}"


def _kind(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    if ending in _IMAGE_ENDINGS:
        return _IMAGES
    return _MODELS if ending in _MODEL_ENDINGS else _LOGS
