"""The quota of one API key: what Plain's headers say of it, and who may go when.

Arithmetic only: every method is told the time, and nobody waits here. One `Quota` serves
all clients of a key in the process, from any thread.

Within a window, `remaining` counts down at Plain. What is in flight is counted as not yet
seen by Plain, and so is what others with the key are thought to have under way, so that the
window is not overdrawn. Interactive calls go while anything remains. Bulk calls are spread
over the rest of the window, and leave a reserve to interactive ones that shrinks to a small
rest towards the window's end, so that the window is used up.
"""

import hashlib
import os
import threading
import weakref
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from .._config import Priority
from .limits import Limits
from .others import Others
from .pace import Bucket, Course
from .server_clock import ServerClock

_ABSURD: Final = 3600.0
"""Seconds: a reset that is further away says nothing."""
_RESET_MARGIN: Final = 0.01
"""Seconds that a new window is thought to start late; the reset is told in milliseconds."""
_LONGEST_WINDOW: Final = 120.0
"""Seconds: no window is believed to last longer, lest a wrong clock stop everything."""
_POLL_INTERVAL: Final = 0.02
"""Seconds after which to look again when a response in flight may free quota."""


@dataclass(frozen=True)
class QuotaStatus:
    """What is known about the quota; None until Plain's headers have been seen."""

    limit: int | None
    """Requests per window."""
    remaining: int | None
    """Requests left in this window; those in flight are not subtracted."""
    reset_in: float | None
    """Seconds until the window ends."""
    reset_at: str | None
    """When the window ends, as an ISO 8601 timestamp by the server's clock."""
    in_flight: int
    """Requests that this process has in flight."""
    waiting: int
    """Calls of this process that are waiting for quota."""
    parked_for: float | None = None
    """Seconds for which nobody may go because Plain said so; None when it has not."""
    others_per_second: float = 0.0
    """Requests a second that others with the key have sent of late, as far as the headers tell:
    other processes, other machines."""
    source: Literal["local", "shared"] = "local"
    """Where this comes from: Plain's headers in this process's own responses, or a Redis in which
    processes share the quota."""
    leased: int = 0
    """Requests that this process holds of a shared quota and has not used."""
    holders: int = 0
    """Processes that share the quota at the moment, this one included; 0 when it is not shared."""


@dataclass
class _Window:
    limit: int
    remaining: int
    epoch: float
    """The reset, by the server's clock."""
    ends: float
    """The reset, by our monotonic clock."""
    length: float
    """Seconds from when we first saw the window to its end."""
    is_believed: bool = True
    """Whether its end is one that can be; else any other word of Plain's counts more."""
    first: int = 0
    """What was left of it when we first saw it."""
    assumed_at: float | None = None
    """When we took the window for new without having heard of it."""


