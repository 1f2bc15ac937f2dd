"""sandbox publish: a run's change on the user's fork, as a pull request, or as a gist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sandbox.cli import options

if TYPE_CHECKING:
    from sandbox.api import Publication


def command(
    run: options.Run,
    *,
    pull_request: Annotated[
        bool, typer.Option("--pr", help="Open a draft pull request upstream, too.")
    ] = False,
    gist: Annotated[
        bool, typer.Option("--gist", help="The executed notebook and a report, as a secret gist.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show everything that would leave; send nothing.")
    ] = False,
    despite_secrets: Annotated[
        bool, typer.Option("--despite-secrets", help="What looks like a secret is none.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Push a run's change as a branch to your fork, with what it did and how to see it again.

    Example: sandbox publish lr=0.1 --dry-run
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    wish = api.Wish(pull_request=pull_request, gist=gist, despite_secrets=despite_secrets)
    done = api.publish(options.connected(), run, wish, dry_run=dry_run)
    if json:
        talking.write_json(shapes.publication(done))
        return
    if dry_run:
        _show(done)
    for what, url in done.urls.items():
        talking.say(f"{what.replace('_', ' ')}: {url}")


def _show(planned: Publication) -> None:
    from sandbox.cli import shapes, talking

    if planned.branch:
        talking.say(f"would push branch {planned.branch} to {planned.remote}:\n")
        talking.say("by your GitHub account, with the address that GitHub makes for commits:\n")
        talking.say(_indented(planned.message))
        talking.say(_indented(planned.patch or "no file is changed: only arguments are"))
    if planned.upstream:
        where = f"{planned.upstream}, into {planned.base or 'its default branch'}"
        talking.say(f"would open a draft pull request at {where}: {planned.title}\n")
        talking.say(_indented(planned.body))
    for name, text in planned.gist.items():
        size = len(text.encode("utf-8", "replace"))
        talking.say(f"would publish {name}, {size:,} bytes, in a secret gist:\n")
        talking.say(_indented(shapes.notebook_text(text) if name.endswith(".ipynb") else text))
    for one in planned.secrets:
        talking.say(f"looks like a secret: {one}")
    talking.say("nothing has left this machine; send it without --dry-run")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines()) + "\n"
