"""Handling an event once: claimed, kept while it runs, and marked when it succeeded."""

import enum
import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Final

import anyio

from .stores.base import Claim, DeliveryStore

LOGGER: Final = logging.getLogger("plain_sdk.webhooks")

Work = Callable[[], Awaitable[None]]


class Result(enum.Enum):
    """What became of an event."""

    DONE = "done"
    """It was handled, now or before."""
    RUNNING = "running"
    """Somebody else is handling it."""
    FAILED = "failed"
    """A handler raised; that was logged."""


def renew_every(lease: float) -> float:
    """Seconds between two renewals of a lease, so that two may fail."""
    return lease / 3


class Once:
    """Runs work for an event unless it was done, or is being done.

    While the work runs, its lease is renewed every third of it. If it is lost all the same,
    because this process slept or the store was out of reach, the work is cancelled: somebody
    else may have begun. A process that dies leaves its lease behind, so that the event can be
    claimed when that has run out.
    """

    def __init__(self, store: DeliveryStore, lease: float) -> None:
        self._store = store
        self._lease = lease

    async def run(self, event_id: str, work: Work) -> Result:
        """Claim, work, and mark. An error of the store's is raised."""
        token = new_token()
        claim = await self._store.claim(event_id, token, self._lease)
        if claim is not Claim.GRANTED:
            return Result.DONE if claim is Claim.DONE else Result.RUNNING
        return await self.run_claimed(event_id, token, work)

    async def run_claimed(
        self,
        event_id: str,
        token: str,
        work: Work,
        *,
        retry_in: float | None = None,
        stopped: float | None = None,
    ) -> Result:
        """Work and mark what is claimed already.

        What fails may be tried again in `retry_in` seconds, what is cancelled in `stopped`
        seconds; None: the store forgets it, and the next delivery is the next try.
        """
        result = Result.RUNNING
        try:
            result = await self._work(event_id, token, work)
        finally:
            # Also when this is cancelled, so that the next try need not wait for the lease.
            with anyio.CancelScope(shield=True):
                if result is Result.DONE:
                    await self._store.done(event_id)
                else:
                    delay = retry_in if result is Result.FAILED else stopped
                    await self._store.release(event_id, token, delay)
        return result

    async def _work(self, event_id: str, token: str, work: Work) -> Result:
        result = Result.RUNNING
        async with anyio.create_task_group() as group:
            group.start_soon(self._keep, event_id, token, group.cancel_scope)
            try:
                await work()
                result = Result.DONE
            except Exception:
                LOGGER.exception("a handler of the event %s failed", event_id)
                result = Result.FAILED
            group.cancel_scope.cancel()
        return result

    async def _keep(self, event_id: str, token: str, work: anyio.CancelScope) -> None:
        pause = renew_every(self._lease)
        lost_at = anyio.current_time() + self._lease
        while anyio.current_time() < lost_at:
            await anyio.sleep(pause)
            begun = anyio.current_time()
            try:
                with anyio.fail_after(pause):
                    if not await self._store.renew(event_id, token, self._lease):
                        break
                lost_at = begun + self._lease
            except Exception as error:
                LOGGER.warning("the lease of the event %s was not renewed: %r", event_id, error)
        LOGGER.error("the lease of the event %s is lost; its handlers are cancelled", event_id)
        work.cancel()


def new_token() -> str:
    """What tells one run from every other."""
    return uuid.uuid4().hex
