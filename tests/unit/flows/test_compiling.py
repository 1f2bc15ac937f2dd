"""What a repository makes itself, as part of what a run ran in."""

from __future__ import annotations

from pathlib import Path

from sandbox.domain import Environment
from sandbox.environments import MadeModules
from sandbox.flows.environments.compiling import NOTHING_OWN, OwnModules


def test_runs_with_other_modules_ran_in_something_else() -> None:
    environment = Environment("3.11", "alpha==1.0")
    keys = [(), ("a",), ("b",), ("a", "b")]
    made = [tuple(MadeModules(Path(key), key) for key in some) for some in keys]
    names = [OwnModules(one).identify(environment) for one in made]
    assert len(set(names)) == len(keys)
    assert names[0] == NOTHING_OWN.identify(environment) == environment.id
    assert OwnModules(made[1], told=("told",)).identify(environment) == names[1]
