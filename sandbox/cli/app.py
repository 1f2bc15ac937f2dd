"""All commands, in the order in which a newcomer meets them."""

from __future__ import annotations

import typer

from sandbox.cli import (
    apply,
    build,
    checkout,
    clean,
    compare,
    demo,
    diff,
    doctor,
    explain,
    find,
    journal,
    list_workspaces,
    note,
    open_target,
    publish,
    recipe,
    remove,
    run,
    scan,
    sweep,
    sync,
    tweak,
    ui,
)

app = typer.Typer(
    name="sandbox",
    help="Open other people's machine-learning repositories in isolated workspaces, tweak them,"
    " and see what mattered.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.command("demo")(demo.command)
app.command("find")(find.command)
app.command("open")(open_target.command)
app.command("sync")(sync.command)
app.command("list")(list_workspaces.command)
app.command("rm")(remove.command)
app.command("build")(build.command)
app.command("scan")(scan.command)
app.command("explain")(explain.command)
app.add_typer(tweak.app, name="tweak")
app.command("run")(run.command)
app.command("sweep")(sweep.command)
app.command("compare")(compare.command)
app.command("diff")(diff.command)
app.command("note")(note.command)
app.command("journal")(journal.command)
app.command("checkout")(checkout.command)
app.command("apply")(apply.command)
app.command("publish")(publish.command)
app.command("ui")(ui.command)
app.add_typer(recipe.app, name="recipe")
app.command("doctor")(doctor.command)
app.command("clean")(clean.command)
