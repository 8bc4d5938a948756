"""Connections: none is left behind, and none that holds somebody else's response is used again."""

import asyncio
import os
import random
import ssl
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest
from scripted_server import Request, ScriptedServer, answer, hang, hang_until_gone, head
from wire_support import WAYS, each_way, run, safe, unsafe, upserted

from plain_sdk import AsyncPlainClient, PlainConnectionError, PlainError, PlainTimeoutError

SURVEY = int(os.environ.get("PLAIN_SURVEY", "60"))
"""How many calls of each kind are given up; the slow survey takes 10,000."""


def whole(full_name: str, status: int = 200) -> bytes:
    """A response with a customer of this name, as bytes."""
    import json

    body = json.dumps(upserted(fullName=full_name)).encode()
    return head(status, len(body)) + body


# --- somebody else's response ----------------------------------------------------------------


@each_way
@pytest.mark.parametrize("more", [whole("Somebody Else"), whole("x", 408), b"HTTP/1.1 2", b"\r\n"])
def test_bytes_that_nobody_asked_for_are_nobodys_response(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, more: bytes
) -> None:
    """In the same segment as a good response: the next call gets its own, elsewhere."""

    async def two(request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(whole("First") + more)
        await writer.drain()
        return True

    async def scenario(client: AsyncPlainClient) -> None:
        assert (await safe(client)).customer.full_name == "First"
        assert (await unsafe(client)).customer.full_name == "Second"

    with ScriptedServer(two, answer(upserted(fullName="Second"))) as server:
        run(way, monkeypatch, scenario, server.url)
        assert len(server.requests) == 2
        # What is not even the head of a response cannot be taken for one.
        assert server.connections == 2 or len(more) < 20


@each_way
@pytest.mark.parametrize("late", [whole("Somebody Else"), whole("x", 408), b"", b"\r\n"])
def test_what_comes_late_on_an_idle_connection_is_not_used(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, late: bytes
) -> None:
    """A response, a 408, the end, while the event loop was blocked: the server saw two requests.

    For an unsafe mutation, it does not leave in doubt what was never sent.
    """
    go, gone = threading.Event(), threading.Event()

    async def then_late(request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(whole("First"))
        await writer.drain()
        await asyncio.to_thread(go.wait)
        writer.write(late)
        await writer.drain()
        if not late:
            writer.close()
            await writer.wait_closed()
        gone.set()
        return bool(late)

    async def scenario(client: AsyncPlainClient) -> None:
        assert (await safe(client)).customer.full_name == "First"
        go.set()
        assert gone.wait(30)  # and the event loop sees nothing of it
        assert (await unsafe(client)).customer.full_name == "Second"

    with ScriptedServer(then_late, answer(upserted(fullName="Second"))) as server:
        run(way, monkeypatch, scenario, server.url)
        assert len(server.requests) == 2
        assert server.connections == 2


# --- connections left behind -----------------------------------------------------------------

GivingUp = Callable[[AsyncPlainClient, random.Random], Awaitable[None]]


async def own_timeout(client: AsyncPlainClient, chance: random.Random) -> None:
    with pytest.raises(PlainTimeoutError):
        await client.customer("c_1", options={"timeout": chance.uniform(0.0005, 0.01)})


async def scope(client: AsyncPlainClient, chance: random.Random) -> None:
    with anyio.move_on_after(chance.uniform(0, 0.01)):
        await client.customer("c_1")


async def steps_of_the_loop(client: AsyncPlainClient, chance: random.Random) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(client.customer, "c_1")
        for _ in range(chance.randrange(60)):
            await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()


async def asyncio_timeout(client: AsyncPlainClient, chance: random.Random) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(chance.uniform(0, 0.01)):
            await client.customer("c_1")


async def wait_for(client: AsyncPlainClient, chance: random.Random) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.customer("c_1"), chance.uniform(0.0005, 0.01))


async def task_cancel(client: AsyncPlainClient, chance: random.Random) -> None:
    task = asyncio.create_task(client.customer("c_1"))
    for _ in range(chance.randrange(60)):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


ANYWHERE: list[GivingUp] = [own_timeout, scope, steps_of_the_loop]
UNDER_ASYNCIO: list[GivingUp] = [asyncio_timeout, wait_for, task_cancel]
KINDS = [
    pytest.param(way, kind, id=f"{name}-{kind.__name__}")
    for way, name in zip(WAYS, ("aiohttp", "httpx", "trio"), strict=True)
    for kind in (*ANYWHERE, *(UNDER_ASYNCIO if way[0] == "asyncio" else ()))
]


def check_that_nothing_is_left(
    way: tuple[str, str], giving_up: GivingUp, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(client: AsyncPlainClient) -> None:
        chance = random.Random(count)
        # What a first request loads and opens is not what is left behind.
        with anyio.move_on_after(0.05):
            await client.customer("c_1")
        await settled(client)
        before = len(os.listdir("/proc/self/fd"))

        async def many(share: int) -> None:
            for _ in range(share):
                await giving_up(client, chance)

        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(many, count // 6)
        await settled(client)
        # The server closes its end of a connection a step after its task has ended.
        with anyio.fail_after(20):
            while len(os.listdir("/proc/self/fd")) > before:
                await anyio.sleep(0.001)
        server.behaviours[:] = [answer({"data": {"customer": None}})]
        server.requests.clear()
        assert await client.customer("c_1") is None

    async def settled(client: AsyncPlainClient) -> None:
        """Nothing is in flight, and the server has seen the end of each connection."""
        state = client._pipeline._loops.get()
        with anyio.fail_after(20):
            while server._tasks:
                await anyio.sleep(0.001)
        assert client.quota.in_flight == 0
        assert state.gate.free_slots == 256
        assert not state.open
        if way[0] == "asyncio":
            with anyio.fail_after(20):
                while len(asyncio.all_tasks()) > 1:
                    await asyncio.sleep(0)

    with ScriptedServer(hang_until_gone) as server:
        run(way, monkeypatch, scenario, server.url)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="descriptors cannot be counted here")
@pytest.mark.parametrize(("way", "giving_up"), KINDS)
def test_a_call_that_is_given_up_leaves_nothing(
    way: tuple[str, str], giving_up: GivingUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By our timeout, by a user's, by a cancellation at any step: no connection, no descriptor,
    no task, no slot, no quota."""
    check_that_nothing_is_left(way, giving_up, SURVEY, monkeypatch)


# --- how far it came -------------------------------------------------------------------------


@each_way
def test_nobody_listens(way: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was sent, so an unsafe mutation is tried again too, and is not in doubt."""
    import socket

    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/graphql/v1"
        with pytest.raises(PlainConnectionError) as caught:
            run(way, monkeypatch, unsafe, url)
    assert (caught.value.attempts, caught.value.reached) == (4, "connecting")


@each_way
def test_a_connection_that_is_never_made_is_not_in_doubt(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that accepts no more: the time is up while connecting, and nothing was sent."""
    import socket

    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/graphql/v1"
        for settings in ({"timeout": 0.3}, {"options": {"connect_timeout": 0.1}}):
            with pytest.raises(PlainTimeoutError) as caught:
                run(way, monkeypatch, unsafe, url, **settings)
            assert caught.value.reached == "connecting"
            assert "may have been" not in str(caught.value)
        for one in waiting:
            one.close()


@each_way
def test_a_tls_handshake_that_hangs_is_not_in_doubt(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address answers, TLS does not come about, and nothing was sent."""
    with ScriptedServer(hang) as server:
        url = server.url.replace("http:", "https:")
        with pytest.raises(PlainTimeoutError) as caught:
            run(way, monkeypatch, unsafe, url, timeout=0.3)
    assert caught.value.reached in ("connecting", "connected")
    assert "may have been" not in str(caught.value)


@each_way
def test_garbage_instead_of_tls_is_a_connection_error(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which tells the reason on every way, and is certain that nothing was sent."""

    async def garbage(reader: Any, writer: Any) -> None:
        writer.write(b"220 smtp.example ESMTP\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    server = ScriptedServer(hang)
    monkeypatch.setattr(server, "_connected", garbage)
    with server:
        url = server.url.replace("http:", "https:")
        with pytest.raises(PlainConnectionError, match=r"(?i)ssl|tls") as caught:
            run(way, monkeypatch, unsafe, url)
    assert caught.value.attempts == 4


@each_way
@pytest.mark.parametrize("seconds", [float("inf"), 1e300, 1e18])
def test_times_without_end_are_no_fault(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """As long as anybody likes to wait."""
    options: Any = dict.fromkeys(("connect_timeout", "read_timeout", "pool_timeout"), seconds)
    with ScriptedServer(answer(upserted())) as server:
        run(way, monkeypatch, safe, server.url, timeout=seconds, options=options)


# --- cookies ---------------------------------------------------------------------------------


@each_way
def test_cookies_are_neither_sent_nor_kept(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the server sets."""
    setting = answer(upserted(), headers={"set-cookie": "session=1; Path=/"})

    async def scenario(client: AsyncPlainClient) -> None:
        for _ in range(3):
            await safe(client)

    with ScriptedServer(setting) as server:
        run(way, monkeypatch, scenario, server.url)
        assert [request.headers.get("cookie") for request in server.requests] == [None] * 3


async def test_cookies_do_not_reach_a_users_own_client() -> None:
    """Those of the user's stay there, and are not sent to Plain."""
    async with httpx.AsyncClient(trust_env=False) as own:
        own.cookies.set("mine", "1", domain="127.0.0.1")
        with ScriptedServer(answer(upserted(), headers={"set-cookie": "theirs=1"})) as server:
            async with AsyncPlainClient("k", url=server.url, http_client=own) as client:
                await safe(client)
                await safe(client)
            assert [request.headers.get("cookie") for request in server.requests] == [None, None]
        assert {cookie.name for cookie in own.cookies.jar} == {"mine"}


# --- closing ---------------------------------------------------------------------------------


@each_way
def test_closing_amid_a_burst_ends_each_call_with_one_error(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call under way ends as closed, and closing itself raises nothing."""
    ended: list[str] = []

    async def scenario(client: AsyncPlainClient) -> None:
        async def one() -> None:
            try:
                await safe(client)
            except PlainError as error:
                ended.append(type(error).__name__)

        async with anyio.create_task_group() as group:
            for _ in range(50):
                group.start_soon(one)
            await server.wait_for(20)
            await client.aclose()

    with ScriptedServer(hang) as server:
        run(way, monkeypatch, scenario, server.url)
    assert ended == ["PlainClosedError"] * 50


def test_the_context_of_tls_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a process and a set of certificates, whatever number of clients."""
    from plain_sdk._transports.environment import wire_environment

    made = wire_environment("https://one.example").tls()
    assert wire_environment("https://two.example").tls() is made
    assert isinstance(made, ssl.SSLContext)
