"""Walks a list with the next page under way while the nodes of this one are used."""

from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

import anyio
from anyio.abc import TaskGroup

from .._bulk.task_group import cancel_and_leave
from ..runtime.operations import Page

NodeT = TypeVar("NodeT")


class PrefetchedNodes(Generic[NodeT]):
    """The nodes of a list, for an `async with` block that owns the fetching.

    A fetch error is raised where its nodes would have come. Leaving the block cancels fetches
    in progress.
    """

    def __init__(self, pages: Callable[[], AsyncIterator[Page[NodeT]]], ahead: int) -> None:
        self._pages = pages
        self._ahead = ahead
        self._tasks: TaskGroup | None = None
        self._error: Exception | None = None
        self._nodes: list[NodeT] = []

    async def __aenter__(self) -> Self:
        # One page waits in the fetching task itself.
        self._send, self._receive = anyio.create_memory_object_stream[Page[NodeT]](self._ahead - 1)
        self._tasks = tasks = anyio.create_task_group()
        await tasks.__aenter__()
        tasks.start_soon(self._fetch)
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
            self._send.close()
            self._receive.close()

    def __aiter__(self) -> Self:
        if self._tasks is None:
            raise RuntimeError(
                "nothing has been fetched yet: write `async with pages.prefetched() as nodes:`"
            )
        return self

    async def __anext__(self) -> NodeT:
        while not self._nodes:
            try:
                page = await self._receive.receive()
            except anyio.EndOfStream:
                if self._error is not None:
                    raise self._error from None
                raise StopAsyncIteration from None
            self._nodes = page.nodes[::-1]
        return self._nodes.pop()

    async def _fetch(self) -> None:
        try:
            async for page in self._pages():
                await self._send.send(page)
        except Exception as error:
            self._error = error
        finally:
            self._send.close()
