from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from sandbox.errors import RecipeError
from sandbox.recipes import (
    bundled_folder,
    find_experiment,
    find_recipe,
    list_recipes,
    load_experiment,
    load_recipe,
)

RECIPE = """
title = "A title"
repo = "owner/name"
entry = "train.py"
"""
EXPERIMENT = """
question = "Which?"
target = "owner/name"
"""


def written(folder: Path, text: str, name: str = "one.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_bundled_recipe_loads() -> None:
    listing = list_recipes([bundled_folder("recipes")])
    assert listing.errors == ()
    assert {recipe.name for recipe in listing.recipes} >= {"digits", "makemore"}
    for recipe in listing.recipes:
        assert recipe.title
        assert recipe.metrics, "a recipe says which way is better"
        assert recipe.repo.startswith("/") or len(recipe.commit or "") == 40


def test_every_bundled_experiment_loads_and_names_a_recipe_that_is_there() -> None:
    recipes = {recipe.name for recipe in list_recipes([bundled_folder("recipes")]).recipes}
    paths = sorted(bundled_folder("experiments").glob("*.toml"))
    assert paths
    for path in paths:
        experiment = load_experiment(path)
        assert experiment.target in recipes
        assert experiment.question.endswith("?")
        recipe = find_recipe(experiment.target, [bundled_folder("recipes")])
        assert set(experiment.tweaks) <= set(recipe.tunables)


def test_the_digits_experiment_asks_twelve_variants() -> None:
    digits = find_experiment("digits", [bundled_folder("experiments")])
    assert len(digits.tweaks["C"]) * len(digits.tweaks["gamma"]) == 12


def test_bundled_files_are_part_of_a_wheel(root: Path) -> None:
    """`bundled_folder` looks inside the package first; this is what puts them there."""
    project = tomllib.loads((root / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for kind in ("recipes", "experiments", "examples"):
        assert included[kind] == f"sandbox/bundled/{kind}"


def test_a_recipe_says_all_that_it_holds(tmp_path: Path) -> None:
    text = """
        commit = "988aa59e4d8fefa526d06f3b453ad116258398d4"
        description = "words"
        python = 3.8
        packages = ["torch>=1"]
        as_of = 2022-11-20
        arguments = ["--steps", 100, "--rate", 1e-3]
        as_module = true
        cwd = "src"
        timeout = "1m30s"
        [tunables]
        lr = [1e-3, 5e-4]
        [metrics]
        loss = "min"
    """
    recipe = load_recipe(written(tmp_path, RECIPE + text, "a-name.toml"))
    assert recipe.name == "a-name"
    assert recipe.python == "3.8"
    assert recipe.as_of == "2022-11-20"
    assert recipe.arguments == ("--steps", "100", "--rate", "1e-3")
    assert recipe.as_module
    assert recipe.cwd == "src"
    assert recipe.timeout_s == 90.0
    assert recipe.tunables == {"lr": ("1e-3", "5e-4")}
    assert recipe.metrics == {"loss": "min"}


@pytest.mark.parametrize(
    ("toml", "text"),
    [
        ("1e-3", "1e-3"),
        ("0.10", "0.10"),
        ("1_000.5", "1000.5"),
        ("1_000", "1000"),
        ("true", "True"),
        ('"true"', "true"),
        ("inf", "inf"),
        ('"[64, 64]"', "[64, 64]"),
        ("'a,b'", "a,b"),
    ],
)
def test_values_are_text_as_one_types_it(tmp_path: Path, toml: str, text: str) -> None:
    experiment = load_experiment(written(tmp_path, f"{EXPERIMENT}[tweaks]\nx = [{toml}]\n"))
    assert experiment.tweaks == {"x": (text,)}
    assert all(type(value) is str for value in experiment.tweaks["x"])


def test_one_value_needs_no_list_and_names_may_have_dots(tmp_path: Path) -> None:
    text = f'{EXPERIMENT}[tweaks]\nAdam.lr = 0.1\n"cell 7: lr" = [1, 2]\n'
    experiment = load_experiment(written(tmp_path, text))
    assert experiment.tweaks == {"Adam.lr": ("0.1",), "cell 7: lr": ("1", "2")}


def test_folders_with_a_dot_start_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    text = RECIPE.replace("owner/name", "../examples/x")
    recipe = load_recipe(written(tmp_path / "recipes", text))
    assert recipe.repo == str(tmp_path.resolve() / "examples" / "x")
    plain = load_recipe(written(tmp_path, RECIPE))
    assert plain.repo == "owner/name"


def test_patches_are_found_beside_the_experiment(tmp_path: Path) -> None:
    (tmp_path / "wide.patch").write_text("")
    experiment = load_experiment(written(tmp_path, f'{EXPERIMENT}patches = ["wide.patch"]'))
    assert experiment.patches == (str(tmp_path / "wide.patch"),)
    with pytest.raises(RecipeError, match=r"narrow\.patch"):
        load_experiment(written(tmp_path, f'{EXPERIMENT}patches = ["narrow.patch"]'))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('titel = "x"', "unknown key 'titel'"),
        ("repeats = 2", "unknown key 'repeats'"),
        ('entry2 = "a"', "unknown key 'entry2'"),
        ("as_module = 1", "as_module is 1: expected a valid boolean"),
        ('timeout = "soon"', "timeout is 'soon': expected a time like 90s"),
        ("timeout = -1", "timeout is -1"),
        ('as_of = "yesterday"', "expected a date like"),
        ("packages = [1]", "packages.0 is 1: expected text"),
        ('cwd = "../up"', "cwd is '../up': expected a path inside"),
        ('cwd = "/abs"', "expected a path inside"),
        ('commit = "main"', "commit is 'main'"),
        ('metrics = {loss = "down"}', "metrics.loss is 'down': expected 'min' or 'max'"),
        ("tunables = {lr = []}", "tunables.lr is []"),
        ("tunables = {lr = [[1]]}", "expected a number, true, false or text"),
        ("tunables = [1]", "tunables is"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_key(tmp_path: Path, line: str, said: str) -> None:
    path = written(tmp_path, f"{RECIPE}{line}\n")
    with pytest.raises(RecipeError, match=re.escape(said)) as caught:
        load_recipe(path)
    assert caught.value.message.startswith(f"{path}: ")
    assert caught.value.hint


def test_a_misspelt_key_is_answered_with_the_right_one(tmp_path: Path) -> None:
    with pytest.raises(RecipeError) as caught:
        load_recipe(written(tmp_path, RECIPE.replace("title", "titel")))
    assert caught.value.hint == "did you mean 'title'?"
    assert "and 1 more" in caught.value.message


def test_a_key_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="'entry' is missing"):
        load_recipe(written(tmp_path, RECIPE.replace('entry = "train.py"', "")))


@pytest.mark.parametrize("data", [b"a = ", b"\xff\xfe", b"[" * 100_000, b"a = " + b"[" * 100_000])
def test_what_is_no_toml_is_said(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "one.toml").write_bytes(data)
    with pytest.raises(RecipeError, match="cannot read"):
        load_recipe(tmp_path / "one.toml")


def test_files_that_are_absent_folders_or_huge_are_said(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no such file"):
        load_recipe(tmp_path / "absent.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(RecipeError, match="cannot read"):
        load_recipe(tmp_path / "folder.toml")
    with pytest.raises(RecipeError, match="larger than"):
        load_recipe(written(tmp_path, "#" * 1_000_001))


def test_the_first_folder_wins_and_near_names_are_offered(tmp_path: Path) -> None:
    for folder in ("mine", "theirs"):
        (tmp_path / folder).mkdir()
        written(tmp_path / folder, RECIPE.replace("A title", folder), "makemore.toml")
    folders = [tmp_path / "mine", tmp_path / "theirs", tmp_path / "absent"]
    assert find_recipe("makemore", folders).title == "mine"
    assert [recipe.title for recipe in list_recipes(folders).recipes] == ["mine"]
    with pytest.raises(RecipeError) as caught:
        find_recipe("makmore", folders)
    assert caught.value.hint == "did you mean 'makemore'?"
    with pytest.raises(RecipeError, match="no recipe called"):
        find_recipe("../mine/makemore", folders)


def test_one_broken_recipe_does_not_hide_the_others(tmp_path: Path) -> None:
    written(tmp_path, RECIPE, "good.toml")
    written(tmp_path, "broken", "bad.toml")
    listing = list_recipes([tmp_path])
    assert [recipe.name for recipe in listing.recipes] == ["good"]
    assert len(listing.errors) == 1


def test_an_experiment_counts_repeats_and_jobs_in_whole_numbers(tmp_path: Path) -> None:
    experiment = load_experiment(
        written(tmp_path, f"{EXPERIMENT}repeats = 3\nbaseline_repeats = 5\njobs = 2\n")
    )
    assert (experiment.repeats, experiment.baseline_repeats, experiment.jobs) == (3, 5, 2)
    for line in ("repeats = 0", "repeats = 1.5", 'repeats = "3"', "jobs = 0", "repeats = true"):
        with pytest.raises(RecipeError, match=line.split(maxsplit=1)[0]):
            load_experiment(written(tmp_path, f"{EXPERIMENT}{line}\n"))
