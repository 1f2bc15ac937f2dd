"""sandbox apply: a run's changes in the workspace's own files."""

from __future__ import annotations

from sandbox.cli import options
from sandbox.cli.diff import Run


def command(run: Run, *, json: options.Json = False) -> None:
    """Bring a run's changes into its workspace, where later runs start from; merges with yours.

    Example: sandbox apply lr=0.1
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    found, paths = api.apply(options.connected(), run)
    if json:
        talking.write_json({"changed": list(paths), **shapes.found(found)})
        return
    if not paths:
        talking.say(
            f"nothing to change: the code of {found.name} is what workspace "
            f"{found.workspace.name} has; its values are given with -p, or after --"
        )
    for path in paths:
        talking.say(f"changed: {found.workspace.root}/repo/{path}")
