"""A process that shares a quota: bulk work until it is told to end, or killed.

    python quota_worker.py URL QUOTA SECONDS [SKEW]

Prints `ready` with the first response, then a line of JSON: calls done, errors, the longest wait
of an interactive call. SKEW: seconds that its clock is ahead. When it is not through half a minute
late, it says where it stands, and ends.
"""

import asyncio
import faulthandler
import json
import sys
import time
from typing import Any

from plain_sdk import AsyncPlainClient, PlainError, PlainRateLimitError
from plain_sdk._call.pipeline import Pipeline
from plain_sdk.types import RequestOptions

BULK: RequestOptions = {"priority": "bulk", "timeout": None}
INTERACTIVE: RequestOptions = {"priority": "interactive", "timeout": 5.0}


async def main(url: str, quota: str, seconds: float, skew: float) -> dict[str, Any]:
    refused = done = 0
    errors: list[str] = []
    waits: list[float] = []

    def on_retry(event: Any) -> None:
        nonlocal refused
        refused += isinstance(event.error, PlainRateLimitError)

    async with AsyncPlainClient("full", url=url, quota=quota, on_retry=on_retry) as client:
        pipeline: Pipeline = client._pipeline
        pipeline._wall_clock = lambda: time.time() + skew
        ends = time.monotonic() + seconds

        async def bulk() -> None:
            nonlocal done
            while time.monotonic() < ends:
                await call(BULK)
                done += 1

        async def call(options: RequestOptions) -> None:
            try:
                await client.customer("c_1", options=options)
            except PlainError as error:
                errors.append(repr(error))

        async def interactive() -> None:
            while time.monotonic() < ends:
                began = time.monotonic()
                await call(INTERACTIVE)
                waits.append(time.monotonic() - began)
                await asyncio.sleep(0.1)

        await call(INTERACTIVE)
        print("ready", flush=True)
        await asyncio.gather(interactive(), *(bulk() for _ in range(8)))
    return {"done": done, "refused": refused, "errors": errors, "waits": waits}


if __name__ == "__main__":
    address, redis, seconds, *skew = sys.argv[1:]
    faulthandler.dump_traceback_later(float(seconds) + 30, exit=True)
    found = asyncio.run(main(address, redis, float(seconds), float(skew[0]) if skew else 0.0))
    print(json.dumps(found))
