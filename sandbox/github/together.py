"""Several questions at a time, which nobody has to wait for any longer than he wants."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 4


def ask_together(act: Callable[[T], R], things: Sequence[T]) -> list[R]:
    """What `act` returns for each, in their order; the first error of any is raised.

    An interruption ends it at once: a request may take its time to notice, and its thread ends
    with the process.
    """
    left: SimpleQueue[tuple[int, T]] = SimpleQueue()
    for pair in enumerate(things):
        left.put(pair)
    found: dict[int, R] = {}
    failed: list[BaseException] = []

    def work() -> None:
        try:
            while not failed:
                at, thing = left.get_nowait()
                found[at] = act(thing)
        except Empty:
            return
        except BaseException as error:  # noqa: BLE001 - raised again where they are waited for
            failed.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in things[:AT_ONCE]]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    if failed:
        raise failed[0]
    return [found[at] for at in range(len(things))]
