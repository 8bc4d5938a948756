"""Many calls at once: bounded, in order or as they come, and none lost."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from typing import Any

import anyio
import pytest
from scripted_server import ScriptedServer, answer, hang
from support import StartSandbox, create
from wire_support import each_way, run, upserted

from plain_sdk import (
    AsyncPlainClient,
    CustomerRow,
    Err,
    ItemOutcome,
    Ok,
    PlainAuthenticationError,
    PlainConfigurationError,
    PlainInputError,
    PlainMutationError,
    PlainPermissionError,
)
from plain_sdk.sandbox import ApiKey

# httpx nests async generators, of which trio warns when an exchange is given up half done.
pytestmark = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")


def rows(count: int) -> Iterator[CustomerRow]:
    for number in range(count):
        yield CustomerRow(f"Customer {number}", f"u{number}@example.com", external_id=f"e{number}")


async def test_every_row_has_an_outcome(client: AsyncPlainClient) -> None:
    """Each row once, with its place, its key, what came of it, and the requests it took."""
    seen: list[ItemOutcome[Any, Any]] = []
    async with client.upsert_customers(rows(200)) as outcomes:
        async for outcome in outcomes:
            seen.append(outcome)
    assert sorted(outcome.index for outcome in seen) == list(range(200))
    for outcome in seen:
        assert outcome.key == f"external_id:e{outcome.index}"
        assert isinstance(outcome.item, CustomerRow)
        assert outcome.item.full_name == f"Customer {outcome.index}"
        assert outcome.outcome.unwrap().created
        assert outcome.attempts == 1
    assert outcomes.unread == []
    assert outcomes.unfinished == []
    assert await client.customers().total_count() == 200


@pytest.mark.parametrize("pack", [1, 10])
async def test_a_refused_row_stops_nothing(client: AsyncPlainClient, pack: int) -> None:
    """Whether Plain refuses it or it cannot even be sent."""
    mixed: list[Any] = list(rows(20))
    mixed[3] = {"identifier": {"email_address": ""}, "on_create": create("x@y")}
    mixed[7] = {"identifier": {"customer_id": "c_nobody"}, "on_create": create("x@y")}
    mixed[9] = {"nonsense": 1}
    async with client.upsert_customers_in_order(mixed, pack=pack) as outcomes:
        seen = [outcome async for outcome in outcomes]
    assert [outcome.index for outcome in seen] == list(range(20))
    errors = {o.index: o.outcome.error for o in seen if isinstance(o.outcome, Err)}
    assert {index: type(error) for index, error in errors.items()} == {
        3: PlainInputError,
        7: PlainMutationError,
        9: PlainInputError,
    }
    assert seen[3].key is seen[9].key is None
    assert await client.customers().total_count() == 17


@each_way
def test_in_order_whatever_finishes_first(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`map_in_order` keeps the items' order and bounds how far the others run ahead."""
    pulled = 0

    def numbers() -> Iterator[int]:
        nonlocal pulled
        for number in range(100):
            pulled += 1
            yield number

    async def scenario(client: AsyncPlainClient) -> None:
        release = anyio.Event()

        async def call(number: int) -> int:
            if number == 0:
                await release.wait()
            await anyio.lowlevel.checkpoint()
            return number * 2

        async with client.map_in_order(call, numbers(), max_running=4) as outcomes:
            await anyio.wait_all_tasks_blocked()
            assert pulled <= 4 * 4 + 4
            release.set()
            values = [outcome.outcome.unwrap() async for outcome in outcomes]
        assert values == [number * 2 for number in range(100)]

    with ScriptedServer(answer(upserted())) as server:
        run(way, monkeypatch, scenario, server.url)


