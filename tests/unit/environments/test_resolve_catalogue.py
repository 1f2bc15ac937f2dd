"""What the pages of an index tell of a distribution's files."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from random import Random

import pytest
from packaging.requirements import Requirement

from sandbox.domain import PackageIndexes
from sandbox.environments.resolving.catalogue import Catalogue, File, read_file
from sandbox.environments.resolving.companions import companions
from sandbox.environments.resolving.indexes import Wheel, metadata_of, own_builds
from sandbox.environments.resolving.pages import read_pages
from sandbox.environments.resolving.torch import cpu_builds_answer
from tests.support.package_index import Offer, make_sdist, serving, write_index
from tests.support.wheels import make_wheel


@pytest.mark.parametrize(
    ("filename", "version", "tag"),
    [
        ("alpha_beta-1.0-py3-none-any.whl", "1.0", "py3-none-any"),
        ("alpha_beta-1.0+cpu-1-cp37-cp37m-linux_x86_64.whl", "1.0+cpu", "cp37-cp37m-linux_x86_64"),
        ("alpha-beta-0.1rc1.tar.gz", "0.1rc1", ""),
        ("Alpha.Beta-2.zip", "2", ""),
        ("alpha-beta-1.0-py2.egg", None, None),
        ("alpha-beta-1.0.win32.exe", None, None),
        ("other-1.0.tar.gz", None, None),
        ("alpha-beta-oops.tar.gz", None, None),
        ("", None, None),
    ],
)
def test_a_files_name_says_its_version_and_what_it_installs_on(
    filename: str, version: str | None, tag: str | None
) -> None:
    file = read_file("alpha-beta", filename)
    assert (str(file.version), file.tag) == (version, tag) if file else version is None


def test_indexes_links_and_folders_are_read_together(tmp_path: Path) -> None:
    files = tmp_path / "files"
    first = write_index(
        tmp_path / "one",
        [Offer(make_wheel(files, "alpha", "1.0"), "2020-01-02", requires_python=">=3.8,<4")],
    )
    second = write_index(
        tmp_path / "two", [Offer(make_sdist(files, "alpha", "2.0"), yanked="broken")]
    )
    make_wheel(tmp_path / "own", "alpha", "3.0")
    indexes = PackageIndexes(first, (second,), (str(tmp_path / "own"),))
    pages = read_pages(["alpha", "nosuch"], indexes)
    assert pages["nosuch"] == ()
    facts = {(str(f.version), f.uploaded, f.yanked, f.requires_python) for f in pages["alpha"]}
    assert facts == {
        ("1.0", "2020-01-02", None, ">=3.8,<4"),
        ("2.0", None, "broken", None),
        ("3.0", None, None, None),
    }


def test_an_index_in_json_is_read(tmp_path: Path) -> None:
    page = {
        "files": [
            {
                "filename": "alpha-1.0-py3-none-any.whl",
                "upload-time": "2021-05-06T07:08:09.1Z",
                "yanked": False,
                "requires-python": None,
            },
            {"filename": "alpha-2.0.tar.gz", "yanked": True},
            {"filename": 7},
            "nonsense",
        ]
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(page).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with serving(Handler) as url:
        pages = read_pages(["alpha"], PackageIndexes(index_url=url))
    assert [(str(file.version), file.uploaded, file.yanked) for file in pages["alpha"]] == [
        ("1.0", "2021-05-06", None),
        ("2.0", None, ""),
    ]


def catalogue(*filenames: str, **facts: str) -> Catalogue:
    files = (read_file("alpha", name, **facts) for name in filenames)
    return Catalogue({"alpha": tuple(file for file in files if file)}, "x86_64")


def test_pre_releases_count_only_where_there_is_nothing_else() -> None:
    both = catalogue("alpha-1.0-py3-none-any.whl", "alpha-2.0rc1-py3-none-any.whl")
    assert [str(file.version) for file in both.files(Requirement("alpha"))] == ["1.0"]
    assert str(both.newest("alpha")) == "1.0"
    assert both.is_stable(Requirement("alpha"))
    assert not both.is_stable(Requirement("alpha>=2.0rc1"))
    assert not catalogue("alpha-2.0rc1-py3-none-any.whl").is_stable(Requirement("alpha"))


def test_a_wheel_that_the_index_says_is_for_another_python_does_not_fit() -> None:
    new = catalogue("alpha-1.0-py3-none-any.whl", requires_python=">=3.10")
    assert new.wheels(Requirement("alpha"), "3.10")
    assert not new.wheels(Requirement("alpha"), "3.9")
    assert catalogue("alpha-1.0-py3-none-any.whl", requires_python="nonsense").wheels(
        Requirement("alpha"), "3.9"
    )


def test_a_wheel_whose_tag_is_none_does_not_fit() -> None:
    file = read_file("alpha", "alpha-1.0-3.9-none-any.whl")
    assert file is not None
    assert not file.fits("3.9", "x86_64")


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [("alpha==1.0", "~=1.5.1"), ("alpha<1.5", "~=1.5.1"), ("alpha==3.5", "==3.0.2")],
)
def test_the_nearest_version_is_the_next_newer_else_the_last_older(
    asked: str, nearest: str
) -> None:
    tag = "cp311-cp311-manylinux_2_17_x86_64"
    names = [f"alpha-{version}-{tag}.whl" for version in ("1.5.1", "1.5.3", "2.0", "3.0.2")]
    known = catalogue("alpha-1.0.tar.gz", "alpha-3.5.tar.gz", *names)
    assert known.nearest(Requirement(asked), "3.11") == nearest
    assert known.nearest(Requirement(asked), "3.9") is None


def test_a_wheel_says_what_it_needs_without_being_unpacked(tmp_path: Path) -> None:
    make_wheel(tmp_path, "alpha", "1.0+cpu", requires=["beta>=2", 'gamma; extra == "more"'])
    (tmp_path / "broken-1.0-py3-none-any.whl").write_bytes(b"no zip")
    (tmp_path / "gone-1.0-py3-none-any.whl").symlink_to(tmp_path / "nowhere.whl")
    found = {
        wheel.name: metadata_of(wheel, tmp_path / "cache") for wheel in own_builds(links(tmp_path))
    }
    alpha = found["alpha"]
    assert alpha is not None
    assert alpha.requires == ("beta>=2", 'gamma; extra == "more"')
    assert 'version = "1.0+cpu"' in alpha.table
    assert found["broken"] is None
    assert found["gone"] is None


def test_what_a_large_wheel_says_is_remembered_but_not_that_it_could_not_be_read(
    tmp_path: Path,
) -> None:
    noise = {"alpha/noise.txt": Random(1).randbytes(2**22).hex()}
    make_wheel(tmp_path, "alpha", "1.0", modules=noise, requires=["beta>=2"])
    (tmp_path / "broken-1.0-py3-none-any.whl").write_bytes(bytes(2**23))
    (alpha, broken), cache = own_builds(links(tmp_path)), tmp_path / "cache"
    assert metadata_of(alpha, cache) is not None
    assert metadata_of(broken, cache) is None
    memory = cache / "metadata.json"
    assert "alpha" in memory.read_text()
    assert "broken" not in memory.read_text()
    memory.write_text(memory.read_text().replace("beta>=2", "beta>=3"))
    metadata_of.cache_clear()
    again = metadata_of(alpha, cache)
    assert again is not None
    assert again.requires == ("beta>=3",)


def links(folder: Path) -> PackageIndexes:
    return PackageIndexes(find_links=(str(folder),))


def build(name: str, version: str, folder: Path) -> dict[str, Wheel]:
    make_wheel(folder, name, version)
    return {wheel.name: wheel for wheel in own_builds(links(folder))}


def test_companions_are_settled_only_beside_a_cpu_build_of_torch(tmp_path: Path) -> None:
    assert companions(build("torch", "2.1", tmp_path / "a")) == {}
    beside = companions(build("torch", "2.1+cpu", tmp_path / "b"))
    assert beside.keys() == {"torchvision", "torchtext", "torchaudio"}
    assert beside["torchaudio"] is None
    make_wheel(tmp_path / "b", "torchvision", "0.16+cpu")
    both = build("torch", "2.1+cpu", tmp_path / "b")
    assert "torchvision" not in companions(both)


def test_whether_cpu_builds_can_be_reached_is_remembered(tmp_path: Path) -> None:
    """The answer of a minute ago is believed, also where it is not what asking would tell."""
    first = cpu_builds_answer(tmp_path)
    memory = tmp_path / "cpu-torch.json"
    known = json.loads(memory.read_text())
    memory.write_text(json.dumps({**known, "answers": not first}))
    assert cpu_builds_answer(tmp_path) is not first
    memory.write_text(json.dumps({**known, "answers": not first, "asked_at": 0}))
    assert cpu_builds_answer(tmp_path) is first


def test_an_sdist_never_fits() -> None:
    file = File(version=next(iter(catalogue("alpha-1.0.tar.gz").pages["alpha"])).version)
    assert not file.fits("3.11", "x86_64")
