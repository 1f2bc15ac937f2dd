"""Which release of a distribution has a name: read from parts of wheels on an index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.domain import Dropped, Environment, PackageIndexes, Requirements
from sandbox.environments import find_releases, find_remedies, unexplained
from sandbox.environments.resolving.releases import Lost, nearest
from tests.support.index_server import Answer, Index, serve_index
from tests.support.wheels import make_wheel

PARTS = {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes"}
JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}


@pytest.fixture
def index() -> Iterator[Index]:
    with serve_index() as served:
        yield served


def offer(
    index: Index, folder: Path, releases: dict[str, dict[str, str]], tags: dict[str, str]
) -> None:
    """Wheels of `lib` with these modules, on the index."""
    files = []
    for version, modules in releases.items():
        tag = tags.get(version, "py3-none-any")
        wheel = make_wheel(folder, "lib", version, modules=modules, tag=tag)
        path = f"/files/{wheel.name}"
        index.answers[path] = Answer(wheel.read_bytes(), headers=PARTS)
        files.append({"filename": wheel.name, "url": path, "hashes": {}})
    body = json.dumps({"meta": {"api-version": "1.0"}, "name": "lib", "files": files}).encode()
    index.answers["/simple/lib/"] = Answer(body, headers=JSON)


def ask(index: Index, cache: Path, lost: str, version: str, *, is_module: bool = False) -> str:
    indexes = PackageIndexes(index_url=index.url)
    one = Lost(lost, "lib", version, is_module)
    found = find_releases([one], indexes=indexes, cache=cache, python="3.11", machine="x86_64")
    return found.get(lost, "")


OLD = {"lib/__init__.py": "", "lib/gone.py": "def f(): pass\ntwo = 2\n", "lib/fast.so": "binary"}
NEW = {
    "lib/__init__.py": "from .more import *\nlater = {'lazy': 'there'}\n",
    "lib/more.py": "new = 1",
}
FAILS = {"lib/__init__.py": "def __getattr__(name):\n    raise AttributeError('no f here')\n"}


@pytest.mark.parametrize(
    ("lost", "version", "words"),
    [
        ("lib.gone", "9.0", "lib<4.0"),
        ("lib.gone.f", "9.0", "lib<4.0"),
        ("lib.gone.two", "5.0", "lib<4.0"),
        ("lib.fast", "8.0", "lib<4.0"),
        ("lib.new", "2.0", "lib>=6.0"),
        ("lib.lazy", "1.0", "lib>=6.0"),
        ("lib.new", "9.0", ""),  # it is there
        ("lib.never", "5.0", ""),
        ("lib.f", "4.0", ""),  # a word in a message is no name
        ("lib.fast.inner", "8.0", ""),  # nobody can tell what a compiled module has
    ],
)
def test_the_nearest_release_that_has_it_is_found(
    index: Index, tmp_path: Path, lost: str, version: str, words: str
) -> None:
    releases = {f"{number}.0": OLD for number in range(1, 4)}
    releases |= {"4.0": FAILS, "5.0": FAILS}
    releases |= {f"{number}.0": NEW for number in range(6, 10)}
    releases["10.0rc1"] = OLD
    offer(index, tmp_path, releases, {})
    is_module = lost in {"lib.gone", "lib.fast"}
    assert ask(index, tmp_path / "cache", lost, version, is_module=is_module) == words


def test_where_only_another_python_has_such_a_release_that_is_said(
    index: Index, tmp_path: Path
) -> None:
    tag = "cp37-cp37m-manylinux1_x86_64"
    offer(index, tmp_path, {"1.0": OLD, "2.0": NEW, "3.0": NEW}, {"1.0": tag})
    assert ask(index, tmp_path / "cache", "lib.gone", "3.0", is_module=True) == "lib<2.0 python<3.8"


def test_what_was_found_is_remembered_and_what_no_index_told_is_not(
    index: Index, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    assert ask(index, cache, "lib.gone", "2.0", is_module=True) == ""
    offer(index, tmp_path, {"1.0": OLD, "2.0": NEW}, {})
    index.answers["/simple/lib/"], page = Answer(status=400), index.answers["/simple/lib/"]
    assert ask(index, cache, "lib.new", "1.0") == ""
    index.answers["/simple/lib/"] = page
    assert ask(index, cache, "lib.new", "1.0") == "lib>=2.0"
    count = len(index.asked)
    assert ask(index, cache, "lib.new", "1.0") == "lib>=2.0"
    assert len(index.asked) == count
    (cache / "releases.json").write_text("{")
    assert ask(index, cache, "lib.new", "1.0") == "lib>=2.0"


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"no zip file at all" * 100, headers=PARTS),
        Answer(b"", headers=PARTS),
        Answer(b"x" * 1000),  # the whole file whatever is asked for
        Answer(status=404),
        Answer(b"x" * 200_000, 206, {"Content-Range": "bytes 0-9/10", "Content-Type": "a/b"}),
        Answer(b"abc", 206, {"Content-Range": "bytes 0-2/999999999999", "Content-Type": "a/b"}),
    ],
)
def test_a_file_that_cannot_be_read_in_parts_tells_nothing(
    index: Index, tmp_path: Path, answer: Answer
) -> None:
    offer(index, tmp_path, {"1.0": OLD, "2.0": NEW}, {})
    for path in [one for one in index.answers if one.startswith("/files/")]:
        index.answers[path] = answer
    assert ask(index, tmp_path / "cache", "lib.gone", "2.0", is_module=True) == ""


@pytest.mark.parametrize("at", [0, 1, 7, 40, 99])
@pytest.mark.parametrize("first", [0, 2, 8, 41, 90])
@pytest.mark.parametrize("last", [3, 8, 60, 99])
def test_the_nearest_place_is_on_the_edge_of_those_that_have_it(
    at: int, first: int, last: int
) -> None:
    there = set(range(first, last + 1)) - {at}
    has = [lambda place=place: place in there for place in range(100)]
    found = nearest(at, has)
    if found is None:
        assert len(there) < 60  # between the steps
    else:
        assert found in there
        assert not {found - 1, found + 1} <= there


def test_only_what_no_table_knows_is_looked_for() -> None:
    environment = Environment("3.11", "flax==0.8.0\nnumpy==1.26.4\nscikit-learn==1.5.0")
    failed = (
        Dropped("flax:optim", "ImportError: cannot import name 'optim' from 'flax'"),
        Dropped("flax.old", "ModuleNotFoundError: No module named 'flax.old'"),
        Dropped("numpy", "AttributeError: module 'numpy' has no attribute 'object'"),
        Dropped("nowhere.a", "ModuleNotFoundError: No module named 'nowhere.a'"),
        Dropped("os:gone", "ImportError: cannot import name 'gone' from 'os'"),
        Dropped("sklearn", "OSError: libx.so.1: cannot open shared object file"),
    )
    assert unexplained(failed, environment) == (
        Lost("flax.optim", "flax", "0.8.0"),
        Lost("flax.old", "flax", "0.8.0", is_module=True),
    )


def test_what_was_learned_is_a_remedy_before_any_guess() -> None:
    environment = Environment("3.11", "flax==0.8.0")
    failed = [Dropped("flax:optim", "ImportError: cannot import name 'optim' from 'flax'")]
    asked = Requirements(("flax",))
    (guess,) = find_remedies(failed, environment, asked)
    assert guess.is_guess
    learned = {"flax.optim": "flax<0.6.0 python<3.10"}
    (remedy,) = find_remedies(failed, environment, asked, learned)
    assert (remedy.constraints, remedy.python, remedy.is_guess) == (("flax<0.6.0",), "<3.10", False)
