"""Runs for tests, in few words."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.domain import Run, RunStatus, Tweak, digest


def make_run(
    tweaks: Mapping[str, str] | None = None,
    metrics: Mapping[str, float] | None = None,
    *,
    status: RunStatus = RunStatus.succeeded,
    cause: str | None = None,
    repeat: int = 0,
) -> Run:
    tweaks = tweaks or {}
    return Run(
        variant=digest(dict(tweaks))[:16],
        name=" ".join(f"{name}={value}" for name, value in tweaks.items()) or "baseline",
        status=status,
        entry="train.py",
        environment="e",
        commit="c",
        repeat=repeat,
        cause=cause,
        tweaks=tuple(Tweak(name, value) for name, value in tweaks.items()),
        metrics=metrics or {},
        elapsed_s=1.5,
    )
