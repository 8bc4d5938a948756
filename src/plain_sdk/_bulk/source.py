"""Where items come from: any iterable or async iterable, pulled as fast as they are used."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Generic, TypeVar, cast

import anyio

ItemT = TypeVar("ItemT")


class PackEndsError(Exception):
    """Raised by a source whose next item comes only when those that it gave are done."""


class Source(Generic[ItemT]):
    """Items of an iterable or async iterable, with their places."""

    def __init__(self, items: Iterable[ItemT] | AsyncIterable[ItemT]) -> None:
        self._async = aiter(items) if isinstance(items, AsyncIterable) else None
        self._sync = None if isinstance(items, AsyncIterable) else iter(items)
        self._lock = anyio.Lock(fast_acquire=True)
        self._index = 0
        self._ended = False
        self._error: Exception | None = None
        self._waiting: anyio.CancelScope | None = None
        self.ended_early = False
        """Whether `end` was called."""
        self.held: list[tuple[int, ItemT]] = []
        """Items that were pulled for a pack that is not full yet."""

    def end(self) -> None:
        """Give no further item, and wait for none."""
        self._ended = self.ended_early = True
        if self._waiting is not None:
            self._waiting.cancel()

    async def take(self, count: int) -> list[tuple[int, ItemT]]:
        """The next items with their places; fewer at the end, none behind it.

        An error of the source comes behind the items that were pulled before it.
        """
        async with self._lock:
            while len(self.held) < count and not self._ended:
                try:
                    if self._sync is not None:
                        self._hold(next(self._sync))
                    else:
                        await self._pull()
                except (StopIteration, StopAsyncIteration):
                    self._ended = True
                except PackEndsError:
                    if self.held:
                        break
                except Exception as error:
                    self._ended, self._error = True, error
            taken, self.held = self.held, []
            if not taken and self._error is not None:
                fault, self._error = self._error, None
                raise fault
        return taken

    async def _pull(self) -> None:
        with anyio.CancelScope() as self._waiting:
            self._hold(await anext(cast("AsyncIterator[ItemT]", self._async)))

    def _hold(self, item: ItemT) -> None:
        self.held.append((self._index, item))
        self._index += 1
