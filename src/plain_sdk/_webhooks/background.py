"""Handling events after they were answered: nobody delivers them again, so we try again."""

from collections.abc import Awaitable, Callable
from typing import Final

import anyio
from anyio.abc import TaskGroup

from .handling import LOGGER, Once, Result, new_token
from .stores.base import Claim, DeliveryStore, Overdue

DELAYS: Final = (
    10.0, 30.0, 300.0, 1800.0, 3600.0, 10800.0, 21600.0, 43200.0, 86400.0, 86400.0, 86400.0,
    86400.0,
)  # fmt: skip
"""Seconds before each further try: Plain's own pace of delivering again, over five days."""

Handle = Callable[[bytes], Awaitable[None]]


def delay_after(attempts: int) -> float | None:
    """Seconds before the next try; None when there were enough."""
    return DELAYS[attempts - 1] if attempts <= len(DELAYS) else None


class Background:
    """Runs what is kept in a store, some of it at once, and again when it failed.

    Args:
        store: Where the bodies are kept until they are handled.
        lease: Seconds that a run holds on to an event without news.
        handle: Handles a body.
        concurrency: How many events are handled at once; the rest wait.
    """

    def __init__(
        self, store: DeliveryStore, lease: float, handle: Handle, concurrency: int
    ) -> None:
        self._store = store
        self._lease = lease
        self._handle = handle
        self._once = Once(store, lease)
        self._concurrency = concurrency
        self._turns = anyio.CapacityLimiter(concurrency)
        self._running = 0
        self._settled = anyio.Event()

    async def accept(self, event_id: str, body: bytes, group: TaskGroup) -> None:
        """Keep an event and begin with it, unless it is kept or done already."""
        token = new_token()
        if await self._store.claim(event_id, token, self._lease, body) is Claim.GRANTED:
            self._begin(group, Overdue(event_id, body, 1), token)

    async def recover(self, group: TaskGroup) -> None:
        """Begin with what is overdue: it failed before, or a process died while it ran."""
        while True:
            try:
                await self._begin_overdue(group)
            except Exception:
                LOGGER.exception("the store of webhooks cannot be read")
            await anyio.sleep(self._lease / 2)

    async def _begin_overdue(self, group: TaskGroup) -> None:
        while self._running < self._concurrency:
            token = new_token()
            found = await self._store.overdue(token, self._lease)
            if found is None:
                return
            self._begin(group, found, token)

    def _begin(self, group: TaskGroup, overdue: Overdue, token: str) -> None:
        self._running += 1
        group.start_soon(self._run, overdue, token)

    async def _run(self, overdue: Overdue, token: str) -> None:
        async def work() -> None:
            async with self._turns:
                await self._handle(overdue.body)

        try:
            delay = delay_after(overdue.attempts)
            result = await self._once.run_claimed(
                overdue.event_id, token, work, retry_in=delay, stopped=0.0
            )
            if result is Result.FAILED and delay is None:
                LOGGER.error("the event %s is given up after %d tries", overdue.event_id,
                             overdue.attempts)  # fmt: skip
        except Exception:
            LOGGER.exception("the store of webhooks cannot be written")
        finally:
            self._running -= 1
            self._settled.set()

    async def drain(self) -> None:
        """Wait until nothing runs."""
        while self._running:
            self._settled = anyio.Event()
            await self._settled.wait()
