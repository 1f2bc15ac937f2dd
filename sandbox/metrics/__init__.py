"""Finds scalars in what the studied code shows; never runs, changes or records anything."""

from __future__ import annotations

from sandbox.directions import metric_direction
from sandbox.metrics.cells import cell_name, cell_value_scalars
from sandbox.metrics.reader import ScalarReader, read_scalars
from sandbox.metrics.summaries import best_values, diverged, last_values

__all__ = [
    "ScalarReader",
    "best_values",
    "cell_name",
    "cell_value_scalars",
    "diverged",
    "last_values",
    "metric_direction",
    "read_scalars",
]
