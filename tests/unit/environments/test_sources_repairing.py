from __future__ import annotations

import base64
import hashlib
import zipfile
from pathlib import Path

import pytest

from sandbox.environments.sources.repairing import repair_metadata, repair_wheel
from sandbox.environments.sources.wheels import check_wheel
from tests.support.wheels import make_wheel


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("opencv-python (>=3.) ; extra == 'all'", "opencv-python>=3 ; extra == 'all'"),
        ("numpy>=1.,<2.", "numpy>=1,<2"),
        ("numpy>=1.18.0", "numpy>=1.18.0"),
        ("!! ; extra == 'dev'", None),
        ("!! unreadable", "!! unreadable"),
    ],
)
def test_a_requirement_is_mended_or_left_out_only_where_nobody_can_read_it(
    asked: str, read: str | None
) -> None:
    text = f"Name: alpha\nRequires-Dist: {asked}\nVersion: 1\n\nRequires-Dist: >=3. of prose\n"
    repaired, told = repair_metadata(text)
    wanted = f"Requires-Dist: {read}\n" if read else ""
    assert repaired == f"Name: alpha\n{wanted}Version: 1\n\nRequires-Dist: >=3. of prose\n"
    assert bool(told) is (asked != read)


def test_a_mended_wheel_is_a_wheel_with_a_right_record(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "alpha", "1.0", requires=["beta (>=3.)"])
    (told,) = repair_wheel(wheel)
    assert told == "'beta (>=3.)' read as 'beta>=3'"
    check_wheel(wheel, ("alpha", "1.0"), python="3.11", machine="x86_64")
    with zipfile.ZipFile(wheel) as archive:
        data = archive.read("alpha-1.0.dist-info/METADATA")
        record = archive.read("alpha-1.0.dist-info/RECORD").decode()
        assert archive.read("alpha.py") == b"VERSION = '1.0'\n"
        assert {one.date_time[0] for one in archive.infolist()} == {2020}
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    assert f"alpha-1.0.dist-info/METADATA,sha256={digest},{len(data)}\n" in record
    assert [path.name for path in tmp_path.iterdir()] == [wheel.name]


def test_a_sound_wheel_is_not_touched(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "alpha", "1.0", requires=["beta>=3"])
    before = wheel.read_bytes()
    assert repair_wheel(wheel) == ()
    assert wheel.read_bytes() == before
