"""Ends a block of code when its time is up, or when somebody else says so.

`asyncio.timeout` and anyio's scopes do the same; this costs a fraction of them, which
counts on a path that every call takes.
"""

import asyncio
import contextlib
from types import TracebackType
from typing import Any, Protocol, Self

import anyio
from anyio.lowlevel import current_token


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


class AsyncioDeadlines:
    """Makes deadlines for one event loop, which share a timer per length.

    Deadlines of one length end in the order in which they began, so that the timer need only
    look at the oldest. A call then costs an entry in a dict instead of a timer of its own.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: dict[float, _Line] = {}

    def __call__(self, seconds: float | None) -> "AsyncioDeadline":
        """A deadline that ends its block after so many seconds; None: only by `end`."""
        if seconds is None:
            return AsyncioDeadline(self._loop, None)
        line = self._lines.get(seconds)
        if line is None:
            if len(self._lines) >= _MAX_LINES:
                self._lines = {length: kept for length, kept in self._lines.items() if kept.open}
            line = self._lines[seconds] = _Line(self._loop, seconds)
        return AsyncioDeadline(self._loop, line)


_MAX_LINES = 256
"""Lengths to keep a line for; beyond, lines that are empty are dropped."""


class _Line:
    """The open deadlines of one length, oldest first, and the timer of the oldest."""

    __slots__ = ("_loop", "_seconds", "_timer", "open")

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self.open: dict[AsyncioDeadline, float] = {}

    def add(self, deadline: "AsyncioDeadline") -> None:
        self.open[deadline] = when = self._loop.time() + self._seconds
        if self._timer is None:
            self._timer = self._loop.call_at(when, self._look)

    def discard(self, deadline: "AsyncioDeadline") -> None:
        self.open.pop(deadline, None)

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        for deadline, when in list(self.open.items()):
            if when > now:
                self._timer = self._loop.call_at(when, self._look)
                return
            del self.open[deadline]
            deadline.expire()


class AsyncioDeadline:
    """A deadline under asyncio: cancels the task, and takes that cancellation back."""

    __slots__ = ("_cancelling", "_exited", "_line", "_loop", "_task", "reached")

    def __init__(self, loop: asyncio.AbstractEventLoop, line: _Line | None) -> None:
        self._loop = loop
        self._line = line
        self._exited = False
        self.reached = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        if self._line is not None:
            self._line.add(self)
        return self

    def expire(self) -> None:
        """End the block, from within its event loop."""
        # A block that was left meanwhile has nothing to do with what its task does now.
        if not self.reached and not self._exited:
            self.reached = True
            self._task.cancel()

    def end(self) -> None:
        """End the block now; may be called from another thread."""
        if self._loop is asyncio._get_running_loop():
            self.expire()
        else:
            with contextlib.suppress(RuntimeError):  # The loop is closed; so is the block.
                self._loop.call_soon_threadsafe(self.expire)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        self._exited = True
        if self._line is not None:
            self._line.discard(self)
        if not self.reached:
            return False
        # Somebody else may have cancelled the task too; then the cancellation goes on.
        ours = self._task.uncancel() <= self._cancelling
        return ours and exc_type is not None and issubclass(exc_type, asyncio.CancelledError)


class AnyioDeadline:
    """A deadline under trio."""

    def __init__(self, seconds: float | None) -> None:
        self._scope = anyio.move_on_after(seconds)
        self._token: Any = current_token().native_token

    @property
    def reached(self) -> bool:
        """Whether the block was ended early."""
        return self._scope.cancelled_caught

    def __enter__(self) -> Self:
        self._scope.__enter__()
        return self

    def end(self) -> None:
        """End the block now; may be called from another thread."""
        with contextlib.suppress(RuntimeError):  # The loop has finished; so has the block.
            self._token.run_sync_soon(self._scope.cancel)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        return bool(self._scope.__exit__(exc_type, exc, traceback))
