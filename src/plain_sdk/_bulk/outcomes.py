"""Many calls with bounded concurrency and bounded memory, losing track of none.

Workers pull items from the source only as fast as outcomes are taken, so that neither the
items nor the outcomes pile up. Leaving early cancels what is in flight, and then every item
that was pulled is accounted for: its outcome was taken, lies in `unread`, or it is in
`unfinished`, with word on whether it may have been carried out.
"""

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeAlias, TypeVar

import anyio
from anyio.abc import TaskGroup
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from .._call.tally import TALLY, Tally
from .._config import checked_count
from .._errors import PlainCheckpointError, PlainError
from .._outcome import Err, Ok, Outcome
from .own_context import in_own_context
from .source import Source
from .stopping import STOPPING
from .task_group import cancel_and_leave

ItemT = TypeVar("ItemT")
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class Settled(Generic[ValueT]):
    """The outcome of an item, and what identifies the item, where that is known."""

    outcome: Outcome[ValueT]
    key: str | None = None


PackCall: TypeAlias = Callable[[list[ItemT]], Awaitable[list[Settled[ValueT]]]]
"""Carries out a pack of items, in one request where it can, and settles each."""


@dataclass(frozen=True, slots=True)
class ItemOutcome(Generic[ItemT, ValueT]):
    """What happened to one item."""

    index: int
    """The item's position in the source, from 0."""
    item: ItemT
    key: str | None
    """What identifies the item, if known."""
    outcome: Outcome[ValueT]
    """`Ok(value)` or `Err(error)`."""
    attempts: int
    """How many requests were sent for the item."""


@dataclass(frozen=True, slots=True)
class Unfinished(Generic[ItemT]):
    """An item whose outcome is not known, because the work was stopped early."""

    index: int
    item: ItemT
    in_doubt: bool
    """Whether its request was in flight, so that Plain may have carried it out."""


