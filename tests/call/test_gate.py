"""The way in, step by step: a made-up clock, a scripted quota, and nobody sleeps."""

from collections.abc import Awaitable, Callable

import anyio
import anyio.lowlevel
import pytest
from plain_graphql.operations.customer import CUSTOMER

from plain_sdk._call.call import Call
from plain_sdk._call.gate import Gate, PoolTimeoutError, QuotaUsedUpError
from plain_sdk._call.quota import Quota
from plain_sdk._config import CallSettings, Priority

QUOTA = "waiting for quota"
PLACE = "waiting for a free slot among the requests in flight"


class Scripted(Quota):
    """A quota that says what it is told to say, and notes what it was asked."""

    def __init__(self, *waits: float, opens_in: float = 0.0) -> None:
        super().__init__()
        self.waits = list(waits)
        self.opens = opens_in
        self.asked: list[tuple[Priority, float, float]] = []
        self.back = 0

    def ask(self, priority: Priority, reserve: float, now: float) -> float:
        """The next of the waits; 0 when there are no more."""
        self.asked.append((priority, reserve, now))
        return self.waits.pop(0) if self.waits else 0.0

    def opens_in(self, now: float) -> float:
        """As told."""
        return self.opens

    def done(self) -> None:
        """Counted."""
        self.back += 1


class Sleeps:
    """Takes the place of `anyio.sleep`: moves the made-up clock, and lets others run."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    def clock(self) -> float:
        """The time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """The time goes on at once."""
        self.slept.append(seconds)
        self.now += seconds
        if self.meanwhile is not None:
            await self.meanwhile()
        await anyio.lowlevel.checkpoint()


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> Sleeps:
    """A clock that only sleeping moves."""
    made = Sleeps()
    monkeypatch.setattr(anyio, "sleep", made.sleep)
    return made


def gate(quota: Quota, sleeps: Sleeps, places: int = 2) -> Gate:
    """A gate with so many places and a reserve of a quarter."""
    return Gate(quota, max_in_flight=places, reserve=0.25, clock=sleeps.clock)


INTERACTIVE = CallSettings(pool_timeout=None)
BULK = CallSettings(pool_timeout=None, priority="bulk")
IMPATIENT = CallSettings(pool_timeout=0.0)


def a_call(waited: float = 0.0) -> Call:
    """A call that has come no further than the gate."""
    return Call(CUSTOMER, b"", INTERACTIVE, None, waited=waited)


async def enter(way: Gate, settings: CallSettings, call: Call, ends: float | None) -> None:
    """The call comes to the gate with these settings."""
    call.settings, call.ends = settings, ends
    await way.enter(call)


async def test_a_call_that_may_go_takes_a_place_and_waits_for_nothing(sleeps: Sleeps) -> None:
    """It asks once, with its priority, the reserve and the time, and is not told as waiting."""
    quota, progress = Scripted(), a_call()
    way = gate(quota, sleeps)
    await enter(way, BULK, progress, 1000.0)
    assert quota.asked == [("bulk", 0.25, 1000.0)]
    assert way.free_slots == 1
    assert sleeps.slept == []
    assert quota.waiting == 0
    assert (progress.attempts, progress.stage, progress.waited) == (0, "starting", 0.0)
    assert not progress.in_doubt


async def test_leaving_gives_the_place_and_the_quota_back(sleeps: Sleeps) -> None:
    """Both, once."""
    quota = Scripted()
    way = gate(quota, sleeps)
    await enter(way, INTERACTIVE, a_call(), None)
    way.leave()
    assert way.free_slots == 2
    assert quota.back == 1


