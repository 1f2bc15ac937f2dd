from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sandbox.domain import PackageIndexes, Requirements
from sandbox.environments import resolve
from sandbox.environments.resolving.metadata import mend_requirement, read_metadata
from tests.support.index_server import Answer, serve_index
from tests.support.wheels import make_wheel


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("pytz (>=2011k)", "pytz>=2011"),
        ("python-dateutil (>=2.5.*)", "python-dateutil>=2.5"),
        ("opencv-python (>=3.) ; extra == 'all'", "opencv-python>=3 ; extra == 'all'"),
        ("PyYAML[a,b] (>=3.*,!=5.4.*)", "PyYAML[a,b]>=3,!=5.4.*"),
        ("foo (>dev)", "foo"),
        ("numpy>=1.9.0; python_version < '4'", "numpy>=1.9.0; python_version < '4'"),
        ("three words here", None),
        ("!!", None),
        ("foo @ nowhere:at all (>=2011k)", None),
    ],
)
def test_what_was_a_requirement_once_is_read_as_one(asked: str, read: str | None) -> None:
    assert mend_requirement(asked) == read


def test_metadata_leaves_out_what_nobody_can_read() -> None:
    text = (
        "Name: x\nRequires-Dist: !!\nRequires-Dist: pytz (>=2011k)\nRequires-Python: any\n\nProse"
    )
    found = read_metadata("x", "1.0", text)
    assert (found.requires, found.python) == (("pytz>=2011",), None)


def test_a_pin_whose_metadata_is_of_its_time_is_kept(tmp_path: Path) -> None:
    """uv refuses the wheel; what the index serves beside it says the same, mended."""
    says = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n"
    needs = "Requires-Dist: beside (>=2011k)\n"
    old = make_wheel(tmp_path, "old", "1.0", requires=["beside (>=2011k)"])
    beside = make_wheel(tmp_path, "beside", "2020.1")
    sidecars = {old: says.format("old", "1.0") + needs, beside: says.format("beside", "2020.1")}
    with serve_index() as index:
        for wheel, sidecar in sidecars.items():
            name, file = wheel.name.partition("-")[0], f"/files/{wheel.name}"
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
            target = f"../..{file}#sha256={digest}"
            link = f'<a href="{target}" data-core-metadata="true">{wheel.name}</a>'
            index.answers[f"/simple/{name}/"] = Answer(link.encode())
            index.answers[f"{file}.metadata"] = Answer(sidecar.encode())
        found = resolve(
            Requirements(("old==1.0",)),
            indexes=PackageIndexes(index_url=index.url),
            pythons=("3.11",),
            cache=tmp_path / "cache",
        )
    assert found.packages == {"beside": "2020.1", "old": "1.0"}
