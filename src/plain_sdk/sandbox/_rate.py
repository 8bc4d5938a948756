"""The quota of a workspace: so many requests in a window of time."""

from collections.abc import Callable
from dataclasses import dataclass

from ._ids import iso


@dataclass(frozen=True)
class Admission:
    """Whether a request is within the quota, and what the answer's headers say."""

    allowed: bool
    headers: dict[str, str]


class RateLimit:
    """A fixed window that starts with its first request."""

    def __init__(self, limit: int, window: float, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._window = window
        self._clock = clock
        self._ends = 0.0
        self._used = 0
        self.admitted = 0
        """How many requests were let through since the start."""

    def admit(self) -> Admission:
        """Count one request. A limit of 0 admits everything, without headers."""
        if not self._limit:
            self.admitted += 1
            return Admission(True, {})
        now = self._clock()
        if now >= self._ends:
            self._ends = now + self._window
            self._used = 0
        allowed = self._used < self._limit
        self._used += allowed
        self.admitted += allowed
        return Admission(
            allowed,
            {
                "x-ratelimit-limit": str(self._limit),
                "x-ratelimit-remaining": str(self._limit - self._used),
                "x-ratelimit-reset": iso(self._ends),
            },
        )
