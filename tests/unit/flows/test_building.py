"""Environments of whole repositories: mended where imports fail, one for all where possible."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import api
from sandbox.environments import read_lock
from sandbox.errors import EngineError, EntryError
from sandbox.flows.context import Context
from sandbox.interfaces import Engine
from tests.support.commands import write_repository
from tests.support.wheels import make_index, make_wheel

Make = Callable[..., str]
NO_ZBAR = "libzbar.so.0: cannot open shared object file: No such file or directory"


def offer(folder: Path, name: str, code: dict[str, str]) -> None:
    """In the index below: versions of a package of one module."""
    files = [
        make_wheel(folder / "files", name, version, modules={f"{name}.py": text})
        for version, text in code.items()
    ]
    make_index(folder / "simple", files)


@pytest.fixture
def context(tmp_path: Path, said: list[str]) -> Context:
    """An index of tiny packages: gamma 2 lost a name, eager needs delta and does not say so."""
    lazy = {"lazy.py": "raise ImportError('never')\n"}
    wheels = [
        make_wheel(tmp_path / "files", "alpha", "1.0"),
        make_wheel(tmp_path / "files", "delta", "1.0"),
        make_wheel(tmp_path / "files", "eager", "1.0", modules={"eager.py": "import delta\n"}),
        make_wheel(tmp_path / "files", "lazy", "1.0", modules=lazy),
        make_wheel(tmp_path / "files", "gamma", "1.0", modules={"gamma.py": "old = 1\n"}),
        make_wheel(tmp_path / "files", "gamma", "2.0", modules={"gamma.py": "new = 1\n"}),
    ]
    home = tmp_path / "home"
    home.mkdir()
    index = make_index(tmp_path / "simple", wheels)
    settings = f'engine = "local"\n[indexes]\nindex_url = "{index}"\n'
    (home / "sandbox.toml").write_text(settings)
    return api.connect(home, environ={}, folder=tmp_path, tell=said.append)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def _make(**files: str) -> str:
        names = {name.replace("__", "."): text for name, text in files.items()}
        return str(write_repository(tmp_path / "repo", names))

    return _make


def test_what_an_import_lacks_is_found_out_and_added(
    context: Context, make: Make, said: list[str]
) -> None:
    target = make(train__py="import eager\nprint(eager)\n")
    survey = api.build(context, target)
    assert survey.built.environment.packages.keys() == {"delta", "eager"}
    assert (survey.ok, survey.failed) == (("eager",), ())
    assert any("delta" in line for line in said)
    assert any("delta" in line for line in survey.built.decisions)
    said.clear()
    assert api.build(context, target).built.build.cached
    assert not any("resolving" in line for line in said)


def test_a_library_that_is_missing_after_a_remedy_is_looked_for_though_more_fails_by_it(
    context: Context, make: Make, said: list[str], tmp_path: Path
) -> None:
    """All of the older release wants it, of the newer one name is gone; nothing helps here."""
    offer(tmp_path, "networkx", {"2.8": f"raise ImportError({NO_ZBAR!r})\n", "3.0": ""})
    code = "import networkx\nfrom networkx import info\nprint(networkx, info)\n"
    survey = api.build(context, make(train__py=code))
    assert [one.name for one in survey.failed] == ["networkx:info"]
    assert any("trying networkx<3" in line for line in said)
    assert any("libzbar.so.0 missing; trying of Debian libzbar0" in line for line in said)


def test_what_a_remedy_brings_to_light_is_cured_though_more_fails_by_it(
    context: Context, make: Make, tmp_path: Path
) -> None:
    """All of the older release wants delta, of the newer one name is gone."""
    offer(tmp_path, "networkx", {"2.8": "import delta\ninfo = 1\n", "3.0": ""})
    code = "import networkx\nfrom networkx import info\nprint(networkx, info)\n"
    survey = api.build(context, make(train__py=code))
    assert survey.failed == ()
    assert survey.built.environment.packages == {"delta": "1.0", "networkx": "2.8"}


def test_a_guess_is_not_told_where_what_is_known_helps(
    context: Context, make: Make, said: list[str], tmp_path: Path
) -> None:
    """What eager lacks is what zed wants, too, so nobody asks for a newer zed."""
    code = f"try:\n    import delta\nexcept ImportError:\n    raise ImportError({NO_ZBAR!r})\n"
    offer(tmp_path, "zed", {"1.0": code})
    survey = api.build(context, make(train__py="import eager, zed\nprint(eager, zed)\n"))
    assert survey.failed == ()
    assert any("trying delta" in line for line in said)
    assert not any("zed>1.0" in line for line in said)


def test_what_fails_alike_in_a_newer_release_is_as_before(
    context: Context, make: Make, said: list[str], tmp_path: Path
) -> None:
    offer(tmp_path, "zed", dict.fromkeys(("1.0", "3.0"), f"raise ImportError({NO_ZBAR!r})\n"))
    target = make(train__py="import zed\nprint(zed)\n", requirements__txt="zed==1.0\n")
    survey = api.build(context, target)
    assert survey.built.environment.packages == {"zed": "1.0"}
    assert any("zed>1.0" in line for line in said)
    assert not any("zed>3.0" in line for line in said)


def test_where_no_remedy_is_known_the_failure_is_told(context: Context, make: Make) -> None:
    survey = api.build(context, make(train__py="import lazy, alpha\nprint(lazy)\n"))
    assert survey.ok == ("alpha",)
    assert [(one.name, one.why) for one in survey.failed] == [
        ("lazy", "ImportError: never [in lazy 1.0]")
    ]
    assert not survey.works


def test_an_entry_that_cannot_live_with_the_others_has_an_environment_of_its_own(
    context: Context, tmp_path: Path
) -> None:
    files = {
        "old/requirements.txt": "gamma==1.0\n",
        "old/train.py": "from gamma import old\nprint(old)\n",
        "new/requirements.txt": "gamma==2.0\n",
        "new/train.py": "from gamma import new\nprint(new)\n",
    }
    survey = api.build(context, str(write_repository(tmp_path / "two", files)))
    assert {one.path: one.failed for one in survey.entries} == {
        "new/train.py": (),
        "old/train.py": (),
    }
    assert len({one.environment for one in survey.entries}) == 2
    kept = read_lock(Path(survey.built.lock).read_text(), name="lock.txt")
    assert kept.id == survey.built.environment.id
    assert survey.works
    assert survey.failed == ()


def test_remedies_for_what_fails_beside_others_are_taken_at_once_for_those_that_fail(
    context: Context, said: list[str], tmp_path: Path
) -> None:
    def release(version: str, name: str) -> Path:
        empty = dict.fromkeys(("pettingzoo/__init__.py", "pettingzoo/utils/__init__.py"), "")
        modules = {**empty, "pettingzoo/utils/wrappers.py": f"{name} = 1\n"}
        return make_wheel(tmp_path / "files", "pettingzoo", version, modules=modules)

    old, new = "BaseParallelWraper", "BaseParallelWrapper"
    make_index(tmp_path / "simple", [release("1.22.3", old), release("1.24.0", new)])
    files = {
        "old.py": f"from pettingzoo.utils.wrappers import {old}\nprint({old})\n",
        "new.py": f"import alpha\nfrom pettingzoo.utils.wrappers import {new}\nprint({new})\n",
    }
    survey = api.build(context, str(write_repository(tmp_path / "two", files)))
    assert survey.failed == ()
    alone = said.index("old.py: trying an environment of its own")
    assert sum(line == "resolving the environment …" for line in said[alone:]) == 1


def test_what_is_large_is_tried_where_every_entry_lacks_the_same(
    context: Context, said: list[str], tmp_path: Path
) -> None:
    """The site's own PyTorch is for one release; an older one of the index has what all import."""
    links = tmp_path / "links"
    make_wheel(links, "torch", "2.5.0+cpu", modules={"torch/__init__.py": ""})
    older = {"torch/__init__.py": "", "torch/_six.py": "inf = 1\n"}
    make_index(tmp_path / "simple", [make_wheel(tmp_path / "files", "torch", "1.9", modules=older)])
    settings = context.home.root / "sandbox.toml"
    settings.write_text(f'{settings.read_text()}find_links = ["{links}"]\n')
    context = api.connect(context.home.root, environ={}, folder=tmp_path, tell=said.append)
    code = "from torch._six import inf\nprint(inf)\n"
    repository = str(write_repository(tmp_path / "two", {"a.py": code, "b.py": code}))
    survey = api.build(context, repository)
    assert survey.failed == ()
    assert survey.built.environment.packages == {"torch": "1.9"}
    assert {one.environment for one in survey.entries} == {survey.built.environment.id}
    lock = read_lock(Path(survey.built.lock).read_text(), name="lock.txt")
    assert lock.packages == {"torch": "1.9"}
    said.clear()
    assert api.build(context, repository).built.environment == survey.built.environment
    assert not any("resolving" in line for line in said)
    assert api.build(context, repository, "b.py").built.environment == survey.built.environment


