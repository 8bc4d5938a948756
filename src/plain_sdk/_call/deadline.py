"""Ends a call when its time is up, or when the client is closed.

Under trio, this is anyio's cancel scope. Under asyncio a scope with a timer of its own costs 8 %
of a call, measured with 256 in flight; there, the calls of an event loop share a timer.
"""

import asyncio
from types import TracebackType
from typing import Final, Protocol, Self

import anyio

_MAX_LINES: Final = 256
"""Lengths to keep a line for; beyond, lines that are empty are dropped."""


class Deadline(Protocol):
    """A block of code that ends early: by time, or by `cancel` within its event loop."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> bool: ...
    def cancel(self) -> None: ...


class AnyioDeadlines:
    """Makes deadlines under trio."""

    def __call__(self, seconds: float | None) -> Deadline:
        """A deadline that ends its block after so many seconds; None: only by `cancel`."""
        return anyio.move_on_after(seconds)


class AsyncioDeadlines:
    """Makes deadlines for one event loop, which share a timer per length.

    Deadlines of one length end in the order in which they began, so that the timer need only
    look at the oldest. A call then costs an entry in a dict instead of a timer of its own.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lines: dict[float, _Line] = {}

    def __call__(self, seconds: float | None) -> Deadline:
        """A deadline that ends its block after so many seconds; None: only by `cancel`."""
        if seconds is None:
            return AsyncioDeadline(None)
        line = self._lines.get(seconds)
        if line is None:
            if len(self._lines) >= _MAX_LINES:
                self._lines = {length: kept for length, kept in self._lines.items() if kept.open}
            line = self._lines[seconds] = _Line(self._loop, seconds)
        return AsyncioDeadline(line)


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

    def _look(self) -> None:
        self._timer = None
        now = self._loop.time()
        for deadline, when in list(self.open.items()):
            if when > now:
                self._timer = self._loop.call_at(when, self._look)
                return
            del self.open[deadline]
            deadline.cancel()


class AsyncioDeadline:
    """A deadline under asyncio: cancels the task, and takes that cancellation back."""

    __slots__ = ("_cancelling", "_exited", "_line", "_reached", "_task")

    def __init__(self, line: _Line | None) -> None:
        self._line = line
        self._exited = False
        self._reached = False

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None
        self._task = task
        self._cancelling = task.cancelling()
        if self._line is not None:
            self._line.add(self)
        return self

    def cancel(self) -> None:
        """End the block, from within its event loop."""
        # A block that was left meanwhile has nothing to do with what its task does now.
        if not self._reached and not self._exited:
            self._reached = True
            self._task.cancel()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> bool:
        self._exited = True
        if self._line is not None:
            self._line.open.pop(self, None)
        if not self._reached:
            return False
        # Somebody else may have cancelled the task too; then the cancellation goes on.
        ours = self._task.uncancel() <= self._cancelling
        return ours and exc_type is not None and issubclass(exc_type, asyncio.CancelledError)
