"""The quota: arithmetic with a made-up clock, then a real server that counts."""

import asyncio
import gc
import time
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quota_simulation import Result, Simulation
from support import StartSandbox

from plain_sdk import AsyncPlainClient, PlainRateLimitError, PlainTimeoutError
from plain_sdk._call.limits import Limits, limits_of
from plain_sdk._call.quota import Quota, shared_quota
from plain_sdk._call.server_clock import ServerClock

START = 1_790_000_000.0


def iso(seconds: float) -> str:
    moment = datetime.fromtimestamp(round(seconds, 3), UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


class World:
    """A server with fixed windows, a client's quota, and two clocks."""

    def __init__(self, limit: int, window: float, ahead: float = 0.0) -> None:
        self.limit, self.window, self.ahead = limit, window, ahead
        self.now = 0.0
        self.ends = 0.0
        self.used = 0
        self.refused = 0
        self.per_window: list[int] = []
        self.quota = Quota()

    def request(self) -> dict[str, str]:
        """One request, answered at once; the headers of the answer."""
        if self.now >= self.ends:
            self.per_window.append(self.used)
            self.ends, self.used = self.now + self.window, 0
        if self.used >= self.limit:
            self.refused += 1
        else:
            self.used += 1
        server_time = START + self.now + self.ahead
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.limit - self.used),
            "x-ratelimit-reset": iso(START + self.ends + self.ahead),
            "date": formatdate(server_time, usegmt=True),
        }

    def call(self, priority: Any, reserve: float = 0.1, latency: float = 0.0) -> float:
        """One call as soon as it may go; how long it waited."""
        started = self.now
        while (wait := self.quota.ask(priority, reserve, self.now)) > 0:
            self.now += wait
        sent = self.now
        headers = self.request()
        self.now += latency
        self.quota.observe(
            limits_of(headers), headers["date"], sent=sent, now=self.now, wall=START + self.now
        )
        self.quota.done()
        return sent - started


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([100, 450]),
    st.floats(5.0, 60.0),
    st.floats(-300, 300),
    st.floats(0.0, 0.02),
    st.sampled_from([0.0, 0.1, 0.3]),
)
def test_bulk_calls_use_each_window_and_are_never_refused(
    limit: int, window: float, ahead: float, latency: float, reserve: float
) -> None:
    """At least 98 % of every full window, whatever the clocks' difference; no refusal."""
    world = World(limit, window, ahead)
    latency = min(latency, window / limit / 2)
    while len(world.per_window) < 4:
        world.call("bulk", reserve, latency)
    assert world.refused == 0
    for used in world.per_window[2:]:
        assert used >= 0.98 * limit


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 0.95), st.integers(1, 4))
def test_an_interactive_call_goes_at_once_beside_bulk_work(part: float, calls: int) -> None:
    """At any moment of the window the reserve lets some through without waiting."""
    world = World(450, 60.0)
    world.call("bulk")
    while world.now < part * 60.0:
        world.call("bulk")
    assert [world.call("interactive") for _ in range(calls)] == [0.0] * calls
    assert world.refused == 0


def test_bulk_work_is_spread_over_the_window() -> None:
    """After a burst, about as much is used as time has passed."""
    world = World(600, 60.0)
    calls: list[float] = []
    while world.now < 59:
        world.call("bulk")
        calls.append(world.now)

    def used(seconds: float) -> float:
        return sum(moment <= seconds for moment in calls) / 600

    assert used(1) < 0.1
    assert used(10) < 0.35
    assert 0.3 < used(30) < 0.75
    assert used(57) >= 0.95


@pytest.mark.parametrize("busy", [0.0, 0.2], ids=["quiet", "busy"])
@pytest.mark.parametrize("processes", [1, 2, 8])
def test_processes_that_know_nothing_of_each_other_share_the_windows(
    processes: int, busy: float
) -> None:
    """Next to none is refused, next to all is used, and each has about its share: the rate of all
    hangs on the same remaining requests."""
    assert_shared([Simulation(processes, busy=busy, seed=0).run(4)], busy)


