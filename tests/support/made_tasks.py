"""Tasks for tests of what decides about them; nothing of them can be run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sandbox.domain import (
    Entry,
    EntryKind,
    Environment,
    Limits,
    Repo,
    Tweak,
    Variant,
    Workspace,
)
from sandbox.flows.questions.planning import Question
from sandbox.flows.sweeps.running import Task
from sandbox.interfaces import MemoryTree
from sandbox.paths import RunPaths


def make_task(
    folder: Path,
    tweaks: Mapping[str, str] | None = None,
    parameters: Mapping[str, object] | None = None,
) -> Task:
    """Of a script that is not there; `folder` is the workspace's and the run's."""
    repo = Repo("/studied", "studied")
    workspace = Workspace("studied", str(folder), repo, "c" * 40, None, "2026-03-04T05:06:07Z")
    entry = Entry("train.py", EntryKind.script)
    question = Question(workspace, MemoryTree({}), "t" * 40, entry, ())
    named = tuple(Tweak(name, value) for name, value in (tweaks or {}).items())
    variant = Variant("t" * 40, entry, tweaks=named, parameters=parameters or {})
    return Task(variant, 0, RunPaths(folder / "run"), question, Environment("3.12", ""), Limits())
