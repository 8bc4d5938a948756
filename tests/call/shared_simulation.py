"""Processes that share a quota through a real Redis, and a made-up clock for all but Redis's TCP.

The server's windows are fixed; each process has its own monotonic clock and its own wall clock.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from random import Random
from typing import Any

from plain_sdk._call.lease import REPORT
from plain_sdk._call.leased_quota import LeasedQuota, LiesError
from plain_sdk._call.limits import Limits
from plain_sdk._call.quota_script import ARGUMENTS, SCRIPT

EPOCH = 1_790_000_000.0
SLOTS = 16
RESERVE = 0.1
LOOK_AGAIN = 0.25


@dataclass
class Process:
    """A process: its quota, and what it did."""

    quota: LeasedQuota
    skew: float
    """Seconds that its wall clock is ahead of the true time."""
    is_bulk: bool = True
    is_alive: bool = True
    free: int = SLOTS
    share: int = 0
    looking: set[str] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)


class SharedSimulation:
    """Bulk work of some processes on one key, each with interactive calls now and then."""

    def __init__(
        self, redis: Any, name: str, processes: int, *, seed: int, skew: float = 0.0,
        limit: int = 450, window: float = 5.0, latency: float = 0.05, busy: float = 0.0,
        pause: float = 0.35, bulk: int | None = None, outsiders: float = 0.0,
    ) -> None:  # fmt: skip
        """`skew`: by how much clocks differ at most; `bulk`: how many do bulk work; `outsiders`:
        requests a second by somebody who shares nothing."""
        self._script = redis.register_script(SCRIPT)
        self._keys = [f"{{{name}}}:window", f"{{{name}}}:holders"]
        self.random = Random(seed)
        self._busy, self._limit, self._latency, self._window = busy, limit, latency, window
        self._pause = pause
        self.processes = [
            Process(
                LeasedQuota(), self.random.uniform(-skew, skew) if skew else 0.0,
                bulk is None or number < bulk,
            )
            for number in range(processes)
        ]  # fmt: skip
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._count = 0
        self.used = self.refused = self.sent = 0
        self.now, self._ends = 0.0, window
        self.windows: list[float] = []
        self.exchanges = 0
        self.redis_is: str = "there"
        for process in self.processes:
            self.at(self.random.random() * 0.05, self._bulk, process)
            if pause:
                self.at(self.random.random() * pause, self._call, process)
        if outsiders:
            self.at(0.0, self._outsider, 1 / outsiders)

    def run(self, windows: int) -> None:
        """Until so many windows are over."""
        while len(self.windows) < windows:
            self.now, _, step, arguments = heapq.heappop(self._events)
            step(*arguments)

    @property
    def waits(self) -> list[float]:
        """How long each interactive call took, shortest first."""
        return sorted(wait for process in self.processes for wait in process.waits)

    @property
    def spread(self) -> float:
        """The largest share less the smallest, in mean shares."""
        shares = [process.share for process in self.processes if process.is_bulk]
        return (max(shares) - min(shares)) / (sum(shares) / len(shares))

    def at(self, moment: float, step: Callable[..., None], *arguments: Any) -> None:
        """Do something then."""
        self._count += 1
        heapq.heappush(self._events, (moment, self._count, step, arguments))

    def _leg(self) -> float:
        late = self.random.random() * 0.3 if self.random.random() < self._busy else 0.0
        return self._latency / 2 + self.random.random() * 0.01 + late

    def _outsider(self, every: float) -> None:
        self.refused -= not self._admit()
        self.at(self.now + self.random.uniform(0.5, 1.5) * every, self._outsider, every)

    def _exchange(self, process: Process) -> None:
        if not process.quota.is_due(self.now):
            if process.quota.is_untold and "again" not in process.looking:
                process.looking.add("again")
                self.at(self.now + REPORT, self._look_again, process)
            return
        arguments = process.quota.begin_exchange(self.now)
        if arguments is None:
            return
        if self.redis_is == "away":
            self.at(self.now + 0.25, self._failed, process)
            return
        trip = 0.0005 + self.random.random() * 0.001
        self.at(self.now + trip / 2, self._serve_redis, process, arguments, trip / 2)

    def _look_again(self, process: Process) -> None:
        process.looking.discard("again")
        if process.is_alive:
            self._exchange(process)

    def _serve_redis(self, process: Process, arguments: list[Any], back: float) -> None:
        self.exchanges += 1
        arguments[ARGUMENTS.index("now")] = round((self.now + EPOCH) * 1000)
        reply = self._script(keys=self._keys, args=arguments)
        self.at(self.now + back, self._replied, process, reply)

    def _replied(self, process: Process, reply: object) -> None:
        try:
            process.quota.end_exchange(reply, self.now)
        except LiesError:
            process.quota.fail_exchange(self.now)

    def _failed(self, process: Process) -> None:
        process.quota.fail_exchange(self.now)

    def _bulk(self, process: Process) -> None:
        process.looking.discard("bulk")
        while process.is_alive and process.is_bulk and process.free:
            wait = process.quota.ask("bulk", RESERVE, self.now)
            self._exchange(process)
            if wait > 0:
                if "bulk" not in process.looking:
                    process.looking.add("bulk")
                    self.at(self._later(wait), self._bulk, process)
                return
            process.free -= 1
            self.at(self.now + self._leg(), self._serve, process, self.now, None)

    def _later(self, wait: float) -> float:
        late = self.random.random() * self._busy * 0.05
        return self.now + min(wait, LOOK_AGAIN) + late

    def _call(self, process: Process, began: float | None = None) -> None:
        if not process.is_alive:
            return
        began = self.now if began is None else began
        wait = process.quota.ask("interactive", RESERVE, self.now)
        self._exchange(process)
        if wait > 0:
            self.at(self._later(wait), self._call, process, began)
            return
        self.at(self.now + self._leg(), self._serve, process, self.now, began)

    def _admit(self) -> bool:
        while self.now >= self._ends:
            self.windows.append(self.used / self._limit)
            self.used, self._ends = 0, self._ends + self._window
        self.sent += 1
        if self.used < self._limit:
            self.used += 1
            return True
        self.refused += 1
        return False

    def _serve(self, process: Process, sent: float, began: float | None) -> None:
        accepted = self._admit()
        process.share += accepted
        limits = Limits(self._limit, self._limit - self.used, EPOCH + self._ends)
        date = formatdate(EPOCH + self.now, usegmt=True)
        back = self.now + self._leg()
        self.at(back, self._hear, process, sent, began, limits, date, accepted)

    def _hear(
        self, process: Process, sent: float, began: float | None, limits: Limits, date: str,
        accepted: bool,
    ) -> None:  # fmt: skip
        if not process.is_alive:
            return
        quota, wall = process.quota, EPOCH + self.now + process.skew
        quota.observe(limits, date, sent=sent, now=self.now, wall=wall)
        if not accepted:
            quota.refused(limits, self.random.random() * 0.25, self.now)
            self._exchange(process)
        quota.done()
        self._exchange(process)
        if began is None:
            process.free += 1
            self._bulk(process)
        elif not accepted:
            self.at(self.now + quota.opens_in(self.now), self._call, process, began)
        else:
            process.waits.append(self.now - began)
            self.at(self.now + self._pause, self._call, process)
