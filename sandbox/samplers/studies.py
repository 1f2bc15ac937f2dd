"""The door to Optuna: a study in memory, and no word on the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import optuna


def open_study(
    directions: Iterable[str],
    sampler: optuna.samplers.BaseSampler,
    pruner: optuna.pruners.BasePruner | None = None,
    storage: optuna.storages.BaseStorage | None = None,
) -> optuna.Study:
    """A study that nobody else sees; directions are `min` or `max`.

    Args:
        storage: None = one of its own, in memory.
    """
    import optuna
    from optuna.study import StudyDirection

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    known = {"min": StudyDirection.MINIMIZE, "max": StudyDirection.MAXIMIZE}
    return optuna.create_study(
        directions=[known[direction] for direction in directions],
        sampler=sampler,
        pruner=pruner,
        storage=storage,
    )
