"""A key's quota that processes and machines share, and what to do when nobody can be asked.

Arithmetic only, as in `Quota`: whoever carries an exchange out takes its arguments here, brings
its reply back, or says that there was none. Then calls go on with what the headers tell, as
without anything shared. What Plain's headers say always counts: a request that was granted waits
when they say that nothing is left.
"""

import os
import secrets
import socket
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from .._config import Priority
from .lease import LEASE, Grant, Lease
from .limits import Limits
from .quota import Quota, QuotaStatus, is_over
from .quota_script import ARGUMENTS, REPLY

_SOON: Final = 0.002
"""Seconds after which to look again while an exchange is under way."""
_FIRST_AWAY, _LONGEST_AWAY = 0.25, 2.0
"""Seconds: after a failed exchange the next is tried so much later, each time twice as much."""
_SLACK: Final = 1.1
"""Seconds by which a window may end before we thought: `Date` has whole seconds."""
_LOST: Final = 10.0
"""Seconds after which an exchange is thought to have died with its event loop."""
_LONGEST: Final = 121.0
"""Seconds: whatever is told to last longer is a lie."""
_PATIENCE: Final = {"interactive": 1, "bulk": 2}
"""Windows, and as many seconds, after which it is a lie that nothing is free. Bulk work may have
to let users go first for a while."""
_LAPSE: Final = 1.0
"""Seconds without another denial after which nobody is waiting any more."""
_REPLY_LENGTH: Final = len(REPLY)


class LiesError(Exception):
    """A reply that cannot be true."""


