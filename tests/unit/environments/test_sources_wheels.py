from __future__ import annotations

import shutil
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.environments.sources.wheels import Unfit, check_wheel
from tests.support.sdists import repeat_members
from tests.support.wheels import make_wheel


def why_not(path: Path, version: str = "1.0", python: str = "3.11") -> str | None:
    try:
        check_wheel(path, ("alpha", version), python=python, machine="x86_64")
    except Unfit as unfit:
        return str(unfit)
    return None


def with_members(wheel: Path, members: Mapping[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(wheel, "a") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return wheel


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return make_wheel(tmp_path, "alpha", "1.0")


def test_an_ordinary_wheel_is_taken(wheel: Path) -> None:
    assert why_not(wheel) is None
    assert why_not(wheel, version="1") is None


def test_a_wheel_of_this_machine_is_taken_on_its_own_python_only(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "alpha", "1.0", tag="cp39-cp39-linux_x86_64")
    assert why_not(wheel, python="3.9") is None
    assert "does not fit" in str(why_not(wheel))


def test_a_wheel_of_something_else_is_refused(wheel: Path, tmp_path: Path) -> None:
    assert why_not(make_wheel(tmp_path, "beta", "1.0")) == "it is of beta, not of alpha"
    assert why_not(wheel, version="2.0") == "it is of version 1.0, not 2.0"
    other = shutil.copy(make_wheel(tmp_path, "beta", "1.0"), wheel)
    assert why_not(Path(other)) == "its metadata is not that of alpha"
    renamed = wheel.with_name("alpha-2.0-py3-none-any.whl")
    make_wheel(tmp_path, "alpha", "1.0").rename(renamed)
    assert why_not(renamed, version="2.0") == "its metadata is not that of version 2.0"
    assert why_not(wheel.with_name("alpha.whl")) == "its file name is not a wheel's"


@pytest.mark.parametrize(
    "name",
    ["../evil.py", "/etc/passwd", "a/../../evil.py", "..", "a\\..\\evil.py", "C:/evil", "a\nb",
     "x" * 2000],
)  # fmt: skip
def test_a_member_that_leads_outside_is_refused(wheel: Path, name: str) -> None:
    assert why_not(with_members(wheel, {name: b""})) == "it has a member that leads outside"


@pytest.mark.parametrize("kind", [0o120777, 0o010644, 0o020644, 0o060644])
def test_links_pipes_and_devices_are_refused(wheel: Path, kind: int) -> None:
    info = zipfile.ZipInfo("alpha/link")
    info.create_system, info.external_attr = 3, kind << 16
    why = why_not(with_members(wheel, {info: b"/etc"}))
    assert why == "it has a member that is no regular file"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice_is_refused(wheel: Path) -> None:
    assert why_not(with_members(wheel, {"alpha.py": b"other"})) == (
        "it has two members of one name"
    )


def test_a_bomb_is_refused_before_it_is_unpacked(wheel: Path) -> None:
    """Its directory says 5 GiB; nobody looks whether that is so."""
    with_members(wheel, {"large": b"x"})
    data = bytearray(wheel.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 2**32 - 2)
    wheel.write_bytes(data)
    assert why_not(with_members(wheel, {"more": b"x" * 9})) == "it unpacks to more than 4 GiB"


def test_a_size_that_is_a_lie_is_refused(wheel: Path) -> None:
    with zipfile.ZipFile(wheel, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("large", bytes(10_000_000))
    data = bytearray(wheel.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        entry = data.rindex(mark)
        data[entry + offset : entry + offset + 4] = struct.pack("<I", 10)
    wheel.write_bytes(data)
    assert why_not(wheel) == "it is not a regular zip file"


def test_too_many_members_are_refused(wheel: Path) -> None:
    repeat_members(wheel, 60_000)
    assert why_not(wheel) == "it has more than 50000 members"


def test_what_is_no_zip_or_no_wheel_is_refused(wheel: Path) -> None:
    wheel.write_bytes(b"PK not really")
    assert why_not(wheel) == "it is not a regular zip file"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("alpha.py", "")
    assert why_not(wheel) == "it lacks the files that make a wheel"


@pytest.mark.parametrize(
    ("requirement", "taken"),
    [
        ("numpy>=1.13", True),
        ("opencv-python (>=3.) ; extra == 'all'", True),
        ("x @ https://evil.invalid/x.whl", False),
        ("x @ file:///etc/passwd", False),
        ("x @ https://evil.invalid/x.whl ; extra == 'dev'", True),
        ("!! https://evil.invalid", False),
    ],
)
def test_a_wheel_may_ask_for_names_not_for_addresses(
    tmp_path: Path, requirement: str, *, taken: bool
) -> None:
    wheel = make_wheel(tmp_path, "alpha", "1.0", requires=[requirement])
    assert (why_not(wheel) is None) is taken


def test_an_address_with_a_marker_that_nobody_can_answer_is_refused(tmp_path: Path) -> None:
    marker = "os_name ~= 'x'"
    assert why_not(make_wheel(tmp_path, "alpha", "1.0", requires=[f"beta; {marker}"])) is None
    wheel = make_wheel(tmp_path, "alpha", "1.0", requires=[f"beta @ file:///etc/passwd ; {marker}"])
    assert "at an address" in str(why_not(wheel))
