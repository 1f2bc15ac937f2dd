from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from sandbox.environments.sources.archives import Contents, read_sdist
from tests.support.sdists import pack, repeat_members


def write_zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def write_tar(path: Path, members: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with (
        gzip.open(path, "wb", compresslevel=1) as stream,
        tarfile.open(fileobj=stream, mode="w") as archive,
    ):
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    return info


def test_the_texts_and_the_own_modules_are_read(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "setup.py": "import numpy\n",
        "PKG-INFO": "Name: alpha\n",
        "alpha/__init__.py": "",
        "src/beta/__init__.py": "",
        "versioneer.py": "",
        "docs/setup.py": "no",
    }
    contents = read_sdist(pack(tmp_path, "alpha", "1.0", files))
    assert isinstance(contents, Contents)
    assert contents.texts == {"setup.py": "import numpy\n", "PKG-INFO": "Name: alpha\n"}
    assert {"alpha", "beta", "versioneer", "setup"} <= contents.modules
    assert contents.made_at == "2020-09-13T12:26:40+00:00"


@pytest.mark.parametrize("end", [".tar.bz2", ".zip"])
def test_other_kinds_of_archives_are_read_too(tmp_path: Path, end: str) -> None:
    path = tmp_path / f"alpha-1.0{end}"
    if end == ".zip":
        write_zip(path, {"alpha-1.0/setup.py": b"x = 1\n"})
    else:
        packed = pack(tmp_path, "alpha", "1.0", {"setup.py": "x = 1\n"})
        path.write_bytes(bz2.compress(gzip.decompress(packed.read_bytes())))
    contents = read_sdist(path)
    assert isinstance(contents, Contents)
    assert contents.texts == {"setup.py": "x = 1\n"}


def test_links_and_devices_are_not_followed(tmp_path: Path) -> None:
    link, device = member("a/setup.py", tarfile.SYMTYPE), member("a/PKG-INFO", tarfile.CHRTYPE)
    link.linkname = "/etc/passwd"
    contents = read_sdist(write_tar(tmp_path / "a.tar.gz", [(link, b""), (device, b"")]))
    assert isinstance(contents, Contents)
    assert contents.texts == {"setup.py": "", "PKG-INFO": ""}


def test_a_large_text_is_cut(tmp_path: Path) -> None:
    contents = read_sdist(pack(tmp_path, "alpha", "1.0", {"setup.py": "x" * 3_000_000}))
    assert isinstance(contents, Contents)
    assert len(contents.texts["setup.py"]) == 2**20


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(member("a/b").tobuf() * 100_000, compresslevel=1))
    assert read_sdist(path) == "the archive has more than 50000 members"
    packed = write_zip(tmp_path / "a.zip", {"a/b": b""})
    repeat_members(packed, 60_000)
    assert read_sdist(packed) == "the archive has more than 50000 members"


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    bomb = {"a/zeros": bytes(200 * 2**20)}
    why = read_sdist(write_zip(tmp_path / "a.zip", bomb))
    assert isinstance(why, str)
    assert "unpacks to more than" in why
    why = read_sdist(write_tar(tmp_path / "a.tar.gz", [(member("a/zeros"), bomb["a/zeros"])]))
    assert isinstance(why, str)
    assert "unpacks to more than" in why


def test_a_size_that_is_a_lie_costs_nothing(tmp_path: Path) -> None:
    """A header that claims 8 TiB, and a long name that claims 1 GiB."""
    for kind, size in ((tarfile.REGTYPE, 2**43), (tarfile.GNUTYPE_LONGNAME, 2**30)):
        info = member("a/setup.py", kind)
        info.size = size
        path = tmp_path / "a.tar.gz"
        path.write_bytes(gzip.compress(info.tobuf(tarfile.GNU_FORMAT)))
        why = read_sdist(path)
        assert isinstance(why, str)
        assert "too large" in why or "more than" in why


def test_a_member_that_leads_back_is_refused(tmp_path: Path) -> None:
    """A negative size would have the same member read for ever (CVE-2025-8194)."""
    info = member("a/x")
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[124:136] = (-1024).to_bytes(12, "big", signed=True)
    block[148:156] = b"        "
    block[148:156] = b"%06o\0 " % sum(block[:512])
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(bytes(block) + bytes(1024)))
    assert isinstance(read_sdist(path), str)


@pytest.mark.parametrize(
    "data", [b"", b"not an archive", gzip.compress(b"x" * 2000, mtime=0), b"\x1f\x8b"]
)
def test_what_is_no_archive_is_said_to_be_damaged(tmp_path: Path, data: bytes) -> None:
    for name in ("a.tar.gz", "a.zip", "a.tar.bz2"):
        path = tmp_path / name
        path.write_bytes(data)
        assert read_sdist(path) in ("the archive is damaged", Contents({}))
