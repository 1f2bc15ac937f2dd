from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.checkouts import GitTree, base_tree, commit_variant, open_tar, skipped
from sandbox.domain import Workspace
from sandbox.interfaces import SourceTree
from sandbox.paths import WorkspacePaths
from tests.support.git_repos import Origin

Open = Callable[..., Workspace]


def test_a_tree_lists_regular_files_and_reads_them(open_folder: Open, origin: Origin) -> None:
    (origin.path / "link.py").symlink_to("train.py")
    (origin.path / "run.sh").write_text("#!/bin/sh\n")
    (origin.path / "run.sh").chmod(0o755)
    origin.commit({"b/ü.py": "1\n", "big.bin": b"\0" * 3_000_000, "empty.py": ""})
    made = open_folder(origin.path)
    tree: SourceTree = GitTree(made, base_tree(made))
    assert tree.paths() == ("README.md", "b/ü.py", "big.bin", "empty.py", "run.sh", "train.py")
    assert tree.read("b/ü.py") == b"1\n"
    assert tree.read("empty.py") == b""
    assert tree.read("big.bin") == b"\0" * 3_000_000
    assert isinstance(tree, GitTree)
    assert tree.size("big.bin") == 3_000_000
    for outside in ("link.py", "b", "../x", "/etc/passwd", ".git/config", ""):
        with pytest.raises(KeyError):
            tree.read(outside)


def test_files_are_read_from_the_tree_not_from_the_disk(workspace: Workspace) -> None:
    repo = WorkspacePaths(Path(workspace.root)).repo
    (repo / "train.py").write_text("changed on disk\n")
    tree = GitTree(workspace, base_tree(workspace))
    assert tree.read("train.py") == b"lr = 0.1\nprint(lr)\n"


def test_many_files_are_read_by_few_processes(
    open_folder: Open, origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"pkg{number % 50}/m{number}.py": f"x = {number}\n" for number in range(300)}
    origin.commit(files)
    made = open_folder(origin.path)
    tree = GitTree(made, base_tree(made))
    first = [tree.read(f"pkg{number % 50}/m{number}.py") for number in (0, 299, 9)]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert first == [b"x = 0\n", b"x = 299\n", b"x = 9\n"]
    assert all(tree.read(path) == text.encode() for path, text in files.items())


def test_a_file_is_read_together_with_those_of_its_folder(
    open_folder: Open, origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"pkg{number % 50}/m{number}.py": f"x = {number}\n" for number in range(300)}
    origin.commit(files)
    made = open_folder(origin.path)
    tree = GitTree(made, base_tree(made))
    tree.read("pkg7/m7.py")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert tree.read("pkg7/m257.py") == b"x = 257\n"


def unpack(chunks: list[bytes]) -> tarfile.TarFile:
    return tarfile.open(fileobj=io.BytesIO(b"".join(chunks)))


def test_a_tar_holds_the_tree_in_one_form_always(open_folder: Open, origin: Origin) -> None:
    (origin.path / "run.sh").write_text("#!/bin/sh\n")
    (origin.path / "run.sh").chmod(0o755)
    (origin.path / "inside").symlink_to("a/b")
    (origin.path / "outside").symlink_to("/etc/passwd")
    origin.commit(
        {
            "a/b/c.py": "1\n",
            ".gitattributes": "secret.txt export-ignore\n*.py export-subst\n",
            "secret.txt": "kept\n",
            "x" * 200 + "/" + "y" * 200: "long\n",
        }
    )
    made = open_folder(origin.path)
    chunks = list(open_tar(made, base_tree(made)))
    with unpack(chunks) as archive:
        members = {member.name: member for member in archive.getmembers()}
        assert archive.extractfile("secret.txt").read() == b"kept\n"  # type: ignore[union-attr]
    assert members["a/b"].isdir()
    assert (members["a/b/c.py"].mode, members["run.sh"].mode) == (0o644, 0o755)
    assert members["inside"].linkname == "a/b"
    assert "outside" not in members
    assert {(member.uid, member.gid) for member in members.values()} == {(0, 0)}
    assert {member.mtime for member in members.values()} == {1614827167}
    assert "x" * 200 + "/" + "y" * 200 in members
    assert list(open_tar(made, base_tree(made))) == chunks
    assert skipped(made, base_tree(made)) == ("outside -> /etc/passwd: the link leaves the tree",)
    assert list(members)[-1] == "inside", "links come last"
    assert GitTree(made, base_tree(made)).closed() == ("inside", "outside")


def test_files_from_beside_lie_among_the_trees_own_and_replace_none(
    open_folder: Open, origin: Origin, tmp_path: Path
) -> None:
    (origin.path / "link").symlink_to("a")
    origin.commit({"a/b.py": "1\n", "file": "2\n"})
    origin.commit({"folder.py/x": "3\n"})
    for name in ("a/b.py", "a/c.so", "new/deep/d.py", "link/e.py", "file/f.py", "folder.py"):
        path = tmp_path / "made" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"made {name}" + "." * 600)
    made = open_folder(origin.path)
    with unpack(list(open_tar(made, base_tree(made), beside=[tmp_path / "made"]))) as archive:
        names = archive.getnames()
        texts = {name: archive.extractfile(name) for name in ("a/b.py", "a/c.so")}
        assert texts["a/b.py"].read() == b"1\n"  # type: ignore[union-attr]
        assert texts["a/c.so"].read() == b"made a/c.so" + b"." * 600  # type: ignore[union-attr]
    named = [name for name in names if name not in {"README.md", "train.py"}]
    assert named[:4] == ["a", "folder.py", "new", "new/deep"]
    assert named[4:] == ["a/b.py", "file", "folder.py/x", "a/c.so", "new/deep/d.py", "link"]


def test_of_two_things_beside_that_want_one_place_the_first_has_it(
    open_folder: Open, origin: Origin, tmp_path: Path
) -> None:
    for name in ("one/a.py", "two/a.py/b.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    made = open_folder(origin.path)
    beside = [tmp_path / "one", tmp_path / "two"]
    with unpack(list(open_tar(made, base_tree(made), beside=beside))) as archive:
        assert archive.getmember("a.py").isreg()
        assert "a.py/b.py" not in archive.getnames()


def test_a_big_file_streams_in_small_chunks(open_folder: Open, tmp_path: Path) -> None:
    folder = tmp_path / "big"
    folder.mkdir()
    size = 20 * 2**20 + 3
    with (folder / "zeros.bin").open("wb") as file:
        file.truncate(size)
    made = open_folder(folder, "big")
    total = 0
    for chunk in open_tar(made, base_tree(made)):
        assert len(chunk) <= 2**20
        total += len(chunk)
    assert size < total < size + 10_000


def test_a_tar_that_is_given_up_half_way_leaves_no_process(
    open_folder: Open, origin: Origin
) -> None:
    origin.commit({"a.bin": b"\0" * 5_000_000})
    made = open_folder(origin.path)
    before = _children()
    stream = open_tar(made, base_tree(made))
    next(stream)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert _children() <= before


def _children() -> set[str]:
    """Process ids; other tests' servers may be among them."""
    told = (path.read_text() for path in Path("/proc/self/task").glob("*/children"))
    return set("".join(told).split())


def test_a_variant_can_be_packed(workspace: Workspace) -> None:
    tree, _ = commit_variant(
        workspace, base_tree(workspace), edits={"new/x.py": b"x\n"}, message="x"
    )
    with unpack(list(open_tar(workspace, tree))) as archive:
        assert "new/x.py" in archive.getnames()
