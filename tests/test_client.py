"""The client's own settings and its life: opening, closing, an injected httpx client."""

import time
from typing import Any

import anyio
import httpx
import pytest
from scripted_server import ScriptedServer, answer, drip, hang

from plain_sdk import (
    AsyncPlainClient,
    PlainClosedError,
    PlainConfigurationError,
    PlainInputError,
    PlainTimeoutError,
)

NOBODY = answer({"data": {"customer": None}})


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "no API key: pass AsyncPlainClient(api_key=...) or set PLAIN_API_KEY"),
        ({"api_key": ""}, "api_key is empty"),
        ({"api_key": "  "}, "api_key is empty"),
        ({"api_key": "key\n"}, "api_key contains whitespace"),
        ({"api_key": "kéy"}, "api_key contains whitespace or characters"),
        ({"api_key": "k", "url": "localhost:80"}, "is not an http or https address"),
        ({"api_key": "k", "url": "ftp://x/"}, "is not an http or https address"),
        ({"api_key": "k", "url": "http://"}, "is not an http or https address"),
        ({"api_key": "k", "url": "http://[::1"}, "is not a valid address"),
        ({"api_key": "k", "url": "http://x:port/"}, "is not a valid address"),
        ({"api_key": "k", "url": "http://xn--/"}, "is not a valid address"),
        ({"api_key": "k", "url": "http://x/\x00"}, "contains whitespace"),
        ({"api_key": "k", "url": "http://me:secret@x:port/"}, "url is not a valid address"),
        ({"api_key": "k", "url": "plainApiKey_secret"}, "url is not an http or https address"),
        ({"api_key": 5}, "api_key must be text, not int"),
        ({"api_key": "k", "url": 5}, "url must be text, not int"),
        ({"api_key": "k", "max_in_flight": "8"}, "max_in_flight must be a whole number"),
        ({"api_key": "k", "reserve": "x"}, "reserve must be at least 0 and below 1"),
        ({"api_key": "k", "url": "https://me:secret@x/"}, "must not contain a user name"),
        ({"api_key": "k", "timeout": 0}, "timeout must be a positive number"),
        ({"api_key": "k", "timeout": -1.0}, "timeout must be a positive number"),
        ({"api_key": "k", "timeout": True}, "timeout must be a positive number"),
        ({"api_key": "k", "timeout": float("nan")}, "timeout must be a positive number"),
    ],
)
def test_wrong_settings_are_refused_at_once(settings: dict[str, Any], says: str) -> None:
    """The message names the setting and the way out, and is a ValueError too."""
    with pytest.raises(PlainConfigurationError) as caught:
        AsyncPlainClient(**settings)
    assert says in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert "secret" not in str(caught.value)


def test_an_empty_key_in_the_environment_is_told_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The variable is named, because nobody passed `api_key`."""
    monkeypatch.setenv("PLAIN_API_KEY", "")
    with pytest.raises(PlainConfigurationError, match="PLAIN_API_KEY is empty"):
        AsyncPlainClient()


async def test_arguments_beat_the_environment_which_beats_the_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Key and address fall back in that order."""
    assert "https://core-api.uk.plain.com/graphql/v1" in repr(AsyncPlainClient("k"))
    monkeypatch.setenv("PLAIN_API_KEY", "from-environment")
    with ScriptedServer(NOBODY) as server:
        monkeypatch.setenv("PLAIN_API_URL", server.url)
        async with AsyncPlainClient() as client:
            await client.customer("c_1")
        async with AsyncPlainClient("argument") as client:
            await client.customer("c_1")
    keys = [request.headers["authorization"] for request in server.requests]
    assert keys == ["Bearer from-environment", "Bearer argument"]
    assert "http://other/x" in repr(AsyncPlainClient(url="http://other/x"))


def test_repr_masks_the_key() -> None:
    """Neither `repr` nor the parts of the client show the key."""
    client = AsyncPlainClient("plainApiKey_secret")
    assert "plainApiKey_…" in repr(client)
    assert "secret" not in repr(client) + repr(client._config)


