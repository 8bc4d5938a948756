"""How bulk work was planned before processes learned of each other: the yardstick of `quota.py`."""

from plain_sdk._call.quota import Quota, _Window

_PACE_END, _RESERVE_SLOPE_END, _LAST_RESERVE, _BURST, _POLL = 0.85, 0.95, 0.008, 0.05, 0.02


class LoneQuota(Quota):
    """Spreads what is left of a window over the rest of it, as if nobody else took of it."""

    _next_bulk = float("-inf")

    def _bulk_wait(self, window: _Window, available: int, reserve: float, now: float) -> float:
        left = window.ends - now
        rest = min(max(1, round(window.limit * _LAST_RESERVE)), window.limit - 1) if reserve else 0
        if available - 1 < rest:
            return min(left, _POLL) if self._in_flight and window.remaining > 0 else left
        slope = max(0.0, window.limit * reserve - rest) / (_RESERVE_SLOPE_END * window.length)
        kept = rest + slope * max(0.0, left - (1 - _RESERVE_SLOPE_END) * window.length)
        if available - 1 < kept:
            return max((kept - (available - 1)) / slope, 0.001)
        interval = _PACE_END * left / (available - rest)
        burst = window.limit * _BURST * interval
        if now < self._next_bulk - burst:
            return self._next_bulk - burst - now
        self._next_bulk = max(self._next_bulk, now) + interval
        return 0.0

    def _roll(self, now: float) -> None:
        if self._window is not None and now >= self._window.ends:
            self._next_bulk = float("-inf")
        super()._roll(now)
