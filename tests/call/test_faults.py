"""The fault matrix: what the caller gets, and how many requests the server saw.

Each row is a fault, then a server that is well again. A safe operation may be repeated; an
unsafe one only when it certainly was not carried out.
"""

import gzip
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from scripted_server import (
    Behaviour,
    ScriptedServer,
    answer,
    drip,
    end_of_stream,
    hang,
    head,
    reset,
    truncated,
)
from wire_support import each_way, run, safe, unsafe, upserted

from plain_sdk import AsyncPlainClient, PlainError, UpsertResult, _defaults

# httpx and httpcore nest generators and leave the inner ones to the garbage collector when an
# answer is given up, of which trio warns.
pytestmark = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")

GOOD = answer(upserted())
OK = "success"


def soon() -> str:
    moment = datetime.now(UTC) + timedelta(seconds=0.3)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def limited(request: Any, writer: Any) -> bool:
    """429 whose window ends in a moment."""
    headers = {
        "x-ratelimit-limit": "450",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": soon(),
    }
    content = {"errors": [{"message": "x", "extensions": {"code": "RATE_LIMITED"}}]}
    return await answer(content, status=429, headers=headers)(request, writer)


async def not_http(request: Any, writer: Any) -> bool:
    """Something else than HTTP."""
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    await writer.drain()
    return False


def errors(code: str) -> Behaviour:
    return answer({"errors": [{"message": "no", "extensions": {"code": code}}], "data": None})


def refused(type: str, code: str = "x") -> Behaviour:
    error = {"message": "no", "type": type, "code": code, "fields": []}
    return answer({"data": {"upsertCustomer": {"result": None, "customer": None, "error": error}}})


GZIPPED = answer(
    body=gzip.compress(json.dumps(upserted()).encode()), headers={"content-encoding": "gzip"}
)
TEXT, HTML = {"content-type": "text/plain"}, {"content-type": "text/html"}
UNKNOWN = "PlainOutcomeUnknownError"

# fault, what a safe call gets and the requests seen, what an unsafe one gets and the requests
MATRIX: list[tuple[str, Behaviour, tuple[str, int], tuple[str, int]]] = [
    ("unknown enum value", answer(upserted("ENTANGLED")), (OK, 1), (OK, 1)),
    ("unknown union member", answer(upserted(createdBy={"__typename": "RobotActor", "r": 1})),
     (OK, 1), (OK, 1)),
    ("extra field", answer(upserted(favouriteColour="red")), (OK, 1), (OK, 1)),
    ("gzip", GZIPPED, (OK, 1), (OK, 1)),
    ("unknown type of refusal", refused("QUANTUM"),
     ("PlainMutationError", 1), ("PlainMutationError", 1)),
    ("validation error", refused("VALIDATION"),
     ("PlainMutationError", 1), ("PlainMutationError", 1)),
    ("forbidden: mutation", refused("FORBIDDEN", "forbidden"),
     ("PlainMutationPermissionError", 1), ("PlainMutationPermissionError", 1)),
    ("forbidden: GraphQL error", errors("FORBIDDEN"),
     ("PlainPermissionError", 1), ("PlainPermissionError", 1)),
    ("forbidden: a gateway's 403", answer("no", status=403),
     ("PlainStatusError", 1), ("PlainStatusError", 1)),
    ("400", answer({"errors": [{"message": "bad"}]}, status=400),
     ("PlainGraphQLError", 1), ("PlainGraphQLError", 1)),
    ("401 and text", answer(body=b"no", status=401, headers=TEXT),
     ("PlainAuthenticationError", 1), ("PlainAuthenticationError", 1)),
    ("errors without data", errors("BAD_USER_INPUT"),
     ("PlainGraphQLError", 1), ("PlainGraphQLError", 1)),
    ("a null payload without an error",
     answer({"data": {"upsertCustomer": {"result": "NOOP", "customer": None, "error": None}}}),
     ("PlainResponseError", 1), (UNKNOWN, 1)),
    ("an answer that does not fit", answer(upserted(fullName=7)),
     ("PlainResponseError", 1), (UNKNOWN, 1)),
    ("a redirect", answer({}, status=307, headers={"location": "http://127.0.0.1:9/"}),
     ("PlainStatusError", 1), ("PlainStatusError", 1)),
    ("429 with an ISO reset", limited, (OK, 2), (OK, 2)),
    ("429 without headers", answer(body=b"slow", status=429, headers=TEXT), (OK, 2), (OK, 2)),
    ("429 with Retry-After", answer("x", status=429, headers={"retry-after": "0"}),
     (OK, 2), (OK, 2)),
    ("408", answer(body=b"", status=408), (OK, 2), (UNKNOWN, 1)),
    ("500 and text", answer(body=b"oops", status=500, headers=TEXT), (OK, 2), (UNKNOWN, 1)),
    ("502 and HTML", answer(body=b"<html>", status=502, headers=HTML), (OK, 2), (UNKNOWN, 1)),
    ("503 with Retry-After", answer("x", status=503, headers={"retry-after": "0"}),
     (OK, 2), (UNKNOWN, 1)),
    ("504", answer(body=b"", status=504), (OK, 2), (UNKNOWN, 1)),
    ("GraphQL internal error", errors("INTERNAL_SERVER_ERROR"), (OK, 2), (UNKNOWN, 1)),
    ("mutation internal error", refused("INTERNAL", "internal"),
     (OK, 2), ("PlainMutationError", 1)),
    ("reset", reset, (OK, 2), (UNKNOWN, 1)),
    ("end of stream before an answer", end_of_stream, (OK, 2), (UNKNOWN, 1)),
    ("truncated body", truncated(upserted()), (OK, 2), (UNKNOWN, 1)),
    ("not HTTP", not_http, (OK, 2), (UNKNOWN, 1)),
    ("unreadable JSON", answer(body=b'{"data": {'), (OK, 2), (UNKNOWN, 1)),
    ("HTML under 200", answer(body=b"<html>", headers=HTML), (OK, 2), (UNKNOWN, 1)),
    ("broken gzip", answer(body=b"not gzip", headers={"content-encoding": "gzip"}),
     (OK, 2), (UNKNOWN, 1)),
    ("empty 200", answer(body=b""), (OK, 2), (UNKNOWN, 1)),
    ("neither data nor errors", answer({}), (OK, 2), (UNKNOWN, 1)),
    ("a hang", hang, (OK, 2), (UNKNOWN, 1)),
]  # fmt: skip


