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
    fix: Annotated[
        bool, typer.Option("--fix", help="Install what is missing, take out what is broken.")
    ] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every file of every environment.")
    ] = False,
    json: options.Json = False,
) -> int:
    """Look at engine, Store and settings, each value with where it came from.

    Example: sandbox doctor --fix
    """
    from sandbox import api
    from sandbox.cli import talking

    context = options.connected(engine)
    if fix:
        if context.engine.name == "docker":
            api.fix_engine(context)
        for line in api.fix_store(context, deep=deep):
            talking.Talk().tell(line)
    findings = api.doctor(context, deep=deep)
    if json:
        talking.write_json({"findings": [asdict(one) for one in findings]})
    else:
        marks = {"ok": "", "note": "note: ", "bad": "error: "}
        rows = [(one.subject, f"{marks[one.state]}{one.text}") for one in findings]
        talking.print_table(("what", "is"), rows)
    bad = [one for one in findings if one.state == "bad"]
    for hint in dict.fromkeys(one.hint for one in bad if one.hint):
        talking.Talk().tell(f"hint: {hint}")
    return BAD if bad else 0
