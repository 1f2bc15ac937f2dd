"""What a lock says is made from a commit has to be what that commit makes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from sandbox.domain import FROM_SOURCE, Environment, PackageIndexes
from sandbox.environments.resolving.sourcing import MadeWheel, NotMade, Wish
from sandbox.environments.store.wheels import gather
from sandbox.errors import BuildError
from tests.support.wheels import make_wheel

SHA = "5" * 64
ORIGIN = f"git+https://github.com/ada/tool@{'c' * 40}"


def gathered(folder: Path, pin: str) -> str:
    """The lock with its wheel's own hash, where the commit makes tool 2.0."""
    made = MadeWheel(make_wheel(folder, "tool", "2.0"), "2.0", SHA, ORIGIN)
    lock = f"{pin} --hash=sha256:{SHA}{FROM_SOURCE} {ORIGIN}"
    return gather(Environment("3.11", lock), PackageIndexes(), lambda _: [made]).lock


def test_the_wheel_of_a_commit_takes_its_place(tmp_path: Path) -> None:
    assert gathered(tmp_path, "tool==2.0.0").startswith("tool==2.0.0 --hash=sha256:")


def test_what_a_lock_has_from_source_is_asked_for_together(tmp_path: Path) -> None:
    together: list[list[str]] = []

    def make(wishes: Sequence[Wish]) -> list[MadeWheel | NotMade]:
        together.append([wish.requirement for wish in wishes])
        names = [wish.requirement.partition("=")[0] for wish in wishes]
        return [MadeWheel(make_wheel(tmp_path, name, "1.0"), "1.0", SHA) for name in names]

    lock = "".join(f"{name}==1.0 --hash=sha256:{SHA}{FROM_SOURCE}\n" for name in ("one", "two"))
    goods = gather(Environment("3.11", lock), PackageIndexes(), make)
    assert together == [["one==1.0", "two==1.0"]]
    assert [parcel.path.name.partition("-")[0] for parcel in goods.parcels.values()] == [
        "one",
        "two",
    ]


@pytest.mark.parametrize("pin", ["pandas==2.0", "tool==9.0"])
def test_another_name_or_version_is_told_as_what_it_is(tmp_path: Path, pin: str) -> None:
    with pytest.raises(BuildError) as caught:
        gathered(tmp_path, pin)
    assert caught.value.message == f"{ORIGIN} makes tool==2.0, and the lock names {pin}"
