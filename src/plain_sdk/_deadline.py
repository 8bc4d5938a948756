"""Ends a block of code when its time is up, or when somebody else says so.

`asyncio.timeout` and anyio's scopes do the same; this costs a fraction of them, which
counts on a path that every call takes.
"""

import asyncio
from types import TracebackType
from typing import Protocol, Self

import anyio


class Deadline(Protocol):
    """A block of code that ends early: by time, or by `end`."""

    @property
    def reached(self) -> bool:
        """Whether the block was ended early."""
        ...

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool: ...

    def end(self) -> None:
        """End the block now."""
        ...


class AsyncioDeadline:
    """A deadline under asyncio: cancels the task, and takes that cancellation back."""

    __slots__ = ("_cancelling", "_handle", "_loop", "_seconds", "_task", "reached")

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self.reached = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        self._loop = loop = asyncio.get_running_loop()
        self._handle = None if self._seconds is None else loop.call_later(self._seconds, self._end)
        return self

    def _end(self) -> None:
        if not self.reached:
            self.reached = True
            self._task.cancel()

    def end(self) -> None:
        """End the block now; may be called from another thread."""
        if self._loop is asyncio._get_running_loop():
            self._end()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if self._handle is not None:
            self._handle.cancel()
        if not self.reached:
            return False
        # Somebody else may have cancelled the task too; then the cancellation goes on.
        ours = self._task.uncancel() <= self._cancelling
        return ours and exc_type is not None and issubclass(exc_type, asyncio.CancelledError)


class AnyioDeadline:
    """A deadline under any backend of anyio."""

    def __init__(self, seconds: float | None) -> None:
        self._scope = anyio.move_on_after(seconds)

    @property
    def reached(self) -> bool:
        """Whether the block was ended early."""
        return self._scope.cancelled_caught

    def __enter__(self) -> Self:
        self._scope.__enter__()
        return self

    def end(self) -> None:
        """End the block now."""
        self._scope.cancel()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        return bool(self._scope.__exit__(exc_type, exc, traceback))
