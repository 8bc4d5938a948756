"""One quota, several processes: how much of it is used, how much refused, and who waits.

    python tests/benchmarks/quota.py [--processes 1,4,8] [--busy] [--quota redis://localhost]

Starts a sandbox with 450 requests per 5 seconds and 50 ms latency, and processes that upsert as
fast as they may, each with an interactive call now and then. `--busy` keeps both cores busy with
something else. `--quota` lets them share the quota through a Redis, `--alone` has each go by its
own count. Prints, for whole windows but the first: the used part, the refused part, the spread of
the processes' shares (largest less smallest, in means), and the 99th percentile of interactive
calls.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from typing import Any

from plain_sdk import AsyncPlainClient, PlainRateLimitError
from plain_sdk.types import RequestOptions

LIMIT, WINDOW, LATENCY = 450, 5.0, 0.05
WINDOWS = 7
INTERACTIVE: RequestOptions = {"priority": "interactive"}
BULK: RequestOptions = {"priority": "bulk", "timeout": None}


async def work(url: str, number: int, ends: float, quota: str) -> dict[str, Any]:
    """What one process does; when its calls ended, its refusals, and its interactive waits."""
    done: list[float] = []
    refused: list[float] = []
    waits: list[float] = []

    def on_retry(event: Any) -> None:
        if isinstance(event.error, PlainRateLimitError):
            refused.append(time.time())

    async with AsyncPlainClient(
        "benchmark", url=url, on_retry=on_retry, quota=quota or None
    ) as client:

        async def upsert(name: str, options: RequestOptions) -> None:
            email = f"{name}@example.com"
            await client.upsert_customer(
                identifier={"email_address": email},
                on_create={"full_name": name, "email": {"email": email, "is_verified": True}},
                options=options,
            )
            done.append(time.time())

        async def bulk(worker: int) -> None:
            count = 0
            while time.time() < ends:
                count += 1
                await upsert(f"{number}-{worker}-{count}", BULK)

        async def interactive() -> None:
            count = 0
            while time.time() < ends:
                began = time.perf_counter()
                await upsert(f"{number}-i-{count}", INTERACTIVE)
                waits.append(time.perf_counter() - began)
                count += 1
                await asyncio.sleep(0.3)

        workers = [asyncio.create_task(bulk(worker)) for worker in range(16)]
        workers.append(asyncio.create_task(interactive()))
        await asyncio.sleep(max(0.0, ends - time.time()))
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return {"done": done, "refused": refused, "waits": waits}


def measured(processes: int, quota: str) -> str:
    """A row of the table."""
    server = subprocess.Popen(
        [sys.executable, "-m", "plain_sdk", "sandbox", "--port", "0", "--latency", str(LATENCY),
         "--rate-limit", str(LIMIT), "--rate-window", str(WINDOW)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    url = next(word for line in server.stdout for word in line.split() if word.startswith("http"))
    ends = time.time() + 2 + WINDOW * WINDOWS
    workers = [
        subprocess.Popen(
            [sys.executable, __file__, "--work", url, str(number), str(ends), quota],
            stdout=subprocess.PIPE, text=True,
        )
        for number in range(processes)
    ]  # fmt: skip
    results = [json.loads(worker.communicate()[0]) for worker in workers]
    server.terminate()
    server.wait()
    start = min(result["done"][0] for result in results) + WINDOW
    until = start + WINDOW * (WINDOWS - 2)
    shares = [sum(start <= moment < until for moment in result["done"]) for result in results]
    refused = sum(start <= moment < until for result in results for moment in result["refused"])
    waits = sorted(wait for result in results for wait in result["waits"])
    total = sum(shares)
    spread = (max(shares) - min(shares)) / (total / processes)
    return (
        f"{processes:9}  {total / LIMIT / (WINDOWS - 2):6.1%}  "
        f"{refused / (total + refused):7.2%} ({refused} of {total + refused})  {spread:6.0%}  "
        f"{waits[int(len(waits) * 0.99)] * 1000:7.0f} ms"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", default="1,4,8")
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--work", nargs=4, metavar=("URL", "NUMBER", "ENDS", "QUOTA"))
    parser.add_argument("--quota", default="", help="the address of a Redis")
    arguments = parser.parse_args()
    if arguments.work:
        url, number, ends, quota = arguments.work
        print(json.dumps(asyncio.run(work(url, int(number), float(ends), quota))))
        return
    burners = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(2 * arguments.busy)
    ]
    print("processes    used  refused  spread  interactive p99")
    try:
        for processes in arguments.processes.split(","):
            print(measured(int(processes), arguments.quota), flush=True)
    finally:
        for burner in burners:
            burner.kill()


if __name__ == "__main__":
    main()