class LeasedQuota(Quota):
    """A quota of which requests are leased."""

    def __init__(self) -> None:
        super().__init__()
        self._lease = Lease()
        self._away_until: float | None = None
        """When to try again; None: the last exchange went well, or none was tried."""
        self._away_for = 0.0
        self._number = 0
        self._asking = False
        self._asked = 0.0
        self._seq_since = 0.0
        self._early = 0.0
        self._parked_untold = False
        self._reserve = 0.0
        self._denials: dict[Priority, tuple[float, float]] = {}
        """When the first and the last was of those denials that have gone on since."""
        self._is_unknown = False
        """Whether others know nothing of a window either."""
        self._rename()

    def _rename(self) -> None:
        self._id = secrets.token_hex(6)
        self._label = f"{socket.gethostname()}:{os.getpid()}"

    def forget_calls(self) -> None:
        """A forked process holds nothing, and is somebody else."""
        super().forget_calls()
        self._lease = Lease()
        self._asking = False
        self._number = 0
        self._rename()

    @property
    def is_untold(self) -> bool:
        """Whether others should hear of something soon, though nothing is to be asked."""
        return self._away_until is None and self._lease.grant is not None and self._lease.is_untold

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody waits for what an exchange may give, or has to be stopped."""
        return self._parked_untold or self._lease.grant is None or self._lease.is_wanting

    def is_due(self, now: float) -> bool:
        """Whether an exchange should begin."""
        if self._asking and now < self._asked + _LOST:
            return False
        if self._away_until is not None:
            return now >= self._away_until
        if self._parked_untold:
            return True
        lease = self._lease
        if lease.grant is None:
            return not self._is_unknown or self._window is not None
        return lease.is_due(now)

    def go_alone(self) -> None:
        """Nobody will carry exchanges out, until somebody does."""
        with self._lock:
            if self._away_until is None:
                self._away_until = 0.0

    def begin_exchange(self, now: float) -> list[str | int] | None:
        """The script's arguments; None when another exchange is under way."""
        with self._lock:
            if self._asking and now < self._asked + _LOST:
                return None
            self._asking = True
            self._asked = now
            self._number += 1
            self._roll(now)
            lease, window = self._lease, self._window
            interactive, bulk = lease.wants(now)
            told: dict[str, str | int] = {
                "id": self._id, "number": self._number, "lease": _milliseconds(LEASE),
                "seq": lease.seq, "stock": lease.stock(now), "spent": lease.spent,
                "in_flight": self._in_flight, "want_interactive": interactive, "want_bulk": bulk,
                "limit": 0, "remaining": 0, "epoch": 0, "reset_in": 0, "early": 0, "parked": 0,
                "reserve": round(self._reserve * 1000), "label": self._label, "now": "",
            }  # fmt: skip
            if window is not None and window.is_believed and window.assumed_at is None:
                told["limit"], told["remaining"] = window.limit, window.remaining
                told["epoch"] = round(window.epoch * 1000)
                told["reset_in"] = _milliseconds(window.ends - now)
            if self._early > now:
                told["early"] = _milliseconds(self._early - now)
                self._early = 0.0
            if self._parked_until > now:
                told["parked"] = _milliseconds(self._parked_until - now)
            self._parked_untold = False
            lease.asked(now)
            return [told[name] for name in ARGUMENTS]

    def end_exchange(self, reply: object, now: float) -> bool:
        """Take what an exchange gave; whether there had been none for a while.

        Raises `LiesError` when it cannot be true; then it was one that failed.
        """
        grant, is_told = _read(reply)
        with self._lock:
            self._asking = False
            self._check_patience(grant, now)
            was_away = self._away_until is not None
            self._away_until, self._away_for = None, 0.0
            if grant is None:
                # A later exchange was faster.
                return was_away
            if grant.parked:
                self._parked_until = max(self._parked_until, now + grant.parked)
            if grant.seq == 0:
                self._lease.forget()
                self._is_unknown = True
                return was_away
            self._is_unknown = False
            window = self._window
            is_new = self._lease.take_grant(grant, self._in_flight, self._asked, now)
            if is_new:
                self._seq_since = now
                ends_soon = window is not None and now < window.ends <= now + _SLACK
                if window is not None and not is_told and ends_soon:
                    # Others have seen more responses, and know better when it ends.
                    window.ends = now
                    self._roll(now)
            return was_away

    def fail_exchange(self, now: float) -> bool:
        """An exchange failed; whether that is news."""
        with self._lock:
            self._asking = False
            is_news = self._away_until is None
            self._away_for = min(max(2 * self._away_for, _FIRST_AWAY), _LONGEST_AWAY)
            self._away_until = now + self._away_for
            self._lease.forget()
            self._denials.clear()
            return is_news

    def give_up_exchange(self) -> None:
        """An exchange was ended together with its client."""
        with self._lock:
            self._asking = False

    def observe(
        self, limits: Limits, date: str | None, *, sent: float, now: float, wall: float
    ) -> None:
        """Learn from a response."""
        with self._lock:
            window, epoch = self._window, limits.reset
            if window is not None and epoch is not None and is_over(window, epoch):
                if sent <= self._seq_since:
                    self._lease.answered_before()
                elif self._seq_since and window.epoch == epoch:
                    left = epoch - self._clock.ahead - wall
                    self._early = now + left if 0 < left < _LONGEST else 0.0
        super().observe(limits, date, sent=sent, now=now, wall=wall)

    def refused(self, limits: Limits, jitter: float, now: float) -> float | None:
        """Plain refused a call for quota: park everybody, everywhere."""
        wait = super().refused(limits, jitter, now)
        self._parked_untold = self._parked_untold or wait is not None
        return wait

    def opens_in(self, now: float) -> float:
        """Seconds until an interactive call could go, as far as this process knows."""
        with self._lock:
            return max(0.0, self._parked_until - now)

    def status(self, now: float) -> QuotaStatus:
        """What is known."""
        status = super().status(now)
        grant = self._lease.grant
        if self._away_until is not None or grant is None:
            return status
        left = grant.left - (now - self._asked)
        return replace(
            status,
            limit=status.limit or grant.limit,
            remaining=grant.free if status.remaining is None else status.remaining,
            reset_in=left if status.reset_in is None else status.reset_in,
            source="shared",
            leased=self._lease.stock(now),
            holders=grant.holders,
        )

    def _wait(self, priority: Priority, reserve: float, now: float) -> float:
        self._reserve = reserve
        lease = self._lease
        if self._parked_until > now:
            return self._parked_until - now
        if self._away_until is not None or (self._is_unknown and lease.grant is None):
            wait = super()._wait(priority, reserve, now)
            if wait <= 0:
                lease.sent()
            return wait
        if lease.grant is None:
            return _SOON
        self._roll(now)
        window = self._window
        if window is not None and window.remaining <= 0 and not lease.is_over(now):
            # Plain's own word, whatever was granted.
            return max(_SOON, window.ends - now)
        wait = lease.take(priority, now)
        if wait <= 0:
            self._denials.pop(priority, None)
            return 0.0
        first, last = self._denials.get(priority, (now, now))
        self._denials[priority] = (first if now - last <= _LAPSE else now, now)
        return _SOON if self._asking else wait

    def _check_patience(self, grant: Grant | None, now: float) -> None:
        if grant is None:
            return
        if grant.parked or self._parked_until > now:
            self._denials.clear()
        length = self._window.length if self._window is not None else grant.length
        asked: tuple[tuple[Priority, int], ...] = (
            ("interactive", grant.interactive), ("bulk", grant.bulk),
        )  # fmt: skip
        for priority, got in asked:
            first, last = self._denials.get(priority, (now, now))
            patience = _PATIENCE[priority] * (length + 1.0)
            if not got and now - last <= _LAPSE and now - first > patience:
                raise LiesError(f"no request was free for {now - first:.1f} s")


def _read(reply: object) -> tuple[Grant | None, bool]:
    if not isinstance(reply, Sequence) or isinstance(reply, str | bytes):
        raise LiesError("the reply is no list")
    numbers: list[int] = []
    for value in reply:  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(value, int):
            raise LiesError("the reply holds something else than counts")
        numbers.append(value)
    if numbers[:1] == [-1]:
        return None, False
    if len(numbers) != _REPLY_LENGTH or min(numbers[:10]) < 0:
        raise LiesError("the reply does not hold what the script gives")
    (seq, interactive, bulk, wait_i, wait_b, left, length, credit, parked, holders, free, limit,
     is_told) = numbers  # fmt: skip
    if max(left, length, parked, wait_i, wait_b) > _LONGEST * 1000:
        raise LiesError("the reply tells of a window that is too long")
    return (
        Grant(seq, interactive, bulk, wait_i / 1000, wait_b / 1000, left / 1000, length / 1000,
              credit, parked / 1000, holders, free, limit),
        bool(is_told),
    )  # fmt: skip


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))
