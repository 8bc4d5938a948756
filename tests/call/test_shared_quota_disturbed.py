"""Processes on one Redis while it, or one of them, is disturbed: no call fails for it."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from servers import RedisServer, redis_server
from support import StartSandbox

from plain_sdk.sandbox import SandboxServer

WORKER = str(Path(__file__).parent / "quota_worker.py")


def worker(server: SandboxServer, redis: str, seconds: float, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, WORKER, server.url, redis, str(seconds), *more],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def ready(process: subprocess.Popen[str]) -> None:
    """Once it says so, within half a minute."""
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], 30)[0], "it does not begin"
    assert process.stdout.readline() == "ready\n"


def results(processes: list[subprocess.Popen[str]]) -> list[dict[str, Any]]:
    return [json.loads(process.communicate(timeout=90)[0]) for process in processes]


def restarted(redis: RedisServer, client: Any) -> None:
    redis.stop()
    time.sleep(0.3)
    redis.start()


def blocked(redis: RedisServer, client: Any) -> None:
    client.execute_command("CLIENT", "PAUSE", 3000, "ALL")
    time.sleep(3.0)


def failing(redis: RedisServer, client: Any) -> None:
    client.config_set("maxmemory", 1)
    time.sleep(1.0)
    client.config_set("maxmemory", 0)


def flushed(redis: RedisServer, client: Any) -> None:
    client.flushall()


@pytest.mark.survey
@pytest.mark.parametrize(
    ("disturb", "times"), [(restarted, 5), (blocked, 1), (failing, 2), (flushed, 5)],
    ids=["restarted", "blocked", "failing", "flushed"],
)  # fmt: skip
def test_no_call_fails_and_none_waits_longer_than_it_may(
    start_sandbox: StartSandbox, disturb: Any, times: int
) -> None:
    """Two processes, bulk and interactive, with 5 seconds for each interactive call."""
    from redis import Redis

    server = start_sandbox(rate_limit=200, rate_window=2.0, latency=0.02)
    with redis_server() as redis:
        client: Any = Redis.from_url(redis.url)
        processes = [worker(server, redis.url, 12) for _ in range(2)]
        for process in processes:
            ready(process)
        for _ in range(times):
            time.sleep(1.0)
            disturb(redis, client)
        found = results(processes)
        client.close()
    assert [result["errors"] for result in found] == [[], []]
    assert max(wait for result in found for wait in result["waits"]) < 5.0
    assert all(result["done"] > 100 for result in found)


HOLDER = """
import sys, time
from redis import Redis
from plain_sdk._call.leased_quota import LeasedQuota
from plain_sdk._call.quota_script import ARGUMENTS, SCRIPT
quota, redis = LeasedQuota(), Redis.from_url(sys.argv[1])
window = {"limit": 20, "remaining": 20, "epoch": 10, "reset_in": 60000, "want_interactive": 20}

def exchange():
    told = {**dict(zip(ARGUMENTS, quota.begin_exchange(time.monotonic()))), **window}
    reply = redis.eval(SCRIPT, 2, "{held}:w", "{held}:h", *(told[name] for name in ARGUMENTS))
    quota.end_exchange(reply, time.monotonic())
    return reply[1]

if __name__ == "__main__":
    print(exchange(), flush=True)
    while True:
        time.sleep(0.02)
        if "hold" not in sys.argv and (got := exchange()):
            print(got, flush=True)
            break
"""


@pytest.mark.slow
def test_what_a_killed_process_held_is_anothers_within_two_seconds() -> None:
    """SIGKILL in the middle of a lease, in real time: nobody gives anything back."""
    with redis_server() as redis:

        def start(*more: str) -> subprocess.Popen[str]:
            return subprocess.Popen(
                [sys.executable, "-c", HOLDER, redis.url, *more], stdout=subprocess.PIPE, text=True
            )

        killed = start("hold")
        assert killed.stdout is not None
        held = int(killed.stdout.readline())
        assert held > 15
        other = start()
        assert other.stdout is not None
        assert other.stdout.readline() == "0\n"
        os.kill(killed.pid, signal.SIGKILL)
        at = time.monotonic()
        assert int(other.stdout.readline()) == held
        assert time.monotonic() - at < 2.0
        killed.communicate()
        other.communicate()


NETWORK = "169.254.18"
"""Addresses that no router passes on: those of a link only."""


@contextmanager
def namespaces(count: int) -> Iterator[list[str]]:
    """Names of network namespaces, joined by a bridge, which has the first address of the network;
    they have those after it."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("network namespaces need root and iproute2")
    names = [f"plainq{n}" for n in range(count)]

    def ip(*words: str) -> None:
        done = subprocess.run(["ip", *words], capture_output=True, text=True, timeout=20)
        if done.returncode:
            pytest.skip(f"network namespaces cannot be made here: {done.stderr.strip()}")

    with ExitStack() as stack:

        def undone(*words: str) -> None:
            stack.callback(subprocess.run, ["ip", *words], capture_output=True, timeout=20)

        undone("link", "del", "plainq")
        ip("link", "add", "plainq", "type", "bridge")
        ip("addr", "add", f"{NETWORK}.1/24", "dev", "plainq")
        ip("link", "set", "plainq", "up")
        for n, name in enumerate(names):
            undone("netns", "del", name)
            ip("netns", "add", name)
            ip("link", "add", f"plainq-{n}", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", f"plainq-{n}", "master", "plainq", "up")
            ip("-n", name, "addr", "add", f"{NETWORK}.{n + 2}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield names


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A process, which is killed in the end, whatever it does."""
    # What lies between is a bridge, and no proxy.
    environment = {**os.environ, "NO_PROXY": "*"}
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.survey
@pytest.mark.timeout(150)
def test_four_machines_whose_clocks_differ(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    """Network namespaces as machines, with clocks up to five seconds apart."""
    program = shutil.which("redis-server")
    assert program is not None, "redis-server is not installed"
    relay = str(Path(WORKER).with_name("relay.py"))
    with namespaces(4) as names, ExitStack() as stack:
        server = start_sandbox(rate_limit=450, rate_window=5.0, latency=0.05)
        port = server.url.split(":")[2].split("/")[0]
        way = stack.enter_context(running(sys.executable, relay, f"{NETWORK}.1", "7919", port))
        ready(way)
        url = server.url.replace(f"127.0.0.1:{port}", f"{NETWORK}.1:7919")
        redis = stack.enter_context(
            running(program, "--port", "7918", "--bind", f"{NETWORK}.1", "--protected-mode", "no",
                    "--save", "", "--dir", str(tmp_path), "--logfile", "redis.log")
        )  # fmt: skip
        workers = [
            stack.enter_context(
                running("ip", "netns", "exec", name, sys.executable, WORKER, url,
                        f"redis://{NETWORK}.1:7918", "32", skew)
            )
            for name, skew in zip(names, ["-5", "-1.5", "2.5", "5"])
        ]  # fmt: skip
        for worker in workers:
            ready(worker)
        found = results(workers)
        assert redis.poll() is None
    shares = [result["done"] for result in found]
    windows = [used / 450 for used in server.usage.windows[1:6]]
    assert [result["errors"] for result in found] == [[]] * 4
    assert sum(result["refused"] for result in found) == 0, (windows, shares)
    assert min(windows) >= 0.97, (windows, shares)
    assert (max(shares) - min(shares)) / (sum(shares) / 4) <= 0.2, (windows, shares)
