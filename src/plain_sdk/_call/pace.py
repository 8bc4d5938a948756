"""How fast bulk calls may go, so that a window is used up and never overdrawn. Pure functions.

What is left of a window should follow a line from the whole to a small rest. Everybody with the
key sees the same remaining requests, and so the same distance from that line; as the rate
depends on that distance alone, all processes have equal shares without a word between them, and
the more they are, the further below the line they meet.
"""

import math
from dataclasses import dataclass
from typing import Final

_LAST_RESERVE: Final = 0.008
"""The part of the quota that bulk calls leave to the very end of the window."""
_FOR_OTHERS: Final = 0.03
"""The most that bulk calls leave to what other processes have under way at the very end."""
_EACH: Final = 0.8
"""Requests that each of them is thought to have under way then, of which no header has told."""
_PACE_END: Final = 0.85
"""Bulk calls aim to be through by this part of the window, so that none is left over."""
_RESERVE_SLOPE_END: Final = 0.95
"""The part of the window by which the reserve has shrunk to the rest."""
_GAIN: Final = 30.0
"""How strongly bulk calls come back to the line: e-fold for a thirtieth of the quota."""
_STABLE: Final = 0.9
"""No gain is higher than this by the round trips that fit in a window, or it would swing."""
_FASTEST, _SLOWEST = math.exp(3.0), math.exp(-6.0)
"""Times the line's own slope."""
_BURST: Final = 0.05
"""The part of the quota that bulk calls may take at once after a pause."""


@dataclass(frozen=True, slots=True)
class Course:
    """The line of one window, at one moment."""

    limit: int
    first: int
    """What was left when the window was first seen."""
    reserve: float
    """The part of the quota that is kept for interactive calls."""
    length: float
    """Seconds from when it was first seen to its end."""
    left: float
    """Seconds to its end."""
    share: float = 1.0
    """The part of the last window that was this process's."""

    @property
    def rest(self) -> int:
        """What bulk calls leave to the very end: a little, and more the more others there are."""
        if not self.reserve:
            return 0
        others = min(_EACH * (1 / max(self.share, 0.001) - 1), self.limit * _FOR_OTHERS)
        return min(max(1, round(self.limit * _LAST_RESERVE)) + round(others), self.limit - 1)

    def reserved_for(self, available: float) -> float:
        """Seconds until so many are more than what is kept for interactive calls; 0 when they
        are. The reserve shrinks with the window, down to the rest shortly before its end."""
        slope = max(0.0, self.limit * self.reserve - self.rest) / (_RESERVE_SLOPE_END * self.length)
        end = (1 - _RESERVE_SLOPE_END) * self.length
        kept = self.rest + slope * max(0.0, self.left - end)
        return max((kept - available) / slope, 0.001) if available < kept else 0.0

    def rate(self, available: float, round_trip: float) -> float:
        """Requests per second for one process, when so many are available."""
        ahead = self.left / self.length
        whole = max(self.first - self.rest, 1)
        line = self.rest + whole * math.pow(ahead, 1 / _PACE_END)
        slope = whole / (_PACE_END * self.length) * math.pow(ahead, 1 / _PACE_END - 1)
        gain = min(_GAIN, _STABLE * self.length / round_trip) if round_trip else _GAIN
        off = gain * (available - line) / self.limit
        return slope * min(max(math.exp(min(off, 9.0)), _SLOWEST), _FASTEST)

    def burst(self) -> float:
        """Requests that may go at once."""
        return max(1.0, self.limit * _BURST * self.share)


@dataclass(slots=True)
class Bucket:
    """Requests that have become due, at a rate that changes."""

    due: float = 0.0
    at: float | None = None
    """When that was; None: nothing has gone yet, and a burst may go."""

    def take(self, rate: float, burst: float, now: float) -> float:
        """0 when a request is due, which is taken; else seconds to wait."""
        gathered = burst if self.at is None else self.due + (now - self.at) * rate
        self.due, self.at = min(gathered, burst), now
        if self.due < 1.0:
            return max((1.0 - self.due) / rate, 0.001)
        self.due -= 1.0
        return 0.0
