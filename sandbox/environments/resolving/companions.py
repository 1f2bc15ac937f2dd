"""What goes with PyTorch's CPU builds when only wheels that were linked to CUDA can be had.

Tried on torch 2.13.0+cpu: of torchvision's wheels on the index 0.16.2 is the newest that imports
(datasets, transforms and models work, its compiled operations like `nms` do not), of torchtext's
0.6.0; none of torchaudio's does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.environments.resolving.indexes import Wheel
from sandbox.environments.resolving.metadata import Metadata


@dataclass(frozen=True)
class Companion:
    """The version of a distribution that works, and what it needs, its own torch set aside."""

    version: str
    requires: tuple[str, ...]
    note: str


_VISION = Companion(
    "0.16.2",
    ("numpy", "requests", "pillow!=8.3.*,>=5.3.0", "torch"),
    "the newest that imports beside a CPU build of torch; its compiled operations (nms, image "
    "decoding) are missing",
)
_TEXT = Companion(
    "0.6.0",
    ("tqdm", "requests", "torch", "numpy", "six", "sentencepiece"),
    "the newest that imports beside a CPU build of torch",
)
_COMPANIONS: Mapping[str, Companion | None] = {
    "torchvision": _VISION,
    "torchtext": _TEXT,
    "torchaudio": None,
}


def companions(builds: Mapping[str, Wheel]) -> Mapping[str, Companion | None]:
    """By name, None = none works; empty where torch is not one of the site's CPU builds."""
    torch = builds.get("torch")
    if torch is None or not is_for_cpu(torch):
        return {}
    return {name: which for name, which in _COMPANIONS.items() if name not in builds}


def is_for_cpu(wheel: Wheel) -> bool:
    """Whether its version says that it is a build for CPUs only."""
    return (wheel.version.local or "").startswith("cpu")


def metadata_tables(chosen: Mapping[str, Companion | None]) -> str:
    """For `uv.toml`, so that a companion's own torch does not count."""
    found = ((name, which) for name, which in chosen.items() if which)
    return "".join(Metadata(name, which.version, which.requires).table for name, which in found)
