"""Waiting while Plain is away, so that an outage costs time and no row.

While it lasts, one request at a time asks whether Plain is back, after a pause that grows; all
others wait. Each time it is another row's, because a row that Plain cannot stomach looks like an
outage to itself.
"""

import copy
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias, TypeVar

import anyio

from .._errors import PlainError
from .._outcome import Err, Outcome
from .policy import is_outage, may_be_the_rows_fault

RowT = TypeVar("RowT")
Send: TypeAlias = Callable[[list[RowT], int | None], Awaitable[list[Outcome[Any]]]]
"""Sends rows, with that many attempts (None: as many as usual), and gives their outcomes."""

_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
_STRIKES: Final = 3
"""How often a row may fail while others get through, before it is the row."""
UNMET: Final = 30.0
"""Seconds to wait for a Plain that has not answered yet: its address may be mistyped."""
AWAY: Final = 3600.0
"""Seconds to wait for a Plain that has answered before."""


class Outage:
    """Lets requests through while Plain is there, and one now and then while it is not."""

    def __init__(
        self,
        give_up_after: float | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        randomness: Callable[[], float] = random.random,
    ) -> None:
        self._give_up_after = give_up_after
        self._clock = clock
        self._sleep = sleep
        self._randomness = randomness
        self._line = anyio.Lock()
        self._pause = _FIRST_PAUSE
        self._began: float | None = None
        self._asks_at = 0.0
        self._answers = 0
        self._under_way = 0

    @property
    def lasts(self) -> float | None:
        """For how many seconds Plain has been away; None while it is there."""
        return None if self._began is None else self._clock() - self._began

    @property
    def asks_in(self) -> float:
        """Seconds until Plain is asked again."""
        return max(0.0, self._asks_at - self._clock())

    async def send(self, rows: list[RowT], call: Send[RowT]) -> list[Outcome[Any]]:
        """The outcomes of the rows; what an outage hit is sent again.

        Raises the last error when Plain stays away for too long.
        """
        outcomes: dict[int, Outcome[Any]] = {}
        left = list(range(len(rows)))
        strikes = 0
        self._under_way += 1
        try:
            while True:
                before = self._answers
                sent = await self._let_through([rows[place] for place in left], call)
                outcomes.update(zip(left, sent, strict=True))
                left = [place for place in left if _hit(outcomes[place])]
                if not left:
                    break
                if self._answers > before or (self._under_way == 1 and _suspect(sent)):
                    strikes += 1
                if strikes >= _STRIKES:
                    break
        finally:
            self._under_way -= 1
        return [outcomes[place] for place in range(len(rows))]

    async def _let_through(self, rows: list[RowT], call: Send[RowT]) -> list[Outcome[Any]]:
        if self._began is not None:
            # The line is fair: whose question found nobody stands behind the others.
            async with self._line:
                if self.lasts is not None:
                    await self._sleep(self.asks_in)
                    sent = await call(rows, 1)
                    self._heard(sent)
                    return sent
        sent = await call(rows, None)
        self._heard(sent)
        return sent

    def _heard(self, sent: list[Outcome[Any]]) -> None:
        hit = [outcome.error for outcome in sent if isinstance(outcome, Err) and _hit(outcome)]
        answered = len(sent) - len(hit)
        self._answers += answered
        if answered:
            self._began, self._pause = None, _FIRST_PAUSE
            return
        now = self._clock()
        if self._began is None:
            self._began = now
        elif now >= self._asks_at:
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        else:
            # It was under way when the outage began, and tells nothing new.
            return
        limit = self._give_up_after
        if limit is None:
            limit = AWAY if self._answers else UNMET
        if now - self._began >= limit:
            raise _given_up(hit[-1], now - self._began, met=self._answers > 0)
        pause = self._pause * (0.5 + self._randomness() / 2)
        self._asks_at = min(now + pause, self._began + limit)


def _hit(outcome: Outcome[Any]) -> bool:
    return isinstance(outcome, Err) and is_outage(outcome.error)


def _suspect(sent: list[Outcome[Any]]) -> bool:
    return any(
        isinstance(outcome, Err) and _hit(outcome) and may_be_the_rows_fault(outcome.error)
        for outcome in sent
    )


def _given_up(error: PlainError, seconds: float, *, met: bool) -> PlainError:
    """The error that ends the sync."""
    told = copy.copy(error)
    hint = "" if met else " (is the address right?)"
    told.message = (
        f"no usable response for {seconds:.0f} s{hint}, so the sync gave up; nothing is lost: "
        f"the next run sends the rows that are left. The last error: {error.message}"
    )
    told.args = (told.message,)
    return told
