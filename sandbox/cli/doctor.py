"""sandbox doctor: is everything there?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from sandbox.cli import options

BAD = 4


def command(
    engine: options.EngineName = None,
    *,
    fix: Annotated[bool, typer.Option("--fix", help="Install and start what is missing.")] = False,
    json: options.Json = False,
) -> int:
    """Look at engine and settings, each value with where it came from.

    Example: sandbox doctor --fix
    """
    from sandbox import api
    from sandbox.cli import talking

    context = options.connected(engine)
    if fix:
        api.fix_engine(context)
    findings = api.doctor(context)
    if json:
        talking.write_json({"findings": [asdict(one) for one in findings]})
    else:
        marks = {"ok": "", "note": "note: ", "bad": "error: "}
        rows = [(one.subject, f"{marks[one.state]}{one.text}") for one in findings]
        talking.print_table(("what", "is"), rows)
    bad = [one for one in findings if one.state == "bad"]
    for one in bad:
        talking.Talk().tell(f"hint: {one.hint}")
    return BAD if bad else 0
