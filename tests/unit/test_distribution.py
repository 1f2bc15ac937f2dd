from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.distribution import Apt, install, lists_are_stale
from sandbox.errors import EngineError

# Notes its arguments and environment; $1… of the text are shell lines for `update` and `install`.
_APT = """#!/bin/sh
here={here}
echo "$*" >> $here/asked
env >> $here/environment
case "$*" in
  *update*) {update};;
  *install*) {install};;
esac
"""


@pytest.fixture
def apt_get(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Puts an apt-get of ours on the PATH of the environment that it returns."""

    def make(*, update: str = "true", install: str = "touch $here/there") -> dict[str, str]:
        program = tmp_path / "apt-get"
        program.write_text(_APT.format(here=tmp_path, update=update, install=install))
        program.chmod(0o755)
        return {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    return make


def place(folder: Path, *, patience_s: float = 300) -> Apt:
    """Lists that were renewed just now."""
    (folder / "lists").mkdir(exist_ok=True)
    (folder / "lists" / "deb.example.org_InRelease").touch()
    return Apt(folder / "lock", folder / "lists", patience_s)


def asked(folder: Path) -> list[str]:
    """The last word of each call, and of what was to be installed the whole."""
    lines = (folder / "asked").read_text().splitlines()
    return [line.split(" -o ")[-1].split(" ", 1)[1] for line in lines]


def never() -> bool:
    return False


INSTALLED = "install --yes --no-install-recommends tool"


def test_those_who_want_the_same_at_once_install_it_once(
    tmp_path: Path, apt_get: Callable[..., dict[str, str]]
) -> None:
    environ = apt_get(install="sleep 0.3; touch $here/there")
    apt, there = place(tmp_path), tmp_path / "there"

    def one(_: int) -> None:
        install(["tool"], environ=environ, is_there=there.exists, apt=apt)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(one, range(3)))
    assert asked(tmp_path) == [INSTALLED]


def test_an_apt_of_someone_else_is_waited_for(
    tmp_path: Path, apt_get: Callable[..., dict[str, str]]
) -> None:
    """By dpkg's own option, and, as it has none for lists, by asking again."""
    locked = 'echo "E: Could not get lock /var/lib/apt/lists/lock"; exit 100'
    environ = apt_get(
        update=f"test -e $here/free || {{ touch $here/free; {locked}; }}",
        install="test -e $here/free",
    )
    install(["tool"], environ=environ, is_there=never, apt=place(tmp_path, patience_s=9))
    assert asked(tmp_path) == [INSTALLED, "update", "update", INSTALLED]
    assert "-o DPkg::Lock::Timeout=9 " in (tmp_path / "asked").read_text()


def test_old_lists_are_renewed_first(
    tmp_path: Path, apt_get: Callable[..., dict[str, str]]
) -> None:
    environ, apt = apt_get(), Apt(tmp_path / "lock", tmp_path / "no-lists")
    install(["tool"], environ=environ, is_there=never, apt=apt)
    assert asked(tmp_path) == ["update", INSTALLED]


def test_a_failure_has_apts_last_words_of_both_steps(
    tmp_path: Path, apt_get: Callable[..., dict[str, str]]
) -> None:
    environ = apt_get(
        update='echo "Ign:1 x"; echo "E: mirror away"; exit 100',
        install='echo "Reading …"; echo "E: no package tool"; exit 100',
    )
    with pytest.raises(EngineError, match=r"be installed: E: mirror away \| E: no package tool$"):
        install(["tool"], environ=environ, is_there=never, apt=place(tmp_path))


def test_apt_sees_the_proxy_and_no_secret(
    tmp_path: Path, apt_get: Callable[..., dict[str, str]]
) -> None:
    told = {"https_proxy": "http://proxy:3128", "GITHUB_TOKEN": "canary", "LC_ALL": "de_DE"}
    install(["tool"], environ={**told, **apt_get()}, is_there=never, apt=place(tmp_path))
    seen = (tmp_path / "environment").read_text().splitlines()
    assert {"https_proxy=http://proxy:3128", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"} <= {
        *seen
    }
    assert not any("canary" in line for line in seen)


_INTERRUPTED = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
import os, pathlib, sys
from sandbox.distribution import Apt, install
folder = pathlib.Path(sys.argv[1])
install(["tool"], environ=os.environ, is_there=lambda: False,
        apt=Apt(folder / "lock", folder / "lists"))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_command_leaves_apt_to_its_end(
    tmp_path: Path, apt_get: Callable[..., dict[str, str]], number: signal.Signals
) -> None:
    work = "touch $here/begun; sleep 0.5; echo still here; touch $here/ended"
    environ = {**os.environ, **apt_get(install=work)}
    place(tmp_path)
    command = [sys.executable, "-c", _INTERRUPTED, str(tmp_path)]
    with subprocess.Popen(
        command, env=environ, start_new_session=True, stderr=subprocess.DEVNULL
    ) as ours:
        wait_for((tmp_path / "begun").exists)
        os.killpg(ours.pid, number)
    assert ours.returncode
    wait_for((tmp_path / "ended").exists)


def wait_for(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_lists_are_stale_when_there_are_none_or_all_are_older_than_a_day(tmp_path: Path) -> None:
    assert lists_are_stale(tmp_path, now_s=0)
    path = tmp_path / "deb.example.org_InRelease"
    path.write_text("")
    now = path.stat().st_mtime
    assert not lists_are_stale(tmp_path, now_s=now + 3600)
    assert lists_are_stale(tmp_path, now_s=now + 90000)
