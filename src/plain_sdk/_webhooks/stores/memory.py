"""A store in the memory of this process."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from .base import KEEP, Claim, Overdue


@dataclass
class _Running:
    token: str
    until: float
    attempts: int
    body: bytes | None


class MemoryStore:
    """Remembers events in this process: for one process, and until it ends.

    Args:
        most: How many handled events are remembered; the oldest are forgotten first.
        keep: Seconds that they are remembered.
        clock: Seconds, never running backwards.
    """

    def __init__(
        self, *, most: int = 100_000, keep: float = KEEP, clock: Callable[[], float] | None = None
    ) -> None:
        self._most = most
        self._keep = keep
        self._clock = clock or time.monotonic
        self._running: dict[str, _Running] = {}
        self._done: OrderedDict[str, float] = OrderedDict()

    async def claim(
        self, event_id: str, token: str, lease: float, body: bytes | None = None
    ) -> Claim:
        """Claim an event for `lease` seconds."""
        now = self._clock()
        while self._done and next(iter(self._done.values())) <= now:
            self._done.popitem(last=False)
        if event_id in self._done:
            return Claim.DONE
        held = self._running.get(event_id)
        if held is not None and held.until > now:
            return Claim.RUNNING
        attempts = held.attempts if held is not None else 0
        self._running[event_id] = _Running(token, now + lease, attempts + 1, body)
        return Claim.GRANTED

    async def renew(self, event_id: str, token: str, lease: float) -> bool:
        """Extend the lease."""
        held = self._running.get(event_id)
        if held is None or held.token != token:
            return False
        held.until = self._clock() + lease
        return True

    async def done(self, event_id: str) -> None:
        """The event was handled."""
        self._running.pop(event_id, None)
        self._done[event_id] = self._clock() + self._keep
        self._done.move_to_end(event_id)
        while len(self._done) > self._most:
            self._done.popitem(last=False)

    async def release(self, event_id: str, token: str, retry_in: float | None = None) -> None:
        """The event was not handled."""
        held = self._running.get(event_id)
        if held is not None and held.token == token:
            if retry_in is None:
                del self._running[event_id]
            else:
                held.token = ""
                held.until = self._clock() + retry_in

    async def overdue(self, token: str, lease: float) -> Overdue | None:
        """Claim an event that is to be tried again."""
        now = self._clock()
        for event_id, held in self._running.items():
            if held.body is not None and held.until <= now:
                held.token, held.until = token, now + lease
                held.attempts += 1
                return Overdue(event_id, held.body, held.attempts)
        return None

    async def aclose(self) -> None:
        """Nothing to close."""
