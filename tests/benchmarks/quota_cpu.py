"""What sharing the quota through a Redis costs a call: CPU, against calls that share nothing.

    python tests/benchmarks/quota_cpu.py [--in-flight 256] [--rounds 16] [--redis ADDRESS]

Starts a server in another process that answers at once and tells of a quota that lasts, and one
of Debian's Redis unless `--redis` names another. Two clients in one process take turns, round by
round, so that drift of the machine hits both; what counts is the median of the rounds' ratios.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path

from server import ANSWER, Answering
from wire import KEY, measure, typed_upsert

from plain_sdk import AsyncPlainClient

LIMIT, WINDOW = 1_000_000, 60


class Counting(Answering):
    """Answers with the headers of a quota, too."""

    count = 0
    body = json.dumps(ANSWER).encode()

    @property
    def answer(self) -> bytes:  # type: ignore[override]
        """The response to one more request."""
        now = time.time()
        ends = (now // WINDOW + 1) * WINDOW
        Counting.count += 1
        reset = datetime.fromtimestamp(ends, UTC).isoformat(timespec="milliseconds")
        head = (
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\napigw-requestid: r1\r\n"
            f"date: {formatdate(now, usegmt=True)}\r\nx-ratelimit-limit: {LIMIT}\r\n"
            f"x-ratelimit-remaining: {LIMIT - Counting.count}\r\n"
            f"x-ratelimit-reset: {reset.replace('+00:00', 'Z')}\r\n"
            f"content-length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Counting, "127.0.0.1", 0, backlog=2048)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql/v1", flush=True)
    await server.serve_forever()


async def compare(url: str, redis: str, in_flight: int, rounds: int, calls: int) -> None:
    async with AsyncPlainClient(KEY, url=url) as alone, AsyncPlainClient(
        KEY, url=url, quota=redis
    ) as sharing:  # fmt: skip
        clients = [typed_upsert(alone), typed_upsert(sharing)]
        for call in clients:
            await measure(call, in_flight, in_flight * 4)
        assert sharing.quota.source == "shared"
        results: list[list[tuple[float, float]]] = [[], []]
        for number in range(rounds):
            for client in (0, 1) if number % 2 else (1, 0):
                results[client].append(await measure(clients[client], in_flight, calls))
    for name, seen in zip(["alone", "through Redis"], results):
        cpu, rate = (statistics.median(part) for part in zip(*seen))
        print(f"{name:14} {cpu:6.0f} µs of CPU per call, {rate:6.0f} calls per second")
    cpus = [shared[0] / own[0] for own, shared in zip(*results)]
    rates = [shared[1] / own[1] for own, shared in zip(*results)]
    print(f"CPU of a call that shares: {statistics.median(cpus):.2f} times "
          f"({min(cpus):.2f} to {max(cpus):.2f}), calls per second {statistics.median(rates):.2f} "
          f"times, {in_flight} in flight, {rounds} rounds of {calls} calls")  # fmt: skip


def main() -> None:
    """Print both, and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--in-flight", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=16)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--redis", help="the address of a Redis; else one is started")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve())
        return
    with ExitStack() as stack:
        redis = arguments.redis
        if redis is None:
            sys.path.insert(0, str(Path(__file__).parents[1]))
            from servers import redis_server

            redis = stack.enter_context(redis_server()).url
        server = subprocess.Popen(
            [sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True
        )
        stack.callback(server.kill)
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        asyncio.run(compare(url, redis, arguments.in_flight, arguments.rounds, arguments.calls))


if __name__ == "__main__":
    main()