@pytest.mark.slow
@pytest.mark.parametrize("busy", [0.0, 0.1, 0.2], ids=["quiet", "busy", "busier"])
@pytest.mark.parametrize("processes", [1, 2, 4, 8])
def test_they_share_them_whatever_the_chances(processes: int, busy: float) -> None:
    """The same with more windows, and other luck."""
    assert_shared([Simulation(processes, busy=busy, seed=seed).run(7) for seed in range(3)], busy)


def assert_shared(results: list[Result], busy: float) -> None:
    used = [part for result in results for part in result.used]
    assert sum(result.refused for result in results) / len(results) <= 0.01
    assert sum(used) / len(used) >= (0.955 if busy else 0.97)
    assert max(result.spread for result in results) <= (0.6 if busy else 0.1)


def test_others_are_noticed_and_gone_again() -> None:
    """Their rate is told within a tenth of a window, and is never taken from our own requests."""
    world = World(limit=450, window=5.0)
    own = world.quota
    for _ in range(40):
        world.call("bulk", latency=0.01)
    assert own.status(world.now).others_per_second == 0
    for _ in range(40):
        for _ in range(3):
            world.request()
        world.call("interactive", latency=0.01)
        world.now += 0.02
    assert 60 < own.status(world.now).others_per_second < 140
    for _ in range(30):
        world.call("interactive", latency=0.01)
        world.now += 0.1
    assert own.status(world.now).others_per_second < 3


def test_without_headers_it_stays_out_of_the_way() -> None:
    """Nothing is known, so everybody goes at once."""
    quota = Quota()
    assert quota.ask("bulk", 0.1, 0.0) == 0.0
    assert quota.ask("bulk", 0.1, 0.0) > 0.0  # one goes ahead
    quota.observe(Limits(), None, sent=0.0, now=0.0, wall=START)
    quota.done()
    for _ in range(5000):
        assert quota.ask("bulk", 0.1, 0.0) == 0.0
    assert quota.status(0.0).limit is None


@pytest.mark.parametrize(
    "headers",
    [
        {"x-ratelimit-limit": "450"},
        {"x-ratelimit-limit": "x", "x-ratelimit-remaining": "1", "x-ratelimit-reset": iso(START)},
        {"x-ratelimit-limit": "0", "x-ratelimit-remaining": "0", "x-ratelimit-reset": iso(START)},
        {"x-ratelimit-limit": "9", "x-ratelimit-remaining": "-1", "x-ratelimit-reset": iso(START)},
        {"x-ratelimit-limit": "9", "x-ratelimit-remaining": "1", "x-ratelimit-reset": "1767713400"},
        {"x-ratelimit-limit": "9", "x-ratelimit-remaining": "1", "x-ratelimit-reset": "soon"},
    ],
)
def test_headers_of_a_strange_form_are_not_believed(headers: dict[str, str]) -> None:
    """Half of them, or not what is documented: as if there were none."""
    quota = Quota()
    quota.observe(limits_of(headers), None, sent=0.0, now=0.0, wall=START)
    assert quota.status(0.0).limit is None


def test_what_is_in_flight_is_counted() -> None:
    """Calls whose answers have not come yet use quota up too."""
    world = World(10, 60.0)
    world.call("interactive")
    admitted = 0
    while world.quota.ask("interactive", 0.0, world.now) == 0.0:
        admitted += 1
    assert admitted == 9
    assert world.quota.status(world.now).in_flight == 9


def test_a_late_answer_of_the_old_window_changes_nothing() -> None:
    """Answers come out of order; the newest window counts."""
    world = World(10, 60.0)
    for _ in range(10):
        old = world.request()
    world.now = 61.0
    world.call("interactive")
    world.quota.observe(limits_of(old), old["date"], sent=59.0, now=61.1, wall=START + 61.1)
    assert world.quota.status(61.1).remaining == 9


def refusal(world: World, remaining: int = 0, **more: str) -> Limits:
    headers = {**world.request(), "x-ratelimit-remaining": str(remaining)}
    return limits_of({**headers, **{name.replace("_", "-"): told for name, told in more.items()}})


def test_a_refused_call_parks_everybody_until_the_reset() -> None:
    """Nobody goes before, and then the window is whole again."""
    world = World(10, 60.0)
    world.call("interactive")
    waits = world.quota.refused(refusal(world), 0.5, 1.0)
    assert waits == pytest.approx(59.5, abs=0.1)
    assert world.quota.ask("interactive", 0.1, 1.0) == pytest.approx(59.5, abs=0.1)
    assert world.quota.ask("bulk", 0.1, 59.0) == pytest.approx(1.5, abs=0.1)
    world.now = 61.0
    assert world.quota.ask("interactive", 0.1, 61.0) == 0.0


