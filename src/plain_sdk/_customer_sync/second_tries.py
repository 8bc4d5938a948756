"""Rows with a conflict, sent once more when all others are through.

The email that a row asks for may be one that another row of the same file gives up. Rounds go
on for as long as one of them gets somebody through: a chain of handed-down emails needs several.
"""

from collections import deque
from dataclasses import replace
from typing import Final

import anyio

from .._bulk.source import PackEndsError
from .._errors import PlainError
from .._outcome import Err
from .planning import Planned

MOST_HELD: Final = 10_000
"""Rows that wait for their second try; further conflicts are refused until the next run."""


class SecondTries:
    """Holds rows back, and gives them out when nothing else is under way."""

    def __init__(self) -> None:
        self._queue: deque[Planned] = deque()
        self._held: dict[int, tuple[Planned, PlainError]] = {}
        self._under_way = 0
        self._idle = anyio.Event()
        self._gave_since_break = False
        self._errors: dict[int, PlainError] = {}
        self._taken: dict[int, PlainError] = {}
        """Of the rows held: outcomes that are still on their way to the reader."""
        self._rounds = 0
        self._through = False
        """Whether this round got a row through."""

    def started(self) -> None:
        """A row is given out to be sent or told."""
        self._under_way += 1
        self._gave_since_break = True

    def ended(self, count: int) -> None:
        """So many rows have come to an end, or are held."""
        self._under_way -= count
        if self._under_way == 0:
            self._idle.set()

    def came_through(self) -> None:
        """A row of this round arrived."""
        self._through = True

    def hold(self, planned: Planned, error: PlainError, attempts: int) -> bool:
        """Keep a row for another try; False when there is no room."""
        if len(self._held) >= MOST_HELD:
            return False
        self._taken[planned.place] = error
        self._held[planned.place] = (replace(planned, attempts=attempts), error)
        return True

    def takes(self, place: int, outcome: object) -> bool:
        """Whether an outcome is one of a row that comes up once more, and not to be told."""
        return isinstance(outcome, Err) and self._taken.pop(place, None) is outcome.error

    async def next(self) -> Planned:
        """The next row to send once more, or to tell of; `StopAsyncIteration` behind the last."""
        while not self._queue:
            if self._under_way:
                await self._until_idle()
                continue
            if not self._held:
                raise StopAsyncIteration
            self._next_round()
        return self._queue.popleft()

    def _next_round(self) -> None:
        again = self._rounds == 0 or self._through
        self._rounds += 1
        self._through = False
        self._errors = {place: error for place, (_, error) in self._held.items()}
        for planned, error in self._held.values():
            self._queue.append(planned if again else replace(planned, known=Err(error)))
        self._held.clear()

    async def _until_idle(self) -> None:
        if self._gave_since_break:
            # Rows wait for their pack to be full; it will not be.
            self._gave_since_break = False
            raise PackEndsError
        self._idle = anyio.Event()
        await self._idle.wait()

    def left(self) -> list[tuple[Planned, PlainError]]:
        """Rows that were held and never came up again, because the work was stopped."""
        queued = [
            (planned, error)
            for planned in self._queue
            if (error := self._errors.get(planned.place)) is not None
        ]
        return [*self._held.values(), *queued]
