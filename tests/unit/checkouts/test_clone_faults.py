"""What a clone does when the server, the disk or our own process fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.checkouts import CloneLimits, CloneOptions, GitTree, base_tree, clone, working_tree
from sandbox.domain import Repo
from sandbox.errors import NetworkError, RefusedError, SandboxError, StoreError, TargetError
from sandbox.paths import Home
from tests.support.git_repos import Origin, make_origin
from tests.support.git_server import GitServer
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

Served = Callable[[str], Repo]

CLONE = """
import sys
from pathlib import Path
from sandbox.checkouts import clone, parse_target
from sandbox.paths import Home
address, host, home = sys.argv[1:]
repo = parse_target(address, known_hosts=[host], folder_base=Path("/nonexistent"))
print(clone(repo, Home(Path(home)).workspace("tiny"), name="tiny").commit)
"""


def start_clone(server: GitServer, path: str, home: Home) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CLONE, f"{server.url}/{path}", server.host, str(home.root)]
    here = Path(__file__).resolve().parents[3]
    return subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, text=True)


def left_behind(home: Home) -> list[str]:
    return [path.name for path in home.workspaces.iterdir()] if home.workspaces.is_dir() else []


def gits_in(folder: Path) -> list[int]:
    """Processes whose working directory lies below the folder, one that was removed included."""
    found = []
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            where = os.readlink(link)  # noqa: PTH115 - a removed target has a suffix
        except OSError:
            continue
        if where.startswith(str(folder)):
            found.append(int(link.parent.name))
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "kind", "words"),
    [
        ("broken/ada/tiny", NetworkError, "500"),
        ("garbage/ada/tiny", TargetError, "is not a git repository"),
        ("private/ada/tiny", TargetError, "private or does not exist"),
        ("ada/missing", TargetError, "private or does not exist"),
        ("stall/ada/tiny", NetworkError, "within 2 s"),
        ("stallpack/ada/tiny", NetworkError, "within 2 s"),
        ("floodpack/ada/tiny", RefusedError, "larger than 20.0 MiB"),
    ],
)
def test_a_bad_server_gives_a_clear_error_and_leaves_nothing(
    *, path: str, kind: type[SandboxError], words: str, served: Served, origin: Origin, home: Home
) -> None:
    seconds = 2.0 if "stall" in path else 60.0
    options = CloneOptions(limits=CloneLimits(timeout_s=seconds, bytes=20 * 2**20))
    with pytest.raises(kind, match=words) as caught:
        clone(served(path), home.workspace("tiny"), name="tiny", options=options)
    assert caught.value.hint or kind is TargetError
    assert left_behind(home) == []
    assert gits_in(home.root) == []


def test_a_listing_without_end_is_stopped(served: Served, origin: Origin, home: Home) -> None:
    with pytest.raises(RefusedError, match="does not end"):
        clone(served("flood/ada/tiny"), home.workspace("tiny"), name="tiny")
    assert left_behind(home) == []
    assert gits_in(home.root) == []


def test_no_server_at_all_is_a_network_error(home: Home) -> None:
    repo = Repo("http://127.0.0.1:9/o/r", "r")
    with pytest.raises(NetworkError):
        clone(repo, home.workspace("tiny"), name="tiny")
    assert left_behind(home) == []


def test_an_empty_repository_and_one_without_default_branch(home: Home, tmp_path: Path) -> None:
    empty = make_origin(tmp_path / "empty")
    empty.git("update-ref", "-d", "refs/heads/main")
    with pytest.raises(TargetError, match="is empty"):
        clone(Repo(str(empty.path), "empty"), home.workspace("empty"), name="empty")
    trunk = make_origin(tmp_path / "trunk")
    trunk.git("branch", "--quiet", "-m", "main", "trunk")
    trunk.git("symbolic-ref", "HEAD", "refs/heads/gone")
    with pytest.raises(TargetError, match="no default branch") as caught:
        clone(Repo(str(trunk.path), "trunk"), home.workspace("trunk"), name="trunk")
    assert "trunk" in str(caught.value.hint)
    assert left_behind(home) == []
    clone(Repo(str(trunk.path), "trunk"), home.workspace("trunk"), name="trunk", ref="trunk")


def test_a_killed_clone_is_never_used_and_cleaned_up_by_the_next(
    server: GitServer, served: Served, origin: Origin, home: Home
) -> None:
    process = start_clone(server, "stallpack/ada/tiny", home)
    assert server.stalled.wait(timeout=60)
    gits = gits_in(home.root)
    assert gits
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert [name.startswith(".clone-tiny-") for name in left_behind(home)] == [True]
    made = clone(served("ada/tiny"), home.workspace("tiny"), name="tiny")
    assert left_behind(home) == ["tiny"]
    assert working_tree(made) == base_tree(made)
    wait_until(lambda: not any(Path(f"/proc/{pid}/exe").exists() for pid in gits))


def test_an_interrupted_clone_leaves_no_process_and_no_folder(
    server: GitServer, origin: Origin, home: Home
) -> None:
    process = start_clone(server, "stallpack/ada/tiny", home)
    assert server.stalled.wait(timeout=60)
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert left_behind(home) == []
    assert gits_in(home.root) == []


def test_four_processes_clone_the_same_workspace_at_once(
    server: GitServer, origin: Origin, home: Home
) -> None:
    sha = origin.commit({f"f{number}.py": "x = 1\n" for number in range(50)})
    processes = [start_clone(server, "ada/tiny", home) for _ in range(4)]
    answers = [process.communicate()[0].strip() for process in processes]
    assert answers == [sha] * 4
    assert left_behind(home) == ["tiny"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can be mounted by root only")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("content", [os.urandom(2**21), b"0" * 2**22])
@pytest.mark.parametrize("with_history", [True, False])
def test_a_full_disk_is_told_and_leaves_nothing(
    content: bytes, *, with_history: bool, small_disk: Path, tmp_path: Path
) -> None:
    if with_history:
        source = make_origin(tmp_path / "big", {"data.bin": content}).path
    else:
        source = tmp_path / "loose"
        source.mkdir()
        (source / "data.bin").write_bytes(content)
    home = Home(small_disk)
    with pytest.raises(StoreError) as caught:
        clone(Repo(str(source), "big"), home.workspace("big"), name="big")
    assert caught.value.exit_code == 4
    assert left_behind(home) == []


def test_a_shallow_server_without_commits_by_sha_still_gives_old_ones(
    served: Served, server: GitServer, origin: Origin, home: Home
) -> None:
    old = origin.git("rev-parse", "HEAD")
    origin.commit({"train.py": "lr = 0.2\n"})
    made = clone(served("ada/tiny"), home.workspace("tiny"), name="tiny", ref=old[:12])
    assert GitTree(made, base_tree(made)).read("train.py") == b"lr = 0.1\nprint(lr)\n"


def test_a_folder_of_another_user_can_be_cloned(origin: Origin, home: Home) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    for path in (origin.path, *origin.path.rglob("*")):
        os.chown(path, 12345, 12345)
    made = clone(Repo(str(origin.path), "tiny"), home.workspace("tiny"), name="tiny")
    assert GitTree(made, base_tree(made)).paths() == ("README.md", "train.py")


def test_settings_of_a_hostile_folder_run_nothing(
    origin: Origin, home: Home, tmp_path: Path
) -> None:
    sha = origin.commit({"big.bin": "b" * 5000})
    script = tmp_path / "payload"
    script.write_text(f"#!/bin/sh\n: > {tmp_path}/ran\n")
    script.chmod(0o755)
    blob = origin.git("rev-parse", f"{sha}:big.bin")
    (origin.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    for key, value in {
        "core.fsmonitor": str(script),
        "core.sshCommand": str(script),
        "core.alternateRefsCommand": str(script),
        "uploadpack.packObjectsHook": str(script),
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::{script}",
        "remote.origin.uploadpack": str(script),
        "protocol.ext.allow": "always",
        "protocol.allow": "always",
        "diff.external": str(script),
    }.items():
        origin.git("config", key, value)
    origin.git("config", "core.repositoryFormatVersion", "1")
    made = clone(Repo(str(origin.path), "tiny"), home.workspace("tiny"), name="tiny")
    assert any("without 1 of its files: big.bin" in note for note in made.notes)
    assert working_tree(made) == base_tree(made)
    assert not (tmp_path / "ran").exists()
