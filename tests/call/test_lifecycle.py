"""Nothing leaks: not by cancelling, not by closing, not in a second event loop."""

import asyncio
import gc
import logging
import os
import pickle
import random
import sys
import threading
import traceback
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from scripted_server import ScriptedServer, answer, hang, reset
from wire_support import each_way, run, safe, unsafe, upserted

from plain_sdk import (
    AsyncPlainClient,
    PlainClosedError,
    PlainConfigurationError,
    PlainError,
    PlainTimeoutError,
)
from plain_sdk._call.quota import shared_quota
from plain_sdk._transports import choose, environment
from plain_sdk._transports.environment import wire_environment

# httpx and httpcore nest generators and leave the inner ones to the garbage collector when an
# answer is given up, of which trio warns.
pytestmark = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")

KEY = "plainApiKey_0123456789secret"


def states(client: AsyncPlainClient) -> list[Any]:
    return list(client._pipeline._loops._states.values())


def assert_idle(client: AsyncPlainClient, max_in_flight: int) -> None:
    """No call is under way, and every place is free."""
    assert client.quota.in_flight == 0
    assert client.quota.waiting == 0
    for state in states(client):
        assert state.open == set()
        assert state.gate.free_slots == max_in_flight


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_thousand_cancelled_calls_leave_nothing(backend: str) -> None:
    """Cancelled at random points, in the queue or on the wire; afterwards all calls succeed."""
    after = 10_000 if backend == "asyncio" else 500
    chance = random.Random(7)
    slow = True

    async def sometimes_slow(request: Any, writer: Any) -> bool:
        if slow:
            await asyncio.sleep(0.002)
        return await answer(upserted())(request, writer)

    async def scenario(url: str) -> None:
        nonlocal slow
        async with AsyncPlainClient("k", url=url, max_in_flight=16) as client:
            cancelled = done = 0

            async def one(patience: float) -> None:
                nonlocal cancelled
                with anyio.move_on_after(patience) as scope:
                    await safe(client)
                cancelled += scope.cancelled_caught

            async def many() -> None:
                nonlocal done
                while done < after:
                    done += 1
                    await safe(client)

            async with anyio.create_task_group() as group:
                for _ in range(1000):
                    group.start_soon(one, chance.uniform(0.0, 0.3))
            assert cancelled > 100
            assert_idle(client, 16)
            if backend == "asyncio":
                await asyncio.sleep(0.05)
                assert asyncio.all_tasks() == {asyncio.current_task()}
                assert not states(client)[0].transport._session.connector._acquired
            slow = False
            async with anyio.create_task_group() as group:
                for _ in range(16):
                    group.start_soon(many)
            assert_idle(client, 16)

    with ScriptedServer(sometimes_slow) as server:
        anyio.run(scenario, server.url, backend=backend)