def test_a_repository_without_entries_has_what_it_declares(
    context: Context, tmp_path: Path
) -> None:
    files = {"requirements.txt": "alpha\n", "README.md": "# nothing to run\n"}
    survey = api.build(context, str(write_repository(tmp_path / "bare", files)))
    assert survey.built.environment.packages == {"alpha": "1.0"}
    assert survey.entries == ()
    assert survey.works


def test_a_lock_that_was_given_is_used_for_every_entry_and_never_mended(
    context: Context, tmp_path: Path
) -> None:
    newest = write_repository(tmp_path / "newest", {"train.py": "import gamma\n"})
    lock = Path(api.build(context, str(newest)).built.lock)
    files = {
        "old.py": "from gamma import old\nprint(old)\n",
        "two.py": "import alpha\nprint(alpha)\n",
    }
    target = str(write_repository(tmp_path / "repo", files))
    assert api.build(context, target).built.environment.packages["gamma"] == "1.0"
    given = api.build(context, target, lock=lock)
    assert given.built.environment.packages == {"gamma": "2.0"}
    assert {one.name for one in given.failed} == {"alpha", "gamma:old"}
    assert any("lock that was given" in line for line in given.built.decisions)
    for entry in (None, "old.py", "two.py"):
        later = api.build(context, target, entry).built
        assert later.environment.id == given.built.environment.id
        kept = read_lock(Path(later.lock).read_text(), name="lock.txt")
        assert kept.id == given.built.environment.id


