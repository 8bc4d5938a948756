"""What each store promises: one claim at a time, leases that end, what is done stays done."""

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from webhook_stores import SetClock

from plain_sdk import PlainConfigurationError
from plain_sdk.webhooks import Claim, DeliveryStore, MemoryStore, Overdue, RedisStore, SQLiteStore

LEASE = 0.05
LONG = 60.0


@pytest.fixture(params=["memory", "sqlite", "redis"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DeliveryStore]:
    """Each kind of store, empty."""
    made: DeliveryStore
    if request.param == "memory":
        made = MemoryStore()
    elif request.param == "sqlite":
        made = SQLiteStore(tmp_path / "webhooks.db")
    else:
        url: str = request.getfixturevalue("redis_url")
        made = RedisStore(url, prefix=tmp_path.name)
    yield made
    await made.aclose()


async def run_out(store: DeliveryStore, event_id: str, token: str) -> None:
    """Wait until a lease has run out, on whichever clock."""
    deadline = time.monotonic() + 5
    while await store.claim(event_id, token, LONG) is not Claim.GRANTED:
        assert time.monotonic() < deadline
        await asyncio.sleep(LEASE / 5)


async def test_an_event_is_claimed_by_one_and_done_once(store: DeliveryStore) -> None:
    """Another claim says so; after it is done, every claim does."""
    assert await store.claim("e", "a", LONG) is Claim.GRANTED
    assert await store.claim("e", "b", LONG) is Claim.RUNNING
    assert await store.claim("other", "b", LONG) is Claim.GRANTED
    await store.done("e")
    assert await store.claim("e", "b", LONG) is Claim.DONE
    assert await store.renew("e", "a", LONG) is False


async def test_of_many_claims_at_once_one_is_granted(store: DeliveryStore) -> None:
    """However they interleave."""
    claims = await asyncio.gather(*(store.claim("e", str(n), LONG) for n in range(20)))
    assert sorted(claim.value for claim in claims) == ["granted", *["running"] * 19]


async def test_what_is_released_can_be_claimed_at_once(store: DeliveryStore) -> None:
    """By its holder only."""
    await store.claim("e", "a", LONG)
    await store.release("e", "b")
    assert await store.claim("e", "b", LONG) is Claim.RUNNING
    await store.release("e", "a")
    assert await store.claim("e", "b", LONG) is Claim.GRANTED


async def test_a_lease_runs_out_and_is_then_somebody_elses(store: DeliveryStore) -> None:
    """The first holder cannot renew it, nor release it."""
    await store.claim("e", "a", LEASE)
    await run_out(store, "e", "b")
    assert await store.renew("e", "a", LONG) is False
    await store.release("e", "a")
    assert await store.claim("e", "c", LONG) is Claim.RUNNING


async def test_a_lease_that_is_renewed_does_not_run_out(store: DeliveryStore) -> None:
    """It lasts as long as the renewal says."""
    await store.claim("e", "a", LEASE)
    assert await store.renew("e", "a", LONG) is True
    await store.claim("short", "a", LEASE)
    await run_out(store, "short", "b")
    assert await store.claim("e", "b", LONG) is Claim.RUNNING


async def test_bodies_are_kept_until_they_are_handled(store: DeliveryStore) -> None:
    """An abandoned one is claimed once, with its body and the number of the try."""
    assert await store.overdue("x", LONG) is None
    body = "ä\x00{}".encode()
    await store.claim("e", "a", LEASE, body)
    await store.claim("no body", "a", LEASE)
    await run_out(store, "no body", "b")
    assert await store.overdue("b", LONG) == Overdue("e", body, 2)
    assert await store.overdue("c", LONG) is None
    assert await store.claim("e", "c", LONG) is Claim.RUNNING
    await store.done("e")
    assert await store.claim("e", "c", LONG) is Claim.DONE


async def test_a_failed_one_waits_for_its_time(store: DeliveryStore) -> None:
    """Released with a delay, it is neither claimed nor overdue before; released without, gone."""
    await store.claim("e", "a", LONG, b"body")
    await store.release("e", "a", LONG)
    assert await store.claim("e", "b", LONG) is Claim.RUNNING
    assert await store.overdue("b", LONG) is None
    await store.claim("now", "a", LONG, b"body")
    await store.release("now", "a", 0.0)
    found = None
    while found is None:
        found = await store.overdue("b", LONG)
    assert found == Overdue("now", b"body", 2)
    await store.release("now", "b")
    assert await store.overdue("c", LONG) is None
    assert await store.claim("now", "c", LONG) is Claim.GRANTED


async def test_the_memory_store_is_bounded() -> None:
    """The oldest handled events are forgotten, and all of them after their time."""
    clock = SetClock()
    store = MemoryStore(most=2, keep=10.0, clock=clock)
    for name in ("a", "b", "c"):
        await store.done(name)
    claims = [await store.claim(name, "x", LONG) for name in ("a", "b", "c")]
    assert claims == [Claim.GRANTED, Claim.DONE, Claim.DONE]
    clock.now += 10.0
    assert await store.claim("c", "x", LONG) is Claim.GRANTED


async def test_the_file_outlives_its_process_and_forgets_in_time(tmp_path: Path) -> None:
    """Another store on the same file knows; `keep` seconds later it has room again."""
    clock = SetClock()
    path = tmp_path / "webhooks.db"
    first = SQLiteStore(path, keep=10.0, clock=clock)
    await first.done("e")
    await first.claim("abandoned", "a", 1.0)
    await first.aclose()
    second = SQLiteStore(path, keep=10.0, clock=clock)
    assert await second.claim("e", "b", 1.0) is Claim.DONE
    clock.now += 11.0
    assert await second.claim("e", "b", 1.0) is Claim.GRANTED
    await second.aclose()
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT event_id FROM plain_deliveries").fetchall()
    connection.close()
    assert rows == [("e",)]


async def test_the_file_is_shared_by_stores_at_once(tmp_path: Path) -> None:
    """Two connections, as two processes have: of all claims one is granted."""
    stores = [SQLiteStore(tmp_path / "webhooks.db") for _ in range(3)]
    claims = await asyncio.gather(
        *(store.claim(f"e{n}", str(i), LONG) for i, store in enumerate(stores) for n in range(10))
    )
    assert sum(claim is Claim.GRANTED for claim in claims) == 10
    for store in stores:
        await store.aclose()


def test_a_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """When the store is made, with its name."""
    file = tmp_path / "notes.txt"
    file.write_text("Not a database, but long enough to be mistaken for one. " * 50)
    with pytest.raises(PlainConfigurationError, match=r"notes\.txt: cannot be used"):
        SQLiteStore(file)
    with pytest.raises(PlainConfigurationError, match="cannot be used"):
        SQLiteStore(tmp_path / "no folder" / "webhooks.db")


async def test_a_redis_client_of_yours_stays_open(redis_url: str) -> None:
    """Also one that decodes what it reads."""
    from redis.asyncio import Redis

    client: Any = Redis.from_url(redis_url, decode_responses=True)
    store = RedisStore(client, prefix="yours")
    await store.claim("e", "a", 0.001, b"body \xc3\xa4")
    found = None
    while found is None:
        found = await store.overdue("b", LONG)
    assert found == Overdue("e", b"body \xc3\xa4", 2)
    await store.aclose()
    assert await client.ping()
    await client.aclose()


async def test_redis_forgets_in_time(redis_url: str) -> None:
    """Every key has an end."""
    from redis.asyncio import Redis

    store = RedisStore(redis_url, prefix="ends", keep=100.0)
    await store.claim("running", "a", LONG, b"body")
    await store.done("done")
    client: Any = Redis.from_url(redis_url)
    for name in ("running", "done"):
        assert 0 < await client.pttl(f"{{ends}}:event:{name}") <= 100_000
    await client.aclose()
    await store.aclose()


def test_redis_is_optional() -> None:
    """Without redis-py, the error says what to install; an address that is none is told."""
    code = (
        "import sys; sys.modules['redis'] = None\n"
        "from plain_sdk.webhooks import RedisStore\n"
        "try: RedisStore('redis://localhost')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "PlainConfigurationError" in done.stdout
    assert "pip install 'plain-sdk[redis]'" in done.stdout
    with pytest.raises(PlainConfigurationError, match="address"):
        RedisStore("http://user:password@localhost")
