"""Processes with a quota each, a server with one window for all, and a made-up clock."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from plain_sdk._call.limits import Limits
from plain_sdk._call.quota import Quota

_EPOCH = 1_790_000_000.0
_SLOTS = 16
_RESERVE = 0.1
_LOOK_AGAIN = 0.25
"""Whoever waits for quota looks again after so many seconds at the latest, as in the gate."""


@dataclass(frozen=True)
class Result:
    """What the server saw."""

    used: list[float]
    """The part of each whole window that was used, without the first."""
    refused: float
    """The part of all requests that were refused."""
    spread: float
    """The largest share less the smallest, in mean shares."""


class Simulation:
    """Bulk work of some processes on one key."""

    def __init__(
        self, processes: int, *, busy: float, seed: int, limit: int = 450, window: float = 5.0,
        latency: float = 0.05,
    ) -> None:  # fmt: skip
        """`busy`: how often a step is late, by up to 0.3 s, because something else runs."""
        self._random = Random(seed)
        self._busy, self._limit, self._latency, self._window = busy, limit, latency, window
        self._quotas = [Quota() for _ in range(processes)]
        self._free = [_SLOTS] * processes
        self._shares = [0] * processes
        self._looking = [False] * processes
        self._events: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self._count = self._used = self._refused = self._sent = 0
        self._now, self._ends = 0.0, window
        self._windows: list[float] = []

    def run(self, windows: int) -> Result:
        """Through so many windows."""
        for process in range(len(self._quotas)):
            self._at(self._random.random() * 0.05, self._go, process)
        while len(self._windows) < windows:
            self._now, _, step, arguments = heapq.heappop(self._events)
            step(*arguments)
        mean = sum(self._shares) / len(self._shares)
        return Result(
            used=self._windows[1:],
            refused=self._refused / self._sent,
            spread=(max(self._shares) - min(self._shares)) / mean,
        )

    def _at(self, moment: float, step: Callable[..., None], *arguments: object) -> None:
        self._count += 1
        heapq.heappush(self._events, (moment, self._count, step, arguments))

    def _leg(self) -> float:
        late = self._random.random() * 0.3 if self._random.random() < self._busy else 0.0
        return self._latency / 2 + self._random.random() * 0.02 + late

    def _go(self, process: int) -> None:
        while self._free[process] and not self._looking[process]:
            wait = self._quotas[process].ask("bulk", _RESERVE, self._now)
            if wait > 0:
                self._looking[process] = True
                late = self._random.random() * self._busy * 0.05
                self._at(self._now + min(wait, _LOOK_AGAIN) + late, self._look, process)
                return
            self._free[process] -= 1
            self._at(self._now + self._leg(), self._serve, process, self._now)

    def _look(self, process: int) -> None:
        self._looking[process] = False
        self._go(process)

    def _serve(self, process: int, sent: float) -> None:
        while self._now >= self._ends:
            self._windows.append(self._used / self._limit)
            self._used, self._ends = 0, self._ends + self._window
        self._sent += 1
        if accepted := self._used < self._limit:
            self._used += 1
            self._shares[process] += 1
        else:
            self._refused += 1
        limits = Limits(self._limit, self._limit - self._used, _EPOCH + self._ends)
        self._at(self._now + self._leg(), self._hear, process, sent, limits, accepted)

    def _hear(self, process: int, sent: float, limits: Limits, accepted: bool) -> None:
        quota, wall = self._quotas[process], _EPOCH + self._now
        quota.observe(limits, None, sent=sent, now=self._now, wall=wall)
        if not accepted:
            quota.refused(limits, self._random.random() * 0.25, self._now)
        quota.done()
        self._free[process] += 1
        self._go(process)
