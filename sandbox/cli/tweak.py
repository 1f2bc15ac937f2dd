"""sandbox tweak: built-in tweaks of code that work across repositories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from sandbox.cli import options
from sandbox.errors import InputError

app = typer.Typer(
    help="Built-in tweaks of code: another optimizer, no dropout, fewer epochs, …",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Words = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME[=VALUE]…", help="Tweaks, as listed by: sandbox tweak list TARGET."
    ),
]
Entry = Annotated[
    str | None,
    typer.Option("--entry", help="The script or notebook; left out, the best one is taken."),
]


@app.command("list")
def list_tweaks(
    target: options.Target, entry: options.Entry = None, *, json: options.Json = False
) -> None:
    """List the tweaks that apply to a script or notebook, and what they would change it to.

    Example: sandbox tweak list makemore makemore.py
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    chosen, found = api.list_tweaks(options.connected(), target, entry)
    if json:
        tweaks = [shapes.tunable(one) for one in found]
        talking.write_json({"entry": chosen.path, "tweaks": tweaks})
        return
    talking.print_table(
        ("tweak", "now", "try", "where", "what"),
        [shapes.tweak_row(one) for one in found],
        title=f"\ntweaks of {chosen.path} ({len(found)})",
    )
    if found:
        shown = shapes.tweak_command(target, entry, found[0])
        talking.say(f"what one would change: {shown}")


@app.command("show")
def show(
    target: options.Target, words: Words, *, entry: Entry = None, json: options.Json = False
) -> None:
    """Show as a diff what tweaks would change; nothing is changed.

    Example: sandbox tweak show makemore swap-optimizer=SGD
    """
    from sandbox import api
    from sandbox.cli import talking

    found = api.preview_tweaks(options.connected(), target, _wanted(words), entry)
    if json:
        talking.write_json({"entry": found.entry.path, "patch": found.patch})
    elif found.patch:
        talking.say_patch(found.patch)
    else:
        talking.say(f"nothing changes: {found.entry.path} has it so already")


@app.command("apply")
def apply(
    target: options.Target, words: Words, *, entry: Entry = None, json: options.Json = False
) -> None:
    """Make tweaks in the workspace's own files, where later runs start from.

    Example: sandbox tweak apply makemore swap-optimizer=SGD
    """
    from sandbox import api
    from sandbox.cli import talking

    found, paths = api.apply_tweaks(options.connected(), target, _wanted(words), entry)
    if json:
        talking.write_json({"entry": found.entry.path, "changed": list(paths)})
        return
    for path in paths:
        talking.say(talking.one_line(f"changed: {found.workspace.root}/repo/{path}"))


def _wanted(words: Sequence[str]) -> dict[str, str]:
    """A name without a value is a switch to be on."""
    wanted: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not name.strip() or (equals and not value.strip()):
            raise InputError(
                f"{word} is not NAME=VALUE", hint="for example: swap-optimizer=SGD, or no-dropout"
            )
        if name.strip() in wanted:
            raise InputError(f"{name.strip()} is given twice", hint="give it one value")
        wanted[name.strip()] = value.strip() if equals else "on"
    return wanted
