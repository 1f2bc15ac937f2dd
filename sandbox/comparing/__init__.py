"""Says what Runs have shown, as pure functions over them; never runs, reads or records one."""

from __future__ import annotations

from sandbox.comparing.comparison import compare
from sandbox.comparing.curves import curves_of_rows
from sandbox.comparing.differences import differing, pinned, text_difference
from sandbox.comparing.failures import RAISED
from sandbox.comparing.guessing import (
    SIZES,
    Calibration,
    Guess,
    Judged,
    calibrate,
    calibration_line,
    guess_lines,
    judge,
    judged_from_json,
    judged_to_json,
    parse_guess,
    read_guess,
)
from sandbox.comparing.importances import Evaluate, Evaluation
from sandbox.comparing.model import (
    Better,
    Comparison,
    Curve,
    Effect,
    Failure,
    Importance,
    Interaction,
    Noise,
    Row,
    Suggestion,
    Summary,
)
from sandbox.comparing.parameters import with_parameters
from sandbox.comparing.patches import JOINED
from sandbox.comparing.ranking import best_row
from sandbox.comparing.shapes import to_json
from sandbox.comparing.standings import against_baseline, ranks, verdicts
from sandbox.comparing.suggesting import Asked, kept_words, suggest
from sandbox.comparing.tables import Table, table, to_csv, to_markdown
from sandbox.comparing.words import sentences

__all__ = [
    "JOINED",
    "RAISED",
    "SIZES",
    "Asked",
    "Better",
    "Calibration",
    "Comparison",
    "Curve",
    "Effect",
    "Evaluate",
    "Evaluation",
    "Failure",
    "Guess",
    "Importance",
    "Interaction",
    "Judged",
    "Noise",
    "Row",
    "Suggestion",
    "Summary",
    "Table",
    "against_baseline",
    "best_row",
    "calibrate",
    "calibration_line",
    "compare",
    "curves_of_rows",
    "differing",
    "guess_lines",
    "judge",
    "judged_from_json",
    "judged_to_json",
    "kept_words",
    "parse_guess",
    "pinned",
    "ranks",
    "read_guess",
    "sentences",
    "suggest",
    "table",
    "text_difference",
    "to_csv",
    "to_json",
    "to_markdown",
    "verdicts",
    "with_parameters",
]
