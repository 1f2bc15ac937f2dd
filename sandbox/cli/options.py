"""Options that several commands share, and the words of a command line turned into a Request."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Annotated

import typer

from sandbox.errors import InputError

if TYPE_CHECKING:
    from sandbox.flows.context import Context

INTERRUPTED = 130
"""Exit code after Ctrl-C."""

ASK = "?"
"""The value of an option that is given without one, and is to be asked for."""

passed_on: ContextVar[tuple[str, ...]] = ContextVar("passed_on", default=())
"""What stood after `--`: arguments of the studied script."""

Target = Annotated[
    str,
    typer.Argument(
        help="A workspace, recipe, folder, owner/name, or git address; opened and built as needed."
    ),
]
Entry = Annotated[
    str | None, typer.Argument(help="The script or notebook; left out, the best one is taken.")
]
Run = Annotated[
    str,
    typer.Argument(
        help="A name in the latest sweep (lr=0.1, 'lr=0.1 #2'), SWEEP:NAME, or MLflow's id."
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="One JSON document on standard output, talk on standard error."),
]
EngineName = Annotated[
    str | None,
    typer.Option(
        "--engine", help="docker, or local: this machine without isolation, for code you trust."
    ),
]
Tweaks = Annotated[
    list[str] | None,
    typer.Option("-p", metavar="NAME=VALUE[,VALUE…]", help="A tunable and what to set it to."),
]
CodeTweaks = Annotated[
    list[str] | None,
    typer.Option(
        "--tweak",
        metavar="NAME[=VALUE[,VALUE…]]",
        help="A built-in tweak of code, such as swap-optimizer=SGD,Adam: sandbox tweak list.",
    ),
]
Patches = Annotated[
    list[str] | None, typer.Option("--patch", metavar="FILE", help="A unified diff to apply.")
]
Ref = Annotated[
    str | None, typer.Option("--ref", help="Branch, tag or commit; only for a new workspace.")
]
Name = Annotated[str | None, typer.Option("--as", metavar="NAME", help="Name of a new workspace.")]
Limit = Annotated[
    str | None,
    typer.Option(
        "--limit", metavar="TIME", help="Wall-clock limit of each run (60s, 10m); metrics are kept."
    ),
]
Memory = Annotated[
    str | None, typer.Option("--memory", metavar="SIZE", help="Memory limit of each run (4GiB).")
]
Disk = Annotated[
    str | None, typer.Option("--disk", metavar="SIZE", help="Disk limit of each run (2GiB).")
]
Cwd = Annotated[
    str | None,
    typer.Option("--cwd", help="Working directory, from the root; else the entry's own folder."),
]
Module = Annotated[
    bool, typer.Option("-m", help="Run the entry as a module, from the root: python -m a.b")
]
ShowMetrics = Annotated[
    bool, typer.Option("--show-metrics", help="Each number that was read, and the line it is from.")
]


def parse_code_tweaks(words: Sequence[str] | None) -> dict[str, tuple[str, ...]]:
    """`--tweak` words, by the names that tweaks of code have among tunables."""
    tweaks = parse_tweaks(words, suggested=True, option="--tweak")
    return {f"tweak:{name.removeprefix('tweak:')}": values for name, values in tweaks.items()}


def parse_tweaks(
    words: Sequence[str] | None, *, suggested: bool = False, option: str = "-p"
) -> dict[str, tuple[str, ...]]:
    """`name=value` words by name; a name given twice has all its values.

    Args:
        suggested: a name alone is allowed, and has no values.
        option: what they were given with.
    """
    tweaks: dict[str, tuple[str, ...]] = {}
    alone = {word.strip() for word in words or () if suggested and word.strip() and "=" not in word}
    for word in words or ():
        name, equals, values = word.partition("=")
        if word.strip() in alone:
            tweaks.setdefault(name.strip(), ())
            continue
        if not equals or not name.strip():
            raise InputError(
                f"{option} {word} is not NAME=VALUE", hint=f"for example: {option} lr=0.1,0.01"
            )
        if name.strip() in alone:
            raise InputError(
                f"{option} {name.strip()} stands alone, for what is suggested, and with values too",
                hint=f"leave one of them out: {option} {name.strip()}, or {option} {word}",
            )
        tweaks[name.strip()] = (*tweaks.get(name.strip(), ()), values)
    return tweaks


def with_asked(words: Sequence[str]) -> list[str]:
    """The words with a value for a `--guess` that stands alone: Typer takes no option so."""
    following = [*words, "--"][1:]
    return [
        f"{word}={ASK}" if word == "--guess" and after.startswith("-") else word
        for word, after in zip(words, following, strict=True)
    ]


def limits(timeout: str | None, memory: str | None, disk: str | None) -> dict[str, object]:
    """What was typed, by the names of the settings file."""
    typed = {"timeout": timeout, "memory": memory, "disk": disk}
    return {name: value for name, value in typed.items() if value is not None}


def typed_command() -> str:
    """What the user typed, to be recorded and repeated."""
    return shlex.join(["sandbox", *sys.argv[1:]])


def connected(engine: str | None = None, *, quiet: bool = False) -> Context:
    """A Context that talks on standard error."""
    from sandbox import api
    from sandbox.cli.talking import Talk

    return api.connect(engine=engine, tell=(lambda _text: None) if quiet else Talk().tell)
