"""sandbox build: an environment in which the code runs."""

from __future__ import annotations

from sandbox.cli import options


def command(
    target: options.Target,
    entry: options.Entry = None,
    engine: options.EngineName = None,
    *,
    json: options.Json = False,
) -> None:
    """Build the environment of a script or notebook; say what was detected, decided, and why.

    Example: sandbox build makemore makemore.py
    """
    from sandbox import api
    from sandbox.cli import shapes, talking

    built = api.build(options.connected(engine), target, entry)
    if json:
        talking.write_json(shapes.build(built))
        return
    for line in shapes.build_lines(built):
        talking.say(line)
