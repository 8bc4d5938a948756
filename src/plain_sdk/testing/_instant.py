"""Retries that take no time."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import anyio
import anyio.lowlevel

if TYPE_CHECKING:
    from .._call.pipeline import Pipeline
    from .._client import AsyncPlainClient


class Waits:
    """What would have been waited for, in seconds, in the order of the waits."""

    def __init__(self, skipped: Callable[[float], None] | None = None) -> None:
        self.seconds: list[float] = []
        self._skipped = skipped
        self._ahead = 0.0

    @property
    def total(self) -> float:
        """Seconds altogether."""
        return sum(self.seconds)

    def clock(self) -> float:
        """The monotonic clock, ahead by what was skipped."""
        return time.monotonic() + self._ahead

    def wall_clock(self) -> float:
        """The machine's clock, ahead by what was skipped."""
        return time.time() + self._ahead

    async def sleep(self, seconds: float) -> None:
        """Skip the time, and let others have their turn."""
        if seconds > 0:
            self.seconds.append(seconds)
            self._ahead += seconds
            if self._skipped is not None:
                self._skipped(seconds)
        await anyio.lowlevel.checkpoint()


@contextmanager
def instant_retries(
    *clients: "AsyncPlainClient", skipped: Callable[[float], None] | None = None
) -> Generator[Waits]:
    """Clients whose waits take no time, for a `with` block; yields what they would have waited.

        with instant_retries(plain) as waits:
            await plain.customer("c_1")
        assert len(waits.seconds) == 2

    Their clock is moved on by each wait, between retries and for quota alike: a call gives up
    when its `timeout` would have been over, just as it would have. After the block, the clock
    stays where it is, and waits take their time again. `PlainSandbox.instant_retries` moves the
    sandbox's clock along, so that its quota comes back.

    Args:
        clients: The clients.
        skipped: Called with the seconds of each wait.
    """
    waits = Waits(skipped)
    pipelines = [cast("Pipeline", vars(client)["_pipeline"]) for client in clients]
    for pipeline in pipelines:
        pipeline.use_time(waits.clock, waits.wall_clock, waits.sleep)
    try:
        yield waits
    finally:
        for pipeline in pipelines:
            pipeline.use_time(waits.clock, waits.wall_clock, anyio.sleep)
