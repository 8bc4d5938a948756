"""The sandbox's time: real, or standing still, and moved on by whoever tests what takes days."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ._ids import system_clock


class Clock:
    """Seconds since 1970, as a callable.

    Args:
        start: Where the time stands, aware or in seconds since 1970; it then moves only when it
            is advanced. None: it runs with the machine's clock, ahead of it by what it was
            advanced.
    """

    def __init__(
        self,
        start: datetime | float | None = None,
        *,
        source: Callable[[], float] = system_clock,
    ) -> None:
        if isinstance(start, datetime):
            start = (start if start.tzinfo else start.replace(tzinfo=UTC)).timestamp()
        self._start = start
        self._source = source
        self._ahead = 0.0
        self._moved: list[Callable[[], None]] = []

    def __call__(self) -> float:
        """Seconds since 1970."""
        return (self._source() if self._start is None else self._start) + self._ahead

    @property
    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return datetime.fromtimestamp(self(), UTC)

    def advance(self, by: timedelta | float) -> None:
        """Move the time on, by seconds or a timedelta. It never goes back: ValueError."""
        seconds = by / timedelta(seconds=1) if isinstance(by, timedelta) else by
        if not seconds >= 0:
            raise ValueError(f"the time does not go back (by {seconds} s)")
        self._ahead += seconds
        for moved in self._moved:
            moved()

    def on_advance(self, moved: Callable[[], None]) -> None:
        """Call this whenever the time was moved on."""
        self._moved.append(moved)