def test_an_entry_that_can_lives_in_the_environment_of_all(
    context: Context, tmp_path: Path, said: list[str]
) -> None:
    files = {
        "a.py": "import alpha\nprint(alpha)\n",
        "b.py": "import delta\nprint(delta)\n",
        "c.py": "import lazy\nprint(lazy)\n",
    }
    target = str(write_repository(tmp_path / "three", files))
    whole = api.build(context, target).built.environment
    assert whole.packages.keys() == {"alpha", "delta", "lazy"}
    said.clear()
    assert api.build(context, target, "a.py").built.environment == whole
    assert not any("resolving" in line for line in said)
    assert api.build(context, target, "c.py").built.environment.packages.keys() == {"lazy"}
    (tmp_path / "home/workspaces/three/repo/b.py").write_text("import gamma\nprint(gamma)\n")
    assert api.build(context, target, "b.py").built.environment.packages.keys() == {"gamma"}


def test_an_entry_that_is_not_there_is_told_before_an_engine_that_is_away(
    context: Context, make: Make
) -> None:
    def away() -> Engine:
        raise EngineError("no engine answers")

    target = make(train__py="print(1)\n")
    without = dataclasses.replace(context, make_engine=away)
    with pytest.raises(EntryError, match=r"nofile\.py"):
        api.build(without, target, "nofile.py")
    with pytest.raises(EngineError):
        api.build(without, target, "train.py")


def test_refreshed_it_is_asked_again(context: Context, make: Make, said: list[str]) -> None:
    target = make(train__py="import alpha\nprint(alpha)\n")
    before = api.build(context, target).built.environment
    said.clear()
    assert api.build(context, target, refresh=True).built.environment == before
    assert any("resolving" in line for line in said)


def test_the_accelerator_of_a_build_holds_for_what_follows(
    context: Context, make: Make, said: list[str]
) -> None:
    target = make(train__py="import alpha\nprint(alpha)\n")
    assert api.build(context, target).built.environment.accelerator == "cpu"
    told = api.build(context, target, accelerator="cuda").built.environment
    assert told.accelerator == "cuda"
    said.clear()
    run = api.run(context, api.Request(target))
    assert [one.status for one in run.runs] == ["succeeded"]
    assert not any("resolving" in line for line in said)
    assert api.build(context, target).built.environment == told
    assert api.build(context, target, accelerator="auto").built.environment.accelerator == "cpu"
    assert api.build(context, target).built.environment.accelerator == "cpu"
