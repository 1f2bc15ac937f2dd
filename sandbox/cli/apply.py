"""sandbox apply: a run's changes in the workspace's own files."""

from __future__ import annotations

from sandbox.cli import options


def command(run: options.Run, *, json: options.Json = False) -> None:
    """Bring a run's changes into its workspace, where later runs start from; merges with yours.

    Example: sandbox apply lr=0.1
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    found, paths = api.apply(options.connected(), run)
    if json:
        talking.write_json({"changed": list(paths), **shapes.found(found)})
        return
    for path in paths:
        talking.say(talking.one_line(f"changed: {found.workspace.root}/repo/{path}"))
    if not paths:
        name = found.workspace.name
        talking.say(talking.one_line(f"nothing to change: {name} has the code of {found.name}"))
    if values := shapes.values_of(found):
        talking.say(talking.one_line(values))
