"""A sync while Plain is away: it waits, asks now and then, and loses no row."""

import asyncio
from pathlib import Path
from typing import Any

import anyio
import pytest
from scripted_server import Behaviour, Request, ScriptedServer, answer, reset
from wire_support import created_as_sent

from plain_sdk import (
    AsyncPlainClient,
    CustomerRow,
    Err,
    Ok,
    PlainConnectionError,
    PlainMutationError,
    PlainServerError,
    SyncSummary,
)
from plain_sdk._customer_sync.outage import AWAY, UNMET, Outage
from plain_sdk._outcome import Outcome

AWAY_ERROR = PlainConnectionError("refused", reached="connecting")
GATEWAY: Behaviour = answer({"errors": [{"message": "away"}]}, status=503)


class Time:
    """A clock that runs only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await anyio.lowlevel.checkpoint()

    def outage(self, give_up_after: float | None = None) -> Outage:
        return Outage(
            give_up_after, clock=lambda: self.now, sleep=self.sleep, randomness=lambda: 1.0
        )


async def test_the_pause_grows_and_one_row_at_a_time_asks() -> None:
    """1, 2, 4 ... seconds; each question is one request, without retries."""
    time, calls = Time(), [0]
    asked: list[tuple[int, int | None]] = []
    outage = time.outage()

    async def call(rows: list[int], attempts: int | None) -> list[Outcome[Any]]:
        calls[0] += 1
        asked.append((rows[0], attempts))
        assert calls[0] <= 3 or attempts == 1 or time.now >= 15
        return [Ok(rows[0]) if time.now >= 15 else Err(AWAY_ERROR)]

    done: list[Any] = []

    async def send(row: int) -> None:
        done.extend(await outage.send([row], call))

    async with anyio.create_task_group() as tasks:
        for row in range(3):
            tasks.start_soon(send, row)
    assert [outcome.value for outcome in done if isinstance(outcome, Ok)] != []
    assert sorted(outcome.value for outcome in done) == [0, 1, 2]
    assert time.slept == [1.0, 2.0, 4.0, 8.0]
    # Whose question found nobody stands behind the others.
    assert [row for row, attempts in asked if attempts == 1] == [0, 1, 2, 0]
    assert outage.lasts is None


@pytest.mark.parametrize(
    ("give_up_after", "met", "limit"),
    [(None, False, UNMET), (None, True, AWAY), (7.0, False, 7.0), (7.0, True, 7.0)],
)
async def test_it_gives_up_in_the_end(give_up_after: float | None, met: bool, limit: float) -> None:
    """Soon where nobody ever answered, because the address may be wrong; then nothing is lost."""
    time = Time()
    outage = time.outage(give_up_after)

    async def there(rows: list[int], attempts: int | None) -> list[Outcome[Any]]:
        return [Ok(1)]

    async def away(rows: list[int], attempts: int | None) -> list[Outcome[Any]]:
        return [Err(AWAY_ERROR)]

    if met:
        await outage.send([1], there)
    with pytest.raises(PlainConnectionError, match="nothing is lost") as caught:
        await outage.send([1], away)
    assert time.now == limit
    assert f"for {limit:.0f} s" in str(caught.value)
    assert ("is the address right" in str(caught.value)) is not met
    assert max(time.slept) <= 60


async def test_a_row_that_plain_cannot_stomach_is_no_outage() -> None:
    """Others get through, or it is alone: after three tries it is the row, and nobody waits on."""
    time = Time()
    outage = time.outage()
    poison = PlainServerError("fault", status_code=500)

    async def call(rows: list[int], attempts: int | None) -> list[Outcome[Any]]:
        await anyio.lowlevel.checkpoint()
        return [Err(poison) if row == 0 else Ok(row) for row in rows]

    outcomes: dict[int, Any] = {}

    async def send(row: int) -> None:
        (outcomes[row],) = await outage.send([row], call)

    async with anyio.create_task_group() as tasks:
        for row in range(4):
            tasks.start_soon(send, row)
    assert outcomes == {0: Err(poison), 1: Ok(1), 2: Ok(2), 3: Ok(3)}
    assert await time.outage().send([0, 5], call) == [Err(poison), Ok(5)]
    assert time.now < UNMET


async def test_a_refusal_is_no_outage() -> None:
    """It is an answer, whatever it says."""
    refused = Err(PlainMutationError("no", code="x", type="VALIDATION"))

    async def call(rows: list[int], attempts: int | None) -> list[Outcome[Any]]:
        return [refused]

    time = Time()
    assert await time.outage().send([1], call) == [refused]
    assert time.slept == []


@pytest.mark.parametrize("pack", [1, 10])
@pytest.mark.parametrize("fault", [GATEWAY, reset], ids=["503", "reset"])
async def test_an_outage_leaves_no_row_for_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: int, fault: Behaviour
) -> None:
    """On the wire: some requests fail in the middle; every row is in at the end of this run."""
    import plain_sdk._customer_sync.outage as module

    monkeypatch.setattr(module, "_FIRST_PAUSE", 0.01)
    seen = 0

    async def behave(request: Request, writer: asyncio.StreamWriter) -> bool:
        nonlocal seen
        seen += 1
        if 5 <= seen < 24:
            return await fault(request, writer)
        return await packed_as_sent(request, writer)

    rows = [CustomerRow(f"U{n}", f"u{n}@x.org", external_id=f"e{n}") for n in range(100)]
    with ScriptedServer(behave) as server:
        async with AsyncPlainClient("full", url=server.url) as client:
            client._pipeline._randomness = lambda: 0.0
            summary = await client.sync_customers(
                rows, checkpoint=tmp_path / "c.db", pack=pack, max_running=4
            )
    assert summary == SyncSummary(rows=100, created=100)


async def packed_as_sent(request: Request, writer: asyncio.StreamWriter) -> bool:
    """Answers a pack of upserts with new customers, each as its input says."""
    import json

    from wire_support import customer

    variables = json.loads(request.body)["variables"]
    if "input" in variables:
        return await created_as_sent(request, writer)
    data: dict[str, Any] = {}
    for name, made in variables.items():
        create = made["onCreate"]
        shown = customer(
            id=f"c_{create['externalId']}", fullName=create["fullName"],
            externalId=create["externalId"], email={**create["email"], "verifiedAt": None},
        )  # fmt: skip
        data[f"r{name[1:]}"] = {"result": "CREATED", "customer": shown, "error": None}
    return await answer({"data": data})(request, writer)


async def test_a_mistyped_address_ends_the_sync_with_the_rows_unfinished(tmp_path: Path) -> None:
    """The error says what it is; no row is refused, and few requests are sent."""
    rows = [CustomerRow(f"U{n}", f"u{n}@x.org") for n in range(200)]
    async with AsyncPlainClient("full", url="http://127.0.0.1:9/graphql") as client:
        client._pipeline._randomness = lambda: 0.0
        sync = client.sync_customers(rows, checkpoint=tmp_path / "c.db", give_up_after=0.01)
        with pytest.raises(PlainConnectionError, match="nothing is lost"):
            async with sync:
                async for _ in sync:
                    pytest.fail("no row has an outcome")
    assert sync.unfinished
    assert sync.summary.refused == sync.summary.unanswered == 0
