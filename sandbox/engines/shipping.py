"""The guest as it travels: its modules' source text, read from the installed package."""

from __future__ import annotations

from functools import cache
from importlib import resources

from sandbox.guest import protocol

NAME = "sandbox_guest"
"""What the guest is called inside: a repository under study may own a module called `sandbox`."""


@cache
def guest_sources() -> dict[str, str]:
    """Module name inside → source text; equal sources in any order give equal bytes."""
    modules = {}
    for file in resources.files("sandbox.guest").iterdir():
        stem, _, suffix = file.name.rpartition(".")
        if suffix == "py":
            name = NAME if stem == "__init__" else f"{NAME}.{stem}"
            modules[name] = file.read_text(encoding="utf-8")
    return modules


@cache
def guest_payload() -> bytes:
    """What the bootstrap reads first."""
    return protocol.encode_sources(guest_sources())


def guest_command(python: str, folder: str, *shared: str) -> tuple[str, ...]:
    """The command line that waits for the guest on standard input.

    Args:
        python: interpreter of the environment.
        folder: where working copies are made; must exist and be writable.
        shared: folders emptied after each variant; given only where everything but init belongs to
            the guest, which then ends every other process too.
    """
    return python, "-I", "-S", "-c", protocol.BOOTSTRAP, "0", "supervisor", folder, *shared
