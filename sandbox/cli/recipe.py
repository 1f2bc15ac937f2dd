"""sandbox recipe: what it takes to run a repository well."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sandbox.cli import options

app = typer.Typer(
    help="Recipes: what it takes to run a repository well.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_recipes(*, json: options.Json = False) -> None:
    """List the recipes.

    Example: sandbox recipe list
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    found = api.list_recipes(options.connected())
    for error in found.errors:
        talking.Talk().tell(f"passed over: {error.message}")
    if json:
        talking.write_json({"recipes": [shapes.recipe(one) for one in found.recipes]})
        return
    rows = [(one.name, one.title, one.repo, one.entry) for one in found.recipes]
    talking.print_table(("recipe", "what", "repository", "entry"), rows)


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="The recipe.")],
    *,
    json: options.Json = False,  # noqa: ARG001 - it is JSON anyway
) -> None:
    """Show one recipe, as JSON.

    Example: sandbox recipe show makemore
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    talking.write_json(shapes.recipe(api.find_recipe(options.connected(), name)))


@app.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="Recipe files, or a problems.toml.")],
    *,
    json: options.Json = False,
) -> None:
    """Check recipe files.

    Example: sandbox recipe check my-recipe.toml
    """
    from sandbox.cli import talking

    fine = {str(file): _title(file) for file in files}
    if json:
        talking.write_json({"fine": fine})
        return
    for file, title in fine.items():
        talking.say(f"{file}: fine ({title})")


def _title(file: Path) -> str:
    from sandbox.recipes import PROBLEMS, load_problem_file, load_recipe

    if file.name == PROBLEMS:
        return f"problems: {len(load_problem_file(file))}"
    return load_recipe(file).title
