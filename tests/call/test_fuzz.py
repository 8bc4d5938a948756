"""Responses that nobody has thought of: a value or a `PlainError` comes out, and nothing else.

Good responses are mutated at every level: bytes on the wire, headers, JSON values, GraphQL's
shapes. `PLAIN_FUZZ` says how many; the survey takes 100,000.
"""

import asyncio
import json
import os
import pickle
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from scripted_server import Request, ScriptedServer, answer
from wire_support import MOMENT, customer, each_way, run, safe, unsafe, upserted

from plain_sdk import AsyncPlainClient, CustomerRow, Err, PlainConfigurationError, PlainError
from plain_sdk._call.quota import Quota
from plain_sdk._config import Priority
from plain_sdk._transports.base import (
    Attempt,
    Transfer,
    TransportError,
    UnreadableResponseError,
    WireResponse,
)

COUNT = int(os.environ.get("PLAIN_FUZZ", "1500"))
KEY = "plainApiKey_a-secret-of-many-letters"
LIST = {
    "data": {
        "customers": {
            "edges": [{"cursor": "a", "node": customer()}, {"cursor": "b", "node": customer()}],
            "pageInfo": {"hasNextPage": False, "hasPreviousPage": False,
                         "startCursor": "a", "endCursor": "b"},
            "totalCount": 2,
        }
    }
}  # fmt: skip
REFUSED = {
    "data": {
        "upsertCustomer": {
            "result": None, "customer": None,
            "error": {"__typename": "MutationError", "message": "no", "type": "VALIDATION",
                      "code": "input_validation",
                      "fields": [{"__typename": "MutationFieldError", "field": "email",
                                  "message": "is odd", "type": "VALIDATION"}]},
        }
    }
}  # fmt: skip
ERRORS = {"data": None, "errors": [{"message": "no", "path": ["a", 0],
                                    "extensions": {"code": "BAD_USER_INPUT"}}]}  # fmt: skip
PACK = {"data": {f"r{n}": upserted()["data"]["upsertCustomer"] for n in range(3)}}
GOOD: list[Any] = [upserted(), LIST, REFUSED, ERRORS, PACK, {"data": {"customer": customer()}}]
ODD: list[Any] = [
    None, True, 0, -1, 1e308, "", "\ud83d", "\x00", "x" * 5000, [], [None], [[]], {}, {"": None},
    {"__typename": "Nobody"}, {"message": None}, MOMENT, "2026-01-01T00:00:00.000Z", [1] * 3,
]  # fmt: skip
HEADERS: dict[str, list[str]] = {
    "x-ratelimit-limit": ["450", "0", "-1", "9" * 5000, "many", "\xb2"],
    "x-ratelimit-remaining": ["0", "449", "9" * 5000, ""],
    "x-ratelimit-reset": ["9999-12-31T23:59:59.999Z", "2099-01-01T00:00:00Z", "soon",
                          "0001-01-01T00:00:00+23:59", "2026-01-01T00:00:00.000Z", "1767713400"],
    "retry-after": ["0", "1000000000", "-5", "soon", "1e400", "Wed, 21 Oct 9999 07:28:00 GMT"],
    "date": ["Wed, 21 Oct 2026 07:28:00 GMT", "never", "Wed, 99 Oct 2026", ""],
    "content-type": ["application/json", "text/html", "text/plain; charset=odd", ""],
    "apigw-requestid": ["r", "", "x" * 3000],
}  # fmt: skip
STATUSES = [200] * 12 + [201, 204, 206, 301, 400, 401, 403, 404, 408, 413, 429, 500, 502, 503, 599]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value."""
    found = [path]
    items = value.items() if isinstance(value, dict) else enumerate(value)
    if isinstance(value, dict | list):
        for name, inner in items:
            found += places(inner, (*path, name))
    return found


def odd_value(chance: random.Random) -> Any:
    """A good response with some of its values replaced, taken away, or doubled."""
    value = json.loads(json.dumps(chance.choice(GOOD)))
    for _ in range(chance.choice((0, 1, 1, 1, 2, 5))):
        path = chance.choice(places(value))
        if not path:
            return chance.choice(ODD)
        holder = value
        for name in path[:-1]:
            holder = holder[name]
        what = chance.random()
        if what < 0.7:
            holder[path[-1]] = chance.choice([*ODD, chance.choice(GOOD)])
        elif isinstance(holder, dict):
            holder.pop(path[-1])
        else:
            holder *= 2
    return value


def odd_bytes(body: bytes, chance: random.Random) -> bytes:
    """The bytes with some of them flipped, cut, doubled, or strange ones put in."""
    made = bytearray(body)
    for _ in range(chance.choice((0, 0, 0, 1, 2, 8))):
        at = chance.randrange(len(made) + 1)
        what = chance.random()
        if what < 0.3:
            made[at : at + 1] = bytes([chance.randrange(256)])
        elif what < 0.5:
            del made[at:]
        elif what < 0.7:
            made[at:at] = chance.choice((b"\\ud83d", b"\xef\xbb\xbf", b"[" * 3000, b"\x00", b"}"))
        else:
            made[at:at] = made[at : at + 40]
    return bytes(made)


def odd_response(chance: random.Random) -> tuple[int, dict[str, str], bytes]:
    body = odd_bytes(json.dumps(odd_value(chance)).encode(), chance)
    names = chance.sample(sorted(HEADERS), chance.randrange(5))
    return chance.choice(STATUSES), {n: chance.choice(HEADERS[n]) for n in names}, body


class FuzzTransport:
    """Gives odd responses, and now and then none."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    async def post(self, attempt: Attempt) -> WireResponse:
        what = self.chance.random()
        if what < 0.01:
            raise TransportError("gone", maybe_received=self.chance.random() < 0.5)
        if what < 0.02:
            raise UnreadableResponseError(200, "too large")
        if what < 0.03:
            raise self.chance.choice((RuntimeError(KEY), KeyError("x"), AssertionError()))
        return WireResponse(*odd_response(self.chance))

    async def transfer(self, transfer: Transfer) -> WireResponse:
        raise AssertionError("calls transfer no files")

    async def aclose(self) -> None:
        """Nothing is open."""

    def abandon(self) -> None:
        """Nothing is open."""