@each_way
def test_closing_ends_calls_in_flight_with_a_clear_error(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether on the wire, waiting to try again, or waiting for a place."""
    ended: list[PlainError] = []

    async def scenario(client: AsyncPlainClient) -> None:
        async def one(call: Any) -> None:
            try:
                await call(client)
            except PlainError as error:
                ended.append(error)

        async with anyio.create_task_group() as group:
            for call in (safe, unsafe, safe):
                group.start_soon(one, call)
            while len(server.requests) < 2:
                await anyio.sleep(0.001)
            await client.aclose()

    with ScriptedServer(hang) as server:
        run(way, monkeypatch, scenario, server.url, max_in_flight=2)
    assert [type(error) for error in ended] == [PlainClosedError] * 3
    assert all("closed while the call was in progress" in str(error) for error in ended)


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # of a loop that was never closed
def test_a_client_works_in_one_event_loop_after_another() -> None:
    """Each loop has connections of its own; those of a dead loop are forgotten quietly."""
    with ScriptedServer(answer(upserted())) as server:
        client = AsyncPlainClient("k", url=server.url)
        for backend in ("asyncio", "asyncio", "trio", "asyncio"):
            assert anyio.run(safe, client, backend=backend).customer.id == "c_1"
        assert len([s for s in states(client) if "Aiohttp" in type(s.transport).__name__]) == 1

        async def close() -> None:
            await client.aclose()

        anyio.run(close)
        gc.collect()
    assert len(server.requests) == 4


def test_a_client_works_in_two_event_loops_at_once() -> None:
    """Threads with loops of their own share the client and its quota."""
    with ScriptedServer(answer(upserted())) as server:
        client = AsyncPlainClient("k", url=server.url)
        results: list[str] = []

        async def several() -> None:
            for _ in range(20):
                results.append((await safe(client)).customer.id)
            states(client)
            await client._pipeline._loops.get().transport.aclose()

        threads = [threading.Thread(target=anyio.run, args=(several,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results == ["c_1"] * 40
    assert client.quota.in_flight == 0


@each_way
def test_too_many_calls_wait_their_turn(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Concurrency is bounded before the pool; a bound on the wait names what it bounds."""
    highest = 0
    under_way = 0

    async def counting(request: Any, writer: Any) -> bool:
        nonlocal highest, under_way
        under_way += 1
        highest = max(highest, under_way)
        await asyncio.sleep(0.005)
        under_way -= 1
        return await answer(upserted())(request, writer)

    async def scenario(client: AsyncPlainClient) -> None:
        async with anyio.create_task_group() as group:
            for _ in range(40):
                group.start_soon(safe, client)

    with ScriptedServer(counting) as server:
        run(way, monkeypatch, scenario, server.url, max_in_flight=4)
    assert highest == 4
    assert len(server.requests) == 40

    async def crowded(client: AsyncPlainClient) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(safe, client)
            while not blocked.requests:
                await anyio.sleep(0.001)
            with pytest.raises(PlainTimeoutError, match="its turn did not come") as caught:
                await client.customer("c", options={"pool_timeout": 0.05})
            assert caught.value.attempts == 0
            with pytest.raises(PlainTimeoutError, match="still waiting for a free slot"):
                await client.customer("c", options={"timeout": 0.05})
            group.cancel_scope.cancel()

    with ScriptedServer(hang) as blocked:
        run(way, monkeypatch, crowded, blocked.url, max_in_flight=1)


@each_way
def test_the_key_is_never_told(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in a log, a repr, an error, a pickle, or the locals of a formatted traceback."""
    caplog.set_level(logging.DEBUG)
    told: list[str] = []

    async def scenario(_: AsyncPlainClient) -> None:
        async with AsyncPlainClient(KEY, url=server.url) as client:
            client._pipeline._randomness = lambda: 0.0
            try:
                await safe(client)
            except PlainError as error:
                captured = traceback.TracebackException.from_exception(error, capture_locals=True)
                told.extend(captured.format())
                told.extend([repr(error), str(vars(error)), repr(client), repr(client._pipeline)])
                told.append(pickle.dumps(error).decode("latin-1"))

    with ScriptedServer(reset) as server:
        run(way, monkeypatch, scenario, server.url)
    assert told
    assert "secret" not in "".join(told) + caplog.text


@each_way
def test_an_error_drags_no_request_along(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a cause nor a context leads from an error to the request that holds the key."""

    async def scenario(client: AsyncPlainClient) -> None:
        with pytest.raises(PlainError) as caught:
            await client.customer("c_1", options={"max_attempts": 1})
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None

    for behaviour in (reset, answer("x", status=500)):
        with ScriptedServer(behaviour) as server:
            run(way, monkeypatch, scenario, server.url)
    run(way, monkeypatch, scenario, "http://127.0.0.1:9/graphql/v1")


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_closing_from_another_thread_ends_calls_there() -> None:
    """Under asyncio and trio; a call that is over already is left alone."""
    ended: list[PlainError] = []

    async def call(client: AsyncPlainClient) -> None:
        try:
            await safe(client)
        except PlainError as error:
            ended.append(error)
        await anyio.sleep(0.01)

    for backend in ("asyncio", "trio"):
        with ScriptedServer(hang) as server:
            client = AsyncPlainClient("k", url=server.url)
            run_there = partial(anyio.run, call, client, backend=backend)
            thread = threading.Thread(target=run_there)
            thread.start()
            while not server.requests:
                threading.Event().wait(0.001)
            anyio.run(client.aclose)
            thread.join(10)
            assert not thread.is_alive()
        del client, run_there, thread
        gc.collect()
    assert [type(error) for error in ended] == [PlainClosedError] * 2


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_finished_trio_loops_are_forgotten() -> None:
    """A client that outlives many loops does not grow with them."""
    with ScriptedServer(answer(upserted())) as server:
        client = AsyncPlainClient("k", url=server.url)
        for _ in range(5):
            anyio.run(safe, client, backend="trio")
        assert len(states(client)) == 1
        del client
        gc.collect()


def test_logging_is_quiet_unless_asked(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line per repetition at INFO under `plain_sdk`, without the caller's data."""
    caplog.set_level(logging.INFO, logger="plain_sdk")
    with ScriptedServer(reset, answer(upserted())) as server:
        run(("asyncio", "aiohttp"), monkeypatch, safe, server.url)
    records = [record for record in caplog.records if record.name == "plain_sdk"]
    assert [record.levelname for record in records] == ["INFO"]
    assert "upsert_customer: attempt 1 failed, retrying in 0.00 s" in records[0].getMessage()
    assert "d@x" not in caplog.text


def test_spans_are_named_after_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    """A span per call with the operation and the attempts, an error recorded, no data."""
    trace = pytest.importorskip("opentelemetry.sdk.trace")
    export = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    exporter = export.InMemorySpanExporter()
    provider = trace.TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("test")

    async def scenario(client: AsyncPlainClient) -> None:
        await safe(client)
        with pytest.raises(PlainError):
            await client.customer("c_secret")

    with ScriptedServer(reset, answer(upserted()), answer({}, status=404)) as server:
        run(("asyncio", "aiohttp"), monkeypatch, scenario, server.url, tracer=tracer)
    first, second = exporter.get_finished_spans()
    assert first.name == "mutation upsertCustomer"
    assert dict(first.attributes) == {
        "graphql.operation.name": "upsertCustomer",
        "graphql.operation.type": "mutation",
        "plain.attempts": 2,
    }
    assert second.name == "query customer"
    assert not second.status.is_ok
    assert "d@x" not in first.to_json() + second.to_json()
    assert second.attributes["error.type"] == "PlainStatusError"
    assert second.events == ()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"options": {"max_attempts": 0}}, "max_attempts must be a whole number of at least 1"),
        ({"options": {"priority": "urgent"}}, "priority must be 'interactive' or 'bulk'"),
        ({"options": {"read_timeout": -1}}, "read_timeout must be a positive number"),
        ({"options": {"time_out": 1}}, "'time_out' is not an option; the options are timeout"),
        ({"max_in_flight": 0}, "max_in_flight must be a whole number of at least 1"),
        ({"reserve": 1.0}, "reserve must be at least 0 and below 1"),
    ],
)
def test_wrong_options_are_refused(settings: dict[str, Any], says: str) -> None:
    """On the client as on a call."""
    with pytest.raises(ValueError, match=says):
        AsyncPlainClient("k", **settings)


