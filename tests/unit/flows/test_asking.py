"""What a user adds to a workspace's packages: it holds from then on, and goes before all else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import api
from sandbox.errors import InputError
from sandbox.flows.context import Context
from tests.support.commands import command, write_repository
from tests.support.wheels import make_index, make_wheel


@pytest.fixture
def context(tmp_path: Path, said: list[str]) -> Context:
    """An index where alpha wants an old beta."""
    wheels = [
        make_wheel(tmp_path / "files", "alpha", "1.0", requires=["beta<2"]),
        make_wheel(tmp_path / "files", "beta", "1.0"),
        make_wheel(tmp_path / "files", "beta", "2.0"),
        make_wheel(tmp_path / "files", "gamma", "1.0", modules={"its_module.py": ""}),
        make_wheel(tmp_path / "files", "attrs", "1.0", modules={"attr.py": ""}),
    ]
    home = tmp_path / "home"
    home.mkdir()
    index = make_index(tmp_path / "simple", wheels)
    (home / "sandbox.toml").write_text(f'engine = "local"\n[indexes]\nindex_url = "{index}"\n')
    return api.connect(home, environ={}, folder=tmp_path, tell=said.append)


@pytest.fixture
def target(tmp_path: Path) -> str:
    files = {"train.py": "import alpha\nprint(alpha)\n", "requirements.txt": "alpha\nbeta==1.0\n"}
    return str(write_repository(tmp_path / "repo", files))


def versions(context: Context, target: str, *added: str, refresh: bool = False) -> dict[str, str]:
    survey = api.build(context, target, added=added, refresh=refresh)
    return dict(survey.built.environment.packages)


def test_what_is_added_is_there_from_then_on(
    context: Context, target: str, said: list[str]
) -> None:
    asked = {"alpha": "1.0", "beta": "1.0"}
    assert versions(context, target) == asked
    assert set(versions(context, target, "Gamma", "attr")) == {*asked, "attrs", "gamma"}
    again = api.build(context, target)
    assert set(again.built.environment.packages) == {*asked, "attrs", "gamma"}
    assert "added by --with: gamma, attrs" in again.built.decisions
    assert versions(context, target, refresh=True) == asked
    assert "what --with had added is forgotten: gamma, attrs" in said


def test_a_version_goes_before_what_anybody_asks(context: Context, target: str) -> None:
    assert versions(context, target, "beta==2.0") == {"alpha": "1.0", "beta": "2.0"}
    assert versions(context, target, "beta<2") == {"alpha": "1.0", "beta": "1.0"}


def test_a_package_of_debian_is_asked_for(context: Context, target: str) -> None:
    survey = api.build(context, target, added=["apt:libnone1"])
    assert survey.built.requirements.system_packages == ("libnone1",)


@pytest.mark.parametrize(
    "word",
    [
        *("", " ", "--index-url=https://example.com", "-r other.txt", "file:///etc/passwd"),
        *("a @ https://example.com/a.whl", "./wheels/a.whl", "a\nb", "apt:", "apt:../x", "apt:-y"),
        *('a; python_version < "3\\n--pre"', "a" * 10_000),
    ],
)
def test_what_is_no_package_is_refused_before_anything_is_done(
    context: Context, target: str, word: str
) -> None:
    with pytest.raises(InputError, match="is no package"):
        api.build(context, target, added=[word])
    assert not list(context.home.workspaces.glob("*"))


def test_nothing_is_added_to_a_lock(context: Context, target: str) -> None:
    lock = Path(api.build(context, target).built.lock)
    with pytest.raises(InputError, match="as it is"):
        api.build(context, target, lock=lock, added=["gamma"])
    api.build(context, target, lock=lock)
    with pytest.raises(InputError, match="as it is"):
        api.build(context, target, added=["gamma"])
    assert "gamma" in versions(context, target, "gamma", refresh=True)


@pytest.mark.parametrize("verb", [("run",), ("sweep", "-p", "size=1,2")])
def test_a_run_that_lacks_a_package_says_how_to_add_one(
    context: Context, tmp_path: Path, verb: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANDBOX_HOME", str(context.home.root))
    code = "size = 2\nname = 'its_' + 'module'\n__import__(name)\nprint('loss:', size)\n"
    target = str(write_repository(tmp_path / "lacks", {"train.py": code}))
    ran = command(verb[0], target, "train.py", *verb[1:])
    assert "sandbox build TARGET --with PACKAGE" in ran.out + ran.err
    assert command("build", "lacks", "--with", "gamma").code == 0
    assert command("run", "lacks", "train.py").code == 0
