"""What is known beforehand: recipes and concept cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import recipes, tunables
from sandbox.flows.context import Context

if TYPE_CHECKING:
    from sandbox.recipes import Card, Listing, Recipe


def list_recipes(context: Context) -> Listing:
    """All recipes, the user's own before the bundled ones, and an error for each that fails."""
    return recipes.list_recipes(context.recipes)


def find_recipe(context: Context, name: str) -> Recipe:
    """The recipe of that name."""
    return recipes.find_recipe(name, context.recipes)


def list_cards(context: Context) -> tuple[Card, ...]:
    """All concepts that there is a card of, by name."""
    return recipes.list_cards(context.recipes)


def explain(context: Context, name: str) -> Card:
    """The card of a concept, by the concept's name or that of a tunable (`lr`, `SVC.C`).

    Raises:
        RecipeError: none tells of it; near names are in the hint.
    """
    plain = "-".join(name.lower().replace("_", " ").split())
    if any(plain == one.name for one in list_cards(context)):
        return recipes.find_card(plain, context.recipes)
    return recipes.find_card(tunables.concept_name(name) or plain, context.recipes)
