"""What an Environment lacks without which the code cannot be run."""

from __future__ import annotations

from sandbox import environments
from sandbox.errors import BuildError
from sandbox.flows.environments.building import Built


def check_nothing_needed_failed(built: Built) -> None:
    """Before anything is run that is bound to fail.

    Raises:
        BuildError: what the code imports was to be built from source, and could not be.
    """
    failed = {one.name: one for one in built.build.imports_failed}
    needed = {other for name in failed for other in environments.distributions_of(name)}
    for one in built.environment.dropped:
        if one.log and one.name in needed:
            raise BuildError(
                f"{one.name} is imported and cannot be had: {one.why}",
                hint="see its log with: sandbox build TARGET ENTRY --json",
                said="\n".join(one.log),
            )
