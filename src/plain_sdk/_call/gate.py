"""Lets calls pass when quota and places allow, in the order in which they came."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import anyio

from .._config import CallSettings
from .quota import Quota

_LOOK_AGAIN: Final = 0.25
"""Seconds after which whoever is next looks again, because answers may bring news."""


_FOR_QUOTA: Final = "waiting for quota"
_FOR_A_PLACE: Final = "waiting for a free place among the requests in flight"


@dataclass
class Progress:
    """How far a call has come; the errors tell it."""

    attempts: int = 0
    stage: str = "starting"
    """What the call is doing: waiting for quota, for a place, for an answer, to try again."""
    waited: float = 0.0
    """Seconds that it waited for our own quota or places."""
    in_doubt: bool = False
    """An attempt may have been carried out, though its answer was lost."""


class QuotaUsedUpError(Exception):
    """The quota does not come back before the call's time is up."""

    def __init__(self, opens_in: float) -> None:
        super().__init__()
        self.opens_in = opens_in
        """Seconds until somebody may go again."""


class PoolTimeoutError(Exception):
    """The call's turn did not come within its `pool_timeout`."""


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
        self._reasons = {"interactive": "", "bulk": ""}

    async def enter(self, settings: CallSettings, progress: Progress, ends: float | None) -> None:
        """Wait until the call may be sent; `leave` must follow. Cancelled: nothing is kept.

        A place is taken first and the quota asked then, so that what the quota says is true
        when the request goes. `ends` is when the call's time is up. Raises `QuotaUsedUpError`
        when waiting for quota could only use that time up, and `PoolTimeoutError`.
        """
        line = self._lines[settings.priority]
        # Nobody may overtake those who wait, unless nobody does.
        if line.locked() or self._try(settings) > 0:
            await self._wait(settings, progress, line, ends)

    def leave(self) -> None:
        """The call is back."""
        self._quota.done()
        self._places.release()

    @property
    def free_places(self) -> int:
        """How many more requests may be in flight."""
        return self._places.value

    def _try(self, settings: CallSettings) -> float:
        """0 when the call has a place and quota; else seconds to wait, with neither kept."""
        try:
            self._places.acquire_nowait()
        except anyio.WouldBlock:
            return _LOOK_AGAIN
        return self._ask(settings)

    def _ask(self, settings: CallSettings) -> float:
        """0 when the call has quota for its place; else seconds to wait, the place given back."""
        wait = self._quota.ask(settings.priority, self._reserve, self._clock())
        if wait > 0:
            self._places.release()
        return wait

    async def _wait(
        self,
        settings: CallSettings,
        progress: Progress,
        line: anyio.Lock,
        ends: float | None,
    ) -> None:
        self._check_time(ends, self._quota.opens_in(self._clock()))
        started = self._clock()
        self._quota.waiting += 1
        try:
            with anyio.move_on_after(settings.pool_timeout) as scope:
                async with line:
                    await self._first_in_line(settings, ends)
            if scope.cancelled_caught:
                raise PoolTimeoutError
        except BaseException:
            # Those behind the first wait for what the first waits for.
            progress.stage = self._reasons[settings.priority]
            raise
        finally:
            self._quota.waiting -= 1
            progress.waited += self._clock() - started

    async def _first_in_line(self, settings: CallSettings, ends: float | None) -> None:
        # Only the first in line looks, and it knows when to look again.
        while True:
            self._reasons[settings.priority] = _FOR_A_PLACE
            await self._places.acquire()
            if (wait := self._ask(settings)) <= 0:
                return
            self._reasons[settings.priority] = _FOR_QUOTA
            self._check_time(ends, wait)
            await anyio.sleep(min(wait, _LOOK_AGAIN))

    def _check_time(self, ends: float | None, wait: float) -> None:
        if ends is not None and self._clock() + wait >= ends:
            raise QuotaUsedUpError(wait)
