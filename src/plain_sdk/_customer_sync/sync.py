"""A sync: upserts of rows, with a checkpoint file that records what is done.

A row is noted as being sent before its request goes out, and as done or refused as soon as the
response is there. So a kill at any moment leaves at most the rows in flight in doubt, and the next
run sends those again: upserts are safe to retry.
"""

import re
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias, cast

import anyio.lowlevel
from plain_graphql.enums.upsert_result import UpsertResult

from .._bulk.outcomes import ItemOutcome, Outcomes, Settled, Unfinished
from .._bulk.stopping import STOPPING
from .._call.responses import CONFLICTS
from .._config import ClientConfig, OnConflict, bulk_options
from .._customers.prepared import PreparedUpsert, prepared
from .._customers.rows import UpsertRow
from .._errors import (
    InputProblem,
    PlainCheckpointError,
    PlainCustomerConflictError,
    PlainError,
    PlainInputError,
    PlainMutationError,
)
from .._outcome import Err, Ok, Outcome
from .checkpoint import Checkpoint, Record, Refusal
from .policy import Decision, SyncSummary, decide, is_final

if TYPE_CHECKING:
    from plain_graphql.operations.upsert_customer import UpsertedCustomer

    from .._call.pipeline import Pipeline
    from ..runtime.operations import RequestOptions

    UpsertPack: TypeAlias = Callable[
        [list[PreparedUpsert]], Awaitable[list[Outcome[UpsertedCustomer]]]
    ]
    """Carries out a pack of upserts and gives an outcome for each."""