@each_way
@pytest.mark.parametrize("row", MATRIX, ids=[row[0] for row in MATRIX])
def test_a_fault_and_then_health(
    row: tuple[str, Behaviour, tuple[str, int], tuple[str, int]],
    way: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The outcome and the number of requests, for a safe and for an unsafe operation."""
    _, fault, *expected = row
    settings: Any = {"options": {"read_timeout": 0.2}}
    for call, (outcome, requests) in zip((safe, unsafe), expected, strict=True):
        with ScriptedServer(fault, GOOD) as server:
            if outcome == OK:
                got = run(way, monkeypatch, call, server.url, **settings)
                assert got.customer.id == "c_1"
            else:
                with pytest.raises(PlainError) as caught:
                    run(way, monkeypatch, call, server.url, **settings)
                assert type(caught.value).__name__ == outcome
                assert caught.value.attempts == requests
                assert caught.value.operation == "upsertCustomer"
            assert len(server.requests) == requests
            assert len({request.body for request in server.requests}) == 1


@each_way
@pytest.mark.parametrize("call", [safe, unsafe])
def test_a_connection_that_was_never_made_is_repeated_even_when_unsafe(
    call: Any, way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens: nothing was carried out, so every attempt is used."""
    with pytest.raises(PlainError) as caught:
        run(way, monkeypatch, call, "http://127.0.0.1:9/graphql/v1")
    assert type(caught.value).__name__ == "PlainConnectionError"
    assert caught.value.attempts == _defaults.MAX_ATTEMPTS


@each_way
def test_a_stale_connection_is_not_noticed_by_the_caller(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server closes a kept connection as the next request arrives on it."""

    async def twice(client: AsyncPlainClient) -> Any:
        await safe(client)
        return await safe(client)

    with ScriptedServer(GOOD, end_of_stream, GOOD) as server:
        assert run(way, monkeypatch, twice, server.url).result is UpsertResult.NOOP
    assert len(server.requests) == 3
    assert server.connections == 2


@each_way
def test_a_fault_that_stays_ends_in_its_own_error(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the attempts run out, the last error says how many there were."""
    with ScriptedServer(answer(body=b"oops", status=503)) as server:
        with pytest.raises(PlainError) as caught:
            run(way, monkeypatch, safe, server.url, options={"max_attempts": 3})
    assert type(caught.value).__name__ == "PlainServerError"
    assert caught.value.attempts == len(server.requests) == 3
    assert "3 attempts" in str(caught.value)


@each_way
@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(answer(upserted(shortName="x" * 50_000)), id="with a length"),
        pytest.param(
            answer(
                body=gzip.compress(json.dumps(upserted(shortName="x" * 5_000_000)).encode()),
                headers={"content-encoding": "gzip"},
            ),
            id="compressed",
        ),
        pytest.param(None, id="without a length"),
    ],
)
def test_a_huge_answer_is_refused_without_being_read_whole(
    behaviour: Behaviour | None, way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit counts decompressed bytes; the request is not repeated."""
    monkeypatch.setattr(_defaults, "MAX_RESPONSE_BYTES", 20_000)
    written = [0]

    async def endless(request: Any, writer: Any) -> bool:
        writer.write(head(200, 0, {"content-length": "", "transfer-encoding": "chunked"}))
        while written[0] < 50_000_000:
            writer.write(b"3e8\r\n" + b" " * 1000 + b"\r\n")
            written[0] += 1000
            await writer.drain()
        return False

    with ScriptedServer(behaviour or endless, GOOD) as server:
        with pytest.raises(PlainError, match="larger than 20000 bytes") as caught:
            run(way, monkeypatch, safe, server.url)
        assert type(caught.value).__name__ == "PlainResponseError"
        assert len(server.requests) == 1
    assert written[0] < 50_000_000


@each_way
@pytest.mark.parametrize("behaviour", [hang, drip], ids=["a hang", "a body that drips for ever"])
def test_time_is_up_whatever_happens(
    behaviour: Behaviour, way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The total bounds the call; a safe one is told of the time, an unsafe one of the doubt."""
    for call, name in ((safe, "PlainTimeoutError"), (unsafe, UNKNOWN)):
        with ScriptedServer(behaviour) as server, pytest.raises(PlainError) as caught:
            run(way, monkeypatch, call, server.url, timeout=0.3)
        assert type(caught.value).__name__ == name
        assert re.search(
            "not finished within 0.3 seconds: still (waiting for a|reading the) response",
            str(caught.value),
        )


@each_way
def test_what_cannot_be_done_in_time_is_not_waited_for(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wait that is longer than the time left ends the call at once, with the real error."""
    busy = answer("x", status=503, headers={"retry-after": "120"})
    with ScriptedServer(busy) as server, pytest.raises(PlainError) as caught:
        run(way, monkeypatch, safe, server.url, timeout=20.0)
    assert type(caught.value).__name__ == "PlainServerError"
    assert len(server.requests) == 1


def test_on_retry_sees_each_repetition(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hook is told the operation, the attempt, the wait and the reason."""
    seen: list[Any] = []
    with ScriptedServer(reset, answer(body=b"", status=500), GOOD) as server:
        run(("asyncio", "aiohttp"), monkeypatch, safe, server.url, on_retry=seen.append)
    assert [(e.operation, e.attempt, e.delay, type(e.error).__name__) for e in seen] == [
        ("upsertCustomer", 1, 0.0, "PlainConnectionError"),
        ("upsertCustomer", 2, 0.0, "PlainServerError"),
    ]


def test_a_broken_hook_is_the_callers_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not swallowed, and the place of the call is given back."""

    def broken(event: Any) -> None:
        raise KeyError("mine")

    async def scenario(client: AsyncPlainClient) -> None:
        with pytest.raises(KeyError, match="mine"):
            await safe(client)
        assert (await safe(client)).customer.id == "c_1"

    with ScriptedServer(reset, GOOD) as server:
        run(("asyncio", "aiohttp"), monkeypatch, scenario, server.url, on_retry=broken,
            max_in_flight=1)  # fmt: skip


@each_way
def test_a_refusal_behind_a_lost_answer_may_mean_success(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleted, the answer lost, deleted again: that the customer is gone is what was wanted."""
    error = {"message": "gone", "type": "VALIDATION", "code": "not_found", "fields": []}
    gone = answer({"data": {"deleteCustomer": {"error": error}}})

    async def delete(client: AsyncPlainClient) -> None:
        await client.delete_customer("c_1")

    with ScriptedServer(end_of_stream, gone) as server:
        run(way, monkeypatch, delete, server.url)
    with ScriptedServer(gone) as server, pytest.raises(PlainError, match="gone"):
        run(way, monkeypatch, delete, server.url)
    marked = {**error, "code": "customer_already_marked_as_spam"}
    answered = answer({"data": {"markCustomerAsSpam": {"customer": None, "error": marked}}})

    async def mark(client: AsyncPlainClient) -> None:
        await client.mark_customer_as_spam("c_1")

    with ScriptedServer(end_of_stream, answered) as server:
        with pytest.raises(PlainError) as caught:
            run(way, monkeypatch, mark, server.url)
    assert type(caught.value).__name__ == UNKNOWN


def test_an_empty_list_of_errors_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only errors that are there make an answer a failure."""
    with ScriptedServer(answer({**upserted(), "errors": []})) as server:
        assert run(("asyncio", "aiohttp"), monkeypatch, safe, server.url).unchanged