class Quota:
    """What is left, and who may go. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clock = ServerClock()
        self._window: _Window | None = None
        self._others = Others()
        self._bucket = Bucket()
        self._in_flight = 0
        self._parked_until = float("-inf")
        self._heard = False
        self.waiting = 0

    def ask(self, priority: Priority, reserve: float, now: float) -> float:
        """0 when the call may go, which counts it as in flight; else seconds to wait."""
        with self._lock:
            wait = self._wait(priority, reserve, now)
            if wait <= 0:
                self._in_flight += 1
                return 0.0
            return wait

    def done(self) -> None:
        """A call that was let go has come back, or was given up."""
        with self._lock:
            self._in_flight -= 1
            # Even without a response: the one call that bulk work sends ahead is back.
            self._heard = True

    def forget_calls(self) -> None:
        """Nothing is under way, as in a process that was just forked."""
        self._lock = threading.Lock()
        self._in_flight = self.waiting = 0

    def opens_in(self, now: float) -> float:
        """Seconds until an interactive call could go."""
        with self._lock:
            parked = self._parked_until - now
            window = self._window
            empty = window is not None and window.remaining <= 0
            left = window.ends - now if window is not None and empty else 0.0
            return max(0.0, parked, left)

    def observe(
        self, limits: Limits, date: str | None, *, sent: float, now: float, wall: float
    ) -> None:
        """Learn from a response, with its `Date`. `sent` and `now` are monotonic, `wall` is the
        time of day."""
        limit, remaining, epoch = limits.limit, limits.remaining, limits.reset
        if not limit or remaining is None or epoch is None:
            return
        with self._lock:
            self._clock.observe(date, wall - (now - sent), wall)
            left = epoch - self._clock.ahead - wall
            if left > _ABSURD:
                # Not even a clock that is wrong; such a word must not stop everything.
                return
            ends = now + min(left, _LONGEST_WINDOW) + _RESET_MARGIN
            believed = left <= _LONGEST_WINDOW
            told = _Window(limit, remaining, epoch, ends, ends - now, believed)
            self._learn(told, sent, now)
            window = self._window
            if window is not None and window.epoch == epoch and window.assumed_at is None:
                spent = window.limit - window.remaining
                self._others.observe(spent, self._in_flight, window.length, sent=sent, now=now)

    def refused(self, limits: Limits, jitter: float, now: float) -> float | None:
        """Plain refused a call for quota: park everybody, once. Seconds until the call may go.

        None when the refusal says nothing of now: it is of a window that is over, or does not
        say when to come back.
        """
        epoch, remaining, retry_after = limits.reset, limits.remaining, limits.retry_after
        with self._lock:
            window = self._window
            of_window = window is not None and window.is_believed and epoch is not None
            if window is not None and epoch is not None and is_over(window, epoch):
                return None
            until: float | None = None
            if of_window and window is not None and not (remaining and retry_after is not None):
                window.remaining = 0
                until = window.ends
            elif retry_after is not None:
                until = now + retry_after
            if until is None:
                return None
            self._parked_until = max(self._parked_until, until + jitter)
            return max(0.0, self._parked_until - now)

    def status(self, now: float) -> QuotaStatus:
        """What is known."""
        with self._lock:
            self._roll(now)
            window = self._window
            return QuotaStatus(
                limit=window.limit if window else None,
                remaining=window.remaining if window else None,
                reset_in=window.ends - now if window else None,
                reset_at=_timestamp(window.epoch) if window else None,
                in_flight=self._in_flight,
                waiting=self.waiting,
                parked_for=self._parked_until - now if self._parked_until > now else None,
                others_per_second=round(self._others.rate(now), 1),
            )

    def _wait(self, priority: Priority, reserve: float, now: float) -> float:
        if self._parked_until > now:
            return self._parked_until - now
        self._roll(now)
        window = self._window
        if window is None:
            # Bulk work sends one call ahead, so that a small quota is not overrun unknown.
            first = priority == "interactive" or self._heard or not self._in_flight
            return 0.0 if first else _POLL_INTERVAL
        left = window.ends - now
        available = window.remaining - self._in_flight
        # While responses are in flight, what they left may be more than it seems.
        otherwise = min(left, _POLL_INTERVAL) if self._in_flight and window.remaining > 0 else left
        if priority == "interactive":
            return 0.0 if available >= 1 else otherwise
        return self._bulk_wait(window, available, reserve, now)

    def _bulk_wait(self, window: _Window, available: int, reserve: float, now: float) -> float:
        left, share = window.ends - now, self._others.own_share
        course = Course(window.limit, window.first, reserve, window.length, left, share)
        unseen = self._others.unseen(now)
        free = available - unseen
        if free - 1 < course.rest:
            # What is in flight, here and elsewhere, may leave more than it seems.
            soon = self._in_flight > 0 and window.remaining > 0
            return min(course.left, _POLL_INTERVAL) if soon or unseen > 1 else course.left
        if (wait := course.reserved_for(free - 1)) > 0:
            return min(wait, course.left)
        rate = course.rate(free, self._others.round_trip)
        wait = self._bucket.take(rate, course.burst(), now)
        return min(wait, course.left)

    def _roll(self, now: float) -> None:
        window = self._window
        if window is not None and now >= window.ends:
            # A new window, of which nothing is known yet but that it is whole.
            self._others.new_window(window.limit - window.remaining)
            window.remaining = window.first = window.limit
            window.ends = now + window.length
            window.assumed_at = now
            self._bucket = Bucket()

    def _learn(self, told: _Window, sent: float, now: float) -> None:
        window = self._window
        if window is None or told.epoch > window.epoch or not window.is_believed:
            if window is not None and not told.is_believed and window.is_believed:
                # A reset of another year says nothing of the window that is now.
                return
            # A window is as long as it is when first seen; the first may be seen late.
            before = window.length if window and window.assumed_at is None else 0.0
            told.length = max(told.length, before if window and window.is_believed else 0.0, 0.001)
            told.first = told.limit if window is not None else told.remaining
            if window is not None and window.assumed_at is None:
                self._others.new_window(window.limit - window.remaining)
            self._window = told
        elif told.epoch == window.epoch:
            if window.assumed_at is None:
                window.limit = told.limit
                window.remaining = min(window.remaining, told.remaining)
                window.ends = told.ends
            elif sent >= window.assumed_at:
                # The old window was not over after all.
                window.remaining = window.first = told.remaining
                window.assumed_at = None
                window.ends = max(told.ends, now + 2 * _RESET_MARGIN)


def is_over(window: _Window, epoch: float) -> bool:
    """Whether a response is of a window before the one that is thought to be now."""
    return epoch < window.epoch or (epoch == window.epoch and window.assumed_at is not None)


_QUOTAS: "weakref.WeakValueDictionary[tuple[str, str], Quota]" = weakref.WeakValueDictionary()
_locks = [threading.Lock()]
"""The one that guards the quotas. In a list, because a forked child needs another."""


def _after_fork() -> None:
    """A child has none of its parent's calls under way, and nobody there holds a lock."""
    _locks[0] = threading.Lock()
    for quota in list(_QUOTAS.values()):
        quota.forget_calls()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def shared_quota(api_key: str, url: str) -> Quota:
    """The one quota of a key at an address, for all clients in this process."""
    name = (hashlib.sha256(api_key.encode()).hexdigest(), url)
    with _locks[0]:
        quota = _QUOTAS.get(name)
        if quota is None:
            quota = _QUOTAS[name] = Quota()
        return quota


def _timestamp(epoch: float) -> str | None:
    try:
        moment = datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError):
        return None
    return moment.replace("+00:00", "Z")