async def test_closing_twice_is_fine_and_calls_after_that_are_refused() -> None:
    """`aclose` is idempotent; a closed client says so before anything is sent."""
    with ScriptedServer(NOBODY) as server:
        client = AsyncPlainClient("k", url=server.url)
        await client.customer("c_1")
        await client.aclose()
        await client.aclose()
        with pytest.raises(PlainClosedError, match="the client is closed"):
            await client.customer("c_1")
    assert len(server.requests) == 1


async def test_an_injected_client_is_neither_closed_nor_changed() -> None:
    """Its headers, cookies and time-outs are what they were, and it stays open."""
    with ScriptedServer(NOBODY) as server:
        async with httpx.AsyncClient(
            headers={"x-mine": "1"}, timeout=7.0, follow_redirects=True, auth=("me", "pw")
        ) as mine:
            before = (dict(mine.headers), mine.timeout, mine.follow_redirects)
            async with AsyncPlainClient("k", url=server.url, http_client=mine) as client:
                await client.customer("c_1")
            assert (dict(mine.headers), mine.timeout, mine.follow_redirects) == before
            assert not mine.is_closed
    assert server.requests[0].headers["x-mine"] == "1"
    assert server.requests[0].headers["authorization"] == "Bearer k"


async def test_an_injected_client_that_is_closed_is_told_as_such() -> None:
    """It is the caller's to open again; the place of the call is given back."""
    mine = httpx.AsyncClient()
    await mine.aclose()
    async with AsyncPlainClient("k", url="http://127.0.0.1:9/", http_client=mine) as client:
        with pytest.raises(PlainClosedError, match="the http_client that you passed is closed"):
            await client.customer("c_1")
        assert client.quota.in_flight == 0


async def test_an_injected_client_does_not_follow_redirects_for_us() -> None:
    """Customers' data goes to Plain's address only, whatever the injected client would do."""
    elsewhere = answer({"data": {"customer": None}})
    with ScriptedServer(elsewhere) as other:
        redirect = answer({}, status=307, headers={"location": other.url})
        with ScriptedServer(redirect) as server:
            async with httpx.AsyncClient(follow_redirects=True) as mine:
                client = AsyncPlainClient("k", url=server.url, http_client=mine)
                with pytest.raises(Exception, match="redirect"):
                    await client.customer("c_1")
        assert other.requests == []


@pytest.mark.parametrize("behaviour", [hang, drip], ids=["silence", "a body that drips"])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_call_ends_when_its_time_is_up(behaviour: Any, backend: str) -> None:
    """`timeout` bounds the whole call, on the client or on the call."""

    async def scenario(url: str) -> None:
        async with AsyncPlainClient("k", url=url, timeout=0.2) as client:
            with pytest.raises(PlainTimeoutError) as caught:
                await client.customer("c_1")
            assert caught.value.timeout == 0.2
            with pytest.raises(TimeoutError, match=r"not finished within 0\.1 seconds"):
                await client.customer("c_1", options={"timeout": 0.1})

    with ScriptedServer(behaviour) as server:
        started = time.monotonic()
        anyio.run(scenario, server.url, backend=backend)
        assert 0.3 <= time.monotonic() - started < 5


async def test_a_wrong_timeout_of_one_call_is_refused() -> None:
    """Options are checked like settings."""
    async with AsyncPlainClient("k", url="http://127.0.0.1:9/") as client:
        with pytest.raises(PlainConfigurationError, match="timeout"):
            await client.customer("c_1", options={"timeout": -1})
        with pytest.raises(PlainInputError, match="customer_id must be text"):
            await client.customer(7)  # type: ignore[arg-type]


async def test_nobody_listening_is_a_connection_error() -> None:
    """A refused connection is told as such, with the operation."""
    from plain_sdk import PlainConnectionError

    async with AsyncPlainClient("k", url="http://127.0.0.1:9/") as client:
        with pytest.raises(PlainConnectionError) as caught:
            await client.customer("c_1")
    assert caught.value.operation == "customer"