URL = "https://core-api.uk.plain.com/graphql/v1"


def test_a_proxy_in_the_environment_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the address that it is meant for, and never for this machine's own."""
    assert wire_environment(URL).proxy is None
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:3128")
    assert wire_environment(URL).proxy == "http://127.0.0.1:3128"
    assert wire_environment("https://127.0.0.1:8089/graphql/v1").proxy is None
    monkeypatch.setenv("NO_PROXY", "plain.com")
    assert wire_environment(URL).proxy is None
    monkeypatch.setenv("NO_PROXY", "fd00::/8")
    assert wire_environment(URL).proxy == "http://127.0.0.1:3128"
    monkeypatch.delenv("HTTPS_PROXY")
    monkeypatch.setenv("ALL_PROXY", "proxy.example:3128")
    assert wire_environment(URL).proxy == "http://proxy.example:3128"


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("HTTPS_PROXY", "odd://proxy.example", "HTTPS_PROXY is not the address of a proxy"),
        ("ALL_PROXY", "http://proxy.example:port", "ALL_PROXY is not the address of a proxy"),
        ("ALL_PROXY", "http://", "ALL_PROXY is not the address of a proxy"),
        ("ALL_PROXY", "socks5://user:secret@proxy.example", r"pip install 'httpx\[socks\]'"),
        ("SSL_CERT_FILE", "/absent/ca.pem", "SSL_CERT_FILE names '/absent/ca.pem'"),
        ("SSL_CERT_DIR", "/absent", "SSL_CERT_DIR names '/absent'"),
        ("PLAIN_TRANSPORT", "carrier pigeon", "PLAIN_TRANSPORT must be 'auto', 'httpx' or"),
    ],
)
def test_an_environment_that_cannot_be_used_is_told_at_construction(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    """By the variable's name, without a password that it may hold."""
    monkeypatch.setattr(environment, "find_spec", lambda name: None)
    monkeypatch.setenv(variable, value)
    with pytest.raises(PlainConfigurationError, match=says) as caught:
        AsyncPlainClient("k", url=URL)
    assert "secret" not in str(caught.value)


def test_certificates_that_cannot_be_read_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A file that is there and holds none; it counts for this machine's own address too."""
    (tmp_path / "ca.pem").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    for url in (URL, "https://127.0.0.1:1/graphql/v1"):
        with pytest.raises(PlainConfigurationError, match="cannot be read"):
            AsyncPlainClient("k", url=url)


def test_the_transport_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the argument, by the environment; what cannot be is told at construction."""

    async def transport(client: AsyncPlainClient) -> str:
        async with client:
            return type(client._pipeline._loops.get().transport).__name__

    assert anyio.run(transport, AsyncPlainClient("k", url=URL)) == "AiohttpTransport"
    assert anyio.run(transport, AsyncPlainClient("k", url=URL, transport="httpx")) == (
        "HttpxTransport"
    )
    monkeypatch.setenv("PLAIN_TRANSPORT", "httpx")
    assert anyio.run(transport, AsyncPlainClient("k", url=URL)) == "HttpxTransport"
    assert anyio.run(transport, AsyncPlainClient("k", url=URL, transport="auto")) == (
        "AiohttpTransport"
    )
    with pytest.raises(PlainConfigurationError, match="http_client is httpx's"):
        AsyncPlainClient("k", transport="aiohttp", http_client=httpx.AsyncClient())
    monkeypatch.setattr(choose, "find_spec", lambda name: None)
    with pytest.raises(PlainConfigurationError, match=r"pip install 'plain-sdk\[aiohttp\]'"):
        AsyncPlainClient("k", url=URL, transport="aiohttp")


@pytest.mark.parametrize("transport", ["aiohttp", "httpx"])
def test_a_client_works_in_loop_after_loop_and_leaves_nothing_open(
    transport: Any, recwarn: pytest.WarningsRecorder
) -> None:
    """Made outside of any, closed in none: each loop closes its connections when it ends."""
    with ScriptedServer(answer(upserted())) as server:
        client = AsyncPlainClient("k", url=server.url, transport=transport)
        for _ in range(3):
            asyncio.run(_twice(client))
            gc.collect()
        assert (len(server.requests), server.connections) == (6, 3)
        del client
        gc.collect()
    assert [str(warning.message) for warning in recwarn] == []


async def _twice(client: AsyncPlainClient) -> None:
    await safe(client)
    await safe(client)


@pytest.mark.parametrize("transport", ["aiohttp", "httpx"])
def test_a_client_that_nobody_closed_warns_once_in_our_name(transport: Any) -> None:
    """While its loop runs, which then closes the connections."""

    async def drop() -> list[str]:
        client = AsyncPlainClient("k", url=server.url, transport=transport)
        await safe(client)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            del client
            gc.collect()
            with anyio.fail_after(20):
                while server._tasks:
                    await anyio.sleep(0.001)
        return [str(warning.message) for warning in caught]

    with ScriptedServer(answer(upserted())) as server:
        told, *others = asyncio.run(drop())
        assert others == []
    assert "AsyncPlainClient" in told
    assert "was never closed" in told


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_a_forked_child_counts_no_call_of_its_parent() -> None:
    """Nor waits for a lock that a thread of the parent held when it forked."""
    quota = shared_quota("a key of its own", "https://plain.example")
    for _ in range(30):
        assert quota.ask("interactive", 0.0, 0.0) == 0.0
    with quota._lock:
        child = os.fork()
        if child == 0:
            status = quota.status(0.0)
            os._exit(0 if (status.in_flight, status.waiting) == (0, 0) else 1)
    _, code = os.waitpid(child, 0)
    assert code == 0
    assert quota.status(0.0).in_flight == 30


async def test_warming_up_leaves_nothing_to_load_for_the_first_call() -> None:
    """Neither a module nor a validator; and nothing is sent."""
    with ScriptedServer(answer(upserted())) as server:
        methods = ("upsert_customer", "customer")
        async with AsyncPlainClient("k", url=server.url, warm_up=methods) as client:
            assert server.requests == []
            before = set(sys.modules)
            adapters = dict(client._pipeline._reader._adapters)
            await safe(client)
            assert set(sys.modules) - before == set()
            assert client._pipeline._reader._adapters == adapters
            assert len(adapters) == 2


async def test_a_method_that_is_not_there_cannot_be_warmed_up() -> None:
    """It is told, with what may have been meant."""
    async with AsyncPlainClient("k") as client:
        with pytest.raises(PlainConfigurationError, match="did you mean 'upsert_customer'"):
            await client.warm_up("upsert_custome")