def test_a_late_refusal_of_the_old_window_parks_nobody() -> None:
    """It says nothing of the window that is now."""
    world = World(10, 60.0)
    world.call("interactive")
    late = refusal(world)
    world.now = 61.0
    world.call("interactive")
    assert world.quota.refused(late, 0.0, 61.0) is None
    assert world.quota.ask("interactive", 0.1, 61.0) == 0.0


def test_retry_after_counts_where_quota_is_left() -> None:
    """A refusal for another reason than the window parks for as long as it says."""
    world = World(10, 60.0)
    world.call("interactive")
    told = refusal(world, remaining=8, retry_after="1")
    assert world.quota.refused(told, 0.0, 1.0) == pytest.approx(1.0)
    assert world.quota.refused(Limits(retry_after=3.0), 0.0, 1.0) == pytest.approx(3.0)
    assert world.quota.refused(Limits(), 0.0, 1.0) is None


def test_a_wrong_reset_does_not_stop_everything() -> None:
    """No window is believed to last longer than two minutes."""
    quota = Quota()
    headers = {"x-ratelimit-limit": "9", "x-ratelimit-remaining": "0",
               "x-ratelimit-reset": iso(START + 365 * 86400)}  # fmt: skip
    quota.observe(limits_of(headers), None, sent=0.0, now=0.0, wall=START)
    assert quota.ask("interactive", 0.1, 121.0) == 0.0


@pytest.mark.parametrize("priority", ["interactive", "bulk"])
def test_a_quota_of_one_lets_one_call_through(priority: Any) -> None:
    """However small the quota, nobody waits for ever."""
    world = World(1, 1.0)
    for _ in range(3):
        world.call(priority)
    assert world.refused == 0
    assert world.now < 10


@pytest.mark.slow
async def test_a_burst_on_a_new_client_meets_few_refusals(start_sandbox: StartSandbox) -> None:
    """Calls that wait for a place ask for quota when they have it, not before."""
    server = start_sandbox(rate_limit=20, rate_window=0.5)
    refused = 0
    admit = server._app._rate.admit

    def counted() -> Any:
        nonlocal refused
        admission = admit()
        refused += not admission.allowed
        return admission

    server._app._rate.admit = counted  # type: ignore[method-assign]
    async with AsyncPlainClient("full", url=server.url, max_in_flight=10) as client:
        async with anyio.create_task_group() as group:
            for number in range(100):
                group.start_soon(upsert, client, number, "interactive")
    assert refused == 0


@given(st.floats(-5000, 5000), st.lists(st.floats(0.0, 3.0), min_size=1, max_size=40))
def test_the_servers_clock_is_never_thought_further_ahead_than_it_is(
    ahead: float, gaps: list[float]
) -> None:
    """So no window is thought to end early; and the error is at most the cut of a second."""
    clock = ServerClock()
    now = START
    for gap in gaps:
        now += gap
        clock.observe(formatdate(now + 0.01 + ahead, usegmt=True), now, now + 0.02)
        assert ahead - 1.03 <= clock.ahead <= ahead + 1e-6


def test_a_clock_that_is_set_starts_anew() -> None:
    """Bounds that contradict each other are void."""
    clock = ServerClock()
    clock.observe(formatdate(START + 100, usegmt=True), START, START)
    clock.observe(formatdate(START + 1, usegmt=True), START + 1, START + 1)
    assert abs(clock.ahead) <= 1.0
    clock.observe("not a date", START, START)
    assert abs(clock.ahead) <= 1.0


def test_one_quota_for_a_key_and_an_address() -> None:
    """Shared by all clients of a key, forgotten with the last of them."""
    first = shared_quota("k1", "u")
    assert shared_quota("k1", "u") is first
    assert shared_quota("k2", "u") is not first
    assert shared_quota("k1", "v") is not first
    world = World(10, 60.0)
    world.quota = first
    world.call("interactive")
    assert shared_quota("k1", "u").status(0.0).limit == 10
    del first, world
    gc.collect()
    assert shared_quota("k1", "u").status(0.0).limit is None


