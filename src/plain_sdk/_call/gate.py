"""Lets calls pass when quota and slots allow, in the order in which they came."""

import time
from collections.abc import Awaitable, Callable
from typing import Final

import anyio

from .._config import Priority
from .call import Call
from .quota import Quota

_LOOK_AGAIN: Final = 0.25
"""Seconds after which whoever is next looks again, because responses may bring news."""


_FOR_QUOTA: Final = "waiting for quota"
_FOR_A_SLOT: Final = "waiting for a free slot among the requests in flight"


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
        sleep: Callable[[float], Awaitable[None]] | None = None,
        look: Callable[[], None] | None = None,
    ) -> None:
        """`look` is called when something was asked of the quota, which others may have to hear."""
        self._quota = quota
        self._look = look
        self._reserve = reserve
        self._clock = clock
        self._sleep = sleep or anyio.sleep
        self._slots = anyio.Semaphore(max_in_flight, fast_acquire=True)
        # Whoever waits for quota does so in turn; only the first in each line looks.
        self._lines = {"interactive": anyio.Lock(), "bulk": anyio.Lock()}
        self._reasons = {"interactive": _FOR_A_SLOT, "bulk": _FOR_A_SLOT}

    async def enter(self, call: Call) -> None:
        """Wait until the call may be sent; `leave` must follow. Cancelled: nothing is kept.

        A slot is taken first and the quota asked then, so that what the quota says is true
        when the request goes. Raises `QuotaUsedUpError` when waiting for quota could only use
        the call's time up, and `PoolTimeoutError`.
        """
        priority = call.settings.priority
        line = self._lines[priority]
        # Nobody may overtake those who wait, unless nobody does.
        if line.locked() or self._try(priority) > 0:
            await self._wait(call, line)

    def leave(self) -> None:
        """The call is back."""
        self._quota.done()
        self._slots.release()
        if self._look is not None:
            self._look()

    @property
    def free_slots(self) -> int:
        """How many more requests may be in flight."""
        return self._slots.value

    def _try(self, priority: Priority) -> float:
        """0 when the call has a slot and quota; else seconds to wait, with neither kept."""
        try:
            self._slots.acquire_nowait()
        except anyio.WouldBlock:
            return _LOOK_AGAIN
        return self._ask(priority)

    def _ask(self, priority: Priority) -> float:
        """0 when the call has quota for its slot; else seconds to wait, the slot given back."""
        wait = self._quota.ask(priority, self._reserve, self._clock())
        if self._look is not None:
            self._look()
        if wait > 0:
            self._slots.release()
        return wait

    async def _wait(self, call: Call, line: anyio.Lock) -> None:
        self._check_time(call, self._quota.opens_in(self._clock()))
        started = self._clock()
        self._quota.waiting += 1
        try:
            with anyio.move_on_after(call.settings.pool_timeout) as scope:
                async with line:
                    await self._first_in_line(call)
            if scope.cancelled_caught:
                raise PoolTimeoutError
        except BaseException:
            # Those behind the first wait for what the first waits for.
            call.stage = self._reasons[call.settings.priority]
            raise
        finally:
            self._quota.waiting -= 1
            call.waited += self._clock() - started

    async def _first_in_line(self, call: Call) -> None:
        priority = call.settings.priority
        # Only the first in line looks, and it knows when to look again.
        while True:
            self._reasons[priority] = _FOR_A_SLOT
            await self._slots.acquire()
            if (wait := self._ask(priority)) <= 0:
                return
            self._reasons[priority] = _FOR_QUOTA
            self._check_time(call, wait)
            await self._sleep(min(wait, _LOOK_AGAIN))

    def _check_time(self, call: Call, wait: float) -> None:
        if call.ends is not None and self._clock() + wait >= call.ends:
            raise QuotaUsedUpError(wait)
