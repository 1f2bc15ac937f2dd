from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.domain import PackageIndexes
from sandbox.environments.sources.fetching import Shelf
from sandbox.environments.sources.sdists import Sdist
from sandbox.errors import NetworkError
from tests.support.index_server import Answer, Index, serve_index
from tests.support.sdists import make_sdist
from tests.support.wheels import make_index, make_wheel

DATA = b"an sdist's bytes"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def index() -> Iterator[Index]:
    with serve_index() as index:
        yield index


def shelf(index: Index, **options: object) -> Shelf:
    return Shelf(PackageIndexes(index_url=index.url, **options))  # type: ignore[arg-type]


def page(*links: str) -> Answer:
    return Answer("".join(f"<a {link}>x</a>\n" for link in links).encode())


def test_a_page_says_all_that_a_choice_needs(index: Index) -> None:
    index.answers["/simple/alpha/"] = page(
        f'href="../files/alpha-1.0.tar.gz#sha256={SHA256}" data-requires-python="&gt;=3.5" '
        'data-yanked="broken" data-upload-time="2020-02-03T04:05:06.7Z"',
        'href="alpha-1.0-py3-none-any.whl"',
        'href="other-1.0.tar.gz"',
    )
    (found,) = shelf(index).find("alpha")
    assert (found.name, found.version, found.filename) == ("alpha", "1.0", "alpha-1.0.tar.gz")
    assert found.sha256 == SHA256
    assert found.requires_python == ">=3.5"
    assert found.yanked
    assert str(found.day) == "2020-02-03"


def test_the_json_form_of_an_index_says_the_same(index: Index) -> None:
    file = {
        "filename": "alpha-1.0.tar.gz", "url": "../files/alpha-1.0.tar.gz", "yanked": False,
        "hashes": {"sha256": SHA256}, "requires-python": ">=3.5",
        "upload-time": "2020-02-03T04:05:06.7Z",
    }  # fmt: skip
    kind = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
    index.answers["/simple/alpha/"] = Answer(json.dumps({"files": [file]}).encode(), 200, kind)
    (found,) = shelf(index).find("alpha")
    assert (found.sha256, found.requires_python, str(found.day)) == (SHA256, ">=3.5", "2020-02-03")
    assert not found.yanked


def test_folders_of_this_machine_are_looked_through(tmp_path: Path) -> None:
    """An index of files, and a folder of them; a folder that is not there is no problem."""
    sdist = make_sdist(tmp_path / "files", "alpha", "1.0")
    make_sdist(tmp_path / "links", "alpha", "2.0")
    make_wheel(tmp_path / "links", "alpha", "3.0")
    urls = (make_index(tmp_path / "simple", [sdist]),)
    gone = str(tmp_path / "gone")
    places = (str(tmp_path / "links"), gone)
    found = Shelf(PackageIndexes(urls[0], (), places)).find("alpha")
    assert sorted(one.version for one in found) == ["1.0", "2.0"]
    assert all(one.is_local for one in found)
    fetched = Shelf(PackageIndexes(urls[0])).download(
        next(one for one in found if one.version == "1.0"), tmp_path / "cache"
    )
    path = tmp_path / "cache" / str(fetched.sha256) / "alpha-1.0.tar.gz"
    assert path.read_bytes() == sdist.read_bytes()


def test_what_no_index_knows_is_not_found(index: Index) -> None:
    assert shelf(index).find("alpha") == ()


@pytest.mark.parametrize(
    "address",
    ["file:///etc/passwd-1.0.tar.gz", "http://192.0.2.1/alpha-1.0.tar.gz", "ftp://x/alpha-1.0.zip",
     "git+https://evil.invalid/alpha-1.0.tar.gz"],
)  # fmt: skip
def test_a_page_cannot_lead_to_files_of_this_machine_or_to_others_without_https(
    index: Index, address: str
) -> None:
    address = address.replace("passwd", "alpha")
    index.answers["/simple/alpha/"] = page(f'href="{address}"')
    assert shelf(index).find("alpha") == ()


def sdist(index: Index, sha256: str | None = SHA256) -> Sdist:
    url = index.url.replace("/simple", "/files/alpha-1.0.tar.gz")
    return Sdist("alpha", "1.0", "alpha-1.0.tar.gz", url, sha256)


