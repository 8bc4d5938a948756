"""What the server's clock shows, so that its timestamps can be used here."""

from email.utils import parsedate_to_datetime


class ServerClock:
    """How far the server's clock is from ours, as far as `Date` headers tell.

    A `Date` is cut to whole seconds, so each answer only bounds the difference; the bounds
    tighten with every response. What is told is the lower bound: to think a window ends a
    little late costs a moment, to think it ends early costs a refusal.
    """

    def __init__(self) -> None:
        self._low = float("-inf")
        self._seen = ""

    def observe(self, date: str | None, sent: float, received: float) -> None:
        """A response's `Date`, and our own clock when it was sent and received."""
        if not date or date == self._seen:
            return
        self._seen = date
        try:
            told = parsedate_to_datetime(date).timestamp()
        except (ValueError, OverflowError):
            return
        low, high = told - received, told + 1 - sent
        # Where the two contradict, one of the clocks was set; what was known is void.
        self._low = low if high < self._low else max(self._low, low)

    @property
    def ahead(self) -> float:
        """Seconds that the server's clock is ahead of ours, at least; 0 when nothing is known."""
        return self._low if self._low > float("-inf") else 0.0
