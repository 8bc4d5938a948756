"""More of the fault matrix: what a peer, a proxy or the environment can do to a call.

Each row says what the caller gets and how many requests the server saw. Two laws stand behind
all of them: nothing but a value or a `PlainError` leaves a call, and an unsafe mutation is sent
again only when it certainly was not carried out.
"""

import asyncio
import functools
import gzip
import json
import pickle
import socket
import threading
import time
import traceback
import tracemalloc
import weakref
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import anyio
import pytest
from scripted_server import Behaviour, Request, ScriptedServer, answer, hang, head
from wire_support import INPUT, each_way, run, safe, unsafe, upserted

from plain_sdk import AsyncPlainClient, PlainConfigurationError, PlainError, PlainTimeoutError
from plain_sdk import _defaults as defaults

# httpx and httpcore nest generators and leave the inner ones to the garbage collector when an
# answer is given up, of which trio warns.
pytestmark = [
    pytest.mark.survey,
    pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning"),
]

Way = tuple[str, str]
Expected = tuple[str, int]
Row = tuple[str, Behaviour, Expected, Expected]

GOOD = answer(upserted())
OK = "success"
UNKNOWN = "PlainOutcomeUnknownError"
REFUSED = ("PlainMutationError", 1)
KEY = "plainApiKey_donotshowthis0123456789"
LONGEST_WAIT = 125.0
"""Seconds: the most that a single answer may hold a key up for."""
DIGITS = "9" * 5000
TEXT, HTML = {"content-type": "text/plain"}, {"content-type": "text/html"}


