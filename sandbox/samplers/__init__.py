"""Decides which Variants a sweep tries, as combinations of Tweaks; never runs or makes one."""

from __future__ import annotations

from sandbox.samplers.at_random import USUAL_COUNT, RandomSampler
from sandbox.samplers.bisect import BisectSampler
from sandbox.samplers.constraints import Constraint
from sandbox.samplers.grid import GridSampler
from sandbox.samplers.importances import Importances, evaluate
from sandbox.samplers.keeping import evaluate_once
from sandbox.samplers.one_at_a_time import OneAtATimeSampler
from sandbox.samplers.pruning import Pruner
from sandbox.samplers.ranges import Range, parse_range, range_ends
from sandbox.samplers.tpe import OptunaSampler

__all__ = [
    "USUAL_COUNT",
    "BisectSampler",
    "Constraint",
    "GridSampler",
    "Importances",
    "OneAtATimeSampler",
    "OptunaSampler",
    "Pruner",
    "RandomSampler",
    "Range",
    "evaluate",
    "evaluate_once",
    "parse_range",
    "range_ends",
]
