"""Built-in tweaks of code in runs and sweeps, with values and patches; on the local engine."""

from __future__ import annotations

import dataclasses
import difflib
from pathlib import Path

import pytest

from sandbox import api
from sandbox.api import Request, Strategy
from sandbox.errors import InputError, TunableError
from sandbox.flows.context import Context
from tests.support.commands import write_repository

SCRIPT = """\
import random

WIDTH = 4
random.seed(7)
total = 0

# As often as it takes.


for epoch in range(6):
    total += WIDTH
print(f"loss: {total}")
print(f"accuracy: {random.random():.6f}")
"""


def patch(old: str, new: str) -> str:
    lines = SCRIPT.splitlines(), SCRIPT.replace(old, new).splitlines()
    return "\n".join(difflib.unified_diff(*lines, "a/train.py", "b/train.py", lineterm="")) + "\n"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    write_repository(tmp_path / "studied", {"train.py": SCRIPT})
    (tmp_path / "start.patch").write_text(patch("total = 0", "total = 100"))
    (tmp_path / "twice.patch").write_text(patch("total += WIDTH", "total += 2 * WIDTH"))
    return api.connect(tmp_path / "home", engine="local", environ={}, folder=tmp_path)


def swept(context: Context, *, cross: bool = False, **tweaks: tuple[str, ...]) -> dict[str, float]:
    """Name of each run → its loss."""
    named = {name.replace("_", "-").replace("tweak-", "tweak:"): tweaks[name] for name in tweaks}
    patches = ("start.patch", "twice.patch") if cross else ()
    request = Request("studied", "train.py", named, patches=patches, cross=cross, jobs=1)
    result = api.sweep(context, request)
    return {run.name: run.metrics["loss"] for run in result.runs}


@pytest.mark.slow
def test_tweaks_of_code_and_values_make_a_grid(context: Context) -> None:
    api.open_workspace(context, "studied")
    found = swept(context, tweak_fewer_epochs=("1,3",), WIDTH=("4,5",))
    assert found == {
        "baseline": 24,
        "fewer-epochs=1 WIDTH=4": 4,
        "fewer-epochs=1 WIDTH=5": 5,
        "fewer-epochs=3 WIDTH=4": 12,
        "fewer-epochs=3 WIDTH=5": 15,
    }


@pytest.mark.slow
def test_patches_are_crossed_with_each_other_when_asked(context: Context) -> None:
    api.open_workspace(context, "studied")
    assert swept(context, cross=True, WIDTH=("5",)) == {
        "baseline": 24,
        "patch=start.patch": 124,
        "patch=twice.patch": 48,
        "patch=start.patch + twice.patch": 148,
        "WIDTH=5": 30,
        "WIDTH=5 patch=start.patch": 130,
        "WIDTH=5 patch=twice.patch": 60,
        "WIDTH=5 patch=start.patch + twice.patch": 160,
    }


@pytest.mark.slow
def test_a_run_has_a_tweak_a_patch_and_a_value_at_once(context: Context) -> None:
    api.open_workspace(context, "studied")
    tweaks = {"WIDTH": ("5",), "tweak:fewer-epochs": ("2",)}
    request = Request("studied", "train.py", tweaks, patches=("start.patch",))
    result = api.run(context, request)
    assert result.runs[0].metrics["loss"] == 110
    assert result.runs[0].name == "WIDTH=5 fewer-epochs=2 patch=start.patch"


def test_what_does_not_apply_is_told_before_anything_is_built(context: Context) -> None:
    api.open_workspace(context, "studied")
    for name, told in (
        ("swap-optimizer", "does not apply to train.py"),
        ("swap-optimzer", "no built-in tweak called"),
        ("fewer-epochs=x", "expected a whole number"),
        ("fewer-epochs=on", "needs a value"),
    ):
        plain, _, value = name.partition("=")
        request = Request("studied", "train.py", {f"tweak:{plain}": (value or "x",)})
        with pytest.raises(TunableError) as caught:
            api.sweep(context, request)
        assert told in caught.value.message
        assert caught.value.hint


def test_too_many_patches_to_cross_are_refused(context: Context, tmp_path: Path) -> None:
    api.open_workspace(context, "studied")
    for number in range(9):
        (tmp_path / f"{number}.patch").write_text((tmp_path / "start.patch").read_text())
    patches = tuple(f"{number}.patch" for number in range(9))
    with pytest.raises(InputError, match="512 combinations"):
        api.sweep(context, Request("studied", "train.py", patches=patches, cross=True))


def test_patches_that_do_not_go_together_are_told_with_both_names(
    context: Context, tmp_path: Path
) -> None:
    api.open_workspace(context, "studied")
    (tmp_path / "other.patch").write_text(patch("total = 0", "total = -1"))
    both = Request(
        "studied", "train.py", patches=("start.patch", "other.patch"), baseline_repeats=1
    )
    with pytest.raises(TunableError, match=r"other\.patch does not go together with start") as told:
        api.sweep(context, dataclasses.replace(both, cross=True))
    assert "without --cross" in (told.value.hint or "")
    assert len(api.sweep(context, both).runs) == 3


