"""All commands, in the order in which a newcomer meets them."""

from __future__ import annotations

from importlib import import_module

import typer

_COMMANDS = {
    "demo": "demo",
    "find": "find",
    "open": "open_target",
    "sync": "sync",
    "list": "list_workspaces",
    "rm": "remove",
    "build": "build",
    "scan": "scan",
    "explain": "explain",
    "tweak": "tweak",
    "run": "run",
    "sweep": "sweep",
    "compare": "compare",
    "diff": "diff",
    "note": "note",
    "journal": "journal",
    "checkout": "checkout",
    "apply": "apply",
    "publish": "publish",
    "ui": "ui",
    "recipe": "recipe",
    "doctor": "doctor",
    "clean": "clean",
}
"""Word → module of this room, whose `command` it is, or whose `app` of several."""


def application(word: str | None = None) -> typer.Typer:
    """The whole command line; where the first word is known, with that command only.

    The others need not be imported then: half of what a small command takes is its start.
    """
    made = typer.Typer(
        name="sandbox",
        help="Open other people's machine-learning repositories in isolated workspaces, tweak them,"
        " and see what mattered.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    made.callback()(_nothing)
    for name in [word] if word in _COMMANDS else _COMMANDS:
        module = import_module(f"sandbox.cli.{_COMMANDS[str(name)]}")
        if hasattr(module, "app"):
            made.add_typer(module.app, name=name)
        else:
            made.command(name)(module.command)
    return made


def _nothing() -> None:
    """With it a single command keeps its name."""