@pytest.mark.parametrize(
    ("waits", "slept"),
    [
        ([9.0], []),  # free at the second look
        ([9.0, 0.125], [0.125]),
        ([9.0, 0.25], [0.25]),
        ([9.0, 0.375], [0.25]),  # news may come: it looks again after a quarter of a second
        ([9.0, 60.0, 59.0, 0.0625], [0.25, 0.25, 0.0625]),
    ],
)
async def test_whoever_is_first_looks_again_after_a_quarter_of_a_second_at_most(
    waits: list[float], slept: list[float], sleeps: Sleeps
) -> None:
    """Each look asks the quota anew; the time it took is told."""
    quota, progress = Scripted(*waits), a_call(waited=2.0)
    way = gate(quota, sleeps)
    await enter(way, INTERACTIVE, progress, None)
    assert sleeps.slept == slept
    assert len(quota.asked) == len(waits) + 1
    assert [now for _, _, now in quota.asked[1:]] == [
        1000.0 + sum(slept[:count]) for count in range(len(waits))
    ]
    assert progress.waited == 2.0 + sum(slept)
    assert progress.stage == "starting"
    assert way.free_slots == 1


async def test_while_a_call_waits_for_quota_it_keeps_no_place_and_counts_as_waiting(
    sleeps: Sleeps,
) -> None:
    """Others may go meanwhile, and the status tells of it."""
    quota = Scripted(9.0, 9.0)
    way = gate(quota, sleeps)
    seen: list[tuple[int, int]] = []

    async def look() -> None:
        seen.append((quota.waiting, way.free_slots))

    sleeps.meanwhile = look
    await enter(way, INTERACTIVE, a_call(), None)
    assert seen == [(1, 2)]
    assert quota.waiting == 0


@pytest.mark.parametrize(
    ("opens_in", "ends", "raises"),
    [
        (5.0, 1004.0, True),
        (5.0, 1005.0, True),  # at the very end it is too late
        (5.0, 1005.5, False),
        (5.0, None, False),
        (0.0, 1000.0, True),
        (0.0, 1000.5, False),
    ],
)
async def test_a_call_that_must_wait_gives_up_at_once_when_the_quota_opens_too_late(
    opens_in: float, ends: float | None, raises: bool, sleeps: Sleeps
) -> None:
    """By what the quota says of itself; the call was never in the line."""
    quota, progress = Scripted(0.125, opens_in=opens_in), a_call()
    way = gate(quota, sleeps)
    if raises:
        with pytest.raises(QuotaUsedUpError) as caught:
            await enter(way, INTERACTIVE, progress, ends)
        assert caught.value.opens_in == opens_in
    else:
        await enter(way, INTERACTIVE, progress, ends)
    assert len(quota.asked) == (1 if raises else 2)
    assert sleeps.slept == []
    assert quota.waiting == 0
    assert progress.stage == "starting"
    assert way.free_slots == (2 if raises else 1)


@pytest.mark.parametrize(
    ("wait", "ends", "raises"), [(3.0, 1002.0, True), (3.0, 1003.0, True), (3.0, 1003.5, False)]
)
async def test_the_first_in_line_gives_up_when_its_own_wait_is_too_long(
    wait: float, ends: float, raises: bool, sleeps: Sleeps
) -> None:
    """By what it is told when it looks; it names the quota, and keeps nothing."""
    quota, progress = Scripted(1.0, wait), a_call()
    way = gate(quota, sleeps)
    if raises:
        with pytest.raises(QuotaUsedUpError) as caught:
            await enter(way, INTERACTIVE, progress, ends)
        assert caught.value.opens_in == wait
        assert progress.stage == QUOTA
        assert sleeps.slept == []
        assert way.free_slots == 2
    else:
        await enter(way, INTERACTIVE, progress, ends)
        assert sleeps.slept == [0.25]
    assert quota.waiting == 0


async def test_without_a_free_place_the_quota_is_not_asked(sleeps: Sleeps) -> None:
    """What it says must be true when the request goes; the wait is for a place, and ends."""
    quota, progress = Scripted(), a_call()
    way = gate(quota, sleeps, places=1)
    await enter(way, INTERACTIVE, a_call(), None)
    async with anyio.create_task_group() as group:
        group.start_soon(enter, way, INTERACTIVE, progress, None)
        await anyio.wait_all_tasks_blocked()
        assert quota.waiting == 1
        group.cancel_scope.cancel()
    assert len(quota.asked) == 1
    assert progress.stage == PLACE
    assert quota.waiting == 0
    assert way.free_slots == 0
    way.leave()
    assert way.free_slots == 1


