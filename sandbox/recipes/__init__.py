"""Recipes and experiments, and their files; every mistake is named with its file and key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lazily import lazily

if TYPE_CHECKING:
    from sandbox.recipes.folders import (
        Listing,
        bundled_folder,
        find_experiment,
        find_recipe,
        known_recipe,
        list_recipes,
    )
    from sandbox.recipes.nouns import Experiment, Recipe
    from sandbox.recipes.reading import SIZE_LIMIT, load_experiment, load_recipe

__all__ = [
    "SIZE_LIMIT",
    "Experiment",
    "Listing",
    "Recipe",
    "bundled_folder",
    "find_experiment",
    "find_recipe",
    "known_recipe",
    "list_recipes",
    "load_experiment",
    "load_recipe",
]

__getattr__ = lazily(
    __name__,
    {
        "sandbox.recipes.folders": (
            "Listing bundled_folder find_experiment find_recipe known_recipe list_recipes"
        ),
        "sandbox.recipes.nouns": "Experiment Recipe",
        "sandbox.recipes.reading": "SIZE_LIMIT load_experiment load_recipe",
    },
)