async def upsert(client: AsyncPlainClient, number: int, priority: Any) -> None:
    await client.customer(f"c_{number}", options={"priority": priority, "timeout": None})


@pytest.mark.survey
async def test_bulk_calls_fill_the_windows_of_a_real_server(start_sandbox: StartSandbox) -> None:
    """2,000 bulk calls from four clients against 450 a window: 98 % used, no 429, and an
    interactive call waits no longer than a request takes."""
    window = 2.0
    server = start_sandbox(rate_limit=450, rate_window=window)
    admitted: dict[float, int] = {}
    refused = 0
    rate = server._app._rate
    admit = rate.admit

    def counted() -> Any:
        nonlocal refused
        admission = admit()
        refused += not admission.allowed
        admitted[rate._ends] = admitted.get(rate._ends, 0) + admission.allowed
        return admission

    rate.admit = counted  # type: ignore[method-assign]
    clients = [AsyncPlainClient("full", url=server.url) for _ in range(4)]
    waits: list[float] = []

    async def interactive() -> None:
        while True:
            await asyncio.sleep(0.15)
            started = time.perf_counter()
            await upsert(clients[0], 0, "interactive")
            waits.append(time.perf_counter() - started)

    async with asyncio.TaskGroup() as group:
        watcher = group.create_task(interactive())
        bulk = [
            group.create_task(upsert(clients[number % 4], number, "bulk")) for number in range(2000)
        ]
        with anyio.fail_after(30):
            while clients[1].quota.waiting <= 1000:
                await asyncio.sleep(0.01)
        assert clients[1].quota.waiting == clients[2].quota.waiting
        await asyncio.gather(*bulk)
        watcher.cancel()
    for client in clients:
        await client.aclose()
    assert refused == 0
    # How full the windows are, and how fast interactive calls, is a matter of the machine here;
    # with a made-up clock it is a law, above.
    assert sum(admitted.values()) == 2000 + len(waits)
    assert len(admitted) >= 5
    assert len(waits) > 20


async def test_waiting_for_quota_is_counted_and_named(start_sandbox: StartSandbox) -> None:
    """A call that cannot go in time says so: at once when that is certain."""
    server = start_sandbox(rate_limit=5, rate_window=60.0)
    async with AsyncPlainClient("full", url=server.url, reserve=0.0) as client:
        for number in range(5):
            await upsert(client, number, "interactive")
        with pytest.raises(PlainRateLimitError, match="longer than this call may wait") as caught:
            await client.customer("c", options={"timeout": 2.0})
        assert caught.value.limit == 5
        assert caught.value.attempts == 0
    server = start_sandbox(rate_limit=100, rate_window=60.0)
    async with AsyncPlainClient("full", url=server.url) as client:
        await upsert(client, 0, "interactive")
        async with anyio.create_task_group() as group:
            for number in range(99):
                group.start_soon(upsert, client, number, "bulk")
            await asyncio.sleep(0.2)
            with pytest.raises(PlainTimeoutError, match="still waiting for quota; not sent"):
                await client.customer("c", options={"priority": "bulk", "timeout": 0.2})
            group.cancel_scope.cancel()
        assert client.quota.waiting == 0
        assert client.quota.in_flight == 0


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("ahead", [-37.5, 0.0, 3600.2])
def test_a_429_is_waited_out_whatever_the_servers_clock(
    start_sandbox: StartSandbox, backend: str, ahead: float
) -> None:
    """Somebody else used the quota up: calls wait for the reset and succeed."""
    server = start_sandbox(rate_limit=3, rate_window=0.5, clock=lambda: time.time() + ahead)

    async def scenario() -> None:
        async with (
            AsyncPlainClient("full", url=server.url) as mine,
            AsyncPlainClient("full", url=server.url.replace("127.0.0.1", "localhost")) as other,
        ):
            await mine.customer("c_1")
            for _ in range(2):
                await other.customer("c_1")
            started = time.monotonic()
            async with anyio.create_task_group() as group:
                for _ in range(3):
                    group.start_soon(mine.customer, "c_1")
            assert time.monotonic() - started < 10
            assert mine.quota.limit == 3

    anyio.run(scenario, backend=backend)
