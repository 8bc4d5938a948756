"""Which faults a request meets: decided by number and seed, the same in every run."""

import random
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..._faults.fault import Fault, as_fault, quota_of
from ..._faults.latency import parse_latency
from .._rate import Admission, RateLimit


@dataclass(frozen=True)
class Met:
    """What a request meets."""

    delay: float = 0.0
    """Seconds before anything else."""
    fault: Fault | None = None
    """What goes wrong, if anything does."""
    admission: Admission | None = None
    """What a fault of the quota says."""
    names: tuple[str, ...] = ()
    """All of it, as lines."""


NOTHING = Met()


@dataclass(eq=False)
class _Live:
    fault: Fault
    name: str
    rate: RateLimit | None = None
    count: int = field(default=0)


class Faults:
    """The faults that are switched on.

        sandbox.faults.add("cut upsertCustomer #3")

    Each counts the requests that fit it, from when it was added, and draws by the seed and its
    own text, so that one more fault changes nothing of the others. The first that strikes decides
    what goes wrong; delays come on top.
    """

    def __init__(self, clock: Callable[[], float], seed: int | None = None) -> None:
        self._clock = clock
        self._seed = random.randrange(2**32) if seed is None else seed
        self._live: list[_Live] = []
        self.hits: Counter[str] = Counter()
        """How many requests each fault struck, by its line."""

    def add(self, *faults: Fault | str) -> tuple[Fault, ...]:
        """Switch faults on; ValueError when a line is none."""
        made = tuple(map(as_fault, faults))
        for fault in made:
            twins = sum(live.fault == fault for live in self._live)
            live = _Live(fault, f"{fault}/{twins}")
            if fault.kind == "quota" and fault.argument is not None:
                live.rate = RateLimit(*quota_of(fault.argument), self._clock)
            self._live.append(live)
        return made

    def remove(self, *faults: Fault | str) -> None:
        """Switch faults off."""
        gone = {*map(as_fault, faults)}
        self._live = [live for live in self._live if live.fault not in gone]

    def clear(self) -> None:
        """Switch all of them off."""
        self._live = []

    @contextmanager
    def during(self, *faults: Fault | str) -> Generator[None]:
        """Faults for a `with` block."""
        before = len(self._live)
        self.add(*faults)
        mine = self._live[before:]
        try:
            yield
        finally:
            self._live = [live for live in self._live if live not in mine]

    def __iter__(self) -> Iterator[Fault]:
        return iter([live.fault for live in self._live])

    def __len__(self) -> int:
        return len(self._live)

    def __repr__(self) -> str:
        return f"<faults: {', '.join(map(str, self)) or 'none'}>"

    def meet(self, operations: Iterable[str], kind: str | None) -> Met:
        """What a request for these root fields meets; each fault counts it."""
        if not self._live:
            return NOTHING
        operations = tuple(operations)
        delay, chosen, admission = 0.0, None, None
        names: list[str] = []
        for live in self._live:
            fault = live.fault
            if not fault.fits(operations, kind):
                continue
            live.count += 1
            if not fault.has_turn(live.count):
                continue
            draws = random.Random(f"{self._seed}/{live.name}/{live.count}")
            if fault.chance < 1 and draws.random() >= fault.chance:
                continue
            if fault.kind == "latency" and fault.argument is not None:
                delay += parse_latency(fault.argument).draw(draws)
            elif live.rate is not None:
                told = live.rate.admit()
                if told.allowed or chosen is not None:
                    continue
                chosen, admission = fault, told
            elif chosen is None:
                chosen = fault
            else:
                continue
            names.append(str(fault))
        self.hits.update(names)
        return Met(delay, chosen, admission, tuple(names))
