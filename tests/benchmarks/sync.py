"""A hundred thousand customers through a scaled-down quota, and bulk work against latency.

    python tests/benchmarks/sync.py rows [--count 100000]
    python tests/benchmarks/sync.py latency

`rows` syncs them thrice against a sandbox in a process of its own, with 900 requests per
window of 2 seconds: all, nothing, and 1 % changed. It prints how full the windows were, how
many requests were over the quota, and how the memory of the sync grew. `latency` measures
`upsert_customers` against a server that answers after 100 ms, with 8 to 128 in flight.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from plain_sdk import AsyncPlainClient, CustomerRow, Err
from plain_sdk._api import schema_path

LIMIT, WINDOW = 900, 2.0


def serve(latency: float) -> None:
    """A sandbox or a bare server, until standard input ends; then its numbers."""
    if latency:
        asyncio.run(serve_latency(latency))
        return
    from plain_sdk.sandbox import SandboxApp, SandboxServer

    schema = schema_path().read_text(encoding="utf-8")
    app = SandboxApp(schema, rate_limit=LIMIT, rate_window=WINDOW)
    with SandboxServer(app) as server:
        print(server.url, flush=True)
        for _ in sys.stdin:
            usage = server.usage
            print(json.dumps([usage.admitted, usage.refused, usage.windows]), flush=True)


async def serve_latency(latency: float) -> None:
    """A server without rules, which is never the bottleneck."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from wire_support import upserted

    body = json.dumps(upserted()).encode()
    head = (
        f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    whole = head.encode() + body

    class Connection(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport
            self.held = b""

        def data_received(self, data: bytes) -> None:
            self.held += data
            top, found, rest = self.held.partition(b"\r\n\r\n")
            if not found:
                return
            length = int(top.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            if len(rest) >= length:
                self.held = rest[length:]
                loop.call_later(latency, self.transport.write, whole)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=512)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}/graphql/v1", flush=True)
    await asyncio.to_thread(sys.stdin.read)


def customers(count: int, changed: int = 0) -> Iterator[CustomerRow]:
    for n in range(count):
        row = CustomerRow(f"User {n}", f"u{n}@example.com", external_id=f"e{n}")
        yield replace(row, full_name="Changed") if changed and n % changed == 0 else row


def resident() -> float:
    """Megabytes that this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


class Server:
    """The server in a process of its own."""

    def __init__(self, latency: float = 0.0) -> None:
        command = [sys.executable, __file__, "serve", "--latency", str(latency)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()

    def usage(self) -> tuple[int, int, list[int]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        admitted, refused, windows = json.loads(self._process.stdout.readline())
        return admitted, refused, windows

    def close(self) -> None:
        self._process.communicate()


async def sync_rows(count: int) -> None:
    server = Server()
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder) / "sync.db"
        async with AsyncPlainClient("k", url=server.url) as client:
            for name, changed in (("all", 0), ("again", 0), ("1 % changed", 100)):
                before = server.usage()
                began, memory, done, failed = time.monotonic(), 0.0, 0, 0
                async with client.sync_customers(
                    customers(count, changed), checkpoint=checkpoint
                ) as sync:
                    async for outcome in sync:
                        done += 1
                        failed += isinstance(outcome.outcome, Err)
                        if done == 1000:
                            memory = resident()
                seconds = time.monotonic() - began
                admitted, refused, windows = server.usage()
                print(
                    f"{name}: {seconds:.1f} s, {admitted - before[0]} requests, "
                    f"{refused - before[1]} over the quota, {failed} failed; {sync.summary}"
                )
                if name == "all":
                    full = windows[:-1]
                    print(
                        f"  {len(full)} full windows: least {min(full) / LIMIT:.1%} used, "
                        f"mean {sum(full) / len(full) / LIMIT:.1%}"
                    )
                    print(
                        f"  resident at row 1,000: {memory:.1f} MB, at the end: "
                        f"{resident():.1f} MB, peak "
                        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.1f} MB"
                    )
    server.close()


async def latency() -> None:
    server = Server(0.1)
    print("in flight  calls/s  of concurrency / latency")
    async with AsyncPlainClient("k", url=server.url) as client:
        for running in (8, 32, 64, 128):
            count = running * 60
            async with client.upsert_customers(customers(running), max_running=running) as warm:
                async for _ in warm:
                    pass
            began = time.monotonic()
            async with client.upsert_customers(customers(count), max_running=running) as outcomes:
                async for _ in outcomes:
                    pass
            pace = count / (time.monotonic() - began)
            print(f"{running:>9}  {pace:>7.1f}  {pace / (running / 0.1):.1%}")
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("rows", "latency", "serve"))
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--latency", type=float, default=0.0)
    arguments = parser.parse_args()
    if arguments.what == "serve":
        serve(arguments.latency)
    else:
        asyncio.run(latency() if arguments.what == "latency" else sync_rows(arguments.count))


if __name__ == "__main__":
    main()
