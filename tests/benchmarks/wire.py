"""What a call costs the client, side by side in one run.

    pip install -r tests/benchmarks/requirements.txt
    python tests/benchmarks/wire.py

Starts a local server in another process and prints, for each client and at 1, 32 and 256
calls in flight, the client's CPU per call and the calls per second. Quote ratios between
rows of one run, not microseconds. Peers that are not installed are left out, and said so.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from plain_graphql.operations.upsert_customer import UPSERT_CUSTOMER

from plain_sdk import AsyncPlainClient

Call = Callable[[], Awaitable[object]]
KEY = "plainApiKey_benchmark"
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
INPUT: dict[str, Any] = {
    "identifier": {"emailAddress": "donald@example.com"},
    "onCreate": {
        "fullName": "Donald Duck",
        "email": {"email": "donald@example.com", "isVerified": True},
    },
    "onUpdate": {"fullName": {"value": "Donald Duck"}},
}
BODY = {"query": UPSERT_CUSTOMER.document, "variables": {"input": INPUT}}
LIMITS = httpx.Limits(max_connections=1000, max_keepalive_connections=1000)


@asynccontextmanager
async def raw_httpx(url: str) -> AsyncIterator[Call]:
    async with httpx.AsyncClient(limits=LIMITS, headers=HEADERS) as client:

        async def call() -> object:
            return (await client.post(url, json=BODY)).json()["data"]

        yield call


@asynccontextmanager
async def httpx_on_aiohttp(url: str) -> AsyncIterator[Call]:
    from httpx_aiohttp import AiohttpTransport

    transport = AiohttpTransport(limits=LIMITS)
    async with httpx.AsyncClient(transport=transport, headers=HEADERS) as client:

        async def call() -> object:
            return (await client.post(url, json=BODY)).json()["data"]

        yield call


@asynccontextmanager
async def gql_on_aiohttp(url: str) -> AsyncIterator[Call]:
    import gql
    from gql.transport.aiohttp import AIOHTTPTransport

    document = gql.gql(UPSERT_CUSTOMER.document)
    transport = AIOHTTPTransport(
        url, headers=HEADERS, client_session_args={"connector": _connector()}
    )
    async with gql.Client(transport=transport, execute_timeout=None) as session:

        async def call() -> object:
            document.variable_values = {"input": INPUT}
            return await session.execute(document)

        yield call


def _connector() -> Any:
    import aiohttp

    return aiohttp.TCPConnector(limit=0)


@asynccontextmanager
async def plain_client(url: str) -> AsyncIterator[Call]:
    import plain_client as peer
    from plain_client.client import Plain

    http = httpx.AsyncClient(limits=LIMITS, headers=HEADERS)
    async with http, Plain(url=url, http_client=http) as client:
        given = peer.UpsertCustomerInput(
            identifier=INPUT["identifier"],
            onCreate=INPUT["onCreate"],
            onUpdate=INPUT["onUpdate"],
        )

        async def call() -> object:
            return await client.upsert_customer(given)

        yield call


def typed_upsert(client: AsyncPlainClient) -> Call:
    async def call() -> object:
        return await client.upsert_customer(
            identifier={"email_address": "donald@example.com"},
            on_create={
                "full_name": "Donald Duck",
                "email": {"email": "donald@example.com", "is_verified": True},
            },
            on_update={"full_name": "Donald Duck"},
        )

    return call


@asynccontextmanager
async def ours(url: str) -> AsyncIterator[Call]:
    async with AsyncPlainClient(KEY, url=url) as client:
        yield typed_upsert(client)


@asynccontextmanager
async def ours_on_httpx(url: str) -> AsyncIterator[Call]:
    async with (
        httpx.AsyncClient(limits=LIMITS) as http,
        AsyncPlainClient(KEY, url=url, http_client=http) as client,
    ):
        yield typed_upsert(client)


@asynccontextmanager
async def aiohttp_by_hand(url: str) -> AsyncIterator[Call]:
    import aiohttp

    async with aiohttp.ClientSession(connector=_connector(), headers=HEADERS) as session:

        async def call() -> object:
            async with session.post(url, data=json.dumps(BODY)) as response:
                return json.loads(await response.read())["data"]

        yield call


CLIENTS = {
    "httpx, client.post(json=)": raw_httpx,
    "httpx on aiohttp, client.post(json=)": httpx_on_aiohttp,
    "aiohttp, session.post": aiohttp_by_hand,
    "gql on aiohttp": gql_on_aiohttp,
    "plain-client": plain_client,
    "plain-sdk, typed upsert_customer": ours,
    "plain-sdk on httpx": ours_on_httpx,
}


async def measure(call: Call, in_flight: int, calls: int) -> tuple[float, float]:
    """Microseconds of CPU per call, and calls per second."""
    left = calls

    async def worker() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await call()

    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return (time.process_time() - cpu) / calls * 1e6, calls / (time.perf_counter() - wall)


async def run(url: str, levels: list[int], rounds: int, calls: int) -> dict[str, Any]:
    """Rounds go through all clients in turn, so that drift of the machine hits all alike."""
    seen: dict[str, dict[int, list[tuple[float, float]]]] = {}
    absent: list[str] = []
    for number in range(rounds + 1):
        for name, make in CLIENTS.items():
            if name in absent:
                continue
            try:
                async with make(url) as call:
                    for level in levels:
                        count = max(calls // 4, level * 2) if number == 0 else calls
                        result = await measure(call, level, count)
                        if number:
                            seen.setdefault(name, {}).setdefault(level, []).append(result)
            except ImportError:
                absent.append(name)
    for name in absent:
        print(f"left out, not installed: {name}")
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--in-flight", type=int, nargs="+", default=[1, 32, 256])
    arguments = parser.parse_args()
    server = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("server.py"))], stdout=subprocess.PIPE
    )
    assert server.stdout is not None
    url = server.stdout.readline().decode().strip()
    try:
        seen = asyncio.run(run(url, arguments.in_flight, arguments.rounds, arguments.calls))
    finally:
        server.kill()
    heads = [f"{level} in flight" for level in arguments.in_flight]
    print("CPU per call in µs (calls per second), medians of", arguments.rounds, "rounds")
    print(f"| {'client':38} | " + " | ".join(f"{head:>15}" for head in heads) + " |")
    print("|" + "-" * 40 + ("|" + "-" * 17) * len(heads) + "|")
    for name, levels in seen.items():
        cells = [
            f"{statistics.median(r[0] for r in levels[level]):6.0f} "
            f"({statistics.median(r[1] for r in levels[level]):6.0f})"
            for level in arguments.in_flight
        ]
        print(f"| {name:38} | " + " | ".join(f"{cell:>15}" for cell in cells) + " |")


if __name__ == "__main__":
    main()
