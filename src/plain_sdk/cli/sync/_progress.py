"""Where a sync is: a bar on a terminal, quiet lines elsewhere."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self

from ..._call.quota import QuotaStatus
from ..._customer_sync.policy import SyncSummary
from .._exit import complain

if TYPE_CHECKING:
    from rich.progress import TaskID

LINES_EVERY: Final = 10.0
"""Seconds between two lines where no terminal is."""


class Progress(Protocol):
    """Shows how far a sync is."""

    interval: float
    """Seconds between two calls of `show`."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def show(self, summary: SyncSummary, quota: QuotaStatus) -> None:
        """Show the counts and the quota as they are now."""
        ...

    def say(self, message: str) -> None:
        """Tell something that stays."""
        ...


def settled(summary: SyncSummary) -> int:
    """Rows that have an outcome."""
    s = summary
    sent = s.created + s.updated + s.noop + s.refused + s.unanswered
    return s.unchanged + s.repeated + s.refused_before + sent


def shown_quota(quota: QuotaStatus) -> str:
    """The quota in a few words."""
    if quota.limit is None:
        return "no quota known"
    return f"quota {quota.remaining} of {quota.limit} left"


def shown_time(seconds: float) -> str:
    """A time in the two units that matter."""
    minutes, seconds_left = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_left} min"
    return f"{minutes} min {seconds_left} s" if minutes else f"{seconds_left} s"


class Lines:
    """A line now and then, for logs."""

    interval = LINES_EVERY

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total = total
        self._clock = clock
        self._began = clock()
        self._still = 0
        """Rows that were settled without waiting for Plain; they say nothing of the pace."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    def show(self, summary: SyncSummary, quota: QuotaStatus) -> None:
        """Print a line."""
        self.say(self.line(summary, quota))

    def line(self, summary: SyncSummary, quota: QuotaStatus) -> str:
        """The line."""
        done = settled(summary)
        sent = summary.created + summary.updated + summary.noop + summary.refused
        pace = sent / max(self._clock() - self._began, 1e-9)
        left = f", {shown_time((self._total - done) / pace)} left" if pace and sent else ""
        return f"{done} of {self._total} rows, {pace:.1f}/s, {shown_quota(quota)}{left}"

    def say(self, message: str) -> None:
        """Print a line."""
        print(message, file=sys.stderr, flush=True)


class Bar:
    """A bar with pace, quota and the time left."""

    interval = 0.25

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        self._lines = Lines(total)
        self._bar: RichProgress = RichProgress(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
            TextColumn("{task.fields[quota]}"),
            TimeRemainingColumn(),
            console=Console(file=sys.stderr),
            speed_estimate_period=120,
        )
        self._task: TaskID = self._bar.add_task("sync", total=total, pace="", quota="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def show(self, summary: SyncSummary, quota: QuotaStatus) -> None:
        """Move the bar."""
        speed = self._bar.tasks[0].speed
        pace = "" if speed is None else f"{speed:.1f} rows/s"
        self._bar.update(
            self._task, completed=settled(summary), pace=pace, quota=shown_quota(quota)
        )

    def say(self, message: str) -> None:
        """Print a line above the bar."""
        self._bar.console.print(message, markup=False, highlight=False)


def progress(total: int) -> Progress:
    """What suits standard error."""
    if not sys.stderr.isatty():
        return Lines(total)
    try:
        return Bar(total)
    except ImportError:
        complain("for a progress bar: pip install 'plain-sdk[cli]'")
        return Lines(total)
