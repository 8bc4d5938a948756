"""What a sandbox carries: upserts a second over HTTP, each of another customer, on one core.

    python tests/benchmarks/sandbox.py [--rounds 5]

The sandbox serves the whole schema from a process of its own; who asks is another, with eight
requests under way and no client between, so that what counts is the sandbox. Where the system
can, each gets a core to itself. Prints the median of the rounds, and what a second of the sandbox's
own CPU carries.
"""

import argparse
import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import IO

import aiohttp
from plain_graphql.operations.upsert_customer import UPSERT_CUSTOMER

from plain_sdk._api import schema_path

IN_FLIGHT, EACH = 8, 400


def serve() -> None:
    """A sandbox that tells its CPU time for each line, until standard input ends."""
    from plain_sdk.sandbox import SandboxApp, SandboxServer

    _keep_to(0)
    app = SandboxApp(schema_path().read_text(encoding="utf-8"), rate_limit=0)
    gc.collect()
    gc.freeze()
    with SandboxServer(app) as server:
        print(server.url, flush=True)
        for _ in sys.stdin:
            used = os.times()
            print(used.user + used.system, flush=True)


def _keep_to(core: int) -> None:
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})


def bodies() -> Iterator[bytes]:
    """A request for another customer, and another."""
    number = 0
    while True:
        number += 1
        email = f"user{number}@example.com"
        made = {"fullName": "Donald Duck", "email": {"email": email, "isVerified": True}}
        given = {
            "identifier": {"emailAddress": email},
            "onCreate": made,
            "onUpdate": {"fullName": {"value": "Donald Duck"}},
        }
        asked = {"query": UPSERT_CUSTOMER.document, "variables": {"input": given}}
        yield json.dumps(asked).encode()


async def measure(url: str, asking: IO[str], told: IO[str], rounds: int) -> None:
    """Prints what the rounds came to."""
    source = bodies()
    headers = {"content-type": "application/json", "authorization": "Bearer any"}

    def used() -> float:
        asking.write("\n")
        asking.flush()
        return float(told.readline())

    async with aiohttp.ClientSession(headers=headers) as http:

        async def work(count: int) -> None:
            for _ in range(count):
                async with http.post(url, data=next(source)) as response:
                    assert b'"CREATED"' in await response.read()

        async def all_work(count: int) -> None:
            await asyncio.gather(*(work(count) for _ in range(IN_FLIGHT)))

        await all_work(100)
        walls, cpus = list[float](), list[float]()
        for _ in range(rounds):
            before, started = used(), time.perf_counter()
            await all_work(EACH)
            walls.append(IN_FLIGHT * EACH / (time.perf_counter() - started))
            cpus.append(IN_FLIGHT * EACH / (used() - before))
    print(
        f"{statistics.median(walls):.0f} upserts a second ({min(walls):.0f} to {max(walls):.0f} in "
        f"{rounds} rounds), {statistics.median(cpus):.0f} for a second of the sandbox's CPU"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
        return
    _keep_to(1)
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        asyncio.run(measure(url, server.stdin, server.stdout, arguments.rounds))
        server.stdin.close()


if __name__ == "__main__":
    main()
