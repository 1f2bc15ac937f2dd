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
    """All concepts that there is a card of, by name; one that does not load is told."""
    cards, errors = recipes.list_cards(context.recipes)
    for error in errors:
        context.tell(f"passed over: {error.message}")
    return cards


def explain(context: Context, name: str) -> Card:
    """The card of a concept, by the concept's name or that of a tunable (`lr`, `SVC.C`).

    Raises:
        RecipeError: none tells of it; near names are in the hint.
    """
    by_plain_name = {_plain(one): one for one in recipes.card_names(context.recipes)}
    wanted = by_plain_name.get(_plain(name)) or tunables.concept_name(name) or _plain(name)
    return recipes.find_card(wanted, context.recipes)


def _plain(name: str) -> str:
    return "-".join(name.lower().replace("_", " ").replace("-", " ").split())