async def test_a_call_whose_turn_does_not_come_in_its_own_time_says_so(sleeps: Sleeps) -> None:
    """`pool_timeout` bounds the wait and nothing else: once a place is free, it goes."""
    quota = Scripted()
    way = gate(quota, sleeps, places=1)
    await enter(way, INTERACTIVE, a_call(), None)
    with pytest.raises(PoolTimeoutError):
        await enter(way, IMPATIENT, a_call(), None)
    assert quota.waiting == 0
    assert way.free_slots == 0
    way.leave()
    await enter(way, IMPATIENT, a_call(), None)
    assert len(quota.asked) == 2


async def test_a_call_gets_the_place_that_another_leaves(sleeps: Sleeps) -> None:
    """Waiting for a place needs no sleep: whoever leaves hands it on."""
    quota, progress = Scripted(), a_call()
    way = gate(quota, sleeps, places=1)
    await enter(way, INTERACTIVE, a_call(), None)
    async with anyio.create_task_group() as group:
        group.start_soon(enter, way, INTERACTIVE, progress, None)
        await anyio.wait_all_tasks_blocked()
        assert quota.waiting == 1
        way.leave()
    assert sleeps.slept == []
    assert way.free_slots == 0
    assert progress.waited == 0.0


@pytest.mark.parametrize(
    ("second", "overtakes"), [(INTERACTIVE, False), (BULK, True)], ids=["same", "other"]
)
async def test_nobody_overtakes_in_one_line_and_the_lines_are_apart(
    second: CallSettings, overtakes: bool, sleeps: Sleeps
) -> None:
    """While an interactive call waits, a later one does not even ask; a bulk call does."""
    quota = Scripted(9.0, 9.0)
    way = gate(quota, sleeps)
    order: list[str] = []

    async def late() -> None:
        await enter(way, second, a_call(), None)
        order.append("late")

    async with anyio.create_task_group() as group:

        async def start_late() -> None:
            group.start_soon(late)
            await anyio.wait_all_tasks_blocked()
            order.append("first goes on")

        sleeps.meanwhile = start_late
        await enter(way, INTERACTIVE, a_call(), None)
        order.append("first")
    expected = ["late", "first goes on", "first"] if overtakes else ["first goes on", "first",
                                                                     "late"]  # fmt: skip
    assert order == expected


async def test_those_behind_the_first_wait_for_what_it_waits_for(sleeps: Sleeps) -> None:
    """A call whose turn does not come names the first one's reason, not its own."""
    quota, progress = Scripted(9.0, 9.0), a_call()
    way = gate(quota, sleeps)
    waiting: list[int] = []
    over = anyio.Event()

    async def behind() -> None:
        with pytest.raises(PoolTimeoutError):
            await enter(way, IMPATIENT, progress, None)
        waiting.append(quota.waiting)
        over.set()

    async with anyio.create_task_group() as group:

        async def start_behind() -> None:
            group.start_soon(behind)
            await over.wait()

        sleeps.meanwhile = start_behind
        await enter(way, INTERACTIVE, a_call(), None)
    assert progress.stage == QUOTA
    assert waiting == [1]
    assert quota.waiting == 0


async def test_a_cancelled_call_keeps_nothing_and_is_told_to_have_waited(sleeps: Sleeps) -> None:
    """Neither place nor turn: the next one goes at once."""
    quota, progress = Scripted(9.0, 9.0), a_call()
    way = gate(quota, sleeps)
    with anyio.CancelScope() as scope:

        async def give_up() -> None:
            scope.cancel()

        sleeps.meanwhile = give_up
        await enter(way, INTERACTIVE, progress, None)
    assert scope.cancelled_caught
    assert progress.waited == 0.25
    assert progress.stage == QUOTA
    assert quota.waiting == 0
    assert way.free_slots == 2
    await enter(way, IMPATIENT, a_call(), None)
    assert way.free_slots == 1
