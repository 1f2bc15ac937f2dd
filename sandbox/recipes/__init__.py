"""Recipes, experiments, cards, problems and their files; mistakes are named with file and key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lazily import lazily

if TYPE_CHECKING:
    from sandbox.recipes.folders import (
        PROBLEMS,
        Listing,
        bundled_folder,
        card_names,
        find_card,
        find_experiment,
        find_recipe,
        glance,
        known_recipe,
        list_cards,
        list_recipes,
    )
    from sandbox.recipes.nouns import Card, Experiment, Recipe
    from sandbox.recipes.problems import Problem, load_problem_file, load_problems
    from sandbox.recipes.reading import load_card, load_experiment, load_recipe
    from sandbox.recipes.tables import SIZE_LIMIT
    from sandbox.recipes.wording import problem_of, stems

__all__ = [
    "PROBLEMS",
    "SIZE_LIMIT",
    "Card",
    "Experiment",
    "Listing",
    "Problem",
    "Recipe",
    "bundled_folder",
    "card_names",
    "find_card",
    "find_experiment",
    "find_recipe",
    "glance",
    "known_recipe",
    "list_cards",
    "list_recipes",
    "load_card",
    "load_experiment",
    "load_problem_file",
    "load_problems",
    "load_recipe",
    "problem_of",
    "stems",
]

__getattr__ = lazily(
    __name__,
    {
        "sandbox.recipes.folders": (
            "PROBLEMS Listing bundled_folder card_names find_card find_experiment find_recipe "
            "glance known_recipe list_cards list_recipes"
        ),
        "sandbox.recipes.nouns": "Card Experiment Recipe",
        "sandbox.recipes.problems": "Problem load_problem_file load_problems",
        "sandbox.recipes.reading": "load_card load_experiment load_recipe",
        "sandbox.recipes.tables": "SIZE_LIMIT",
        "sandbox.recipes.wording": "problem_of stems",
    },
)