def test_a_file_is_kept_under_its_hash(index: Index, tmp_path: Path) -> None:
    index.answers["/files/alpha-1.0.tar.gz"] = Answer(DATA)
    fetched = shelf(index).download(sdist(index, None), tmp_path)
    assert fetched.sha256 == SHA256
    assert (tmp_path / SHA256 / "alpha-1.0.tar.gz").read_bytes() == DATA


def test_a_file_that_is_not_what_the_index_says_is_not_kept(index: Index, tmp_path: Path) -> None:
    index.answers["/files/alpha-1.0.tar.gz"] = Answer(b"something else")
    with pytest.raises(NetworkError, match="is not what its index says"):
        shelf(index).download(sdist(index), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://192.0.2.1/x", "ftp://192.0.2.1/"])
def test_a_redirect_cannot_lead_away(index: Index, tmp_path: Path, target: str) -> None:
    index.answers["/files/alpha-1.0.tar.gz"] = Answer(status=302, headers={"Location": target})
    index.answers["/simple/alpha/"] = Answer(status=302, headers={"Location": target})
    with pytest.raises(NetworkError):
        shelf(index).download(sdist(index), tmp_path)
    with pytest.raises(NetworkError):
        shelf(index).find("alpha")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_index_that_fails_is_told_and_does_not_count_as_one_that_knows_nothing(
    index: Index, tmp_path: Path, status: int
) -> None:
    index.answers["/simple/alpha/"] = Answer(status=status)
    index.answers["/files/alpha-1.0.tar.gz"] = Answer(status=status)
    with pytest.raises(NetworkError, match=f"HTTP status {status}"):
        shelf(index).find("alpha")
    with pytest.raises(NetworkError, match=f"HTTP status {status}"):
        shelf(index).download(sdist(index), tmp_path)


def test_a_file_that_is_gone_is_told(index: Index, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="answers 404"):
        shelf(index).download(sdist(index), tmp_path)


def test_an_index_that_nobody_keeps_is_told_without_its_password() -> None:
    indexes = PackageIndexes(index_url="https://user:hunter2@127.0.0.1:9/simple")
    with pytest.raises(NetworkError, match="does not answer") as caught:
        Shelf(indexes).find("alpha")
    assert "hunter2" not in str(caught.value)


def test_an_archive_that_breaks_off_is_asked_for_again(index: Index, tmp_path: Path) -> None:
    broken = Answer(DATA, headers={"Content-Length": str(len(DATA) + 1)})
    answers = iter([broken, Answer(DATA)])
    index.answers["/files/alpha-1.0.tar.gz"] = lambda: next(answers)
    assert shelf(index).download(sdist(index), tmp_path).sha256 == SHA256


def test_credentials_go_to_the_index_they_are_for_and_into_no_address(
    index: Index, tmp_path: Path
) -> None:
    index.answers["/simple/alpha/"] = page('href="../../files/alpha-1.0.tar.gz"')
    index.answers["/files/alpha-1.0.tar.gz"] = Answer(DATA)
    indexes = PackageIndexes(index_url=index.url.replace("//", "//user:hunter2@"))
    one = Shelf(indexes)
    (found,) = one.find("alpha")
    one.download(found, tmp_path)
    assert "hunter2" not in found.url
    assert {secret for _, secret in index.asked} == {"Basic dXNlcjpodW50ZXIy"}


def test_other_hosts_are_not_told_the_credentials(index: Index, tmp_path: Path) -> None:
    with serve_index() as other:
        other.answers["/simple"] = Answer(DATA)
        index.answers["/files/alpha-1.0.tar.gz"] = Answer(
            status=302, headers={"Location": other.url}
        )
        secret = index.url.replace("//", "//user:hunter2@")
        indexes = PackageIndexes(index_url=secret, extra_index_urls=(other.url,))
        Shelf(indexes).download(sdist(index), tmp_path)
        assert other.asked == [("/simple", None)]


def test_a_page_is_read_once(index: Index) -> None:
    index.answers["/simple/alpha/"] = page('href="alpha-1.0.tar.gz"')
    one = shelf(index)
    assert one.find("alpha") == one.find("alpha") != ()
    assert len(index.asked) == 1
