"""A sync: upserts of rows, with a checkpoint file that records what is done.

A row is noted as being sent before its request goes out, and as done or refused as soon as the
response is there. So a kill at any moment leaves at most the rows in flight in doubt, and the next
run sends those again: upserts are safe to retry.
"""

from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable
from datetime import UTC, datetime
from functools import partial
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import anyio
import anyio.lowlevel
import anyio.to_thread

from .._bulk.outcomes import ItemOutcome, Outcomes, Unfinished
from .._config import ClientConfig, OnConflict, bulk_options, checked_seconds
from .._customers.prepared import PreparedUpsert
from .._customers.rows import UpsertRow
from .._errors import PlainError
from .._outcome import Err, Ok, Outcome
from .checkpoint import Checkpoint
from .outage import Outage
from .planning import Planned, Planner
from .policy import SyncSummary
from .second_tries import SecondTries
from .sending import Sender
from .stores import is_address

if TYPE_CHECKING:
    from plain_graphql.operations.upsert_customer import UpsertedCustomer

    from .._call.pipeline import Pipeline
    from ..runtime.operations import RequestOptions
    from .sending import UpsertPack

_BREATH: Final = 64
"""After so many rows that need no request, others get their turn."""


class CustomerSync:
    """A sync's outcomes, as an async context manager and iterator; or awaited, its summary.

        async with client.sync_customers(rows, checkpoint="customers.db") as sync:
            async for outcome in sync:
                ...
        print(sync.summary)

    There is an outcome for each row that is sent or refused, including those that were refused
    in an earlier run (with 0 attempts); rows that are unchanged are only counted. Leaving the
    block early cancels what is in flight; the next run sends those rows again.
    """

    def __init__(
        self,
        upsert: "UpsertPack | None",
        rows: Iterable[UpsertRow] | AsyncIterable[UpsertRow],
        *,
        checkpoint: str | PathLike[str],
        url: str,
        api_key: str | None,
        same_workspace: bool,
        max_running: int,
        pack: int,
        retry_refused: bool,
        give_up_after: float | None = None,
        dry_run: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._upsert = upsert
        self._path = checkpoint
        self._url = url
        self._api_key = api_key
        self._same_workspace = same_workspace
        self._retry_refused = retry_refused
        self._dry_run = dry_run
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._source = aiter(rows) if isinstance(rows, AsyncIterable) else _Rows(iter(rows))
        self._source_ended = False
        self._outage = Outage(give_up_after)
        self._second = SecondTries()
        self._planned: Outcomes[Planned, UpsertedCustomer] = Outcomes(
            lambda pack: self._sender.carry_out(pack),
            _Pulled(self._next_to_carry_out),
            max_running=max_running,
            pack=pack,
        )
        self.unread: list[ItemOutcome[UpsertRow, UpsertedCustomer]] = []
        """Outcomes that had arrived but were not consumed; they are recorded."""
        self.unfinished: list[Unfinished[UpsertRow]] = []
        """Rows that were pulled and have no outcome; the next run sends them again."""

    async def __aenter__(self) -> Self:
        open_it = partial(
            Checkpoint,
            self._path,
            url=self._url,
            api_key=self._api_key,
            same_workspace=self._same_workspace,
            rehearsal=self._dry_run,
        )
        if is_address(self._path):
            # Reads everything that a server holds. Not given up midway: the lock would be kept.
            with anyio.CancelScope(shield=True):
                self._checkpoint = await anyio.to_thread.run_sync(open_it)
        else:
            self._checkpoint = open_it()
        self._planner = Planner(
            self._checkpoint, self._counts, self._now, retry_refused=self._retry_refused
        )
        if not self._dry_run:
            assert self._upsert is not None
            self._sender = Sender(
                self._upsert,
                self._checkpoint,
                self._counts,
                self._outage,
                self._second,
                self._now,
            )
            try:
                await self._planned.__aenter__()
            except BaseException:
                self._checkpoint.close()
                raise
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        try:
            if self._dry_run:
                return None
            return await self._planned.__aexit__(exc_type, exc, traceback)
        finally:
            self._checkpoint.close()
            self._settle()

    def _settle(self) -> None:
        """Account for every row that was pulled and whose outcome was not taken."""
        held = self._second.left()
        places = {planned.place for planned, _ in held}
        unread = [_shown(o) for o in self._planned.unread if o.item.place not in places]
        for planned, error in held:
            refused: Err = Err(error)
            unread.append(
                ItemOutcome(planned.place, planned.row, planned.key, refused, planned.attempts)
            )
        self.unread = sorted(unread, key=lambda outcome: outcome.index)
        self.unfinished = [
            Unfinished(left.item.place, left.item.row, left.in_doubt)
            for left in self._planned.unfinished
            if left.item.send is not None
        ]

    def __aiter__(self) -> Self:
        if not hasattr(self, "_checkpoint"):
            raise RuntimeError(
                "the sync has not started: write `async with client.sync_customers(...) as sync:`"
            )
        return self

    async def __anext__(self) -> "ItemOutcome[UpsertRow, UpsertedCustomer]":
        """The next outcome; the error that ended the sync, if any, comes last."""
        if not self._dry_run:
            while True:
                outcome = await anext(self._planned)
                if not self._second.takes(outcome.item.place, outcome.outcome):
                    return _shown(outcome)
        while True:
            planned = await self._next_planned()
            if planned.known is not None:
                self._counts[planned.count_as] += 1
                return ItemOutcome(planned.place, planned.row, planned.key, planned.known, 0)
            self._counts["to_send"] += 1

    def __await__(self) -> Generator[object, None, SyncSummary]:
        return self._whole().__await__()

    async def _whole(self) -> SyncSummary:
        async with self:
            async for _ in self:
                continue
        return self.summary

    def finish(self) -> None:
        """Send nothing more, wait for the responses in flight, and end."""
        self._planned.finish()

    @property
    def summary(self) -> SyncSummary:
        """The counts so far."""
        return SyncSummary(**self._counts)

    @property
    def away(self) -> tuple[float, float] | None:
        """For how many seconds Plain has been away, and in how many it is asked again; None
        while it is there."""
        lasts = self._outage.lasts
        return None if lasts is None else (lasts, self._outage.asks_in)

    async def _next_planned(self) -> Planned:
        """The next row that gets an outcome; those before it are counted."""
        while True:
            row = await anext(self._source)
            place = self._counts["rows"]
            self._counts["rows"] += 1
            planned = self._planner.plan(place, row)
            if planned is not None:
                return planned
            if place % _BREATH == 0:
                await anyio.lowlevel.checkpoint()

    async def _next_to_carry_out(self) -> Planned:
        """The next row of the source, and behind the last those that are sent once more."""
        planned: Planned | None = None
        if not self._source_ended:
            try:
                planned = await self._next_planned()
            except StopAsyncIteration:
                self._source_ended = True
        if planned is None:
            planned = await self._second.next()
        self._second.started()
        return planned

    def _now(self) -> str:
        return self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _shown(
    outcome: "ItemOutcome[Planned, UpsertedCustomer]",
) -> "ItemOutcome[UpsertRow, UpsertedCustomer]":
    planned = outcome.item
    # A row that was not sent may have shared a pack with rows that were.
    attempts = outcome.attempts if planned.known is None else 0
    return ItemOutcome(
        planned.place, planned.row, planned.key, outcome.outcome, planned.attempts + attempts
    )


def sync_rows(
    pipeline: "Pipeline",
    config: ClientConfig,
    rows: Iterable[UpsertRow] | AsyncIterable[UpsertRow],
    *,
    checkpoint: str | PathLike[str],
    max_running: int,
    on_conflict: OnConflict,
    pack: int,
    retry_refused: bool,
    same_workspace: bool,
    give_up_after: float | None,
    dry_run: bool,
    options: "RequestOptions | None",
) -> CustomerSync:
    """The sync of a client."""
    from .._customers.complete import completed
    from .._customers.upsert import checked_on_conflict
    from .._customers.upserts import upsert_prepared

    checked_on_conflict(on_conflict)
    checked_seconds("give_up_after", give_up_after)
    merged = bulk_options(options)

    async def upsert(
        upserts: list[PreparedUpsert],
        attempts: int | None,
        partly: "dict[str, UpsertedCustomer]",
    ) -> "list[Outcome[UpsertedCustomer]]":
        given: RequestOptions = merged if attempts is None else {**merged, "max_attempts": attempts}
        outcomes = await upsert_prepared(pipeline, upserts, given, on_conflict)
        for index, outcome in enumerate(outcomes):
            if isinstance(outcome, Ok):
                try:
                    done = await completed(pipeline, upserts[index], outcome.value, given)
                    outcomes[index] = Ok(done)
                except PlainError as error:
                    partly[upserts[index].key] = outcome.value
                    outcomes[index] = Err(error)
        return outcomes

    return CustomerSync(
        upsert,
        rows,
        checkpoint=checkpoint,
        url=config.url,
        api_key=config.api_key,
        same_workspace=same_workspace,
        max_running=max_running,
        pack=pack,
        retry_refused=retry_refused,
        give_up_after=give_up_after,
        dry_run=dry_run,
    )


class _Pulled(AsyncIterator[Planned]):
    """An async iterator over what a function gives."""

    def __init__(self, pull: Callable[[], Awaitable[Planned]]) -> None:
        self._pull = pull

    async def __anext__(self) -> Planned:
        return await self._pull()


class _Rows(AsyncIterator[UpsertRow]):
    """An async iterator over an iterator."""

    def __init__(self, rows: Iterable[UpsertRow]) -> None:
        self._rows = iter(rows)

    async def __anext__(self) -> UpsertRow:
        try:
            return next(self._rows)
        except StopIteration:
            raise StopAsyncIteration from None
