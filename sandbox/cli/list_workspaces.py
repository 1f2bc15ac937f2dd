"""sandbox list: the workspaces."""

from __future__ import annotations

from sandbox.cli import options


def command(*, json: options.Json = False) -> None:
    """List the workspaces.

    Example: sandbox list
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    found = api.list_workspaces(options.connected())
    if json:
        talking.write_json({"workspaces": [shapes.workspace(one) for one in found]})
        return
    if not found:
        talking.say("no workspaces yet; try: sandbox open owner/name")
        return
    rows = [(one.name, one.repo.source, one.ref or "", one.commit[:10]) for one in found]
    talking.print_table(("workspace", "repository", "ref", "commit"), rows)
