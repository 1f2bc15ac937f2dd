"""Importances that were evaluated once are not evaluated again: what they load takes seconds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from sandbox.domain import digest
from sandbox.files import write_text
from sandbox.samplers.importances import Importances, evaluate

_FORM = 1


def evaluate_once(
    points: Sequence[Mapping[str, str]], values: Sequence[float], kept: Path
) -> Importances:
    """As `evaluate`, which gives the same for the same; other points or values are evaluated anew.

    Args:
        kept: a file for one answer; without its folder nothing is kept. What cannot be read, or
            written, is no error.
    """
    libraries = [version(name) for name in ("optuna", "scikit-learn")]
    key = digest(_FORM, libraries, [dict(point) for point in points], list(values))
    found = _load(kept, key)
    if found is None:
        found = evaluate(points, values)
        if kept.parent.is_dir():
            with suppress(OSError):
                write_text(kept, json.dumps({"key": key, **found._asdict()}))
    return found


def _load(kept: Path, key: str) -> Importances | None:
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        fields = json.loads(kept.read_text("utf-8"))
        if fields.pop("key") == key:
            shares = {str(name): float(share) for name, share in fields["shares"].items()}
            return Importances(str(fields["method"]), shares, float(fields["floor"]))
    return None
