"""What the rooms promise each other: small abstract classes and the values that cross them.

Each base class's docstring is the law its implementations keep; `tests/contract/` holds them to it.
Ours are registered by entry point (`plugins.py`) like anyone's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lazily import lazily

if TYPE_CHECKING:
    from sandbox.interfaces.building import (
        Derivation,
        Holding,
        Holdings,
        Step,
        StepResult,
        Workbench,
    )
    from sandbox.interfaces.running import (
        BranchRefused,
        CellDone,
        CellEvent,
        ClearOutput,
        Engine,
        EngineFacts,
        Execution,
        ExecutionEnded,
        Outcome,
        Output,
        Session,
        SessionSpec,
        Wanted,
        Warmth,
        Work,
    )
    from sandbox.interfaces.sweeping import Findings, Launcher, Recorder, Sampler, Search
    from sandbox.interfaces.trees import EditedTree, MemoryTree, SourceTree

__all__ = [
    "BranchRefused",
    "CellDone",
    "CellEvent",
    "ClearOutput",
    "Derivation",
    "EditedTree",
    "Engine",
    "EngineFacts",
    "Execution",
    "ExecutionEnded",
    "Findings",
    "Holding",
    "Holdings",
    "Launcher",
    "MemoryTree",
    "Outcome",
    "Output",
    "Recorder",
    "Sampler",
    "Search",
    "Session",
    "SessionSpec",
    "SourceTree",
    "Step",
    "StepResult",
    "Wanted",
    "Warmth",
    "Work",
    "Workbench",
]

__getattr__ = lazily(
    __name__,
    {
        "sandbox.interfaces.building": "Derivation Holding Holdings Step StepResult Workbench",
        "sandbox.interfaces.running": (
            "BranchRefused CellDone CellEvent ClearOutput Engine EngineFacts Execution"
            " ExecutionEnded Outcome Output Session SessionSpec Wanted Warmth Work"
        ),
        "sandbox.interfaces.sweeping": "Findings Launcher Recorder Sampler Search",
        "sandbox.interfaces.trees": "EditedTree MemoryTree SourceTree",
    },
)
