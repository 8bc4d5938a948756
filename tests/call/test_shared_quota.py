"""A quota that processes share: simulated ones on a real Redis, then clients on a sandbox."""

import asyncio
import logging
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import trio
from servers import redis_server
from shared_simulation import SharedSimulation
from support import StartSandbox

from plain_sdk import AsyncPlainClient, PlainConfigurationError, SharedQuota
from plain_sdk._call.leased_quota import LeasedQuota, LiesError
from plain_sdk._call.limits import Limits
from plain_sdk._call.quota_script import ARGUMENTS, REPLY, SCRIPT
from plain_sdk.types import RequestOptions

BULK: RequestOptions = {"priority": "bulk", "timeout": None}


@pytest.fixture
def redis(redis_url: str) -> Any:
    from redis import Redis

    client: Any = Redis.from_url(redis_url)
    yield client
    client.close()


def simulated(redis: Any, tmp_path: Path, processes: int, **how: Any) -> SharedSimulation:
    how = {"limit": 150, "window": 5.0, "seed": 1, **how}
    return SharedSimulation(redis, tmp_path.name, processes, **how)


@pytest.mark.parametrize("how", [{}, {"skew": 5.0}], ids=["one clock", "clocks apart"])
def test_a_window_is_used_up_by_all_together_and_never_overdrawn(
    redis: Any, tmp_path: Path, how: dict[str, Any]
) -> None:
    """Four processes: no refusal, equal shares, and interactive calls that never wait long."""
    simulation = simulated(redis, tmp_path, 4, limit=200, **how)
    simulation.run(3)
    assert_shared(simulation, 0.96)


@pytest.mark.slow
@pytest.mark.parametrize("processes", [1, 8])
def test_one_uses_it_alone_and_eight_together(redis: Any, tmp_path: Path, processes: int) -> None:
    """Interactive calls wait for no more than two round trips, however many take of the quota."""
    simulation = simulated(redis, tmp_path, processes, limit=450)
    simulation.run(4)
    assert_shared(simulation, 0.975)
    assert simulation.waits[int(len(simulation.waits) * 0.99)] <= 0.1


def assert_shared(simulation: SharedSimulation, used: float) -> None:
    assert simulation.refused == 0
    assert min(simulation.windows[1:]) >= used
    assert simulation.spread <= 0.2
    assert simulation.waits[int(len(simulation.waits) * 0.99)] <= 0.15


def test_what_others_take_who_share_nothing_is_left_to_them(redis: Any, tmp_path: Path) -> None:
    """Plain's count is the one that counts."""
    simulation = simulated(redis, tmp_path, 3, outsiders=10)
    simulation.run(3)
    assert simulation.refused <= 0.01 * simulation.sent
    assert min(simulation.windows[1:]) >= 0.9


def test_interactive_calls_of_one_go_before_bulk_work_of_another(
    redis: Any, tmp_path: Path
) -> None:
    """Two processes work through the window, four have users."""
    simulation = simulated(redis, tmp_path, 6, limit=200, bulk=2)
    simulation.run(3)
    assert simulation.refused <= 1
    waits = sorted(w for process in simulation.processes[2:] for w in process.waits)
    assert waits[int(len(waits) * 0.98)] <= 0.15


def test_what_a_killed_process_held_is_free_within_two_seconds(redis: Any, tmp_path: Path) -> None:
    """It held what nobody had used; by the clock of Redis it ends by itself."""
    held, other = LeasedQuota(), LeasedQuota()
    keys = [f"{{{tmp_path.name}}}:w", f"{{{tmp_path.name}}}:h"]

    def exchange(quota: LeasedQuota, now: float, **more: Any) -> dict[str, int]:
        quota.ask("bulk", 0.0, now)
        arguments = quota.begin_exchange(now)
        assert arguments is not None
        told = {**dict(zip(ARGUMENTS, arguments)), "now": round(now * 1000) + 10**12, **more}
        reply = redis.eval(SCRIPT, 2, *keys, *(told[name] for name in ARGUMENTS))
        quota.end_exchange(reply, now)
        return dict(zip(REPLY, reply))

    window = {"limit": 20, "remaining": 20, "epoch": 10, "reset_in": 10_000}
    first = exchange(held, 0.0, want_interactive=20, **window)
    assert first["interactive"] > 15
    assert exchange(other, 0.5, want_interactive=20)["interactive"] == 0
    assert exchange(other, 2.0, want_interactive=20)["interactive"] == first["interactive"]


