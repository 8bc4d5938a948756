"""Lets calls pass when quota and places allow, in the order in which they came."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import anyio

from ._quota import Quota
from ._settings import CallSettings

_LOOK_AGAIN: Final = 0.25
"""Seconds after which whoever is next looks again, because answers may bring news."""


@dataclass
class Progress:
    """How far a call has come; the errors tell it."""

    attempts: int = 0
    stage: str = "starting"
    """What the call is doing: waiting for quota, for a place, for an answer, to try again."""
    waited: float = 0.0
    """Seconds that it waited for our own quota or places."""


class QuotaUsedUpError(Exception):
    """The quota does not come back before the call's time is up."""

    def __init__(self, opens_in: float) -> None:
        super().__init__()
        self.opens_in = opens_in
        """Seconds until somebody may go again."""


class PoolTimeoutError(Exception):
    """No place among the requests in flight became free in time."""


class Gate:
    """The way in for the calls of one client in one event loop."""

    def __init__(
        self,
        quota: Quota,
        *,
        max_in_flight: int,
        reserve: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._quota = quota
        self._reserve = reserve
        self._clock = clock
        self._places = anyio.Semaphore(max_in_flight, fast_acquire=True)
        # Whoever waits for quota does so in turn; only the first in each line looks.
        self._lines = {"interactive": anyio.Lock(), "bulk": anyio.Lock()}

    async def enter(self, settings: CallSettings, progress: Progress, ends: float | None) -> None:
        """Wait until the call may be sent; `leave` must follow. Cancelled: nothing is kept.

        `ends` is when the call's time is up. Raises `QuotaUsedUpError` when waiting for quota
        could only use that time up, and `PoolTimeoutError`.
        """
        line = self._lines[settings.priority]
        # Nobody may overtake those who wait, unless nobody does.
        if line.locked() or self._ask(settings) > 0:
            await self._wait_for_quota(settings, progress, line, ends)
        try:
            self._places.acquire_nowait()
        except anyio.WouldBlock:
            await self._wait_for_place(settings, progress)

    def leave(self) -> None:
        """The call is back."""
        self._quota.done()
        self._places.release()

    @property
    def free_places(self) -> int:
        """How many more requests may be in flight."""
        return self._places.value

    def _ask(self, settings: CallSettings) -> float:
        return self._quota.ask(settings.priority, self._reserve, self._clock())

    async def _wait_for_quota(
        self,
        settings: CallSettings,
        progress: Progress,
        line: anyio.Lock,
        ends: float | None,
    ) -> None:
        self._check_time(ends)
        progress.stage = "waiting for quota"
        started = self._clock()
        self._quota.waiting += 1
        try:
            async with line:
                # Only the first in line looks, and it knows when to look again.
                while (wait := self._ask(settings)) > 0:
                    self._check_time(ends)
                    await anyio.sleep(min(wait, _LOOK_AGAIN))
        finally:
            self._quota.waiting -= 1
            progress.waited += self._clock() - started

    def _check_time(self, ends: float | None) -> None:
        now = self._clock()
        opens_in = self._quota.opens_in(now)
        if ends is not None and now + opens_in >= ends:
            raise QuotaUsedUpError(opens_in)

    async def _wait_for_place(self, settings: CallSettings, progress: Progress) -> None:
        progress.stage = "waiting for a free place among the requests in flight"
        started = self._clock()
        try:
            with anyio.move_on_after(settings.pool_timeout) as scope:
                await self._places.acquire()
            if scope.cancelled_caught:
                raise PoolTimeoutError
        except BaseException:
            self._quota.done()
            raise
        finally:
            progress.waited += self._clock() - started
