"""Find, fork, open, build, sweep, publish, sync: the whole way, on loopback, through the commands.

The API is emulated by others, git is served by git, runs happen in containers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.commands import command
from tests.support.git_repos import Origin, make_origin, plain_git
from tests.support.github_emulated import EmulatedRepo, emulate_github
from tests.support.github_front import Front, serve_front

FILES = {
    "README.md": "# tiny digits\nA model of handwritten digits that runs on a laptop.\n",
    "train.py": "RATE = 0.1\nprint('score:', RATE * 4)\n",
    "requirements.txt": "packaging==23.2\n",
    "LICENSE": "MIT License\n",
}


@pytest.fixture
def front(node_packages: Path, tmp_path: Path) -> Iterator[Front]:
    root = tmp_path / "served"
    make_origin(root / "ana" / "tiny-digits", FILES)
    repo = EmulatedRepo(
        "ana", "tiny-digits", FILES, "handwritten digits, tiny", "Python", ("handwritten-digits",)
    )
    (tmp_path / "emulated").mkdir()
    with (
        emulate_github(node_packages, tmp_path / "emulated", repo, users=("me",)) as emulated,
        serve_front(emulated, root, "me") as served,
    ):
        yield served


@pytest.fixture
def signed_in(front: Front, home: Path, monkeypatch: pytest.MonkeyPatch) -> Front:
    monkeypatch.setenv("SANDBOX_GITHUB_BASE_URL", front.base_url)
    monkeypatch.setenv("GITHUB_TOKEN", front.token)
    return front


def test_from_a_problem_to_a_branch_that_others_can_see(signed_in: Front, home: Path) -> None:
    clone = home / "workspaces" / "tiny-digits" / "repo"
    _find_and_open()
    _fork(signed_in, clone)
    swept = command("sweep", "tiny-digits", "train.py", "-p", "RATE=0.2,0.4", "--json")
    assert swept.code == 0, swept.err
    _show(signed_in)
    _publish(signed_in)
    _sync(signed_in, clone)
    _no_secret_anywhere(signed_in, home)


def _find_and_open() -> None:
    found = command("find", "handwritten digits", "--json")
    assert found.code == 0, found.err
    (card,) = found.json["results"]
    assert card["full_name"] == "ana/tiny-digits"
    assert "+ script to run (train.py)" in card["reasons"]
    opened = command("find", "handwritten digits", "--open", "1")
    assert opened.code == 0, opened.err
    assert "ana/tiny-digits" in opened.err


def _fork(front: Front, clone: Path) -> None:
    forked = command("open", "tiny-digits", "--fork", "--json")
    assert forked.code == 0, forked.err
    assert "forked ana/tiny-digits → me/tiny-digits" in forked.err
    remotes = plain_git(clone, "remote", "--verbose")
    assert f"origin\t{front.server.base_url}/me/tiny-digits (fetch)" in remotes
    assert f"upstream\t{front.server.base_url}/ana/tiny-digits (fetch)" in remotes


def _show(front: Front) -> None:
    shown = command("publish", "RATE=0.4", "--pr", "--gist", "--dry-run")
    assert shown.code == 0, shown.err
    for text in ("+RATE = 0.4", "score 1.6 (baseline 0.4)", "sandbox run tiny-digits train.py",
                 "would open a draft pull request at ana/tiny-digits", "notebook.ipynb",
                 "nothing has left this machine"):  # fmt: skip
        assert text in shown.out
    posted = [one for one in front.asked if one.startswith("POST")]
    assert posted == ["POST /repos/ana/tiny-digits/forks"]
    assert "sandbox/" not in plain_git(front.root / "me" / "tiny-digits", "branch", "--list")


def _publish(front: Front) -> None:
    done = command("publish", "RATE=0.4", "--pr", "--gist", "--json")
    assert done.code == 0, done.err
    fork, branch = front.root / "me" / "tiny-digits", done.json["branch"]
    assert "+RATE = 0.4" in plain_git(fork, "show", branch)
    assert plain_git(fork, "rev-parse", f"{branch}^") == _head(front, "ana")
    assert "score 1.6" in plain_git(fork, "log", "-1", "--format=%B", branch)
    pulls = front.emulated.api("me", "GET", "/repos/ana/tiny-digits/pulls")
    assert [(one["draft"], one["head"]["ref"]) for one in pulls] == [(True, branch)]
    (gist,) = front.gists
    assert gist["public"] is False
    assert set(gist["files"]) == {"notebook.ipynb", "report.md", "tweak.patch"}
    assert "score: 1.6" in gist["files"]["notebook.ipynb"]["content"]
    again = command("publish", "RATE=0.4", "--pr", "--json")
    assert again.code == 0, again.err
    assert again.json["urls"]["pull_request"] == done.json["urls"]["pull_request"]


def _sync(front: Front, clone: Path) -> None:
    Origin(front.root / "ana" / "tiny-digits").commit({"NEWS.md": "new\n"}, "news")
    (clone / "train.py").write_text(FILES["train.py"] + "print('mine')\n")
    synced = command("sync", "tiny-digits", "--json")
    assert synced.code == 0, synced.err
    assert synced.json["changed"] == ["NEWS.md"]
    assert synced.json["fork"] == "me/tiny-digits"
    assert "mine" in (clone / "train.py").read_text()
    assert _head(front, "me") == _head(front, "ana") == synced.json["after"]


def test_a_fork_that_was_itself_opened_is_filled_first(signed_in: Front, home: Path) -> None:
    assert command("open", "ana/tiny-digits", "--fork", "--as", "theirs").code == 0
    opened = command("open", "me/tiny-digits", "--fork", "--as", "mine")
    assert opened.code == 0, opened.err
    Origin(signed_in.root / "ana" / "tiny-digits").commit({"NEWS.md": "new\n"}, "news")
    synced = command("sync", "mine", "--json")
    assert synced.code == 0, synced.err
    assert synced.json["changed"] == ["NEWS.md"]
    assert synced.json["fork"] == "me/tiny-digits"
    assert _head(signed_in, "me") == _head(signed_in, "ana") == synced.json["after"]


def test_secrets_do_not_leave(signed_in: Front, home: Path) -> None:
    assert command("open", "ana/tiny-digits", "--fork", "--as", "hush").code == 0
    code = home / "workspaces" / "hush" / "repo" / "train.py"
    code.write_text(f"RATE = 0.1\nKEY = '{signed_in.token}-and-more'\nprint('score:', RATE)\n")
    assert command("sweep", "hush", "train.py", "-p", "RATE=0.3").code == 0
    refused = command("publish", "RATE=0.3", "--json")
    assert refused.code == 3
    assert "look like secrets: train.py:2" in refused.json["error"]
    assert signed_in.token not in refused.out + refused.err
    shown = command("publish", "RATE=0.3", "--dry-run")
    assert shown.code == 0
    assert "looks like a secret: train.py:2" in shown.out
    fork = signed_in.root / "me" / "tiny-digits"
    assert "sandbox/" not in plain_git(fork, "branch", "--list")


def test_without_a_token_it_is_opened_and_forked_later(
    front: Front, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANDBOX_GITHUB_BASE_URL", front.base_url)
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    opened = command("open", "ana/tiny-digits", "--fork", "--as", "later")
    assert opened.code == 0, opened.err
    assert "set GITHUB_TOKEN, then: sandbox open later --fork" in opened.err
    monkeypatch.setenv("GITHUB_TOKEN", front.token)
    assert command("open", "later", "--fork").code == 0
    assert front.asked.count("POST /repos/ana/tiny-digits/forks") == 1


def _head(front: Front, owner: str) -> str:
    return plain_git(front.root / owner / "tiny-digits", "rev-parse", "main").strip()


def _no_secret_anywhere(front: Front, home: Path) -> None:
    """In no file of the home, no git configuration and nothing that was published."""
    token = front.token.encode()
    for folder, _, names in os.walk(home):
        for name in names:
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                assert token not in path.read_bytes(), path
    assert front.token not in json.dumps(front.gists)
