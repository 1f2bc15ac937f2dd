"""Imports that fail wherever they are tried; pure."""

from __future__ import annotations

from sandbox.domain import Dropped, Environment, Requirements
from sandbox.environments.code.elsewhere import needs_of
from sandbox.environments.code.names import OF_A_PROGRAM, distributions_of, why_not_on_an_index
from sandbox.environments.resolving.attempt import NO_SUCH_PACKAGE


def is_hopeless(failed: Dropped, environment: Environment, requirements: Requirements) -> bool:
    """Whether no index has what is imported, so that no other Environment can have it.

    Args:
        failed: an import, `module` or `module:name`.
        environment: the one in which it failed.
        requirements: what that was resolved from.
    """
    gone = {one.name for one in environment.dropped if one.why == NO_SUCH_PACKAGE}
    module = failed.name.partition(":")[0]
    named = bool(distributions_of(failed.name) & gone)
    own = module.partition(".")[0] in requirements.compiled
    others = needs_of(module) is not None or why_not_on_an_index(module) == OF_A_PROGRAM
    return named or own or others
