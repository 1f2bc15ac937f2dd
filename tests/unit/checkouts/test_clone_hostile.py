"""The hostile repositories of `../shared/hostile`, through the whole clone."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.checkouts import (
    CloneLimits,
    CloneOptions,
    GitTree,
    Person,
    base_tree,
    clone,
    commit_for_others,
    commit_variant,
    load_workspace,
    open_tar,
    parse_target,
    push,
    skipped,
    sync,
    working_tree,
)
from sandbox.domain import Workspace
from sandbox.errors import RefusedError, SandboxError, TargetError
from sandbox.paths import Home, WorkspacePaths
from tests.support.git_repos import make_origin, plain_git
from tests.support.git_server import GitServer, serve_git

pytestmark = pytest.mark.slow

LIMITS = CloneLimits(bytes=100 * 2**20, files=10_000, timeout_s=60)


@dataclass(frozen=True)
class Fixtures:
    server: GitServer
    manifest: dict[str, dict[str, object]]
    canaries: Path


@pytest.fixture(scope="module")
def fixtures(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fixtures]:
    folder = tmp_path_factory.mktemp("hostile")
    canaries = folder / "canaries"
    made = folder / "made"
    generator = shared / "hostile" / "gen_hostile.py"
    subprocess.run(
        [sys.executable, str(generator), str(made), "--only", "c", "--blob-mb", "101"],
        env={**os.environ, "HOSTILE_CANARY": str(canaries), "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        capture_output=True,
    )
    with serve_git(made) as server:
        manifest = json.loads((made / "manifest.json").read_text())
        yield Fixtures(server, manifest, canaries)


Opener = Callable[..., Workspace]


@pytest.fixture
def open_it(fixtures: Fixtures, home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    monkeypatch.setenv("HOSTILE_CANARY", str(fixtures.canaries))

    def opened(case: str, ref: str | None = None, name: str = "case") -> Workspace:
        address = f"{fixtures.server.url}/{case}.git"
        repo = parse_target(
            address, known_hosts=[fixtures.server.host], folder_base=Path("/nonexistent")
        )
        options = CloneOptions(limits=LIMITS)
        return clone(repo, home.workspace(name), name=name, ref=ref, options=options)

    yield opened
    assert not fixtures.canaries.exists(), "something of the repository ran on this machine"
    assert not Path("/tmp/hostile-canary").exists()


def git_listing(workspace: Workspace) -> list[str]:
    repo = WorkspacePaths(Path(workspace.root)).repo
    return [
        name
        for name in plain_git(repo, "ls-tree", "-r", "-z", "--name-only", "HEAD").split("\0")
        if name
    ]


def unpacked_names(workspace: Workspace) -> dict[str, tarfile.TarInfo]:
    data = b"".join(open_tar(workspace, base_tree(workspace)))
    with tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape") as archive:
        return {member.name: member for member in archive.getmembers()}


@pytest.mark.parametrize(
    ("case", "count"),
    [("c01_submodule_hook", 1), ("c02_submodule_ext", 1), ("c05_submodule_local", 5)],
)
def test_submodules_are_named_and_left_alone(case: str, count: int, open_it: Opener) -> None:
    made = open_it(case)
    assert any(f"{count} submodules, not fetched" in note for note in made.notes)
    assert sum("a submodule" in line for line in skipped(made, base_tree(made))) == count
    assert working_tree(made) == base_tree(made)


@pytest.mark.parametrize("case", ["c03_submodule_option", "c16_evil_tree"])
def test_objects_that_git_refuses_end_the_clone(case: str, open_it: Opener, home: Home) -> None:
    with pytest.raises(RefusedError, match="git refuses: error: object"):
        open_it(case)
    assert list(home.workspaces.iterdir()) == []
    assert not list(home.root.rglob("escaped"))


def test_links_out_of_the_tree_are_listed_and_never_followed(open_it: Opener) -> None:
    made = open_it("c06_symlinks")
    tree = GitTree(made, base_tree(made))
    assert tree.paths() == ("README.md", "train.py")
    assert any("13 symbolic links that leave the tree" in note for note in made.notes)
    assert len(skipped(made, base_tree(made))) == 13
    members = unpacked_names(made)
    assert set(members) == {"README.md", "train.py", "inside"}
    assert members["inside"].linkname == "train.py"
    repo = WorkspacePaths(Path(made.root)).repo
    assert not any(path.is_symlink() for path in repo.rglob("*"))
    assert (repo / "passwd.txt").read_text() == "/etc/passwd"
    assert working_tree(made) == base_tree(made)


@pytest.mark.slow
def test_every_odd_ref_can_be_chosen_by_its_exact_name(fixtures: Fixtures, open_it: Opener) -> None:
    refs = fixtures.manifest["c07_refs"]["refs"]
    assert isinstance(refs, list)
    for number, ref in enumerate([*refs, "--force", "v1;id"]):
        made = open_it("c07_refs", ref=ref, name=f"ref{number}")
        repo = WorkspacePaths(Path(made.root)).repo
        assert plain_git(repo, "rev-parse", "HEAD") == made.commit
    with pytest.raises(TargetError) as caught:
        open_it("c07_refs", ref="--upload-pack=x", name="none")
    assert f"{caught.value} {caught.value.hint}".isprintable()


def test_pointers_are_counted_and_no_filter_runs(open_it: Opener) -> None:
    made = open_it("c09_attributes_lfs")
    assert any("4 files are Git LFS pointers (claimed size 9.1 TiB)" in note for note in made.notes)
    repo = WorkspacePaths(Path(made.root)).repo
    assert (repo / "train.py").read_bytes().startswith(b"import os")
    assert working_tree(made) == base_tree(made)


@pytest.mark.parametrize("case", ["c10_tree_bomb", "c11_blob_bomb"])
def test_bombs_are_refused_before_they_are_unpacked(case: str, open_it: Opener, home: Home) -> None:
    with pytest.raises(RefusedError, match="holds more than"):
        open_it(case)
    assert list(home.workspaces.iterdir()) == []


def test_odd_names_arrive_byte_for_byte(open_it: Opener, fixtures: Fixtures) -> None:
    made = open_it("c12_names")
    tree = GitTree(made, base_tree(made))
    assert sorted(tree.paths()) == sorted(git_listing(made))
    assert len(tree.paths()) == fixtures.manifest["c12_names"]["count"]
    assert {name for name, member in unpacked_names(made).items() if member.isfile()} == set(
        tree.paths()
    )
    assert all(note.isprintable() for note in made.notes)
    assert working_tree(made) == base_tree(made)


def test_names_equal_but_for_case_are_all_there_and_told(open_it: Opener) -> None:
    made = open_it("c13_case")
    assert len(GitTree(made, base_tree(made)).paths()) == 9
    assert any("equal but for case" in note and "README.md" in note for note in made.notes)


def test_no_commit_and_no_default_branch(open_it: Opener, home: Home) -> None:
    with pytest.raises(TargetError, match="is empty"):
        open_it("c14_empty")
    with pytest.raises(TargetError, match="no default branch") as caught:
        open_it("c15_no_default")
    assert "trunk" in str(caught.value.hint)
    assert list(home.workspaces.iterdir()) == []
    assert open_it("c15_no_default", ref="trunk").ref == "trunk"


SUBMODULES = ("c01_submodule_hook", "c02_submodule_ext", "c03_submodule_option", "c05_submodule")
OTHERS = ("c06", "c07", "c09", "c10", "c11", "c12", "c13", "c14", "c15", "c16_evil_tree")


@pytest.mark.parametrize("case", [*SUBMODULES, *OTHERS])
def test_a_source_that_turns_hostile_is_synced_safely_or_not_at_all(
    case: str, open_it: Opener, fixtures: Fixtures, home: Home
) -> None:
    """The workspace is of a harmless repository; what lies at its address now is not."""
    (hostile,) = (one for one in fixtures.server.root.iterdir() if one.name.startswith(case)
                  and one.name.endswith(".git"))  # fmt: skip
    address = fixtures.server.root / "turning.git"
    harmless = make_origin(home.root / "harmless", {"train.py": "lr = 0.1\n"})
    plain_git(home.root, "clone", "--quiet", "--bare", str(harmless.path), str(address))
    try:
        made = open_it("turning", name="turning")
        repo = WorkspacePaths(Path(made.root)).repo
        (repo / "mine.txt").write_text("mine\n")
        before = _contents(repo)
        shutil.rmtree(address)
        address.symlink_to(hostile)
        try:
            sync(made, options=CloneOptions(limits=LIMITS))
        except SandboxError:
            assert _contents(repo) == before
        assert (repo / "mine.txt").read_text() == "mine\n"
        assert not [path for path in repo.rglob("*") if path.is_symlink()]
        assert load_workspace(home.workspace("turning")).name == "turning"
        assert plain_git(repo, "status", "--porcelain", "--untracked-files=no") is not None
    finally:
        address.unlink() if address.is_symlink() else shutil.rmtree(address, ignore_errors=True)


@pytest.mark.parametrize(
    "case",
    [
        *("c01_submodule_hook", "c02_submodule_ext", "c05_submodule_local", "c06_symlinks"),
        *("c07_refs", "c09_attributes_lfs", "c12_names", "c13_case", "c15_no_default"),
    ],
)
def test_a_change_of_a_hostile_repository_is_pushed_and_nothing_else(
    case: str, open_it: Opener, fixtures: Fixtures
) -> None:
    """Those that can be opened; the others never get so far."""
    hostile = fixtures.server.root / f"{case}.git"
    fork = fixtures.server.root / f"fork-{case}"
    shutil.copytree(hostile, fork, symlinks=True)
    plain_git(fork, "config", "http.receivepack", "true")
    made = open_it(case, ref="trunk" if case == "c15_no_default" else None)
    content = b"print('score:', 1)\n"
    _, variant = commit_variant(
        made, base_tree(made), edits={"mine.py": content}, message="v", parents=(made.commit,)
    )
    commit = commit_for_others(
        made,
        tree_of_commit=variant,
        parent=made.commit,
        message="m",
        author=Person("Ada", "ada@example.org"),
        at_s=0,
    )
    options = CloneOptions(token=fixtures.server.token, token_host=fixtures.server.host)
    url = f"{fixtures.server.url}/private/{fork.name}"
    assert push(made, url=url, commit=commit, branch="sandbox/mine", options=options)
    assert plain_git(fork, "rev-parse", "sandbox/mine") == commit
    changed = plain_git(fork, "diff-tree", "-r", "--name-status", made.commit, commit)
    assert changed == "A\tmine.py"
    shutil.rmtree(fork)


def _contents(repo: Path) -> dict[str, bytes]:
    """The working tree, `.git` aside."""
    files = (path for path in repo.rglob("*") if ".git" not in path.parts and path.is_file())
    return {str(path.relative_to(repo)): path.read_bytes() for path in files}
