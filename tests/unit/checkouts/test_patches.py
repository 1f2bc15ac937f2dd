from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.checkouts import GitTree, apply_patch, base_tree, commit_variant, diff
from sandbox.domain import Workspace
from sandbox.errors import TunableError
from tests.support.git_repos import Origin, make_origin

Open = Callable[..., Workspace]

LINES = [f"line {number}" for number in range(1, 41)]


@pytest.fixture
def long(open_folder: Open, tmp_path: Path) -> Workspace:
    text = "\n".join(LINES) + "\n"
    return open_folder(make_origin(tmp_path / "long", {"m.py": text, "d/n.py": text}).path, "long")


def changed(workspace: Workspace, edits: dict[str, bytes | None]) -> tuple[str, str]:
    base = base_tree(workspace)
    return base, commit_variant(workspace, base, edits=edits, message="x")[0]


def test_a_difference_is_a_unified_patch(workspace: Workspace) -> None:
    base, tree = changed(workspace, {"train.py": b"lr = 0.2\nprint(lr)\n"})
    patch = diff(workspace, base, tree)
    assert patch.splitlines()[2:] == [
        "--- a/train.py",
        "+++ b/train.py",
        "@@ -1,2 +1,2 @@",
        "-lr = 0.1",
        "+lr = 0.2",
        " print(lr)",
    ]
    assert diff(workspace, base, base) == ""


@pytest.mark.parametrize(
    "edits",
    [
        {"train.py": b"lr = 0.2\n"},
        {"train.py": b"no newline at the end"},
        {"new/file.py": b"x\n", "README.md": None},
        {"latin.txt": b"caf\xe9\n", "train.py": b"\xff\n"},
        {"zeros.bin": bytes(range(256)) * 10},
        {"empty.py": b""},
        {"crlf.txt": b"a\r\nb\r\n"},
        {"sp ace/\u00fc.py": b"x\n"},
        {"train.py": None, "README.md": None},
    ],
)
def test_a_difference_applied_gives_the_other_tree(
    edits: dict[str, bytes | None], workspace: Workspace
) -> None:
    base, tree = changed(workspace, edits)
    patch = diff(workspace, base, tree)
    assert patch.encode()
    assert apply_patch(workspace, base, patch) == tree
    assert apply_patch(workspace, tree, diff(workspace, tree, base)) == base


def test_attributes_of_the_repository_do_not_hide_a_difference(
    open_folder: Open, origin: Origin
) -> None:
    origin.commit({".gitattributes": "*.py -diff\n"})
    made = open_folder(origin.path)
    base, tree = changed(made, {"train.py": b"lr = 0.2\n"})
    assert "+lr = 0.2" in diff(made, base, tree)


HUNK = "@@ -1,2 +1,2 @@\n-lr = 0.1\n+lr = 9\n print(lr)\n"
PLAIN = f"--- a/train.py\n+++ b/train.py\n{HUNK}"
FOREIGN = [
    PLAIN,
    PLAIN.removesuffix("\n"),
    PLAIN.replace("\n", "\r\n"),
    PLAIN.replace("a/", "").replace("b/", ""),
    f"--- train.py.orig\t2021-01-01\n+++ train.py\t2021-01-02\n{HUNK}",
    f"Words before.\n\ndiff --git a/train.py b/train.py\n{PLAIN}".replace("-1,2 +1,2", "-1,7 +1,9"),
    "--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@ none\n-lr = 0.1\n+lr = 9\n",
]


@pytest.mark.parametrize("patch", FOREIGN)
def test_patches_from_other_tools_apply_too(patch: str, workspace: Workspace) -> None:
    tree = apply_patch(workspace, base_tree(workspace), patch)
    assert GitTree(workspace, tree).read("train.py") == b"lr = 9\nprint(lr)\n"


