"""The quota of a workspace: so many requests in a window of time."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ._ids import iso


@dataclass(frozen=True)
class Admission:
    """Whether a request is within the quota, and what the response's headers say."""

    allowed: bool
    headers: dict[str, str]


@dataclass(frozen=True)
class Usage:
    """What a workspace has used of its quota."""

    admitted: int
    """Requests that were let through since the start."""
    refused: int
    """Requests that were over the quota."""
    windows: tuple[int, ...]
    """Requests let through in each window, the current one last; at most 1,000 windows."""


class RateLimit:
    """A fixed window that starts with its first request."""

    def __init__(self, limit: int, window: float, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._window = window
        self._clock = clock
        self._ends = 0.0
        self._used = 0
        self._admitted = 0
        self._refused = 0
        self._windows: deque[int] = deque(maxlen=1000)

    @property
    def usage(self) -> Usage:
        """What was used so far."""
        return Usage(self._admitted, self._refused, (*self._windows, self._used))

    def admit(self) -> Admission:
        """Count one request. A limit of 0 admits everything, without headers."""
        if not self._limit:
            self._admitted += 1
            return Admission(True, {})
        now = self._clock()
        if now >= self._ends:
            if self._ends:
                self._windows.append(self._used)
            self._ends = now + self._window
            self._used = 0
        allowed = self._used < self._limit
        self._used += allowed
        self._admitted += allowed
        self._refused += not allowed
        return Admission(
            allowed,
            {
                "x-ratelimit-limit": str(self._limit),
                "x-ratelimit-remaining": str(self._limit - self._used),
                "x-ratelimit-reset": iso(self._ends),
            },
        )