@each_way
def test_context_variables_of_one_item_do_not_reach_another(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the caller, also behind a failure, a cancelled scope and a time-out of asyncio's."""
    seen: ContextVar[str] = ContextVar("seen", default="nobody's")

    async def call(number: int) -> str:
        before = seen.get()
        seen.set(f"of {number}")
        await anyio.lowlevel.checkpoint()
        with anyio.move_on_after(0 if number % 3 == 0 else 60):
            await anyio.sleep(0.001)
        if way[0] == "asyncio" and number % 5 == 0:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await asyncio.sleep(60)
        if number % 7 == 0:
            raise PlainInputError([], operation=before)
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.lowlevel.checkpoint)
        assert seen.get() == f"of {number}"
        return before

    async def scenario(client: AsyncPlainClient) -> None:
        seen.set("the caller's")
        async with client.map_in_order(call, range(50), max_running=4) as outcomes:
            found = [done.outcome async for done in outcomes]
        assert seen.get() == "the caller's"
        befores = [o.error.operation if isinstance(o, Err) else o.value for o in found]
        assert befores == ["the caller's"] * 50

    with ScriptedServer(answer(upserted())) as server:
        run(way, monkeypatch, scenario, server.url)


async def test_the_source_is_pulled_only_as_outcomes_are_taken(client: AsyncPlainClient) -> None:
    """Neither items nor outcomes pile up, and an async source does as well."""
    pulled = 0

    async def source() -> AsyncIterator[str]:
        nonlocal pulled
        for number in range(10_000):
            pulled += 1
            yield f"c_{number}"

    async with client.map(client.customer, source(), max_running=5) as outcomes:
        async for outcome in outcomes:
            assert outcome.outcome == Ok(None)
            await anyio.wait_all_tasks_blocked()
            assert pulled <= outcome.index + 25
            if outcome.index > 15:
                break
    assert pulled < 50


