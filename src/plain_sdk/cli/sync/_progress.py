"""Where a sync is: a bar on a terminal, quiet lines elsewhere."""

import contextlib
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, TypeAlias

from ..._call.quota import QuotaStatus
from ..._customer_sync.policy import SyncSummary
from ._output import Output

if TYPE_CHECKING:
    from rich.progress import TaskID

LINES_EVERY: Final = 10.0
"""Seconds between two lines where no terminal is."""

Away: TypeAlias = tuple[float, float] | None
"""For how many seconds Plain has been away, and in how many it is asked again."""


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

    def checking(self, rows: int, part: float) -> None:
        """Show how many rows are checked, and how much of the file that is."""
        ...

    def sending(self, total: int) -> None:
        """From here on, so many rows are sent."""
        ...

    def show(self, summary: SyncSummary, quota: QuotaStatus, away: Away) -> None:
        """Show the counts and the quota as they are now."""
        ...

    def end(self, summary: SyncSummary, quota: QuotaStatus, away: Away) -> None:
        """Show the last state, where it stays in view."""
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


class Counts:
    """The counts as words, the important ones first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.total = 0
        self._began = clock()

    def start(self, total: int) -> None:
        """Count from now."""
        self.total = total
        self._began = self._clock()

    def words(self, summary: SyncSummary, quota: QuotaStatus, away: Away) -> list[str]:
        """What to tell, the most important first."""
        done = settled(summary)
        sent = summary.created + summary.updated + summary.noop + summary.refused
        pace = sent / max(self._clock() - self._began, 1e-9)
        words = [f"{done}/{self.total}"]
        if away is not None:
            lasts, asks_in = away
            # Two, so that a narrow terminal has room for the first.
            words.append(f"Plain is away for {shown_time(lasts)}")
            words.append(f"asked in {shown_time(asks_in)}")
        refused = summary.refused + summary.refused_before
        words += [f"{refused} refused"] if refused else []
        words += [f"{summary.waiting} waiting"] if summary.waiting else []
        if pace and sent and away is None:
            words.append(f"{shown_time((self.total - done) / pace)} left")
        words.append(f"{pace:.1f} rows/s")
        words.append(shown_quota(quota))
        return words


def fitting(words: list[str], width: int) -> str:
    """As many of the words as there is room for, at least the first."""
    line = words[0]
    for word in words[1:]:
        if len(line) + 2 + len(word) > width:
            break
        line += f"  {word}"
    return line


class Lines:
    """A line now and then, for logs."""

    def __init__(
        self, output: Output, interval: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.interval = interval
        self._output = output
        self._clock = clock
        self._counts = Counts(clock)
        self._told = clock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return None

    def checking(self, rows: int, part: float) -> None:
        """Print a line, if it is time for one."""
        if self._clock() - self._told >= self.interval:
            self._told = self._clock()
            self._output.say(f"{rows} rows checked ({part:.0%})")

    def sending(self, total: int) -> None:
        """Count from now."""
        self._counts.start(total)

    def show(self, summary: SyncSummary, quota: QuotaStatus, away: Away) -> None:
        """Print a line."""
        self._output.say(", ".join(self._counts.words(summary, quota, away)))

    def end(self, summary: SyncSummary, quota: QuotaStatus, away: Away) -> None:
        """Nothing: the counts follow."""

    def say(self, message: str) -> None:
        """Print a line."""
        self._output.say(message)


class Bar:
    """A bar with what fits beside it."""

    interval = 0.25

    def __init__(self, output: Output) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as RichProgress
        from rich.table import Column

        self._output = output
        self._counts = Counts()
        self._console = Console(file=sys.stderr)
        width = self._console.width
        self._bar_width = 24 if width >= 100 else 12 if width >= 70 else 6
        told = TextColumn("{task.fields[told]}", table_column=Column(no_wrap=True), markup=False)
        self._bar: RichProgress = RichProgress(
            BarColumn(bar_width=self._bar_width), told, console=self._console
        )
        self._task: TaskID = self._bar.add_task("sync", total=None, told="checking")

    def __enter__(self) -> Self:
        with _unheard():
            self._bar.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with _unheard():
            self._bar.stop()

    def checking(self, rows: int, part: float) -> None:
        """Move the bar."""
        self._move(part, 1.0, [f"{rows} rows checked", f"{part:.0%} of the file"])

    def sending(self, total: int) -> None:
        """Start the bar anew."""
        self._counts.start(total)
        self._move(0, total, [f"0/{total}"])

    def show(self, summary: SyncSummary, quota: QuotaStatus, away: Away) -> None:
        """Move the bar."""
        words = self._counts.words(summary, quota, away)
        self._move(settled(summary), self._counts.total, words)

    def end(self, summary: SyncSummary, quota: QuotaStatus, away: Away) -> None:
        """Move the bar to where it stays."""
        self.show(summary, quota, away)

    def _move(self, done: float, total: float, words: list[str]) -> None:
        told = fitting(words, self._console.width - self._bar_width - 2)
        changes: dict[str, Any] = {"completed": done, "total": total, "told": told}
        with _unheard():
            self._bar.update(self._task, **changes)

    def say(self, message: str) -> None:
        """Print a line above the bar."""
        with _unheard():
            self._console.print(message, markup=False, highlight=False, soft_wrap=True)


def _unheard() -> contextlib.suppress:
    """A terminal that is gone ends no sync."""
    return contextlib.suppress(OSError, ValueError)


def progress(output: Output, interval: float | None) -> Progress:
    """What suits standard error."""
    lines = Lines(output, interval or LINES_EVERY)
    if output.quiet or not output.is_terminal:
        return lines
    try:
        return Bar(output)
    except ImportError:
        output.say("for a progress bar: pip install 'plain-sdk[cli]'")
        return lines
