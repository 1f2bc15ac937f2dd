"""Environments as folders for `docker build`: nothing secret, nothing foreign, always the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sandbox.domain import FROM_SOURCE, Environment, PackageIndexes
from sandbox.environments import export, read_lock
from sandbox.environments.resolving.sourcing import MadeWheel
from sandbox.errors import BuildError, InputError
from tests.support.wheels import make_wheel

SHA = "a" * 64


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def site(tmp_path: Path) -> PackageIndexes:
    """The site's own build of alpha, an index that wants a password, and a certificate."""
    (tmp_path / "ca.crt").write_text("certificate\n")
    make_wheel(tmp_path / "own", "alpha", "1.0")
    return PackageIndexes(
        index_url="https://ada:s3cret@index.example/simple",
        extra_index_urls=((tmp_path / "folder").as_uri(),),
        find_links=(str(tmp_path / "own"), "https://token@links.example/wheels"),
        certificate=str(tmp_path / "ca.crt"),
    )


@pytest.fixture
def environment(tmp_path: Path, site: PackageIndexes) -> Environment:
    own = sha256(next((tmp_path / "own").iterdir()))
    lock = f"alpha==1.0 --hash=sha256:{own}\nelsewhere==2.0 --hash=sha256:{SHA}"
    return Environment("3.11", lock, ("libgl1",))


def texts(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_all_that_an_image_needs_is_written_and_no_secret(
    tmp_path: Path, environment: Environment, site: PackageIndexes
) -> None:
    done = export(environment, tmp_path / "out", indexes=site, as_of="2021-05-01")
    found = texts(tmp_path / "out")
    wheel = "wheels/alpha-1.0-py3-none-any.whl"
    assert sorted(found) == ["Dockerfile", "ca.pem", "lock.txt", "pip.conf", wheel]
    assert sorted(done.files) == sorted(found)
    assert b"s3cret" not in b"".join(found.values())
    assert b"token" not in b"".join(found.values())
    assert len(done.notes) == 2
    assert b"https://index.example/simple" in found["pip.conf"]
    assert str(tmp_path).encode() not in b"".join(found.values())
    assert b"FROM ${BASE}" in found["Dockerfile"]
    assert b"libgl1 libgomp1" in found["Dockerfile"]
    assert b"USER learner" in found["Dockerfile"]
    assert read_lock(found["lock.txt"].decode(), name="x").id == environment.id


def test_the_same_environment_is_written_byte_for_byte_the_same(
    tmp_path: Path, environment: Environment, site: PackageIndexes
) -> None:
    export(environment, tmp_path / "one", indexes=site)
    export(environment, tmp_path / "two", indexes=site)
    assert texts(tmp_path / "one") == texts(tmp_path / "two")


def test_an_earlier_export_is_replaced_whole(
    tmp_path: Path, environment: Environment, site: PackageIndexes
) -> None:
    export(environment, tmp_path / "out", indexes=site)
    export(Environment("3.12", ""), tmp_path / "out", indexes=PackageIndexes())
    assert sorted(texts(tmp_path / "out")) == ["Dockerfile", "lock.txt"]


@pytest.mark.parametrize("name", ["notes.txt", "Dockerfile"])
def test_a_folder_with_other_things_in_it_is_refused_and_left_alone(
    tmp_path: Path, environment: Environment, site: PackageIndexes, name: str
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / name).write_text("FROM scratch\n")
    with pytest.raises(InputError, match="is not empty"):
        export(environment, folder, indexes=site)
    assert texts(folder) == {name: b"FROM scratch\n"}


def test_a_file_in_the_way_is_refused(tmp_path: Path, environment: Environment) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError):
        export(environment, tmp_path / "file", indexes=PackageIndexes())


def test_a_wheel_made_from_source_goes_along_under_its_own_hash(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "made", "beta", "1.0")
    environment = Environment("3.11", f"beta==1.0 --hash=sha256:{SHA}{FROM_SOURCE}")
    export(
        environment, tmp_path / "out", indexes=PackageIndexes(),
        make_wheels=lambda _wishes: [MadeWheel(wheel, "1.0", SHA)],
    )  # fmt: skip
    found = texts(tmp_path / "out")
    assert found[f"wheels/{wheel.name}"] == wheel.read_bytes()
    assert f"beta==1.0 --hash=sha256:{sha256(wheel)}\n" in found["lock.txt"].decode()
    assert read_lock(found["lock.txt"].decode(), name="x").id == environment.id
    with pytest.raises(BuildError, match="nothing here makes one"):
        export(environment, tmp_path / "out", indexes=PackageIndexes())


def test_no_line_can_be_slipped_into_the_dockerfile(tmp_path: Path) -> None:
    hostile = Environment("3.11", "", ("libgl1; do done\nRUN id",))
    with pytest.raises(InputError, match="no name of a Debian package"):
        export(hostile, tmp_path / "out", indexes=PackageIndexes())
    assert not (tmp_path / "out").exists()


def test_debian_is_asked_only_for_what_it_has(tmp_path: Path) -> None:
    environment = Environment("3.11", "", ("libgl1-mesa-glx", "no-such-thing"))
    folder = tmp_path / "out"
    export(environment, folder, indexes=PackageIndexes(), system_packages=("libgl1",))
    text = (folder / "Dockerfile").read_text()
    assert "libgl1 " in text
    assert "no-such-thing" not in text
