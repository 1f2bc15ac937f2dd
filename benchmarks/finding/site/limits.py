"""How often may be asked: GitHub's limits, as they are said in its headers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

WINDOWS_S = {"core": 3600, "graphql": 3600, "search": 60, "code_search": 60}
LIMITS = {"core": 5000, "graphql": 5000, "search": 30, "code_search": 10}
ANONYMOUS = {"core": 60, "graphql": 0, "search": 10, "code_search": 0}


@dataclass
class Allowance:
    """What is left of one resource until it is full again.

    Attributes:
        reset: seconds since 1970.
    """

    limit: int
    used: int = 0
    reset: int = 0

    @property
    def remaining(self) -> int:
        return max(self.limit - self.used, 0)

    def said(self) -> dict[str, int]:
        return {
            "limit": self.limit,
            "used": self.used,
            "remaining": self.remaining,
            "reset": self.reset,
        }


@dataclass
class Limits:
    """Every caller's allowances; callers are told apart by `caller`, a login or "" for nobody.

    Attributes:
        clock: seconds since 1970.
    """

    clock: Callable[[], float] = time.time
    _left: dict[tuple[str, str], Allowance] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def leave(self, resource: str, remaining: int, *, caller: str = "", reset_s: int = 60) -> None:
        """Let a caller ask so many times more within `reset_s` from now."""
        limit = max(_limit(resource, caller), remaining)
        reset = int(self.clock()) + reset_s
        with self._lock:
            self._left[caller, resource] = Allowance(limit, limit - remaining, reset)

    def take(self, resource: str, caller: str) -> tuple[bool, Allowance]:
        """Count one; False where none is left."""
        with self._lock:
            left = self._current(resource, caller)
            allowed = left.remaining > 0
            left.used += allowed
            return allowed, Allowance(left.limit, left.used, left.reset)

    def look(self, resource: str, caller: str) -> Allowance:
        """The same, not counted."""
        with self._lock:
            left = self._current(resource, caller)
            return Allowance(left.limit, left.used, left.reset)

    def give_back(self, resource: str, caller: str) -> None:
        """Uncount one: what was not changed costs nothing."""
        with self._lock:
            self._current(resource, caller).used -= 1

    def _current(self, resource: str, caller: str) -> Allowance:
        now = int(self.clock())
        left = self._left.get((caller, resource))
        if left is None or left.reset <= now:
            left = Allowance(_limit(resource, caller), 0, now + WINDOWS_S[resource])
            self._left[caller, resource] = left
        return left


def headers(resource: str, left: Allowance) -> dict[str, str]:
    """As GitHub says them with every answer."""
    said = {f"X-RateLimit-{name.title()}": str(value) for name, value in left.said().items()}
    return {**said, "X-RateLimit-Resource": resource}


def _limit(resource: str, caller: str) -> int:
    return (LIMITS if caller else ANONYMOUS)[resource]
