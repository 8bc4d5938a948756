"""What others with the same key use of a window, as far as Plain's headers betray it.

Plain's `remaining` counts what everybody spent. What this process spent, it knows; the rest was
others'. Arithmetic only: every method is told the time.
"""

import math
from typing import Final

_HORIZON: Final = 0.1
"""The part of a window over which the others' rate is taken."""
_SMOOTHING: Final = 0.1
"""How much one response says of how long responses take."""
_DEVIATIONS: Final = 2.0
"""By how many mean deviations a response may take longer than on average."""


class Others:
    """Other processes and machines, seen through the headers of our own responses."""

    def __init__(self) -> None:
        self._own = 0
        self._seen = 0
        self._rate = 0.0
        self._at = 0.0
        self._horizon = 0.0
        self._average = self._deviation = 0.0
        self._share = 1.0

    @property
    def own_share(self) -> float:
        """The part of the last window that was ours; 1 while nothing is known."""
        return self._share

    @property
    def round_trip(self) -> float:
        """Seconds that a response takes on average; 0 while nothing is known."""
        return self._average

    def new_window(self, spent: int) -> None:
        """Another window has begun; of the one before, so much was spent by all."""
        if spent > 0:
            self._share = min(1.0, self._own / spent)
        self._own = self._seen = 0

    def observe(
        self, spent: int, in_flight: int, length: float, *, sent: float, now: float
    ) -> None:
        """One of our requests was answered; by all, so much was spent of the window.

        Those in flight may be in what was spent or not. They are taken to be, so that our own
        requests are never mistaken for another's.
        """
        took = max(0.0, now - sent)
        is_first = not self._horizon
        weight = 1.0 if is_first else _SMOOTHING
        off = took / 2 if is_first else abs(took - self._average)
        self._deviation += weight * (off - self._deviation)
        self._average += weight * (took - self._average)
        self._own += 1
        theirs = max(self._seen, spent - self._own - max(0, in_flight - 1))
        rate = self.rate(now)
        self._horizon = max(_HORIZON * length, 0.001)
        if not is_first:
            # What was spent before our first request says nothing of a rate.
            rate += (theirs - self._seen) * _per_second(now - self._at, self._horizon)
        self._seen, self._at, self._rate = theirs, now, rate

    def rate(self, now: float) -> float:
        """Their requests per second, of late."""
        if not self._rate:
            return 0.0
        return self._rate * math.exp(min(0.0, self._at - now) / self._horizon)

    def unseen(self, now: float) -> float:
        """How many of theirs may reach Plain before ours and are not in `remaining` yet."""
        slow = self._average + _DEVIATIONS * self._deviation
        return self.rate(now) * (max(0.0, now - self._at) + slow)


def _per_second(over: float, horizon: float) -> float:
    """What one request adds to a rate, when all came evenly over so many seconds."""
    if over <= 0:
        return 1 / horizon
    return -math.expm1(-over / horizon) / over