@pytest.fixture(autouse=True)
def _own_quotas(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that was another test's a moment ago brings no quota along."""
    quotas: weakref.WeakValueDictionary[Any, Any] = weakref.WeakValueDictionary()
    monkeypatch.setattr("plain_sdk._call.quota._QUOTAS", quotas)


def wire(full_name: str, status: int = 200) -> bytes:
    """A whole answer as bytes, with a customer of this name."""
    body = json.dumps(upserted(fullName=full_name)).encode()
    return head(status, len(body)) + body


def refusal(**error: Any) -> Behaviour:
    """A mutation's refusal with these members and no others."""
    return answer({"data": {"upsertCustomer": {"result": None, "customer": None, "error": error}}})


def full(fields: Any) -> Behaviour:
    return refusal(message="no", type="VALIDATION", code="x", fields=fields)


def limits(reset: str, remaining: str = "0", limit: str = "450", **more: str) -> dict[str, str]:
    named = {name.replace("_", "-"): value for name, value in more.items()}
    return {
        "x-ratelimit-limit": limit,
        "x-ratelimit-remaining": remaining,
        "x-ratelimit-reset": reset,
        **named,
    }


def compressed(encoding: str, body: bytes) -> Behaviour:
    return answer(body=body, headers={"content-encoding": encoding})


# --- answers, then health ----------------------------------------------------------------------

GQL_LIMIT = {"errors": [{"message": "x", "extensions": {"code": "RATE_LIMITED"}}]}
FIELD = {"field": "input.x", "message": "bad", "type": "VALIDATION"}
SURROGATE = json.dumps(upserted(fullName="D@@@")).replace("@@@", r"\ud83d").encode()
DOUBLE = json.dumps(upserted()).replace('"fullName": "D"', '"fullName": "A", "fullName": "D"')
DEEP = b'{"data": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"

# fault, what a safe call gets and the requests seen, what an unsafe one gets and the requests
ROWS: list[Row] = [
    # GraphQL shapes
    ("root field null, no errors", answer({"data": {"upsertCustomer": None}}),
     ("PlainResponseError", 1), (UNKNOWN, 1)),
    ("root field missing", answer({"data": {}}), ("PlainResponseError", 1), (UNKNOWN, 1)),
    ("data null, no errors", answer({"data": None}), (OK, 2), (UNKNOWN, 1)),
    ("errors null beside data", answer({**upserted(), "errors": None}), (OK, 1), (OK, 1)),
    ("errors empty beside data", answer({**upserted(), "errors": []}), (OK, 1), (OK, 1)),
    ("errors of one null, no data", answer({"errors": [None]}), (OK, 2), (UNKNOWN, 1)),
    ("errors of one text, no data", answer({"errors": ["bad"]}),
     ("PlainGraphQLError", 1), ("PlainGraphQLError", 1)),
    ("errors of one empty object", answer({"errors": [{}]}),
     ("PlainGraphQLError", 1), ("PlainGraphQLError", 1)),
    ("errors with odd members", answer({"errors": [
        {"message": 7, "path": 7, "extensions": [], "locations": None}]}),
     ("PlainGraphQLError", 1), ("PlainGraphQLError", 1)),
    ("errors with an odd code", answer({"errors": [
        {"message": "x", "extensions": {"code": ["RATE_LIMITED"]}}]}),
     ("PlainGraphQLError", 1), ("PlainGraphQLError", 1)),
    ("partial data and errors", answer({**upserted(), "errors": [{"message": "partly"}]}),
     ("PlainGraphQLError", 1), ("PlainGraphQLError", 1)),
    ("error.fields null", full(None), REFUSED, REFUSED),
    ("error.fields of null", full([None]), REFUSED, REFUSED),
    ("error.fields with a null", full([None, FIELD]), REFUSED, REFUSED),
    ("error.fields of nulls", full([dict.fromkeys(FIELD)]), REFUSED, REFUSED),
    ("error.fields of empty objects", full([{}]), REFUSED, REFUSED),
    ("error without fields", refusal(message="no", type="VALIDATION", code="x"), REFUSED, REFUSED),
    ("error without anything", refusal(), REFUSED, REFUSED),
    ("error with nothing but nulls", refusal(message=None, type=None, code=None, fields=None),
     REFUSED, REFUSED),
    # JSON that is nearly right
    ("a lone surrogate", answer(body=SURROGATE), (OK, 1), (OK, 1)),
    ("a byte order mark", answer(body=b"\xef\xbb\xbf" + json.dumps(upserted()).encode()),
     (OK, 1), (OK, 1)),
    ("a byte that is not UTF-8",
     answer(body=json.dumps(upserted(fullName="D@")).encode().replace(b"@", b"\xff")),
     (OK, 1), (OK, 1)),
    ("a member twice", answer(body=DOUBLE.encode()), (OK, 1), (OK, 1)),
    ("white space around", answer(body=b"\r\n " + json.dumps(upserted()).encode() + b"\n\n"),
     (OK, 1), (OK, 1)),
    ("nesting without end", answer(body=DEEP), (OK, 2), (UNKNOWN, 1)),
    ("JSON, but no object", answer([1]), (OK, 2), (UNKNOWN, 1)),
    ("a good answer as text/html", answer(upserted(), headers=HTML), (OK, 1), (OK, 1)),
    ("a good answer in an odd charset",
     answer(upserted(), headers={"content-type": "application/json; charset=no-such-thing"}),
     (OK, 1), (OK, 1)),
    # waits without end
    ("429, Retry-After of 1,000,000,000",
     answer(GQL_LIMIT, status=429, headers={"retry-after": "1000000000"}),
     ("PlainRateLimitError", 1), ("PlainRateLimitError", 1)),
    ("503, Retry-After of 1,000,000,000",
     answer("x", status=503, headers={"retry-after": "1000000000"}),
     ("PlainServerError", 1), (UNKNOWN, 1)),
    ("429, Retry-After of 5,000 digits",
     answer(GQL_LIMIT, status=429, headers={"retry-after": DIGITS}), (OK, 2), (OK, 2)),
    ("503, Retry-After of 5,000 digits",
     answer("x", status=503, headers={"retry-after": DIGITS}), (OK, 2), (UNKNOWN, 1)),
    *(
        (f"429, Retry-After {odd!r}",
         answer(GQL_LIMIT, status=429, headers={"retry-after": odd}),
         (OK, 2), (OK, 2))
        for odd in ("nan", "-1", "soon", "1e999", "٣٣", "3_3", "0, 0",
                    "Fri, 99 Foo 2026 00:00:00 GMT",
                    "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:00")
    ),
    ("200, reset in 2099", answer(upserted(), headers=limits("2099-01-01T00:00:00.000Z")),
     (OK, 1), (OK, 1)),
    ("200, reset in 9999", answer(upserted(), headers=limits("9999-12-31T23:59:59.999Z")),
     (OK, 1), (OK, 1)),
    ("200, reset in year 1", answer(upserted(), headers=limits("0001-01-01T00:00:00+23:59")),
     (OK, 1), (OK, 1)),
    ("429, reset in 9999", answer(GQL_LIMIT, status=429,
                                  headers=limits("9999-12-31T23:59:59.999Z")),
     (OK, 2), (OK, 2)),
    # Plain says both; a reset of another century says nothing, so the other word counts.
    ("429, reset in 2099, Retry-After 0", answer(
        GQL_LIMIT, status=429, headers=limits("2099-01-01T00:00:00.000Z", retry_after="0")),
     (OK, 2), (OK, 2)),
    *(
        (f"200, quota headers of 5,000 digits: {name}", answer(upserted(), headers={
            **limits("2026-01-01T00:00:00.000Z"), f"x-ratelimit-{name}": DIGITS}), (OK, 1), (OK, 1))
        for name in ("limit", "remaining", "reset")
    ),
    ("200, quota headers that are no ASCII digits", answer(upserted(), headers=limits(
        "2026-01-01T00:00:00.000Z", remaining="-5", limit="4_50")), (OK, 1), (OK, 1)),
    ("200, a Date that is none", answer(upserted(), headers=limits(
        "2026-01-01T00:00:00.000Z", remaining="9", date="Foo, 99 Bar 99999 99:99:99 GMT")),
     (OK, 1), (OK, 1)),
    # compression
    ("gzip of gzip", compressed("gzip, gzip", gzip.compress(gzip.compress(
        json.dumps(upserted()).encode()))), (OK, 1), (OK, 1)),
    ("deflate", compressed("deflate", zlib.compress(json.dumps(upserted()).encode())),
     (OK, 1), (OK, 1)),
    ("deflate without its wrapper", compressed("deflate", zlib.compress(
        json.dumps(upserted()).encode(), wbits=-15)), (OK, 1), (OK, 1)),
    ("an encoding in capitals", compressed("GZIP", gzip.compress(json.dumps(upserted()).encode())),
     (OK, 1), (OK, 1)),
    ("identity", compressed("identity", json.dumps(upserted()).encode()), (OK, 1), (OK, 1)),
    ("gzip, cut short", compressed("gzip", gzip.compress(json.dumps(upserted()).encode())[:-12]),
     (OK, 2), (UNKNOWN, 1)),
    ("brotli, which was not asked for", compressed("br", b"\x8b" * 948),
     ("PlainResponseError", 1), (UNKNOWN, 1)),
    ("zstd, which was not asked for", compressed("zstd", b"\x28\xb5\x2f\xfd" + b"\0" * 944),
     ("PlainResponseError", 1), (UNKNOWN, 1)),
    ("an encoding of 5,000 letters", compressed("x" * 5000, b"1"),
     ("PlainResponseError", 1), (UNKNOWN, 1)),
    ("encoded five times", compressed("gzip, gzip, gzip, gzip, gzip", b"1"),
     ("PlainResponseError", 1), (UNKNOWN, 1)),
    # a firewall is not Plain
    ("403 and HTML", answer(body=b"<html>", status=403, headers=HTML),
     ("PlainStatusError", 1), ("PlainStatusError", 1)),
    ("403 and a gateway's object", answer({"message": "Forbidden"}, status=403),
     ("PlainStatusError", 1), ("PlainStatusError", 1)),
    ("403 and nothing", answer(body=b"", status=403),
     ("PlainStatusError", 1), ("PlainStatusError", 1)),
    ("403 and GraphQL's FORBIDDEN", answer(
        {"errors": [{"message": "no", "extensions": {"code": "FORBIDDEN"}}]}, status=403),
     ("PlainPermissionError", 1), ("PlainPermissionError", 1)),
]  # fmt: skip


@each_way
@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("kind", ["safe", "unsafe"])
def test_an_odd_answer_and_then_health(
    kind: str, row: Row, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outcome and the number of requests, and no call takes longer than it needs."""
    _, fault, for_safe, for_unsafe = row
    outcome, requests = for_safe if kind == "safe" else for_unsafe
    call = safe if kind == "safe" else unsafe
    started = time.monotonic()
    with ScriptedServer(fault, GOOD) as server:
        if outcome == OK:
            got = run(way, monkeypatch, call, server.url)
            assert got.customer.id == "c_1"
        else:
            with pytest.raises(PlainError) as caught:
                run(way, monkeypatch, call, server.url)
            assert type(caught.value).__name__ == outcome
            assert caught.value.attempts == requests
            check_error(caught.value)
        assert len(server.requests) == requests
    assert time.monotonic() - started < 10


# --- what an error may show --------------------------------------------------------------------


def check_error(error: BaseException, key: str = KEY, *, frames: bool = True) -> None:
    """It can be printed, encoded and pickled, within a bound, and the key is nowhere in it."""
    text = "".join(traceback.format_exception(error))
    for shown in (str(error), repr(error)):
        shown.encode()
        assert len(shown) < 10_000
    text.encode()
    restored = pickle.loads(pickle.dumps(error))
    assert str(restored) == str(error)
    assert key.encode() not in pickle.dumps(error)
    assert key not in text
    found: BaseException | None = error
    while found is not None:
        assert key not in repr(vars(found))
        if frames:
            check_frames(found.__traceback__, key)
        found = found.__cause__ or found.__context__


def check_frames(trace: TracebackType | None, key: str) -> None:
    """No frame that the error drags along shows the key, as a crash reporter would show it."""
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if "plain_sdk" in name or "site-packages" in name:
            for value in list(trace.tb_frame.f_locals.values()):
                assert key not in repr(value), f"{name}:{trace.tb_lineno}"
        trace = trace.tb_next


def failing(way: Way, url: str, call: Any = unsafe, **settings: Any) -> PlainError:
    """The error of a call with a key that can be recognised; no backoff takes time."""
    caught: list[PlainError] = []

    async def scenario() -> None:
        made = {"transport": way[1], **settings}
        async with AsyncPlainClient(KEY, url=url, **made) as client:
            client._pipeline._randomness = lambda: 0.0
            try:
                await call(client)
            except PlainError as error:
                caught.append(error)

    anyio.run(scenario, backend=way[0])
    (error,) = caught
    return error


HUGE = "ä" * 5_000_000
FIELDS = [{"field": "f" * 100, "message": "m" * 100, "type": "VALIDATION"}] * 20_000
ECHO = f"unknown key Bearer {KEY}"


def graphql(message: Any, **extensions: Any) -> Behaviour:
    return answer({"errors": [{"message": message, "extensions": extensions}]})


def escaped(text: str) -> Behaviour:
    """A refusal whose message holds an escape that `json.dumps` would escape again."""
    content = {"errors": [{"message": "@@@", "extensions": {"code": "@@@"}, "path": ["@@@"]}]}
    return answer(body=json.dumps(content).replace("@@@", text).encode())


SHOWN: list[tuple[str, Behaviour]] = [
    ("a message of 5 MB", graphql(HUGE)),
    ("a code of 5 MB", graphql("no", code=HUGE)),
    ("a path of 5 MB", answer({"errors": [{"message": "no", "path": [HUGE]}]})),
    ("100,000 errors", answer({"errors": [{"message": "no"}] * 100_000})),
    ("a refusal of 5 MB", refusal(message=HUGE, type="X", code="x", fields=[])),
    ("a refusal with a code of 5 MB", refusal(message="m", type="X", code=HUGE, fields=[])),
    ("a refusal with a type of 5 MB", refusal(message="m", type=HUGE, code="x", fields=[])),
    ("a refusal with 20,000 fields", refusal(message="m", type="X", code="x", fields=FIELDS)),
    ("a gateway's message of 5 MB", answer({"message": HUGE}, status=400)),
    ("a text of 5 MB", answer(body=HUGE.encode(), status=400, headers=TEXT)),
    ("a status of its own, HTML of 5 MB", answer(body=HUGE.encode(), status=418, headers=HTML)),
    ("a content type of 5,000", answer(body=b"x", headers={"content-type": "x" * 5000})),
    ("a request id of 8,000", answer("x", status=400, headers={"apigw-requestid": "r" * 8000})),
    ("two request ids of 8,000", answer("x", status=400, headers={
        "apigw-requestid": "r" * 8000 + "\r\napigw-requestid: " + "s" * 8000})),
    ("a lone surrogate", escaped(r"a\ud83d")),
    ("a lone low surrogate", escaped(r"\udc00b")),
    ("a NUL and a colour", escaped(r"\u0000\u001b[31m")),
    ("a lone surrogate in a refusal", answer(body=json.dumps({"data": {"upsertCustomer": {
        "result": None, "customer": None, "error": {
            "message": "@", "type": "@", "code": "@",
            "fields": [{"field": "@", "message": "@", "type": "@"}]}}}}
    ).replace("@", r"\ud83d").encode())),
    ("a lone surrogate of a gateway", answer(body=rb'{"message": "\ud83d"}', status=400)),
    ("the key in an error", graphql(ECHO)),
    ("the key in a code", graphql("no", code=ECHO)),
    ("the key in a refusal", refusal(message=ECHO, type="X", code="x", fields=[
        {"field": ECHO, "message": ECHO, "type": "VALIDATION"}])),
    ("the key in a gateway's text", answer(body=ECHO.encode(), status=401, headers=TEXT)),
    ("the key in a gateway's object", answer({"message": ECHO}, status=403)),
    ("the key in a request id", answer("x", status=400, headers={"apigw-requestid": ECHO})),
    ("the key in a content type", answer(body=b"x", headers={"content-type": ECHO})),
    ("the key in partial data", answer({"data": {"x": ECHO}, "errors": [{"message": "no"}]})),
    ("the key in a limit's headers", answer(
        "x", status=429, headers=limits(ECHO, retry_after="1000000"))),
]  # fmt: skip


@each_way
@pytest.mark.parametrize("row", SHOWN, ids=[row[0] for row in SHOWN])
def test_an_error_can_be_shown_whatever_the_answer_said(
    row: tuple[str, Behaviour], way: Way
) -> None:
    """Bounded, printable, picklable, and without the key, even where the peer repeats it."""
    with ScriptedServer(row[1]) as server:
        error = failing(way, server.url)
    check_error(error)
    assert "\x1b" not in str(error)


@each_way
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(f"SSH-2.0 {KEY}\r\n\r\n".encode(), id="no HTTP"),
        pytest.param(f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n".encode(), id="a bad header"),
        pytest.param(f"HTTP/1.1 200 OK\r\ncontent-length: {KEY}\r\n\r\n".encode(), id="a length"),
        pytest.param(
            f"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{KEY}\r\n".encode(), id="a chunk"
        ),
        pytest.param(f"HTTP/1.1 {KEY} OK\r\n\r\n".encode(), id="a status"),
    ],
)
def test_a_parsers_complaint_does_not_repeat_the_key(raw: bytes, way: Way) -> None:
    """HTTP parsers quote what they do not understand."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(raw)
        await writer.drain()
        return False

    with ScriptedServer(behave) as server:
        error = failing(way, server.url)
    assert type(error).__name__ == UNKNOWN
    check_error(error)


# --- waits are bounded -------------------------------------------------------------------------


class EnoughError(Exception):
    """A hook has seen what it wanted to see."""


WAITS = [
    pytest.param(429, {"retry-after": "1000000000"}, id="429, Retry-After"),
    pytest.param(503, {"retry-after": "1000000000"}, id="503, Retry-After"),
    pytest.param(
        503, {"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, id="503, Retry-After in 9999"
    ),
    pytest.param(429, limits("2099-01-01T00:00:00.000Z"), id="429, reset in 2099"),
    pytest.param(429, limits("9999-12-31T23:59:59.999Z"), id="429, reset in 9999"),
]


@each_way
@pytest.mark.parametrize(("status", "headers"), WAITS)
def test_bulk_work_waits_for_minutes_at_most(
    status: int, headers: dict[str, str], way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no timeout of its own, so one answer must not be able to stop it for good."""
    told: list[float] = []

    def on_retry(event: Any) -> None:
        told.append(event.delay)
        raise EnoughError

    async def scenario(client: AsyncPlainClient) -> None:
        async with client.upsert_customers([INPUT]) as outcomes:
            async for _ in outcomes:
                pass

    with ScriptedServer(answer(GQL_LIMIT, status=status, headers=headers), GOOD) as server:
        with pytest.raises(EnoughError):
            run(way, monkeypatch, scenario, server.url, on_retry=on_retry)
    assert 0 <= told[0] <= LONGEST_WAIT


@each_way
@pytest.mark.parametrize(("status", "headers"), [*WAITS, pytest.param(
    200, limits("2099-01-01T00:00:00.000Z"), id="200, reset in 2099"), pytest.param(
    200, limits("9999-12-31T23:59:59.999Z"), id="200, reset in 9999"), pytest.param(
    200, limits("99999-01-01"), id="200, reset in 99999")])  # fmt: skip
def test_one_answer_does_not_block_the_key(
    status: int, headers: dict[str, str], way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it says of the quota, all calls of the key may go again within two minutes."""

    async def scenario(client: AsyncPlainClient) -> tuple[float | None, float | None]:
        try:
            await safe(client)
        except PlainError as error:
            check_error(error)
        quota = client.quota
        return quota.parked_for, quota.reset_in

    content = upserted() if status == 200 else GQL_LIMIT
    with ScriptedServer(answer(content, status=status, headers=headers)) as server:
        parked_for, reset_in = run(way, monkeypatch, scenario, server.url)
    assert (parked_for or 0) <= LONGEST_WAIT
    assert (reset_in or 0) <= LONGEST_WAIT


ENDLESS = [float("inf"), 1e300, 1e18, 1e10]


@each_way
@pytest.mark.parametrize("seconds", ENDLESS)
@pytest.mark.parametrize(
    "name", ["timeout", "connect_timeout", "read_timeout", "write_timeout", "pool_timeout"]
)
def test_a_time_without_end_is_no_fault(
    name: str, seconds: float, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the client or of one call; with a repetition and with a wait for a turn in between."""

    async def scenario(client: AsyncPlainClient) -> None:
        options: Any = {name: seconds}
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(safe, client)
        got = await client.upsert_customer(**INPUT, options=options)
        assert got.customer.id == "c_1"

    settings: Any = {"options": {name: seconds}, "max_in_flight": 1}
    with ScriptedServer(answer("x", status=503), GOOD) as server:
        run(way, monkeypatch, scenario, server.url, **settings)
    assert len(server.requests) == 5


# --- somebody else's answer --------------------------------------------------------------------

UNASKED = [
    pytest.param(wire("Somebody Else"), id="a second answer"),
    pytest.param(wire("Somebody Else") * 2, id="a second and a third"),
    pytest.param(wire("x", 408), id="a 408"),
    pytest.param(
        b"HTTP/1.1 100 Continue\r\n\r\n" + wire("Somebody Else"), id="a 100 and an answer"
    ),
    pytest.param(wire("Somebody Else")[:60], id="half an answer"),
    pytest.param(b"\r\n" + wire("Somebody Else"), id="a line end and an answer"),
]
NOTHING_YET = [pytest.param(b"0", id="a byte"), pytest.param(b"", id="the end")]


@each_way
@pytest.mark.parametrize("kind", ["safe", "unsafe"])
@pytest.mark.parametrize("more", UNASKED)
def test_an_answer_that_nobody_asked_for_is_nobodys(
    more: bytes, kind: str, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the segment of a good answer: the next call gets its own, and is sent just once."""

    async def both(request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(wire("First") + more)
        await writer.drain()
        return True

    async def scenario(client: AsyncPlainClient) -> None:
        assert (await safe(client)).customer.full_name == "First"
        call = safe if kind == "safe" else unsafe
        assert (await call(client)).customer.full_name == "Second"

    with ScriptedServer(both, answer(upserted(fullName="Second"))) as server:
        run(way, monkeypatch, scenario, server.url)
    assert len(server.requests) == 2


@each_way
@pytest.mark.parametrize("kind", ["safe", "unsafe"])
@pytest.mark.parametrize("more", [*UNASKED, *NOTHING_YET])
@pytest.mark.parametrize("blocked", [True, False], ids=["loop blocked", "loop running"])
def test_what_comes_on_an_idle_connection_is_nobodys(
    blocked: bool, more: bytes, kind: str, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Late, while the event loop runs or while something blocks it; `b""` closes.

    An unsafe mutation is not in doubt for it: the server saw two requests, each once.
    """
    go, gone = threading.Event(), threading.Event()

    async def then_late(request: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(wire("First"))
        await writer.drain()
        await seen(go)
        writer.write(more)
        await writer.drain()
        if not more:
            writer.close()
            await writer.wait_closed()
        gone.set()
        return bool(more)

    async def scenario(client: AsyncPlainClient) -> None:
        assert (await safe(client)).customer.full_name == "First"
        go.set()
        if blocked:
            assert gone.wait(30)
        else:
            with anyio.fail_after(30):
                while not gone.is_set():
                    await anyio.sleep(0.001)
            for _ in range(5):
                await anyio.lowlevel.checkpoint()
        call = safe if kind == "safe" else unsafe
        assert (await call(client)).customer.full_name == "Second"

    with ScriptedServer(then_late, answer(upserted(fullName="Second"))) as server:
        run(way, monkeypatch, scenario, server.url)
    assert len(server.requests) == 2


async def seen(event: threading.Event) -> None:
    """Until another thread has set it, without a thread that waits."""
    while not event.is_set():
        await asyncio.sleep(0.001)


@each_way
def test_many_connections_that_went_stale_leave_nothing_in_doubt(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server closed them all while the loop was blocked; each mutation is sent once."""
    count = 8
    everybody, go = threading.Event(), threading.Event()
    closed = threading.Semaphore(0)

    async def then_close(request: Request, writer: asyncio.StreamWriter) -> bool:
        await seen(everybody)
        writer.write(wire("First"))
        await writer.drain()
        await seen(go)
        writer.close()
        await writer.wait_closed()
        closed.release()
        return False

    async def scenario(client: AsyncPlainClient) -> None:
        async with anyio.create_task_group() as group:
            for _ in range(count):
                group.start_soon(safe, client)
            await server.wait_for(count)
            everybody.set()
        go.set()
        for _ in range(count):
            assert closed.acquire(timeout=30)
        async with anyio.create_task_group() as group:
            for _ in range(count):
                group.start_soon(unsafe, client)

    with ScriptedServer(*[then_close] * count, GOOD) as server:
        run(way, monkeypatch, scenario, server.url)
    assert len(server.requests) == 2 * count


# --- never sent --------------------------------------------------------------------------------

BEFORE_WRITING = {"nothing", "connecting", "connected", "secured"}


def check_not_sent(error: Any, attempts: int) -> None:
    """The error leaves no doubt, and every attempt was used."""
    assert type(error).__name__ in ("PlainConnectionError", "PlainTimeoutError")
    assert error.reached in BEFORE_WRITING
    assert error.attempts == attempts
    assert "may" not in str(error)
    check_error(error)


@contextmanager
def black_hole() -> Iterator[str]:
    """An address that takes up no more connections, and refuses none."""
    with socket.socket() as full_up:
        full_up.bind(("127.0.0.1", 0))
        full_up.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full_up.getsockname())
        try:
            yield f"http://127.0.0.1:{full_up.getsockname()[1]}/graphql/v1"
        finally:
            for one in waiting:
                one.close()


@each_way
def test_a_black_hole_is_not_sent_to(way: Way) -> None:
    """Each attempt ends by the connect timeout, and an unsafe mutation is tried again."""
    with black_hole() as url:
        error = failing(way, url, options={"connect_timeout": 0.1})
    check_not_sent(error, defaults.MAX_ATTEMPTS)
    assert isinstance(error, PlainTimeoutError)
    assert error.timeout == 0.1


@each_way
def test_a_black_hole_until_the_end_of_the_call_leaves_no_doubt(way: Way) -> None:
    """The call's own timeout ends it while connecting."""
    with black_hole() as url:
        error = failing(way, url, timeout=0.3)
    check_not_sent(error, 1)
    assert "it was not carried out" in str(error)


@each_way
def test_a_tls_handshake_that_hangs_is_not_sent_to(way: Way) -> None:
    """The connect timeout covers TLS, and an unsafe mutation is tried again."""
    with ScriptedServer(hang) as server:
        url = server.url.replace("http:", "https:")
        error = failing(way, url, options={"connect_timeout": 0.1})
        assert server.requests == []
    check_not_sent(error, defaults.MAX_ATTEMPTS)


GARBAGE = [
    pytest.param(b"220 smtp.example ESMTP\r\n", id="a greeting"),
    pytest.param(b"HTTP/1.1 400 Bad Request\r\n\r\n", id="plain HTTP"),
    pytest.param(b"\x15\x03\x01\x00\x02\x02\x28", id="a TLS alert"),
    pytest.param(b"\x16\x03\x03\xff\xff" + b"\0" * 64, id="a broken handshake"),
    pytest.param(b"", id="the end"),
]


@each_way
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_instead_of_tls_is_not_sent_to(
    garbage: bytes, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A peer that speaks no TLS gets no request, and the error says so after every attempt."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        try:
            await reader.read(1)  # The hello has come; else the end would be a reset.
            writer.write(garbage)
            await writer.drain()
            await reader.read()
        except OSError:
            pass
        finally:
            writer.close()

    server = ScriptedServer(hang)
    monkeypatch.setattr(server, "_connected", speak if garbage else greeted(server))
    with server:
        error = failing(way, server.url.replace("http:", "https:"),
                        options={"connect_timeout": 1.0})  # fmt: skip
    check_not_sent(error, defaults.MAX_ATTEMPTS)
    assert server.connections == defaults.MAX_ATTEMPTS


def greeted(server: ScriptedServer) -> Any:
    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        await reader.read(65536)
        writer.close()

    return close


@each_way
@pytest.mark.parametrize("problem", [socket.EAI_NONAME, socket.EAI_AGAIN])
def test_a_name_that_is_not_found_is_not_sent_to(
    problem: int, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No name, no address, no request."""
    asked: list[Any] = []
    known = socket.getaddrinfo

    def getaddrinfo(host: Any, *rest: Any, **more: Any) -> Any:
        if host in ("plain.invalid", b"plain.invalid"):
            asked.append(host)
            raise socket.gaierror(problem, "no such name")
        return known(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    error = failing(way, "https://plain.invalid/graphql/v1")
    check_not_sent(error, defaults.MAX_ATTEMPTS)
    assert asked


VIA_PROXY = [pytest.param(way, id=name) for way, name in zip(
    [("asyncio", "auto"), ("asyncio", "httpx"), ("trio", "httpx")], ["auto", "httpx", "trio"],
    strict=True)]  # fmt: skip
CONNECTS = [
    pytest.param(answer(body=b"", status=403), id="403"),
    pytest.param(answer(body=b"", status=407, headers={"proxy-authenticate": "Basic"}), id="407"),
    pytest.param(answer(body=b"", status=502), id="502"),
    pytest.param(answer(body=b"", status=302, headers={"location": "http://x/"}), id="302"),
]


async def cut(request: Request, writer: asyncio.StreamWriter) -> bool:
    """The connection ends without a word."""
    return False


async def babble(request: Request, writer: asyncio.StreamWriter) -> bool:
    """Something that is no HTTP."""
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    await writer.drain()
    return False


@pytest.mark.parametrize("way", VIA_PROXY)
@pytest.mark.parametrize(
    "behaviour", [*CONNECTS, pytest.param(cut, id="the end"), pytest.param(babble, id="no HTTP")]
)
def test_a_proxy_that_refuses_to_connect_is_not_sent_to(
    behaviour: Behaviour, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CONNECT is no request of ours: nothing was carried out, and every attempt is used."""
    with ScriptedServer(behaviour) as proxy:
        address = f"http://user:{KEY}@127.0.0.1:{proxy.port}"
        monkeypatch.setenv("HTTPS_PROXY", address)
        error = failing(way, "https://plain.invalid/graphql/v1")
        assert len(proxy.requests) == defaults.MAX_ATTEMPTS
        assert not any(request.body for request in proxy.requests)
        assert not any("authorization" in request.headers for request in proxy.requests)
    check_not_sent(error, defaults.MAX_ATTEMPTS)


@pytest.mark.parametrize("way", VIA_PROXY)
def test_a_proxy_that_hangs_is_not_sent_to(way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the CONNECT and says nothing."""
    with ScriptedServer(hang) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        error = failing(way, "https://plain.invalid/graphql/v1",
                        options={"connect_timeout": 0.2, "read_timeout": 0.2})  # fmt: skip
    check_not_sent(error, defaults.MAX_ATTEMPTS)


# --- the environment ---------------------------------------------------------------------------

BAD_ENVIRONMENT: list[tuple[str, dict[str, str], str]] = [
    ("SOCKS without its package", {"ALL_PROXY": "socks5://127.0.0.1:9"}, "https://plain.invalid/"),
    ("an odd scheme", {"HTTP_PROXY": "odd://127.0.0.1:9"}, "http://plain.invalid/"),
    ("an odd scheme, https", {"HTTPS_PROXY": "odd://127.0.0.1:9"}, "https://plain.invalid/"),
    ("an odd scheme for all", {"ALL_PROXY": "odd://127.0.0.1:9"}, "http://plain.invalid/"),
    ("an open bracket", {"HTTPS_PROXY": "http://[::1"}, "https://plain.invalid/"),
    ("a port too large", {"HTTPS_PROXY": "http://h:99999"}, "https://plain.invalid/"),
    ("a port that is none", {"HTTPS_PROXY": "http://h:x"}, "https://plain.invalid/"),
    ("no host", {"HTTPS_PROXY": "http://:3128"}, "https://plain.invalid/"),
    ("a control character", {"HTTPS_PROXY": "http://h\x01x:3128"}, "https://plain.invalid/"),
    ("a space", {"HTTPS_PROXY": "http://h x:3128"}, "https://plain.invalid/"),
    ("a host that is no name", {"HTTPS_PROXY": "http://xn--\u00e4.x:1"}, "https://plain.invalid/"),
    ("a missing SSL_CERT_FILE", {"SSL_CERT_FILE": "/missing"}, "https://plain.invalid/"),
    ("a missing SSL_CERT_DIR", {"SSL_CERT_DIR": "/missing"}, "https://plain.invalid/"),
    ("SSL_CERT_FILE without certificates", {"SSL_CERT_FILE": __file__}, "https://plain.invalid/"),
    ("SSL_CERT_FILE is a folder", {"SSL_CERT_FILE": "/tmp"}, "https://plain.invalid/"),
]


@each_way
@pytest.mark.parametrize("row", BAD_ENVIRONMENT, ids=[row[0] for row in BAD_ENVIRONMENT])
def test_an_environment_that_cannot_be_used_is_refused_at_construction(
    row: tuple[str, dict[str, str], str], way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not at the first call, and not as somebody else's exception."""
    for name, value in row[1].items():
        monkeypatch.setenv(name, value)
    with pytest.raises(PlainConfigurationError) as caught:
        AsyncPlainClient(KEY, url=row[2], transport="auto" if way[1] == "aiohttp" else "httpx")
    # Whoever constructs a client has the key in a frame of their own.
    check_error(caught.value, frames=False)


@pytest.mark.parametrize(
    "proxy", ["odd://u:S3cret@h:1", "http://u:S3cret@h:99999", "http://u:S3cret@["]
)
def test_a_proxys_password_is_in_no_error(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that cannot be used is not repeated."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(PlainConfigurationError) as caught:
        AsyncPlainClient(KEY, url="https://plain.invalid/")
    check_error(caught.value, "S3cret", frames=False)


@each_way
@pytest.mark.parametrize(
    "value", ["fd00::/8", "::1", "[::1]:80", "*", ",,", "10.0.0.0/8", "[", "http://x", "127.0.0.1"]
)
@pytest.mark.parametrize("proxied", [False, True], ids=["no proxy", "a proxy"])
def test_no_proxy_of_any_form_is_no_fault(
    proxied: bool, value: str, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Networks, brackets, stars: calls go, with or without a proxy beside."""
    monkeypatch.setenv("NO_PROXY", value)
    if proxied:
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    transport = "auto" if way[1] == "aiohttp" else "httpx"
    monkeypatch.setenv("PLAIN_TRANSPORT", transport)
    assert AsyncPlainClient(KEY, url="https://[fd00::1]/graphql/v1")
    assert AsyncPlainClient(KEY, url="https://plain.invalid/graphql/v1")
    with ScriptedServer(GOOD) as server:
        got = run((way[0], transport), monkeypatch, safe, server.url)
    assert got.customer.id == "c_1"


@each_way
def test_missing_certificates_do_not_matter_without_tls(
    way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandbox on plain HTTP needs none."""
    monkeypatch.setenv("SSL_CERT_FILE", "/missing")
    with ScriptedServer(GOOD) as server:
        assert run(way, monkeypatch, unsafe, server.url).customer.id == "c_1"


@each_way
def test_certificates_that_go_missing_later_are_a_plain_error(
    way: Way, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Between construction and the first call: still nothing but a `PlainError`, and not sent."""
    import certifi

    copy = tmp_path / "certificates.pem"
    copy.write_bytes(Path(certifi.where()).read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(copy))
    with ScriptedServer(hang) as server:
        client = AsyncPlainClient(KEY, url=server.url.replace("http:", "https:"), timeout=0.3)
        copy.unlink()

        async def scenario() -> None:
            async with client:
                with pytest.raises(PlainError) as caught:
                    await unsafe(client)
                check_not_sent(caught.value, 1)

        anyio.run(scenario, backend=way[0])


# --- a firewall is not Plain -------------------------------------------------------------------

FIREWALLS = [
    pytest.param(answer(body=b"<html>no</html>", status=403, headers=HTML), id="HTML"),
    pytest.param(answer({"message": "Forbidden"}, status=403), id="a gateway's object"),
    pytest.param(answer({"Message": "User is not authorized"}, status=403), id="AWS"),
    pytest.param(answer(body=b"", status=403), id="nothing"),
    pytest.param(answer(body=b"no", status=403, headers=TEXT), id="text"),
    pytest.param(answer("Forbidden", status=403), id="a JSON text"),
    pytest.param(answer({"errors": []}, status=403), id="no errors"),
]


@each_way
@pytest.mark.parametrize("pack", [1, 3])
@pytest.mark.parametrize("firewall", FIREWALLS)
def test_a_firewalls_403_is_of_that_item_alone(
    firewall: Behaviour, pack: int, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that a firewall dislikes is an `Err`; the rows behind it go on."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> bool:
        if b"firewall" in request.body:
            return await firewall(request, writer)
        return await packed(request, writer)

    async def scenario(client: AsyncPlainClient) -> list[str]:
        got: list[str] = []
        async with client.upsert_customers(rows, max_running=1, pack=pack) as outcomes:
            async for outcome in outcomes:
                name = "ok" if outcome.outcome.is_ok else type(outcome.outcome.error).__name__
                got.append(name)
        assert outcomes.unfinished == []
        return got

    rows: list[Any] = [named(n, "firewall" if n == 1 else "D") for n in range(6)]
    with ScriptedServer(behave) as server:
        got = run(way, monkeypatch, scenario, server.url)
    assert len(got) == 6
    assert got.count("ok") >= 6 - pack
    assert got.count("PlainStatusError") == 6 - got.count("ok") >= 1


def named(number: int, full_name: str) -> dict[str, Any]:
    email = f"d{number}@x"
    return {
        "identifier": {"email_address": email},
        "on_create": {"full_name": full_name, "email": {"email": email, "is_verified": True}},
        "on_update": {},
    }


async def packed(request: Request, writer: asyncio.StreamWriter) -> bool:
    """A good answer, for one upsert or for a pack of them."""
    variables = request.json["variables"]
    payload = upserted()["data"]["upsertCustomer"]
    if "input" in variables:
        return await GOOD(request, writer)
    data = {f"r{n}": payload for n in range(len(variables))}
    return await answer({"data": data})(request, writer)


@each_way
@pytest.mark.parametrize("pack", [1, 3])
@pytest.mark.parametrize("status", [200, 401, 403])
def test_a_permission_that_is_missing_ends_bulk_work(
    status: int, pack: int, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """GraphQL's FORBIDDEN is about the key, and every further row would meet it."""
    error = {"message": "no", "extensions": {"code": "FORBIDDEN"}}

    async def scenario(client: AsyncPlainClient) -> None:
        rows: list[Any] = [named(n, "D") for n in range(6)]
        async with client.upsert_customers(rows, max_running=1, pack=pack) as outcomes:
            with pytest.raises(PlainError) as caught:
                async for _ in outcomes:
                    pass
            assert type(caught.value).__name__ == "PlainPermissionError"
        assert len(outcomes.unfinished) == pack

    with ScriptedServer(answer({"errors": [error]}, status=status)) as server:
        run(way, monkeypatch, scenario, server.url)
    assert len(server.requests) == 1


# --- cookies -----------------------------------------------------------------------------------


@each_way
@pytest.mark.parametrize("status", [200, 503, 429, 307, 401])
@pytest.mark.parametrize(
    "cookie",
    ["a=1", "a=1; Path=/; Max-Age=1000000", "a=1; Domain=127.0.0.1", "__Host-a=1; Secure", "=; ;"],
)
def test_a_cookie_is_neither_kept_nor_sent(
    cookie: str, status: int, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever comes with it: by no repetition, and by no later call."""
    headers = {"set-cookie": cookie, "location": "/elsewhere", "retry-after": "0"}

    async def scenario(client: AsyncPlainClient) -> None:
        for _ in range(2):
            try:
                await safe(client)
            except PlainError as error:
                check_error(error)

    content = upserted() if status == 200 else {}
    with ScriptedServer(answer(content, status=status, headers=headers), GOOD) as server:
        run(way, monkeypatch, scenario, server.url)
    assert len(server.requests) >= 2
    assert not any("cookie" in request.headers for request in server.requests)


# --- bombs -------------------------------------------------------------------------------------

LIMIT = 1_000_000
BARE_DEFLATE = functools.partial(zlib.compress, wbits=-15)
BOMBS: dict[str, tuple[str, list[Callable[[bytes], bytes]]]] = {
    "gzip": ("gzip", [gzip.compress]),
    "deflate": ("deflate", [zlib.compress]),
    "bare deflate": ("deflate", [BARE_DEFLATE]),
    "gzip of gzip": ("gzip, gzip", [gzip.compress] * 2),
    "gzip of deflate": ("deflate, gzip", [zlib.compress, gzip.compress]),
    "gzip thrice": ("gzip, gzip, gzip", [gzip.compress] * 3),
    "gzip said twice": ("gzip, gzip", [gzip.compress]),
    "brotli": ("br", [lambda _: b"\x8b" * 948]),
    "zstd": ("zstd", [lambda _: b"\x28\xb5\x2f\xfd" + b"\0" * 944]),
    "brotli of gzip": ("gzip, br", [lambda _: b"\x8b" * 948]),
}


@functools.cache
def bomb(name: str) -> tuple[str, bytes]:
    """The encoding that is said, and 100 MB of nothing, packed."""
    encoding, packers = BOMBS[name]
    return encoding, functools.reduce(lambda body, pack: pack(body), packers, bytes(100_000_000))


@each_way
@pytest.mark.parametrize("status", [200, 400, 503])
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_at_the_limit(
    name: str, status: int, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request, whose answer never takes much more memory than the limit."""
    monkeypatch.setattr(defaults, "MAX_RESPONSE_BYTES", LIMIT)
    encoding, body = bomb(name)
    assert len(body) < LIMIT // 2
    behaviour = answer(body=body, status=status, headers={"content-encoding": encoding})
    peak = 0

    async def scenario(client: AsyncPlainClient) -> None:
        nonlocal peak
        tracemalloc.start()
        try:
            with pytest.raises(PlainError) as caught:
                await unsafe(client)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        check_error(caught.value)
        assert type(caught.value).__name__ == UNKNOWN

    with ScriptedServer(behaviour) as server:
        run(way, monkeypatch, scenario, server.url)
    assert len(server.requests) == 1
    assert peak < 6 * LIMIT


@each_way
@pytest.mark.parametrize("kind", ["header", "headers", "trailers", "chunk sizes", "1xx", "reason"])
def test_what_stands_around_the_body_is_bounded_too(
    kind: str, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A head, trailers or interim answers without end are refused, not collected."""
    monkeypatch.setattr(defaults, "MAX_RESPONSE_BYTES", LIMIT)
    start = {
        "header": b"HTTP/1.1 200 OK\r\nx-y: ",
        "headers": b"HTTP/1.1 200 OK\r\n",
        "trailers": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n",
        "chunk sizes": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        "1xx": b"",
        "reason": b"HTTP/1.1 200 ",
    }[kind]
    more = {
        "header": b"x" * 1000,
        "headers": b"x-y: z\r\n" * 100,
        "trailers": b"x-y: z\r\n" * 100,
        "chunk sizes": b"0" * 1000,
        "1xx": b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" * 50,
        "reason": b"x" * 1000,
    }[kind]
    written = 0
    peak = 0

    async def endless(request: Request, writer: asyncio.StreamWriter) -> bool:
        nonlocal written
        writer.write(start)
        while True:
            writer.write(more)
            written += len(more)
            await writer.drain()

    async def scenario(client: AsyncPlainClient) -> None:
        nonlocal peak
        tracemalloc.start()
        try:
            with pytest.raises(PlainError) as caught:
                await unsafe(client)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        check_error(caught.value)
        assert type(caught.value).__name__ == UNKNOWN

    with ScriptedServer(endless) as server:
        run(way, monkeypatch, scenario, server.url, timeout=1.0)
    assert len(server.requests) == 1
    assert peak < 10 * LIMIT
    if kind not in ("1xx", "chunk sizes"):
        # These may go on until the time is up; what they hold is not kept.
        assert written < 40 * LIMIT
