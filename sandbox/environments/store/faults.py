"""What the end of a step means: the network, the disk, or the lock."""

from __future__ import annotations

import re

from sandbox.domain import PackageIndexes
from sandbox.environments.resolving.uv import check_machine, mask
from sandbox.errors import BuildError, StoreError
from sandbox.interfaces import StepResult

_FULL = re.compile(
    r"No space left on device|os error 28|Disk quota exceeded|Wrote only [0-9]+ of [0-9]+ bytes",
    re.IGNORECASE,
)


def check(done: StepResult, indexes: PackageIndexes, doing: str) -> None:
    """Raise what it means.

    Raises:
        BuildError: the packages cannot be installed.
        NetworkError: an index does not answer.
        StoreError: the disk is full, or something else than installing failed.
    """
    if done.exit_code == 0 and not done.timed_out:
        return
    text = mask(done.output, indexes)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = "\n".join(lines[-20:])
    full = next((line for line in lines if _FULL.search(line)), None)
    if full:
        hint = "see what can be freed with: sandbox clean"
        raise StoreError(f"cannot {doing}: the Store's disk is full: {full}", hint=hint, said=said)
    check_machine(text, hint="try again, or check the package index with: sandbox doctor")
    last = lines[-1] if lines else f"exit code {done.exit_code}"
    if done.timed_out or done.out_of_memory:
        last = "it took too long" if done.timed_out else "it needed too much memory"
    kind = BuildError if doing == "install the packages" else StoreError
    raise kind(f"cannot {doing}: {last}", hint="see: sandbox doctor", said=said)
