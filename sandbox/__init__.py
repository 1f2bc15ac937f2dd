"""Open other people's machine-learning repositories, tweak them, and see what mattered.

The map: `cli` parses and prints, `api` has the verbs, `flows` tells the stories end to end. The
rooms below them do one thing each: `checkouts`, `environments`, `tunables`, `notebooks`, `engines`,
`metrics`, `recorders`, `samplers`, `launchers`, `comparing`. Their nouns are in `domain`, what they
promise each other in `interfaces`, what can go wrong in `errors`; `guest` runs inside containers.

    import sandbox
    context = sandbox.connect()
    result = sandbox.sweep(context, sandbox.Request("digits", tweaks={"C": ("0.1,1,10",)}))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.api import (
        Request,
        SweepResult,
        build,
        compare,
        connect,
        open_workspace,
        run,
        scan,
        sweep,
    )
    from sandbox.errors import SandboxError

__all__ = [
    "Request",
    "SandboxError",
    "SweepResult",
    "build",
    "compare",
    "connect",
    "open_workspace",
    "run",
    "scan",
    "sweep",
]


def __getattr__(name: str) -> object:
    """The verbs are imported when first used: `sandbox --help` needs none of them."""
    if name not in __all__:
        raise AttributeError(f"module 'sandbox' has no attribute {name!r}")
    if name == "SandboxError":
        from sandbox.errors import SandboxError

        return SandboxError
    from sandbox import api

    return getattr(api, name)
