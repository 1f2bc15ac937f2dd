"""sandbox demo: the main job, on a small repository that is bundled."""

from __future__ import annotations

import dataclasses
import sys

from sandbox.cli import options


def command(engine: options.EngineName = None, *, json: options.Json = False) -> int:
    """Open, build, sweep and compare a small bundled repository: 12 variants of a classifier.

    Example: sandbox demo
    """
    from sandbox import api
    from sandbox.cli import answering, talking

    talk = talking.Talk()
    context = options.connected(engine)
    context = context if engine else api.demo_context(context)
    request = dataclasses.replace(api.demo_request(context), command=options.typed_command())
    result = answering.watched(context, api.sweep, request)
    code = answering.show_sweep(context, result, as_json=json)
    talk.tell(f"see all of it in your browser with: {sys.argv[0]} ui")
    return code
