"""`capture`: errors as values."""

import asyncio

import pytest
from scripted_server import ScriptedServer, answer, hang

from plain_sdk import AsyncPlainClient, Err, Ok, PlainClosedError, PlainServerError, capture
from plain_sdk import PlainConfigurationError as ConfigurationError


async def test_a_value_or_an_error() -> None:
    """Success is `Ok(value)`, what Plain or the wire did is `Err(error)`."""
    good, bad = answer({"data": {"customer": None}}), answer("x", status=500)
    with ScriptedServer(good, bad) as server:
        async with AsyncPlainClient("k", url=server.url, options={"max_attempts": 1}) as client:
            first = await capture(client.customer("c_1"))
            second = await capture(client.delete_customer("c_1"))
    assert first == Ok(None)
    assert first.is_ok
    assert first.unwrap() is None
    assert isinstance(second, Err)
    assert not second.is_ok
    assert isinstance(second.error, PlainServerError)
    with pytest.raises(PlainServerError):
        second.unwrap()


async def test_cancellation_goes_on() -> None:
    """A cancelled call is not an outcome."""
    with ScriptedServer(hang) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            task = asyncio.create_task(capture(client.customer("c_1")))
            while not server.requests:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


async def test_programming_errors_go_on() -> None:
    """Only a `PlainError` becomes a value, and a wrong setting is the programmer's."""

    async def wrong() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await capture(wrong())
    async with AsyncPlainClient("k", url="http://127.0.0.1:9/") as client:
        with pytest.raises(ConfigurationError):
            await capture(client.customer("c_1", options={"timeout": 0}))
    assert isinstance(await capture(client.customer("c_1")), Err)
    assert isinstance((await capture(client.customer("c_1"))).error, PlainClosedError)  # type: ignore[union-attr]
