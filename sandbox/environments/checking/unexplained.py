"""Failed imports of which no table knows the cause, and what to look for in releases; pure."""

from __future__ import annotations

from collections.abc import Sequence

from packaging.utils import canonicalize_name

from sandbox.domain import Dropped, Environment
from sandbox.environments.checking.failures import read_failure
from sandbox.environments.checking.remedies import known_change
from sandbox.environments.code.names import distribution_of, is_standard, offers
from sandbox.environments.resolving.releases import Lost


def unexplained(failed: Sequence[Dropped], environment: Environment) -> tuple[Lost, ...]:
    """What installed distributions lack, each once: other releases of them may have it."""
    installed = {str(canonicalize_name(name)): v for name, v in environment.packages.items()}
    found: dict[str, Lost] = {}
    for one in failed:
        failure = read_failure(one.name, one.why)
        lost = failure.lost or ""
        if "." not in lost or is_standard(lost) or known_change(failure):
            continue
        names = sorted(offers(distribution_of(lost)) & installed.keys())
        if names:
            is_module = "No module named" in failure.message
            found.setdefault(lost, Lost(lost, names[0], installed[names[0]], is_module))
    return tuple(found.values())
