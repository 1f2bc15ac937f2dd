"""The container in which an Environment is installed, started while that is being resolved."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from sandbox.environments.store.records import seen_packages
from sandbox.interfaces import Step, StepResult, Workbench
from sandbox.paths import Home

Tell = Callable[[str], None]

_INSTALLING_S = 3600.0
_RESOLVING_S = 3600.0  # so long it may wait besides


class Standby:
    """Starts BUILD once, which does nothing before it is to run; ends what was not wanted.

    A context manager.

    Args:
        patience_s: what waited longer than that is not used: it may have ended by itself.
    """

    def __init__(self, patience_s: float = _RESOLVING_S) -> None:
        self._patience_s = patience_s
        self._until = 0.0
        self._stack = ExitStack()
        self._is_started = False
        self._finish: Callable[[], StepResult] | None = None
        self._fits: tuple[str, bool] | None = None
        self._given: Iterable[bytes] = ()
        self._hear: Tell | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._finish = None
        self._stack.close()

    def start(self, workbench: Workbench, base: str, home: Home, names: Collection[str]) -> None:
        """On the base that is going to be it.

        Args:
            names: of distributions that will be wanted; where this home never had one of them, the
                network is there, too.
        """
        if self._is_started:
            return
        self._is_started = True
        seen = {text.partition("==")[0] for text in seen_packages(home, workbench.identity)}
        network = bool(seen) and not seen.issuperset(names)
        self._until = time.monotonic() + self._patience_s
        step = _step(workbench, base, self._pieces(), self._say, network=network, waits=True)
        self._finish = self._stack.enter_context(workbench.begin(step))
        self._fits = (base, network)

    def run(
        self,
        workbench: Workbench,
        base: str,
        given: Iterable[bytes],
        hear: Tell,
        *,
        network: bool,
    ) -> StepResult:
        """Runs BUILD: what was started, where it will do, else another one.

        Args:
            given: what it reads.
            hear: gets each line of its output.
            network: whether it is needed.
        """
        finish, self._finish = self._finish, None
        fits = self._fits in {(base, network), (base, True)} and time.monotonic() < self._until
        if finish is None or not fits:
            return workbench.run(_step(workbench, base, given, hear, network=network))
        self._given, self._hear = given, hear
        return finish()

    def _pieces(self) -> Iterator[bytes]:
        yield from self._given

    def _say(self, line: str) -> None:
        if self._hear is not None:
            self._hear(line)


def _step(
    workbench: Workbench,
    base: str,
    given: Iterable[bytes],
    hear: Tell,
    *,
    network: bool,
    waits: bool = False,
) -> Step:
    from sandbox.environments.store import scripts

    return Step(
        base,
        ("sh", "-c", scripts.BUILD, "sandbox", workbench.store),
        stdin=given,
        network=network,
        store_writable=True,
        timeout_s=_INSTALLING_S,
        waiting_s=_RESOLVING_S if waits else 0.0,
        on_line=hear,
    )
