"""sandbox clean: what killed commands left behind."""

from __future__ import annotations

from sandbox.cli import options


def command(engine: options.EngineName = None, *, json: options.Json = False) -> None:
    """Remove what commands that were killed left behind, and record what they had finished.

    Example: sandbox clean
    """
    from sandbox import api
    from sandbox.cli import talking

    done = api.clean(options.connected(engine))
    if json:
        talking.write_json({"cleaned": list(done)})
        return
    for line in done:
        talking.say(line)
    if not done:
        talking.say("nothing was left behind")
