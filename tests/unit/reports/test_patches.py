"""Patches as lines to be shown."""

from __future__ import annotations

from sandbox.comparing import text_difference
from sandbox.reports.patches import MOST_LINES, patch_lines, text_lines

PATCH = """diff --git a/train.py b/train.py
index 1..2 100644
--- a/train.py
+++ b/train.py
@@ -1,3 +1,3 @@ def f():
 same
--- was a comment of SQL
+++ is one too
 end
diff --git a/x.png b/x.png
GIT binary patch
literal 3
zcmZ
"""


def told(patch: str) -> list[tuple[str, str]]:
    return [(line.kind, "".join(one.text for one in line.pieces)) for line in patch_lines(patch)]


def test_lines_are_told_by_where_they_stand_not_by_how_they_look() -> None:
    assert told(PATCH) == [
        ("file", "train.py"),
        ("place", "@@ -1,3 +1,3 @@ def f():"),
        ("same", "same"),
        ("removed", "-- was a comment of SQL"),
        ("added", "++ is one too"),
        ("same", "end"),
        ("file", "x.png"),
        ("place", "binary files differ"),
    ]


def test_what_changed_within_a_line_is_marked() -> None:
    removed, added = text_lines("lr = 0.1", "lr = 0.01")[1:]
    assert [one.text for one in removed.pieces if one.is_marked] == ["1"]
    assert [one.text for one in added.pieces if one.is_marked] == ["01"]
    assert "".join(one.text for one in added.pieces) == "lr = 0.01"


def test_controls_are_seen_and_long_lines_and_long_patches_are_cut() -> None:
    [line] = text_lines("a", "a\n\x1b[2J\u202e" + "x" * 9000)[-1:]
    assert line.pieces[0].text.startswith("␛[2J\ufffd")
    assert len(line.pieces[0].text) == 2000
    many = text_difference("", "\n".join(map(str, range(9000))))
    assert len(patch_lines(many)) == MOST_LINES + 1


def test_nothing_is_no_line() -> None:
    assert patch_lines("") == []
    assert text_lines("a", "a") == []
