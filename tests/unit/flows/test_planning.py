from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import api
from sandbox.errors import TunableError
from sandbox.flows.questions.making import make_variant
from sandbox.flows.questions.planning import pose, single_point

SCRIPT = """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--bias", type=bool, default=True)
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--width", type=int, default=4)
if __name__ == "__main__":
    print("loss:", parser.parse_args().bias)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "studied"
    made.mkdir()
    (made / "train.py").write_text(SCRIPT)
    return made


def test_what_is_odd_about_a_tweak_goes_with_the_variant(folder: Path, tmp_path: Path) -> None:
    """`type=bool` takes every text but the empty one for true."""
    context = api.connect(tmp_path / "home")
    opened = api.open_workspace(context, str(folder))
    question = pose(context, opened, api.Request("studied", "train.py", {"bias": ("false",)}))

    variant = make_variant(question, single_point(question))

    assert variant.arguments == ("--bias", "")
    assert any("bias" in note for note in variant.notes)


def test_what_a_recipe_finds_worth_trying_goes_before_what_the_code_suggests(
    folder: Path,
    tmp_path: Path,
) -> None:
    (tmp_path / "home" / "recipes").mkdir(parents=True)
    (tmp_path / "home" / "recipes" / "mine.toml").write_text(
        f'title = "Mine"\nrepo = "{folder}"\nentry = "train.py"\n'
        "[tunables]\n--lr = [0.5, 0.7]\ndepth = [1]\n"
    )
    context = api.connect(tmp_path / "home")
    opened = api.open_workspace(context, "mine")
    found = pose(context, opened, api.Request("mine", tweaks={"lr": (), "width": ()})).values
    assert found["lr"] == ("0.5", "0.7")
    assert found["width"]
    assert "0.5" not in found["width"]
    given = pose(context, opened, api.Request("mine", tweaks={"lr": ("3",)})).values
    assert given["lr"] == ("3",)


def test_one_tunable_by_two_names_is_refused(folder: Path, tmp_path: Path) -> None:
    context = api.connect(tmp_path / "home")
    opened = api.open_workspace(context, str(folder))
    twice = api.Request("studied", "train.py", {"width": ("1",), "--width": ("2",)})
    with pytest.raises(TunableError, match="width and --width are one tunable"):
        pose(context, opened, twice)


def test_patches_of_one_name_are_told_apart_by_their_paths(folder: Path, tmp_path: Path) -> None:
    for name in ("a/fix.patch", "b/fix.patch", "c.patch"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    context = api.connect(tmp_path / "home", folder=tmp_path)
    opened = api.open_workspace(context, str(folder))
    paths = ("a/fix.patch", "b/fix.patch", "c.patch", "c.patch")
    question = pose(context, opened, api.Request("studied", "train.py", patches=paths))
    assert question.patches == {
        "a/fix.patch": "a/fix.patch",
        "b/fix.patch": "b/fix.patch",
        "c.patch": "c.patch",
    }


ENDLESS = {
    "argparse": (
        "import argparse\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('--max-steps', type=int, default=-1)\nargs = parser.parse_args()\n"
    ),
    "fire": "import fire\ndef main(max_steps=-1): ...\nfire.Fire(main)\n",
    "hydra": (
        "import hydra\n@hydra.main(config_path='.', config_name='conf')\n"
        "def main(cfg): ...\nmain()\n"
    ),
}


@pytest.mark.parametrize(
    ("library", "values", "arguments"),
    [
        ("argparse", ("100,200",), ("--max-steps", "100")),
        ("argparse", ("-1,50..90",), ("--max-steps", "50")),
        ("argparse", ("-1",), ()),
        ("fire", ("100",), ("--max_steps=100",)),
        ("hydra", ("100",), ("max_steps=100",)),
    ],
)
def test_an_endless_baseline_ends_in_the_words_of_its_library(
    folder: Path, tmp_path: Path, library: str, values: tuple[str, ...], arguments: tuple[str, ...]
) -> None:
    """With the first value that ends, of a range its beginning."""
    (folder / "train.py").write_text(ENDLESS[library])
    (folder / "conf.yaml").write_text("max_steps: -1\n")
    context = api.connect(tmp_path / "home")
    opened = api.open_workspace(context, str(folder))
    request = api.Request("studied", "train.py", {"max_steps": values})

    question = pose(context, opened, request)

    assert question.arguments == arguments
    assert any("which never ends" in note for note in question.notes) is bool(arguments)


@pytest.mark.parametrize(
    ("library", "words"), [("argparse", ("--max-steps=7",)), ("hydra", ("max_steps=7",))]
)
def test_a_baseline_that_is_given_an_end_keeps_it(
    folder: Path, tmp_path: Path, library: str, words: tuple[str, ...]
) -> None:
    (folder / "train.py").write_text(ENDLESS[library])
    (folder / "conf.yaml").write_text("max_steps: -1\n")
    context = api.connect(tmp_path / "home")
    opened = api.open_workspace(context, str(folder))
    request = api.Request("studied", "train.py", {"max_steps": ("100",)}, arguments=words)
    assert pose(context, opened, request).arguments == words