async def query(client: AsyncPlainClient) -> Any:
    return await client.customer("c_1")


async def nodes(client: AsyncPlainClient) -> Any:
    return await client.customers(limit=3, page_size=2).collect()


async def raw(client: AsyncPlainClient) -> Any:
    return await client.raw.delete_customer(customer_id="c_1")


async def packed(client: AsyncPlainClient) -> Any:
    rows = [CustomerRow("D", f"d{n}@x.io") for n in range(3)]
    async with client.upsert_customers(rows, pack=3) as outcomes:
        async for outcome in outcomes:
            if isinstance(outcome.outcome, Err):
                check(outcome.outcome.error)


CALLS: list[Callable[[AsyncPlainClient], Awaitable[Any]]] = [
    safe, unsafe, query, nodes, raw, packed,
]  # fmt: skip


def check(error: PlainError) -> None:
    """An error can be shown anywhere, travels, and does not hold the key."""
    told = f"{error} {error!r} {error.args}"
    assert KEY not in told
    assert told.encode()
    assert len(str(error)) < 20_000
    assert not isinstance(error, PlainConfigurationError)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


class Learning(Quota):
    """Learns from every response, and lets everybody go: else a call would wait for minutes."""

    def ask(self, priority: Priority, reserve: float, now: float) -> float:
        super().ask(priority, reserve, now)
        self._in_flight += 1
        return 0.0

    def opens_in(self, now: float) -> float:
        return min(super().opens_in(now), 0.0)


async def fuzz(client: AsyncPlainClient, count: int, chance: random.Random) -> Counter[str]:
    """So many calls, each ending in a value or a `PlainError`."""
    ended: Counter[str] = Counter()
    for _ in range(count):
        try:
            await chance.choice(CALLS)(client)
            ended["value"] += 1
        except PlainError as error:
            check(error)
            ended[type(error).__name__] += 1
        assert client.quota.in_flight >= 0
    return ended


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_whatever_a_response_holds_a_value_or_a_plain_error_comes_out(
    backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each kind some, so that the mutations reach what they should."""
    chance = random.Random(2026)

    async def calls() -> Counter[str]:
        options: Any = {"max_attempts": 1}
        async with AsyncPlainClient(KEY, url="http://127.0.0.1:9", options=options) as client:
            client._pipeline._make_transport = lambda is_asyncio: FuzzTransport(chance)
            client._pipeline._quota = Learning()
            return await fuzz(client, COUNT, chance)

    ended = anyio.run(calls, backend=backend)
    assert sum(ended.values()) == COUNT
    wanted = {"value", "PlainResponseError", "PlainServerError", "PlainMutationError"}
    assert wanted <= ended.keys()


@each_way
def test_whatever_comes_over_the_wire_a_value_or_a_plain_error_comes_out(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heads and framing are mutated too, connections cut; and then a good call succeeds."""
    chance = random.Random(7)

    async def odd(request: Request, writer: asyncio.StreamWriter) -> bool:
        status, headers, body = odd_response(chance)
        lines = [f"HTTP/1.1 {status} Odd", *(f"{n}: {v}" for n, v in headers.items())]
        framing = chance.random()
        if framing < 0.6:
            lines.append(f"content-length: {len(body)}")
        elif framing < 0.8:
            lines.append("transfer-encoding: chunked")
            body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        if chance.random() < 0.1:
            lines.append(f"content-encoding: {chance.choice(('gzip', 'br', 'odd', 'deflate'))}")
        text = "\r\n".join(lines) + "\r\n\r\n"
        whole = text.encode("latin-1", "replace") + body
        writer.write(odd_bytes(whole, chance) if chance.random() < 0.3 else whole)
        await writer.drain()
        return chance.random() < 0.5

    async def scenario(client: AsyncPlainClient) -> None:
        options: Any = {"max_attempts": 1, "timeout": 5.0, "read_timeout": 0.5}
        client._pipeline._quota = Learning()
        for _ in range(max(COUNT // 30, 60)):
            try:
                await client.customer("c_1", options=options)
            except PlainError as error:
                check(error)
        server.behaviours[:] = [answer(upserted())]
        assert (await safe(client)).customer.id == "c_1"

    with ScriptedServer(odd) as server:
        run(way, monkeypatch, scenario, server.url)
