from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.checkouts import deepen, remote_url, set_remotes
from sandbox.domain import Workspace
from sandbox.errors import InputError
from sandbox.paths import WorkspacePaths
from tests.support.git_repos import Origin, plain_git

FORK = "https://github.com/eve/tiny"


def git(workspace: Workspace, *arguments: str) -> str:
    return plain_git(WorkspacePaths(Path(workspace.root)).repo, *arguments)


def config_of(workspace: Workspace) -> str:
    return (WorkspacePaths(Path(workspace.root)).repo / ".git" / "config").read_text()


def test_the_source_becomes_upstream_and_the_fork_origin(
    workspace: Workspace, origin: Origin
) -> None:
    set_remotes(workspace, origin=FORK, upstream=str(origin.path))
    assert remote_url(workspace, "origin") == git(workspace, "remote", "get-url", "origin") == FORK
    assert remote_url(workspace, "upstream") == str(origin.path)
    assert remote_url(workspace, "other") is None
    assert git(workspace, "rev-parse", "upstream/main") == workspace.commit
    assert git(workspace, "rev-parse", "main@{upstream}") == workspace.commit
    assert git(workspace, "rev-parse", "--abbrev-ref", "main@{upstream}") == "upstream/main"
    assert git(workspace, "for-each-ref", "refs/remotes/origin") == ""
    assert git(workspace, "status", "--porcelain") == ""


def test_called_again_it_changes_nothing(workspace: Workspace, origin: Origin) -> None:
    set_remotes(workspace, origin=FORK, upstream=str(origin.path))
    git(workspace, "update-ref", "refs/remotes/origin/mine", "HEAD")
    before = config_of(workspace), git(workspace, "for-each-ref")
    set_remotes(workspace, origin=FORK, upstream=str(origin.path))
    assert (config_of(workspace), git(workspace, "for-each-ref")) == before
    set_remotes(workspace, origin=f"{FORK}-2", upstream=str(origin.path))
    assert git(workspace, "for-each-ref", "refs/remotes/origin") == ""
    assert git(workspace, "rev-parse", "upstream/main") == workspace.commit


def test_interrupted_after_any_step_it_finishes(workspace: Workspace, origin: Origin) -> None:
    """The last step is the address of `origin`: here it is as if that one had not come."""
    set_remotes(workspace, origin=FORK, upstream=str(origin.path))
    before = config_of(workspace), git(workspace, "for-each-ref")
    git(workspace, "config", "remote.origin.url", str(origin.path))
    set_remotes(workspace, origin=FORK, upstream=str(origin.path))
    assert (config_of(workspace), git(workspace, "for-each-ref")) == before
    git(workspace, "update-ref", "-d", "refs/remotes/upstream/main")
    git(workspace, "config", "remote.origin.url", str(origin.path))
    set_remotes(workspace, origin=FORK, upstream=str(origin.path))
    assert (config_of(workspace), git(workspace, "for-each-ref")) == before


def test_the_history_comes_under_the_name_of_the_source(
    workspace: Workspace, origin: Origin
) -> None:
    tip = origin.commit({"a.py": "1\n"})
    set_remotes(workspace, origin=FORK, upstream=str(origin.path))
    deepen(workspace)
    assert git(workspace, "rev-parse", "upstream/main") == tip
    assert git(workspace, "for-each-ref", "refs/remotes/origin") == ""


@pytest.mark.parametrize(
    "address",
    [
        *("https://secret-token@github.com/a/b", "https://u:secret-token@github.com/a/b"),
        *("ssh://git:secret-token@github.com/a/b", "http://secret-token@127.0.0.1:1/a/b"),
        *("ext::sh -c secret-token", "--upload-pack=x", "", "relative", "git@github.com:a/b"),
        *("https://github.com/a\nb", "https:///x", "https://[", "https://a/b?access=secret-token"),
    ],
)
def test_an_address_with_credentials_or_none_at_all_is_not_written(
    address: str, workspace: Workspace
) -> None:
    before = config_of(workspace)
    for addresses in ((address, FORK), (FORK, address)):
        with pytest.raises(InputError) as caught:
            set_remotes(workspace, origin=addresses[0], upstream=addresses[1])
        assert caught.value.message.isprintable()
    assert config_of(workspace) == before
    with pytest.raises(InputError) as caught:
        set_remotes(workspace, origin="https://secret@github.com/a", upstream=FORK)
    assert "secret" not in f"{caught.value} {caught.value.hint}"