@pytest.mark.parametrize(
    "reply",
    [
        None, b"OK", [], [1], ["x"] * 13, [1, 5, 0, 0, 0, 9_000_000, 1, 0, 0, 1, 0, 9, 1],
        [1, -5, 0, 0, 0, 10, 10, 0, 0, 1, 0, 9, 1], [1, 0, 0, 0, 0, 10, 10, 0, 999_999, 1, 0, 9, 1],
    ],
)  # fmt: skip
def test_replies_that_cannot_be_true_are_lies(reply: object) -> None:
    """They count as an exchange that failed."""
    quota = LeasedQuota()
    quota.begin_exchange(0.0)
    with pytest.raises(LiesError):
        quota.end_exchange(reply, 0.0)
    assert quota.fail_exchange(0.0)
    assert quota.ask("interactive", 0.1, 0.0) == 0


NOTHING = [7, 0, 0, 20, 20, 4000, 5000, 0, 0, 2, 0, 9, 1]
"""A reply: nothing is free, ask again in 20 ms; 4 seconds are left of a window of 5."""


def denied_for(quota: LeasedQuota, seconds: float, priority: Any, reply: list[int]) -> float:
    """Until it is taken for a lie, or the time is over; when that was."""
    now = 0.0
    while now < seconds:
        now += 0.02
        quota.ask(priority, 0.1, now)
        if quota.is_due(now) and quota.begin_exchange(now) is not None:
            try:
                quota.end_exchange(reply, now)
            except LiesError:
                quota.fail_exchange(now)
                return now
    return now


@pytest.mark.parametrize(("priority", "longest"), [("interactive", 6.1), ("bulk", 12.1)])
@pytest.mark.parametrize("has_heard", [True, False], ids=["heard", "has not heard"])
def test_a_denial_that_outlasts_a_window_is_a_lie(
    priority: Any, longest: float, has_heard: bool
) -> None:
    """Then calls go by what Plain says, or go at once when it has said nothing; for bulk work it
    is two windows, because users go first."""
    quota = LeasedQuota()
    if has_heard:
        limits = Limits(450, 400, 1_790_000_005.0)
        quota.observe(limits, None, sent=0.0, now=0.0, wall=1_790_000_000.0)
    assert longest - 0.2 < denied_for(quota, 30.0, priority, NOTHING) < longest
    assert quota.status(longest).source == "local"
    assert quota.ask(priority, 0.1, longest) == 0


def test_a_denial_while_plain_has_parked_all_is_none() -> None:
    """Nor is one that nobody has waited for since."""
    quota = LeasedQuota()
    parked = [*NOTHING[:8], 3000, *NOTHING[9:]]
    assert denied_for(quota, 30.0, "interactive", parked) > 29.9
    quota = LeasedQuota()
    assert denied_for(quota, 4.0, "interactive", NOTHING) > 3.9
    quota.begin_exchange(600.0)
    quota.end_exchange(NOTHING, 600.0)


def test_both_names_are_in_one_slot_of_a_cluster() -> None:
    """What a cluster puts a key's place by is the part in braces: one, and the same in both."""
    from redis.crc import key_slot

    names = SharedQuota("redis://localhost", prefix="mine")._names("key", "http://localhost")
    assert len(set(names)) == 2
    assert all(name.count("{") == name.count("}") == 1 for name in names)
    assert len({key_slot(name.encode()) for name in names}) == 1
    other = SharedQuota("redis://localhost", prefix="mine")._names("other", "http://localhost")
    assert {name.split("}")[0] for name in names} != {name.split("}")[0] for name in other}


class Lying:
    """Stands for a client of redis-py whose server answers anything."""

    def __init__(self, reply: object) -> None:
        self.reply = reply
        self.asked = 0

    async def evalsha(self, *_: object) -> object:
        self.asked += 1
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


@pytest.mark.parametrize("reply", [OSError("away"), [0] * 5, "no list", {}])
async def test_a_redis_that_fails_or_lies_fails_no_call(
    start_sandbox: StartSandbox, caplog: pytest.LogCaptureFixture, reply: object
) -> None:
    """One warning, without the key; calls go by what the headers say."""
    server = start_sandbox(rate_limit=1000)
    redis: Any = Lying(reply)
    with caplog.at_level(logging.INFO, "plain_sdk"):
        async with AsyncPlainClient("full", url=server.url, quota=redis) as client:
            await asyncio.gather(*(client.customer("c_1") for _ in range(20)))
            assert client.quota.source == "local"
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "cannot be shared through Redis" in warnings[0].getMessage()
    assert redis.asked >= 1