class Outcomes(Generic[ItemT, ValueT]):
    """The outcomes of many calls, as an async context manager and iterator.

        async with client.map(client.customer, ids) as outcomes:
            async for outcome in outcomes:
                ...

    Calls start with the block and end with it: leaving it early, by `break`, an error or
    cancellation, cancels what is in flight. An error that every item would run into (a
    key that is invalid or lacks a permission, a closed client) ends the work: the outcomes so
    far come first, then the error is raised. The same goes for an error from the source
    itself, but what is in flight is completed first; an exception from the function that is
    not a `PlainError` ends the work too. Every other refusal is an `Err` for its item.
    """

    _send: "MemoryObjectSendStream[ItemOutcome[ItemT, ValueT]]"
    _receive: "MemoryObjectReceiveStream[ItemOutcome[ItemT, ValueT]]"

    def __init__(
        self,
        call: PackCall[ItemT, ValueT],
        items: Iterable[ItemT] | AsyncIterable[ItemT],
        *,
        max_running: int,
        in_order: bool = False,
        pack: int = 1,
    ) -> None:
        checked_count("max_running", max_running)
        checked_count("pack", pack)
        self._call = call
        self._source = Source(items)
        self._max_running = max_running
        self._pack = pack
        # In order, a slow item must not let the others run ahead without bound.
        self._ahead = anyio.Semaphore(4 * max_running * pack) if in_order else None
        self._tasks: TaskGroup | None = None
        self._running: dict[int, tuple[ItemT, Tally]] = {}
        self._calls: dict[Tally, anyio.CancelScope] = {}
        self._sending: dict[int, ItemOutcome[ItemT, ValueT]] = {}
        self._waiting: dict[int, ItemOutcome[ItemT, ValueT]] = {}
        self._stopped: Exception | None = None
        self._next = 0
        self.unread: list[ItemOutcome[ItemT, ValueT]] = []
        """Outcomes that had arrived but were not consumed when the block was left."""
        self.unfinished: list[Unfinished[ItemT]] = []
        """Items that were pulled from the source and have no outcome."""

    async def __aenter__(self) -> Self:
        self._send, self._receive = anyio.create_memory_object_stream[ItemOutcome[ItemT, ValueT]](
            self._max_running * self._pack
        )
        self._tasks = tasks = anyio.create_task_group()
        await tasks.__aenter__()
        tasks.start_soon(self._work)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        assert self._tasks is not None
        try:
            return await cancel_and_leave(self._tasks, exc_type, exc, traceback)
        finally:
            self._settle()

    def finish(self) -> None:
        """Start no further calls, complete those whose request is in flight, and end.

        Their outcomes still arrive; items whose request is not sent yet are `unfinished`.
        """
        self._source.end()
        for tally, scope in self._calls.items():
            if tally.attempts == 0:
                scope.cancel()

    def __aiter__(self) -> Self:
        if self._tasks is None:
            raise RuntimeError(
                "the calls have not started: write `async with client.map(...) as outcomes:`"
            )
        return self

    async def __anext__(self) -> ItemOutcome[ItemT, ValueT]:
        """The next outcome; the error that ended the work, if any, comes last."""
        if self._ahead is None:
            return await self._receive_next()
        while self._next not in self._waiting:
            try:
                outcome = await self._receive_next()
            except Exception:
                # The end, or the error that ended the work.
                if not self._waiting:
                    raise
                # Items before these were not finished; what is there still comes in order.
                self._next = min(self._waiting)
                break
            self._waiting[outcome.index] = outcome
        self._next += 1
        self._ahead.release()
        return self._waiting.pop(self._next - 1)

    async def _receive_next(self) -> ItemOutcome[ItemT, ValueT]:
        try:
            return self._receive.receive_nowait()
        except anyio.WouldBlock:
            pass
        except anyio.EndOfStream:
            return self._left_over()
        try:
            return await self._receive.receive()
        except anyio.EndOfStream:
            return self._left_over()

    def _left_over(self) -> ItemOutcome[ItemT, ValueT]:
        """What comes behind the outcomes that were sent: those on their way, and the end."""
        if self._sending:
            return self._sending.pop(min(self._sending))
        if self._stopped is not None:
            raise self._stopped from None
        raise StopAsyncIteration from None

    async def _work(self) -> None:
        try:
            async with anyio.create_task_group() as workers:
                for _ in range(self._max_running):
                    workers.start_soon(self._worker, workers)
        finally:
            self._send.close()

    async def _worker(self, workers: TaskGroup) -> None:
        tally = Tally()
        TALLY.set(tally)
        while self._stopped is None:
            if self._ahead is not None:
                for _ in range(self._pack):
                    await self._ahead.acquire()
            try:
                pulled = await self._source.take(self._pack)
            except Exception as error:
                self._stopped = self._stopped or error
                return
            if not pulled:
                return
            try:
                settled = await self._carry_out(pulled, tally)
            except Exception as error:
                # Of a function of the caller's own: it comes as it is, and ends the others.
                self._stopped = self._stopped or error
                workers.cancel_scope.cancel()
                return
            if settled is None:
                return
            for (index, item), done in zip(pulled, settled, strict=True):
                outcome = done.outcome
                if isinstance(outcome, Err) and isinstance(outcome.error, STOPPING):
                    # The item is not to blame; with a better key it may pass.
                    self._stopped = self._stopped or outcome.error
                    sent = isinstance(outcome.error, PlainCheckpointError) and tally.attempts > 0
                    self.unfinished.append(Unfinished(index, item, in_doubt=sent))
                else:
                    self._sending[index] = ItemOutcome(
                        index, item, done.key, outcome, tally.attempts
                    )
                del self._running[index]
            if isinstance(self._stopped, STOPPING):
                workers.cancel_scope.cancel()
                return
            for index, _ in pulled:
                try:
                    self._send.send_nowait(self._sending[index])
                except anyio.WouldBlock:
                    await self._send.send(self._sending[index])
                del self._sending[index]

    async def _carry_out(
        self, pulled: list[tuple[int, ItemT]], tally: Tally
    ) -> list[Settled[ValueT]] | None:
        """The outcomes; None when `finish` was called before anything was sent."""
        tally.attempts, tally.in_doubt, tally.answered = 0, False, False
        self._running.update((index, (item, tally)) for index, item in pulled)
        if self._source.ended_early:
            return None
        settled: list[Settled[ValueT]] | None = None
        with anyio.CancelScope() as scope:
            self._calls[tally] = scope
            try:
                settled = await self._call([item for _, item in pulled])
            finally:
                del self._calls[tally]
        return settled

    def _settle(self) -> None:
        """Account for every item that was pulled and whose outcome was not taken."""
        left = {**self._sending, **self._waiting}
        while True:
            try:
                outcome = self._receive.receive_nowait()
            except (anyio.WouldBlock, anyio.EndOfStream, anyio.ClosedResourceError):
                break
            left[outcome.index] = outcome
        self.unread.extend(left.values())
        self.unread.sort(key=lambda outcome: outcome.index)
        self.unfinished.extend(
            Unfinished(index, item, tally.in_doubt or tally.answered)
            for index, (item, tally) in self._running.items()
        )
        self.unfinished.extend(Unfinished(i, item, in_doubt=False) for i, item in self._source.held)
        self.unfinished.sort(key=lambda unfinished: unfinished.index)
        self._running.clear()
        self._waiting.clear()
        self._send.close()
        self._receive.close()


def one_by_one(
    call: Callable[[ItemT], Awaitable[ValueT]],
) -> PackCall[ItemT, ValueT]:
    """A call for one item as a call for a pack of one, with context variables of its own."""

    async def one(item: ItemT) -> ValueT:
        return await call(item)

    async def call_pack(items: list[ItemT]) -> list[Settled[ValueT]]:
        (item,) = items
        try:
            return [Settled(Ok(await in_own_context(one(item))))]
        except PlainError as error:
            return [Settled(Err(error))]

    return call_pack