_BREATH: Final = 64
"""After so many rows that need no request, others get their turn."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """A row that gets an outcome: by sending it, or right away."""

    place: int
    row: UpsertRow
    key: str | None
    send: PreparedUpsert | None
    known: "Outcome[UpsertedCustomer] | None" = None
    count_as: str = "refused"
    replaces: bool = False
    """Whether the file holds something of the row that sending it makes untrue."""


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
        on_conflict: OnConflict,
        pack: int,
        retry_refused: bool,
        dry_run: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._upsert = upsert
        self._path = checkpoint
        self._url = url
        self._api_key = api_key
        self._same_workspace = same_workspace
        self._on_conflict: OnConflict = on_conflict
        self._retry_refused = retry_refused
        self._dry_run = dry_run
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._source = aiter(rows) if isinstance(rows, AsyncIterable) else _Rows(iter(rows))
        self._planned: Outcomes[_Planned, UpsertedCustomer] = Outcomes(
            self._carry_out,
            _Pulled(self._next_planned),
            max_running=max_running,
            pack=pack,
        )
        self.unread: list[ItemOutcome[UpsertRow, UpsertedCustomer]] = []
        """Outcomes that had arrived but were not consumed; they are recorded."""
        self.unfinished: list[Unfinished[UpsertRow]] = []
        """Rows that were pulled and have no outcome; the next run sends them again."""

    async def __aenter__(self) -> Self:
        self._checkpoint = Checkpoint(
            self._path,
            url=self._url,
            api_key=self._api_key,
            same_workspace=self._same_workspace,
            rehearsal=self._dry_run,
        )
        if not self._dry_run:
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
            self.unread = [_shown(outcome) for outcome in self._planned.unread]
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
            return _shown(await anext(self._planned))
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

    async def _next_planned(self) -> _Planned:
        """The next row that gets an outcome; those before it are counted."""
        while True:
            row = await anext(self._source)
            place = self._counts["rows"]
            self._counts["rows"] += 1
            planned = self._plan(place, row)
            if planned is not None:
                return planned
            if place % _BREATH == 0:
                await anyio.lowlevel.checkpoint()

    def _plan(self, place: int, row: UpsertRow) -> _Planned | None:
        try:
            upsert = prepared(row)
        except PlainInputError as error:
            return _Planned(place, row, None, None, Err(error))
        key, digest = upsert.key, upsert.digest
        record = self._checkpoint.record(key)
        decision = decide(
            record,
            digest,
            run=self._checkpoint.run,
            on_conflict=self._on_conflict,
            retry_refused=self._retry_refused,
        )
        if decision is Decision.SEND:
            at = self._now()
            self._checkpoint.planned(key, digest, place, at, self._on_conflict)
            return _Planned(place, row, key, upsert, replaces=record is not None)
        assert record is not None
        if decision is Decision.CLASHING:
            problem = InputProblem(
                "row",
                f"has the key {key} of row {record.place + 1} but different content; keep one",
            )
            clash = PlainInputError([problem], operation="upsertCustomer")
            return _Planned(place, row, key, None, Err(clash))
        self._checkpoint.seen(key, place)
        if decision is Decision.REFUSED_BEFORE:
            return _Planned(place, row, key, None, Err(_before(record)), "refused_before")
        self._counts[decision.value] += 1
        return None

    async def _carry_out(self, pack: list[_Planned]) -> "list[Settled[UpsertedCustomer]]":
        to_send = [planned for planned in pack if planned.send is not None]
        outcomes = {planned.place: planned.known for planned in pack}
        for planned in pack:
            if planned.known is not None:
                self._counts[planned.count_as] += 1
        if to_send:
            try:
                if any(planned.replaces for planned in to_send):
                    # From here on, what the file holds of these rows may be untrue. A new row
                    # is sent again after a kill whether the file knows of it or not.
                    self._checkpoint.commit()
                assert self._upsert is not None
                upserted = await self._upsert([p.send for p in to_send if p.send is not None])
                for planned, outcome in zip(to_send, upserted, strict=True):
                    self._note(cast("str", planned.key), outcome)
                    outcomes[planned.place] = outcome
                self._checkpoint.commit()
            except PlainCheckpointError as error:
                return [Settled(Err(error)) for _ in pack]
        return [Settled(cast("Outcome[UpsertedCustomer]", outcomes[p.place]), p.key) for p in pack]

    def _note(self, key: str, outcome: "Outcome[UpsertedCustomer]") -> None:
        if isinstance(outcome, Ok):
            upserted = outcome.value
            self._checkpoint.done(key, self._now(), str(upserted.result), upserted.customer.id)
            self._counts[_COUNTS.get(upserted.result, "updated")] += 1
            self._counts["relinked"] += hasattr(upserted, "matched_by")
        elif is_final(outcome.error):
            code = getattr(outcome.error, "code", None)
            self._checkpoint.refused(key, self._now(), Refusal(code, _bad_fields(outcome.error)))
            self._counts["refused"] += 1
        elif not isinstance(outcome.error, STOPPING):
            self._counts["unanswered"] += 1

    def _now(self) -> str:
        return self._clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")


_COUNTS: Final[dict[str, str]] = {
    UpsertResult.CREATED: "created",
    UpsertResult.UPDATED: "updated",
    UpsertResult.NOOP: "noop",
}


def _shown(
    outcome: "ItemOutcome[_Planned, UpsertedCustomer]",
) -> "ItemOutcome[UpsertRow, UpsertedCustomer]":
    planned = outcome.item
    # A row that was not sent may have shared a pack with rows that were.
    attempts = outcome.attempts if planned.send is not None else 0
    return ItemOutcome(planned.place, planned.row, planned.key, outcome.outcome, attempts)


def _before(record: Record) -> PlainError:
    refusal = record.refusal
    assert refusal is not None
    code = refusal.code or "unknown"
    about = f" for {refusal.fields}" if refusal.fields else ""
    message = (
        f"refused with code {code}{about} at {record.at}, and unchanged since; to see Plain's "
        "words, send it again with retry_refused (--retry-refused)"
    )
    details: dict[str, Any] = {"code": code, "type": "VALIDATION", "operation": "upsertCustomer"}
    if code in CONFLICTS:
        return PlainCustomerConflictError(message, member=CONFLICTS[code], **details)
    return PlainMutationError(message, **details)


def _bad_fields(error: PlainError) -> str:
    """The paths of a refusal's bad fields, and nothing that may repeat what is in them."""
    fields = error.fields if isinstance(error, PlainMutationError) else ()
    return ", ".join(field.field for field in fields if re.fullmatch(r"[\w.\[\]]+", field.field))


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
    dry_run: bool,
    options: "RequestOptions | None",
) -> CustomerSync:
    """The sync of a client."""
    from .._customers.upsert import checked_on_conflict
    from .._customers.upserts import upsert_prepared

    checked_on_conflict(on_conflict)
    merged = bulk_options(options)
    return CustomerSync(
        lambda pack: upsert_prepared(pipeline, pack, merged, on_conflict),
        rows,
        checkpoint=checkpoint,
        url=config.url,
        api_key=config.api_key,
        same_workspace=same_workspace,
        max_running=max_running,
        on_conflict=on_conflict,
        pack=pack,
        retry_refused=retry_refused,
        dry_run=dry_run,
    )


class _Pulled(AsyncIterator[_Planned]):
    """An async iterator over what a function gives."""

    def __init__(self, pull: Callable[[], Awaitable[_Planned]]) -> None:
        self._pull = pull

    async def __anext__(self) -> _Planned:
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
