"""What one process holds of a window that it shares with others. Arithmetic without waiting.

A process holds a few requests at a time, for a moment: what it has not used by then is no longer
its own. Interactive calls may go on credit while the window's reserve is ample, so that they need
ask nobody first.
"""

import math
from dataclasses import dataclass
from typing import Final

from .._config import Priority

LEASE: Final = 1.0
"""Seconds after which what was not used goes back by itself."""
_HASTE: Final = 0.9
"""The part of a lease for which its holder believes in it, so that it never outlives it."""
_AVERAGED: Final = 0.5
"""Seconds over which a process's own rate is taken."""
_AHEAD: Final = 0.2
"""Seconds of calls for which a process asks at once."""
_FEW: Final = 4
"""How many requests bulk work asks for at least."""
REPORT: Final = 0.1
"""Seconds after which others are told what has gone."""
_NO_MORE_AHEAD: Final = 0.1
"""The last part of a window in which nobody asks for more than is waiting."""
_CREDIT_ENDS: Final = 0.05
"""The last part of a window has no credit."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What an exchange gave. Seconds and counts."""

    seq: int
    """Which window; 0 when none is known."""
    interactive: int
    bulk: int
    wait_interactive: float
    wait_bulk: float
    left: float
    """Until the window ends."""
    length: float
    credit: int
    """Interactive calls that may go before the next exchange."""
    parked: float
    holders: int
    free: int
    limit: int


@dataclass(slots=True)
class Rate:
    """How many a second, of late."""

    count: float = 0.0
    at: float = 0.0

    def add(self, now: float) -> None:
        """One more."""
        self.count = self.count * math.exp((self.at - now) / _AVERAGED) + 1
        self.at = now

    def ahead(self, now: float) -> int:
        """How many are to be expected while a lease is used."""
        return int(self.count * math.exp((self.at - now) / _AVERAGED) / _AVERAGED * _AHEAD)


class Lease:
    """The holdings of one process."""

    def __init__(self) -> None:
        self.grant: Grant | None = None
        self.spent = 0
        """Requests that were sent within the window, as far as this process knows."""
        self._carried = 0
        """Requests of an earlier window that may be counted in this one."""
        self._stock = {"interactive": 0, "bulk": 0}
        self._wanting = {"interactive": False, "bulk": False}
        self._come_back = {"interactive": 0.0, "bulk": 0.0}
        self._rates = {"interactive": Rate(), "bulk": Rate()}
        self._good_until = 0.0
        self._ends = 0.0
        self._credit = 0
        self._untold = 0
        """Of those on credit."""
        self._told = 0
        self._told_at = float("-inf")

    @property
    def seq(self) -> int:
        """The window of which requests are held; 0 when none is known."""
        return self.grant.seq if self.grant is not None else 0

    def stock(self, now: float) -> int:
        """Requests held and not yet used."""
        return sum(self._stock.values()) if now < self._good_until else 0

    def is_over(self, now: float) -> bool:
        """Whether the window has ended, as far as is known."""
        return now >= self._ends

    def take(self, priority: Priority, now: float) -> float:
        """0 when a request is there, which is taken; else seconds to wait."""
        if now < self._good_until:
            if self._stock[priority]:
                self._stock[priority] -= 1
                return self._taken(priority, now)
            if priority == "interactive":
                if self._stock["bulk"]:
                    self._stock["bulk"] -= 1
                    return self._taken(priority, now)
                if self._untold < self._credit_left(now):
                    self._untold += 1
                    return self._taken(priority, now)
        elif priority == "interactive" and self._untold < self._credit_left(now):
            self._untold += 1
            return self._taken(priority, now)
        self._wanting[priority] = True
        return max(0.002, self._come_back[priority] - now)

    def sent(self) -> None:
        """A request went without having been held, because nobody could be asked."""
        self.spent += 1

    def answered_before(self) -> None:
        """A response told that its request was counted in the window before."""
        if self._carried:
            self._carried -= 1
            self.spent -= 1

    def is_due(self, now: float) -> bool:
        """Whether there is something to ask for or to tell."""
        for priority, wanting in self._wanting.items():
            if wanting and now >= self._come_back[priority]:
                return True
        return self.is_untold and now - self._told_at >= REPORT

    @property
    def is_wanting(self) -> bool:
        """Whether somebody got nothing the last time."""
        return self._wanting["interactive"] or self._wanting["bulk"]

    @property
    def is_untold(self) -> bool:
        """Whether requests went of which nobody else knows."""
        return self.spent != self._told or self._untold > 0

    def wants(self, now: float) -> tuple[int, int]:
        """How many interactive and bulk requests to ask for."""
        ahead = self._rates["interactive"].ahead(now) - self._stock["interactive"]
        if self.grant is not None and self._ends - now < _NO_MORE_AHEAD * self.grant.length:
            ahead = 0
        # One alone goes on credit; to keep it at hand would keep it from others.
        interactive = max(int(self._wanting["interactive"]), ahead if ahead > 1 else 0)
        if not self._wanting["bulk"]:
            return interactive, 0
        return interactive, max(_FEW, self._rates["bulk"].ahead(now))

    def asked(self, now: float) -> None:
        """An exchange tells all there is to tell."""
        self._untold = 0
        self._told = self.spent
        self._told_at = now

    def take_grant(self, grant: Grant, in_flight: int, asked: float, now: float) -> bool:
        """What an exchange gave that began at `asked`; whether it is another window's."""
        is_new = grant.seq != self.seq
        if is_new or asked >= self._good_until:
            self._stock = {"interactive": 0, "bulk": 0}
        if is_new:
            self.spent = self._carried = self._told = in_flight
        self.grant = grant
        self._stock["interactive"] += grant.interactive
        self._stock["bulk"] += grant.bulk
        self._ends = asked + grant.left
        self._good_until = min(asked + LEASE * _HASTE, self._ends)
        self._credit = grant.credit
        self._wanting = {"interactive": False, "bulk": False}
        self._come_back = {
            "interactive": now + grant.wait_interactive, "bulk": now + grant.wait_bulk
        }  # fmt: skip
        return is_new

    def forget(self) -> None:
        """Nothing is held any more."""
        self.grant = None
        self._stock = {"interactive": 0, "bulk": 0}
        self._good_until = self._ends = 0.0
        self._credit = 0
        self._come_back = {"interactive": 0.0, "bulk": 0.0}

    def _taken(self, priority: Priority, now: float) -> float:
        self.spent += 1
        self._rates[priority].add(now)
        self._wanting[priority] = False
        return 0.0

    def _credit_left(self, now: float) -> float:
        """The reserve shrinks with the window, and the credit with it."""
        grant = self.grant
        if grant is None or not self._credit or now >= self._ends:
            return 0.0
        part = (self._ends - now - _CREDIT_ENDS * grant.length) / grant.length
        return self._credit if part > 0 else 0.0