async def test_redis_that_says_nothing_is_waited_for_a_moment_only(
    start_sandbox: StartSandbox,
) -> None:
    """Blocked for longer than the call may take."""
    server = start_sandbox(rate_limit=1000)
    over = asyncio.Event()

    class Blocked(Lying):
        async def evalsha(self, *_: object) -> object:
            await over.wait()
            return []

    shared = SharedQuota(Blocked([]), timeout=0.05)  # type: ignore[arg-type]
    async with AsyncPlainClient("full", url=server.url, quota=shared, timeout=5.0) as client:
        for _ in range(3):
            assert await client.customer("c_1") is None


async def test_clients_share_a_window_and_names_hold_no_key(
    start_sandbox: StartSandbox, redis_url: str, redis: Any, tmp_path: Path
) -> None:
    """Each knows of the other; every key has an end, and one hash tag."""
    server = start_sandbox(rate_limit=100, rate_window=60.0)
    one, other = (SharedQuota(redis_url, prefix=tmp_path.name) for _ in range(2))
    async with (
        AsyncPlainClient("full", url=server.url, quota=one) as first,
        AsyncPlainClient("full", url=server.url, quota=other) as second,
    ):
        for _ in range(4):
            await asyncio.gather(first.customer("c_1"), second.customer("c_1"))
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            found = await one.holders("full", server.url)
            if len(found) == 2 and all(holder.spent for holder in found):
                break
            await first.customer("c_1")
            await second.customer("c_1")
        assert first.quota.source == "shared"
    assert len(found) == 2
    assert all(holder.spent > 0 and ":" in holder.name for holder in found)
    names = [name for name in redis.scan_iter() if tmp_path.name.encode() in name]
    assert len(names) == 2
    assert len({name[name.index(b"{") : name.index(b"}")] for name in names}) == 1
    assert not any(b"full" in name for name in names)
    assert all(0 < redis.pttl(name) <= 600_000 for name in names)


async def test_it_is_picked_up_again_when_it_is_back(
    start_sandbox: StartSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Stopped and started, it has forgotten everything; no call fails."""
    server = start_sandbox(rate_limit=100_000)

    async def until(client: AsyncPlainClient, source: str) -> None:
        deadline = time.monotonic() + 20
        while client.quota.source != source:
            assert time.monotonic() < deadline
            await client.customer("c_1", options={"timeout": 2.0})
            await asyncio.sleep(0.01)

    with redis_server() as redis, caplog.at_level(logging.INFO, "plain_sdk"):
        async with AsyncPlainClient("full", url=server.url, quota=redis.url) as client:
            for _ in range(2):
                await until(client, "shared")
                redis.stop()
                await until(client, "local")
                redis.start()
            await until(client, "shared")
    said = [r.levelname for r in caplog.records if "through Redis" in r.getMessage()]
    assert said == ["WARNING", "INFO"] * 2


def test_trio_goes_by_the_headers(start_sandbox: StartSandbox, redis_url: str) -> None:
    """redis-py stands on asyncio."""
    server = start_sandbox(rate_limit=100)

    async def call() -> None:
        async with AsyncPlainClient("full", url=server.url, quota=redis_url) as client:
            await client.customer("c_1")
            assert client.quota.source == "local"

    trio.run(call)


def test_what_is_no_redis_is_told_at_once() -> None:
    """Without a word of what the address holds."""
    with pytest.raises(PlainConfigurationError, match="not the address of a Redis") as caught:
        AsyncPlainClient("key", quota="https://user:password@localhost")
    assert "password" not in str(caught.value)
    wrong: Any = 7
    with pytest.raises(PlainConfigurationError, match="not int"):
        AsyncPlainClient("key", quota=wrong)


def test_redis_is_optional() -> None:
    """Without redis-py, the error says what to install."""
    code = (
        "import sys; sys.modules['redis'] = None\n"
        "from plain_sdk import AsyncPlainClient\n"
        "try: AsyncPlainClient('key', quota='redis://localhost')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "PlainConfigurationError" in done.stdout
    assert "pip install 'plain-sdk[redis]'" in done.stdout