def test_a_patch_without_context_has_to_be_for_this_version(long: Workspace) -> None:
    base, tree = changed(long, {"m.py": "\n".join(["new", *LINES, ""]).encode()})
    text = f"diff --git a/m.py b/m.py\nindex {{}}..1234567 100644\n{PLAIN}".replace("train", "m")
    patch = text.replace(HUNK, "@@ -30,0 +31 @@\n+added\n")
    repo = Path(long.root) / "repo"
    blobs = [
        subprocess.check_output(["git", "rev-parse", f"{one}:m.py"], cwd=repo, text=True)
        for one in (base, tree)
    ]
    applied = apply_patch(long, base, patch.format(blobs[0][:8]))
    assert b"line 30\nadded\nline 31" in GitTree(long, applied).read("m.py")
    with pytest.raises(TunableError, match="another version"):
        apply_patch(long, tree, patch.format(blobs[0][:8]))


def test_a_patch_saved_with_crlf_fits_a_file_with_crlf(workspace: Workspace) -> None:
    _, tree = changed(workspace, {"train.py": b"lr = 0.1\r\nprint(lr)\r\n"})
    applied = apply_patch(workspace, tree, PLAIN.replace("\n", "\r\n"))
    assert GitTree(workspace, applied).read("train.py") == b"lr = 9\r\nprint(lr)\r\n"


def test_lines_that_have_moved_are_found(long: Workspace) -> None:
    base, tree = changed(long, {"m.py": "\n".join([*LINES[:30], "new", *LINES[30:]]).encode()})
    patch = diff(long, base, tree)
    _, moved = changed(long, {"m.py": ("\n" * 7 + "\n".join(LINES) + "\n").encode()})
    applied = apply_patch(long, moved, patch.replace("\\ No newline at end of file\n", ""))
    assert b"line 30\nnew\nline 31" in GitTree(long, applied).read("m.py")


def test_a_patch_that_does_not_fit_names_file_and_hunk_and_shows_the_place(
    long: Workspace,
) -> None:
    lines = list(LINES)
    lines[4], lines[30] = "first change", "second change"
    base, tree = changed(long, {"m.py": "\n".join([*lines, ""]).encode()})
    patch = diff(long, base, tree)
    drifted = list(LINES)
    drifted[31] = "somebody else was here"
    _, other = changed(long, {"m.py": "\n".join([*drifted, ""]).encode()})
    with pytest.raises(TunableError) as caught:
        apply_patch(long, other, patch)
    error = caught.value
    assert (error.facts["file"], error.facts["hunk"]) == ("m.py", 2)
    assert "'m.py', hunk 2" in error.message
    assert "somebody else was here" in error.message
    assert "line 32" in error.message
    assert error.hint


def test_what_holds_no_change_is_told_in_words_of_ours(workspace: Workspace) -> None:
    """Git proposes an option that is none of ours."""
    with pytest.raises(TunableError, match="there is no change in it") as caught:
        apply_patch(workspace, base_tree(workspace), "hello\n")
    assert "--allow-empty" not in caught.value.message


@pytest.mark.parametrize(
    "patch",
    [
        "",
        "no patch at all",
        "--- a/missing.py\n+++ b/missing.py\n@@ -1 +1 @@\n-a\n+b\n",
        "--- /dev/null\n+++ b/../evil.py\n@@ -0,0 +1 @@\n+x\n",
        "--- /dev/null\n+++ b/.git/hooks/x\n@@ -0,0 +1 @@\n+x\n",
        "--- /dev/null\n+++ /etc/evil\n@@ -0,0 +1 @@\n+x\n",
        "--- a/train.py\n+++ b/train.py\n@@ -1,2 +1,2 @@\n-lr",
    ],
)
def test_what_is_no_patch_for_this_tree_is_refused(patch: str, workspace: Workspace) -> None:
    with pytest.raises(TunableError) as caught:
        apply_patch(workspace, base_tree(workspace), patch)
    assert caught.value.exit_code == 2
    assert caught.value.hint