def test_patches_without_context_keep_their_places_when_crossed(
    context: Context, tmp_path: Path
) -> None:
    api.open_workspace(context, "studied")
    head = "--- a/train.py\n+++ b/train.py\n"
    (tmp_path / "top.patch").write_text(f"{head}@@ -0,0 +1,2 @@\n+import os\n+import sys\n")
    (tmp_path / "late.patch").write_text(f"{head}@@ -11,0 +12 @@\n+    total += 1\n")
    both = ("top.patch", "late.patch")
    runs = api.sweep(context, Request("studied", "train.py", patches=both, cross=True)).runs
    assert {run.name: run.metrics["loss"] for run in runs} == {
        "baseline": 24,
        "patch=top.patch": 24,
        "patch=late.patch": 30,
        "patch=top.patch + late.patch": 30,
    }


def test_what_a_patch_leaves_no_place_for_is_told_with_its_name(
    context: Context, tmp_path: Path
) -> None:
    api.open_workspace(context, "studied")
    (tmp_path / "once.patch").write_text(patch("for epoch in range(6):", "if True:"))
    for name, told in (("tweak:fewer-epochs", "does not apply"), ("range.epoch", "there is no")):
        request = Request("studied", "train.py", {name: ("2",)}, patches=("once.patch",))
        with pytest.raises(TunableError, match=rf"with once\.patch: .*{told}"):
            api.sweep(context, request)


def test_a_tweak_is_shown_as_a_diff_and_made_in_the_workspace(context: Context) -> None:
    root = Path(api.open_workspace(context, "studied").workspace.root)
    found = api.preview_tweaks(context, "studied", {"fewer-epochs": "1"}, "train.py")
    assert "-for epoch in range(6):\n+for epoch in range(6)[:1]:\n" in found.patch
    assert (root / "repo" / "train.py").read_text() == SCRIPT
    _, paths = api.apply_tweaks(context, "studied", {"fewer-epochs": "1"}, "train.py")
    assert paths == ("train.py",)
    assert "range(6)[:1]" in (root / "repo" / "train.py").read_text()
    with pytest.raises(TunableError, match="nothing changes"):
        api.apply_tweaks(context, "studied", {"fix-seed": "7"}, "train.py")


def test_scan_lists_what_applies(context: Context) -> None:
    found = api.scan(context, "studied", "train.py")
    assert [one.name for one in found.tweaks] == ["fix-seed", "fewer-epochs"]
    entry, tweaks = api.list_tweaks(context, "studied")
    assert entry.path == "train.py"
    assert tweaks == found.tweaks


@pytest.mark.slow
def test_repeats_start_from_the_seed_that_a_tweak_has_set(context: Context) -> None:
    api.open_workspace(context, "studied")
    request = Request(
        "studied",
        "train.py",
        {"tweak:fix-seed": ("1", "20")},
        repeats=2,
        jobs=1,
        baseline_repeats=1,
    )
    drawn = [run.metrics["accuracy"] for run in api.sweep(context, request).runs]
    assert len(drawn) == len(set(drawn)) == 6


SETTINGS = "GRID = {'a': 1, 'b': 2}\nprint(f\"loss: {GRID['a'] + 10 * GRID['b']}\")\n"


def test_a_dict_and_a_value_in_it_are_tried_one_at_a_time_but_not_together(
    context: Context, tmp_path: Path
) -> None:
    write_repository(tmp_path / "settings", {"train.py": SETTINGS})
    (tmp_path / "more.patch").write_text(
        "--- a/train.py\n+++ b/train.py\n@@ -1,2 +1,3 @@\n GRID = {'a': 1, 'b': 2}\n+# more\n"
        f" {SETTINGS.splitlines()[1]}\n"
    )
    tweaks = {"GRID": ("{'a': 3, 'b': 4}",), "GRID.a": ("5",)}
    request = Request("settings", "train.py", tweaks, patches=("more.patch",), jobs=1)
    with pytest.raises(TunableError, match=r"is a part of 'GRID'"):
        api.sweep(context, request)
    alone = dataclasses.replace(request, strategy=Strategy(sampler="one-at-a-time"))
    found = {run.name: run.metrics["loss"] for run in api.sweep(context, alone).runs}
    assert found == {
        "baseline": 21,
        "GRID={'a': 3, 'b': 4}": 43,
        "GRID.a=5": 25,
        "patch=more.patch": 21,
        "GRID={'a': 3, 'b': 4} patch=more.patch": 43,
        "GRID.a=5 patch=more.patch": 25,
    }
