"""The law of `interfaces.Holdings`, for every implementation."""

from __future__ import annotations

import dataclasses

import pytest

from sandbox.interfaces import Engine, Holding, Workbench

KINDS = ("container", "image", "volume")


@pytest.fixture(scope="module")
def workbench(engine: Engine) -> Workbench:
    return engine.workbench()


def test_every_holding_is_of_a_known_kind_and_named_once(workbench: Workbench) -> None:
    found = workbench.holdings.all()
    assert {one.kind for one in found} <= set(KINDS)
    assert len({(one.kind, one.name) for one in found}) == len(found)


@pytest.mark.parametrize("kind", KINDS)
def test_removing_what_is_gone_is_no_error(workbench: Workbench, kind: str) -> None:
    gone = Holding(kind, "sandbox-no-such-thing", None, 0.0)
    workbench.holdings.remove(gone)
    assert gone.name not in {one.name for one in workbench.holdings.all()}


def test_a_holding_is_a_value(workbench: Workbench) -> None:
    for one in workbench.holdings.all():
        assert dataclasses.replace(one) == one
        assert one.created_at > 0