@each_way
def test_leaving_early_accounts_for_every_row(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was taken, what was there and not taken, what is in doubt: together all pulled."""
    pulled: list[int] = []

    def source() -> Iterator[CustomerRow]:
        for number, row in enumerate(rows(1000)):
            pulled.append(number)
            yield row

    async def scenario(client: AsyncPlainClient) -> None:
        taken: list[int] = []
        async with client.upsert_customers(source(), max_running=8) as outcomes:
            async for outcome in outcomes:
                taken.append(outcome.index)
                if len(taken) == 5:
                    while len(server.requests) < 12:
                        await anyio.sleep(0.001)
                    break
        assert client.quota.in_flight == 0
        unread = [outcome.index for outcome in outcomes.unread]
        unfinished = {left.index: left.in_doubt for left in outcomes.unfinished}
        assert sorted([*taken, *unread, *unfinished]) == pulled
        assert sum(unfinished.values()) >= 1
        sent = {request.json["variables"]["input"]["identifier"]["externalId"]
                for request in server.requests}  # fmt: skip
        for index, in_doubt in unfinished.items():
            assert in_doubt or f"e{index}" not in sent

    good = [answer(upserted())] * 8
    with ScriptedServer(*good, hang) as server:
        run(way, monkeypatch, scenario, server.url)


@pytest.mark.parametrize("pack", [1, 4])
async def test_a_revoked_key_stops_the_work_and_loses_nothing(pack: int) -> None:
    """The outcomes so far come first, then the error; every other pulled row is listed."""
    denied = answer("revoked", status=401)
    pulled: list[int] = []

    def source() -> Iterator[CustomerRow]:
        for number, row in enumerate(rows(500)):
            pulled.append(number)
            yield row

    def packed(request: Any, writer: Any) -> Any:
        count = max(1, len([n for n in request.json["variables"] if n != "input"]))
        one = upserted()["data"]["upsertCustomer"]
        data = {"upsertCustomer": one, **{f"r{n}": one for n in range(count)}}
        return answer({"data": data})(request, writer)

    taken: list[int] = []
    with ScriptedServer(*[packed] * 10, denied) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            with pytest.raises(PlainAuthenticationError):
                async with client.upsert_customers(source(), max_running=3, pack=pack) as outcomes:
                    async for outcome in outcomes:
                        assert isinstance(outcome.outcome, Ok)
                        taken.append(outcome.index)
    left = [unfinished.index for unfinished in outcomes.unfinished]
    assert sorted([*taken, *left]) == pulled
    assert outcomes.unread == []
    assert len(taken) == 10 * pack
    assert len(pulled) < 100


async def test_a_missing_permission_stops_the_work(start_sandbox: StartSandbox) -> None:
    """Every further row would be refused for the same reason."""
    server = start_sandbox(keys=(ApiKey("reader", frozenset({"customer:read"})),))
    async with AsyncPlainClient("reader", url=server.url) as client:
        with pytest.raises(PlainPermissionError):
            async with client.upsert_customers(rows(50), max_running=2) as outcomes:
                async for _ in outcomes:
                    pass
    assert 1 <= len(outcomes.unfinished) <= 2


async def test_a_programming_error_ends_everything(client: AsyncPlainClient) -> None:
    """An exception that is no `PlainError` is not an outcome; it comes as it is, at the end."""

    async def call(number: int) -> int:
        return 1 // (number - 5)

    with pytest.raises(ZeroDivisionError):
        async with client.map(call, range(10), max_running=2) as outcomes:
            seen = [outcome.index async for outcome in outcomes]
            pytest.fail(f"ended as if all were done, after {seen}")
    assert 5 in {left.item for left in outcomes.unfinished}


async def test_rows_that_were_pulled_for_a_pack_are_accounted_for(
    client: AsyncPlainClient,
) -> None:
    """Whether the source fails or the block is left while the pack is being filled."""

    def broken() -> Iterator[CustomerRow]:
        yield from rows(5)
        raise LookupError("gone")

    seen: list[int] = []
    with pytest.raises(LookupError):
        async with client.upsert_customers(broken(), pack=10) as outcomes:
            async for outcome in outcomes:
                seen.append(outcome.index)
    assert sorted(seen) == list(range(5))

    waiting = anyio.Event()

    async def idle() -> AsyncIterator[CustomerRow]:
        for row in rows(7):
            yield row
        waiting.set()
        await anyio.sleep_forever()

    async with client.upsert_customers(idle(), pack=10, max_running=1) as outcomes:
        await waiting.wait()
    assert [(left.index, left.in_doubt) for left in outcomes.unfinished] == [
        (index, False) for index in range(7)
    ]


async def test_finishing_waits_for_no_source_and_sends_nothing_new(
    client: AsyncPlainClient,
) -> None:
    """An idle source does not hold the end up."""

    async def idle() -> AsyncIterator[CustomerRow]:
        for row in rows(3):
            yield row
        await anyio.sleep_forever()

    async with client.upsert_customers(idle()) as outcomes:
        seen = []
        async for outcome in outcomes:
            seen.append(outcome.index)
            if len(seen) == 3:
                outcomes.finish()
    assert sorted(seen) == [0, 1, 2]
    assert outcomes.unfinished == []


async def test_a_pack_is_not_split_because_plain_is_down() -> None:
    """Each row is then without an answer, after the attempts of one request."""
    with ScriptedServer(answer({}, status=503)) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            client._pipeline._randomness = lambda: 0.0
            async with client.upsert_customers(rows(8), pack=8) as outcomes:
                errors = [o.outcome.error async for o in outcomes if isinstance(o.outcome, Err)]
    assert len(errors) == 8
    assert len(server.requests) == 4


async def test_it_must_be_entered(client: AsyncPlainClient) -> None:
    """Iterating without the block would leave tasks behind, so it says what to write."""
    with pytest.raises(RuntimeError, match="async with client"):
        async for _ in client.map(client.customer, ["c_1"]):
            pass
    with pytest.raises(PlainConfigurationError, match="max_running must be a whole number"):
        client.map(client.customer, [], max_running=0)
    with pytest.raises(PlainConfigurationError, match="pack must be a whole number of at least 1"):
        client.upsert_customers([], pack=0)
    with pytest.raises(PlainConfigurationError, match="on_conflict must be"):
        client.upsert_customers([], on_conflict="merge")  # type: ignore[arg-type]


async def test_gather_gives_an_outcome_for_each_call(client: AsyncPlainClient) -> None:
    """Typed, in the order of the calls; a refusal is an `Err`."""
    nobody, refused, first = await client.gather(
        client.customer("c_1"), client.delete_customer("c_1"), client.customers().first()
    )
    assert nobody == first == Ok(None)
    assert isinstance(refused, Err)
    assert await client.gather() == ()


async def test_gather_raises_what_every_call_would_meet(start_sandbox: StartSandbox) -> None:
    """And leaves no call behind that was never awaited."""
    server = start_sandbox()
    async with AsyncPlainClient("wrong", url=server.url) as client:
        with pytest.raises(PlainAuthenticationError):
            await client.gather(*(client.customer(f"c_{n}") for n in range(50)))


@each_way
def test_gather_is_cancelled_whole(way: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left running."""

    async def scenario(client: AsyncPlainClient) -> None:
        async def gather_two() -> None:
            await client.gather(client.customer("a"), client.customer("b"))

        async with anyio.create_task_group() as group:
            group.start_soon(gather_two)
            await server.wait_for(2)
            group.cancel_scope.cancel()
        assert client.quota.in_flight == 0

    with ScriptedServer(hang) as server:
        run(way, monkeypatch, scenario, server.url)


async def test_packing_takes_a_tenth_of_the_requests(start_sandbox: StartSandbox) -> None:
    """Row by row the same outcomes as without it, with bad rows among them."""
    import random

    chance = random.Random(3)
    mixed: list[Any] = []
    for number in range(300):
        kind = chance.random()
        if kind < 0.1:
            mixed.append(CustomerRow("Taken", "taken@example.com", external_id=f"t{number}"))
        elif kind < 0.2:
            mixed.append({"identifier": {"customer_id": "c_no"}, "on_create": create("q@q")})
        elif kind < 0.25:
            mixed.append(CustomerRow("No at", "nowhere", external_id=f"n{number}"))
        else:
            mixed.append(CustomerRow("Good", f"g{number}@example.com", external_id=f"g{number}"))
    results: dict[int, list[Any]] = {}
    requests: dict[int, int] = {}
    for pack in (1, 10):
        server = start_sandbox()
        async with AsyncPlainClient("full", url=server.url) as client:
            await client.upsert_customer(
                identifier={"email_address": "taken@example.com"},
                on_create=create("taken@example.com"),
            )
            before = server.usage.admitted
            async with client.upsert_customers_in_order(mixed, pack=pack) as outcomes:
                results[pack] = [
                    str(o.outcome.value.result)
                    if isinstance(o.outcome, Ok)
                    else (type(o.outcome.error).__name__, getattr(o.outcome.error, "code", None))
                    async for o in outcomes
                ]
            requests[pack] = server.usage.admitted - before
    assert results[1] == results[10]
    assert len(set(map(str, results[1]))) == 4
    assert requests[1] == 300
    assert requests[10] == 30


async def test_a_poisoned_pack_is_split_until_the_bad_row_stands_alone() -> None:
    """A request that fails as a whole is sent in halves; only the bad row has the error."""
    sizes: list[int] = []

    async def poisoned(request: Any, writer: Any) -> bool:
        variables = request.json["variables"]
        inputs = [variables["input"]] if "input" in variables else list(variables.values())
        sizes.append(len(inputs))
        bad = any(i["onCreate"]["fullName"] == "poison" for i in inputs)
        one = upserted()["data"]["upsertCustomer"]
        data = {"upsertCustomer": one, **{f"r{n}": one for n in range(len(inputs))}}
        content = {"errors": [{"message": "bad"}], "data": None} if bad else {"data": data}
        return await answer(content, status=400 if bad else 200)(request, writer)

    mixed = [CustomerRow("poison" if n == 5 else "good", f"u{n}@x") for n in range(8)]
    with ScriptedServer(poisoned) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            async with client.upsert_customers_in_order(mixed, pack=8, max_running=1) as outcomes:
                seen = [isinstance(outcome.outcome, Ok) async for outcome in outcomes]
    assert seen == [n != 5 for n in range(8)]
    assert sizes == [8, 4, 4, 2, 1, 1, 2]


async def test_cancelling_the_consumer_cancels_the_work() -> None:
    """Structured: when the block is cancelled, nothing of it goes on."""
    # The first is answered: until one is, bulk work sends nothing else.
    with ScriptedServer(answer(upserted()), hang) as server:
        async with AsyncPlainClient("k", url=server.url) as client:

            async def consume() -> None:
                async with client.upsert_customers(rows(100), max_running=10) as outcomes:
                    async for _ in outcomes:
                        pass

            task = asyncio.create_task(consume())
            while len(server.requests) < 11:
                await asyncio.sleep(0.001)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert client.quota.in_flight == 0
            assert asyncio.all_tasks() == {asyncio.current_task()}
