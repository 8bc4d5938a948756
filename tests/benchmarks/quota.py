"""One quota, several processes: how much of it is used, how much refused, and who waits.

    python tests/benchmarks/quota.py [--processes 1,4,8] [--how none,headers,redis] [--busy]

Starts a sandbox with 450 requests per 5 seconds and 50 ms latency, and processes that upsert as
fast as they may, each with an interactive call three times a second. They go by their own count
as if each was alone (`none`), by what Plain's headers tell of the others (`headers`), or by a Redis
(`redis`; one of Debian's package is started, unless `--redis` names another). `--busy` keeps two
cores busy with something else.

Prints a table in Markdown: by the sandbox's count, how much of the whole windows was used, all
but the first (and of the least used), and how much of all requests was refused; by the processes',
the spread of their shares (largest less smallest, in means), and the 99th percentile of what an
interactive call took, and of what it waited for quota of that. About 35 seconds for each row.
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
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from plain_sdk import AsyncPlainClient
from plain_sdk._api import schema_path
from plain_sdk.types import RequestOptions

LIMIT, WINDOW, LATENCY = 450, 5.0, 0.05
WINDOWS = 5
"""Whole windows that count."""
INTERACTIVE: RequestOptions = {"priority": "interactive"}
BULK: RequestOptions = {"priority": "bulk", "timeout": None}
TOLD = {"none": "no coordination", "headers": "Plain's headers", "redis": "Redis"}


def serve() -> None:
    """A sandbox that tells its usage for each line, until standard input ends."""
    from plain_sdk.sandbox import SandboxApp, SandboxServer

    schema = schema_path().read_text(encoding="utf-8")
    app = SandboxApp(schema, rate_limit=LIMIT, rate_window=WINDOW, latency=LATENCY)
    gc.collect()
    # A tenth of a second for each look at the schema's objects is no trait of Plain's.
    gc.freeze()
    with SandboxServer(app) as server:
        print(server.url, flush=True)
        for _ in sys.stdin:
            usage = server.usage
            print(json.dumps([usage.admitted, usage.refused, usage.windows]), flush=True)


async def work(url: str, number: int, how: str) -> dict[str, Any]:
    """What one process does: when its calls ended; when interactive ones ended, what they took,
    and what they waited for quota."""
    done: list[float] = []
    waits: list[tuple[float, float, float]] = []
    quota = how if "://" in how else None
    async with AsyncPlainClient("benchmark", url=url, quota=quota) as client:
        pipeline: Any = client._pipeline
        if how == "none":
            from lone_quota import LoneQuota

            pipeline._quota = LoneQuota()
        waited: list[float] = []
        admit = pipeline._admit

        async def timed(call: Any, gate: Any) -> None:
            began = time.perf_counter()
            await admit(call, gate)
            if call.settings.priority == "interactive":
                waited.append(time.perf_counter() - began)

        pipeline._admit = timed
        await client.warm_up("upsert_customer")
        print("ready", flush=True)
        ends = float(await asyncio.to_thread(sys.stdin.readline))

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
                waited.clear()
                began = time.perf_counter()
                await upsert(f"{number}-i-{count}", INTERACTIVE)
                waits.append((time.time(), time.perf_counter() - began, sum(waited)))
                count += 1
                await asyncio.sleep(0.3)

        workers = [asyncio.create_task(bulk(worker)) for worker in range(16)]
        workers.append(asyncio.create_task(interactive()))
        await asyncio.sleep(max(0.0, ends - time.time()))
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return {"done": done, "waits": waits}


def started(*words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, __file__, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def answer(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def measured(processes: int, how: str, redis: str) -> str:
    """A row of the table."""
    server = started("--serve")
    url = answer(server)
    workers = [
        started("--work", url, str(number), redis if how == "redis" else how)
        for number in range(processes)
    ]
    assert all(answer(worker) == "ready" for worker in workers)
    began = time.time()
    ends = began + WINDOW * (WINDOWS + 1.3)
    results = [json.loads(text) for text in finished(workers, str(ends))]
    usage, _ = server.communicate("\n")
    admitted, refused, windows = json.loads(usage)
    used = [count / LIMIT for count in windows[1 : 1 + WINDOWS]]
    start = began + WINDOW
    shares = [sum(moment >= start for moment in result["done"]) for result in results]
    spread = (max(shares) - min(shares)) / statistics.mean(shares)
    waits = [wait for result in results for wait in result["waits"] if wait[0] >= start]
    took, waited = (p99([wait[part] for wait in waits]) for part in (1, 2))
    return (
        f"| {TOLD[how]} | {processes} | {statistics.mean(used):.1%} ({min(used):.1%}) "
        f"| {refused / (admitted + refused):.2%} ({refused} of {admitted + refused}) "
        f"| {spread:.0%} | {took * 1000:.0f} ms ({waited * 1000:.0f} ms) |"
    )


def finished(workers: "list[subprocess.Popen[str]]", word: str) -> list[str]:
    """Give all the word at once, then their last lines."""
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(word + "\n")
        worker.stdin.flush()
    return [worker.communicate()[0] for worker in workers]


def p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def table(processes: list[int], ways: list[str], redis: str | None) -> None:
    """The whole table, in one run."""
    with ExitStack() as stack:
        if redis is None and "redis" in ways:
            sys.path.insert(0, str(Path(__file__).parents[1]))
            from servers import redis_server

            redis = stack.enter_context(redis_server()).url
        load = os.getloadavg()[0]
        print("| coordination | processes | used (least) | refused | spread | interactive p99 "
              "(waiting) |")  # fmt: skip
        print("|---|---|---|---|---|---|")
        for how in ways:
            for count in processes:
                print(measured(count, how, redis or ""), flush=True)
        print(f"\nThe machine's load: {load:.1f} before, {os.getloadavg()[0]:.1f} after, on "
              f"{os.cpu_count()} cores.")  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", default="1,4,8")
    parser.add_argument("--how", default="none,headers,redis")
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--redis", help="the address of a Redis; else one is started")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
        return
    if arguments.work:
        url, number, how = arguments.work
        print(json.dumps(asyncio.run(work(url, int(number), how))))
        return
    burners = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(2 * arguments.busy)
    ]
    try:
        counts = [int(count) for count in arguments.processes.split(",")]
        table(counts, arguments.how.split(","), arguments.redis)
    finally:
        for burner in burners:
            burner.kill()


if __name__ == "__main__":
    main()
