"""What a build knows of imports from the builds before it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sandbox.domain import Environment, PackageIndexes, Requirements
from sandbox.environments import build, resolve
from sandbox.environments.store.records import load_record
from sandbox.paths import Home
from tests.unit.environments.test_build import (
    PYTHON,
    CountingWorkbench,
    environment,
    store,
    workbench,
)

__all__ = ["environment", "store", "workbench"]


def imports_asked(workbench: CountingWorkbench) -> Any:
    """What the program is asked that tries imports."""
    (asked,) = (step.stdin[1] for step in workbench.steps if isinstance(step.stdin, tuple))
    return json.loads(asked)


def test_what_imports_in_a_smaller_environment_is_taken_for_known(
    environment: Environment, workbench: CountingWorkbench, indexes: PackageIndexes, home: Home
) -> None:
    wanted = Requirements(("alpha<2",))
    smaller = resolve(wanted, indexes=indexes, pythons=(PYTHON,), cache=home.cache)
    for one, base in ((smaller, "host"), (smaller, "other")):
        build(one, workbench, base=base, indexes=indexes, home=home, imports=("alpha", "nowhere"))
    workbench.steps.clear()
    names = ("alpha", "beta", "nowhere")
    built = build(environment, workbench, base="host", indexes=indexes, home=home, imports=names)
    asked = imports_asked(workbench)
    (known,) = asked["known"]
    assert known["packages"] == {"alpha": "1.0"}
    assert known["names"].keys() == {"alpha"}
    assert built.imports_ok == ("alpha", "beta")
    assert [one.name for one in built.imports_failed] == ["nowhere"]
    (record,) = (
        load_record(path, workbench.identity)
        for path in home.builds.glob(f"{environment.id}*.json")
    )
    assert record is not None
    assert record.touched.keys() == {"alpha", "beta"}


def test_a_larger_environment_says_nothing_of_a_smaller_one(
    environment: Environment, workbench: CountingWorkbench, indexes: PackageIndexes, home: Home
) -> None:
    build(environment, workbench, base="host", indexes=indexes, home=home, imports=("alpha",))
    wanted = Requirements(("alpha<2",))
    smaller = resolve(wanted, indexes=indexes, pythons=(PYTHON,), cache=home.cache)
    workbench.steps.clear()
    build(smaller, workbench, base="host", indexes=indexes, home=home, imports=("alpha",))
    asked = imports_asked(workbench)
    assert asked["known"] == []


@pytest.mark.parametrize(
    "damage",
    [{"touched": {"alpha": 7}}, {"touched": {"alpha": [[1], []]}}, {"imports": {}}, {"pins": []}],
    ids=str,
)
def test_a_damaged_account_of_imports_is_not_believed(
    environment: Environment,
    workbench: CountingWorkbench,
    indexes: PackageIndexes,
    home: Home,
    damage: dict[str, object],
) -> None:
    wanted = Requirements(("alpha<2",))
    smaller = resolve(wanted, indexes=indexes, pythons=(PYTHON,), cache=home.cache)
    build(smaller, workbench, base="host", indexes=indexes, home=home, imports=("alpha",))
    (path,) = home.builds.glob(f"{smaller.id}*.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **damage}))
    workbench.steps.clear()
    names = ("alpha", "beta")
    built = build(environment, workbench, base="host", indexes=indexes, home=home, imports=names)
    assert imports_asked(workbench)["known"] == []
    assert built.imports_ok == names


def test_a_version_made_of_something_else_says_nothing_of_others(
    environment: Environment, workbench: CountingWorkbench, indexes: PackageIndexes, home: Home
) -> None:
    """Two commits may have one version, and a site may build its wheels anew."""
    wanted = Requirements(("alpha<2",))
    smaller = resolve(wanted, indexes=indexes, pythons=(PYTHON,), cache=home.cache)
    other = replace(smaller, lock=f"{smaller.lock} --hash=sha256:{'0' * 64}")
    build(other, workbench, base="host", indexes=indexes, home=home, imports=("alpha",))
    workbench.steps.clear()
    build(environment, workbench, base="host", indexes=indexes, home=home, imports=("alpha",))
    assert imports_asked(workbench)["known"] == []


def test_what_failed_is_known_until_it_is_asked_for_again(
    environment: Environment, workbench: CountingWorkbench, indexes: PackageIndexes, home: Home
) -> None:
    names = ("alpha", "nowhere")

    def once(*, again: bool) -> list[str]:
        workbench.steps.clear()
        build(
            environment, workbench, base="host", indexes=indexes, home=home, imports=names,
            again=again,
        )  # fmt: skip
        return imports_asked(workbench)["names"] if workbench.steps else []

    assert once(again=False) == ["alpha", "nowhere"]
    assert once(again=False) == []
    assert once(again=True) == ["nowhere"]
