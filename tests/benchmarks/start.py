"""What starting costs: import time, resident memory, and the time to the first upsert.

    python tests/benchmarks/start.py

Each figure is the median of whole processes, run in turn so that drift hits all alike;
quote ratios between rows of one run.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
REPORT = """
import json, resource, sys
with open("/proc/self/statm") as f:
    pages = int(f.read().split()[1])
print(json.dumps({"resident": pages * resource.getpagesize() / 1e6}))
"""
OURS = """
import asyncio, os
from plain_sdk import AsyncPlainClient
async def main():
    async with AsyncPlainClient("k", url=os.environ["BENCH_URL"]) as client:
        upserted = await client.upsert_customer(
            identifier={"email_address": "donald@example.com"},
            on_create={"full_name": "Donald Duck",
                       "email": {"email": "donald@example.com", "is_verified": True}},
            on_update={"full_name": "Donald Duck"})
        assert upserted.customer.full_name == "Donald Duck"
asyncio.run(main())
"""
PEER = """
import asyncio, os
import plain_client as peer
from plain_client.client import Plain
async def main():
    async with Plain(url=os.environ["BENCH_URL"], headers={"Authorization": "Bearer k"}) as client:
        payload = await client.upsert_customer(peer.UpsertCustomerInput(
            identifier={"emailAddress": "donald@example.com"},
            onCreate={"fullName": "Donald Duck",
                      "email": {"email": "donald@example.com", "isVerified": True}},
            onUpdate={"fullName": {"value": "Donald Duck"}}))
        assert payload.customer.full_name == "Donald Duck"
asyncio.run(main())
"""
CASES = {
    "pass": "pass",
    "import httpx; from pydantic import BaseModel": "import httpx; from pydantic import BaseModel",
    "from plain_sdk import AsyncPlainClient": "from plain_sdk import AsyncPlainClient",
    "import plain_client": "import plain_client",
    "plain-sdk: start to first upsert": OURS,
    "plain-client: start to first upsert": PEER,
}


def run(code: str, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds of wall time, and megabytes resident at the end."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT], capture_output=True, text=True, env=environment
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(done.stderr)
    return seconds, json.loads(done.stdout)["resident"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11)
    arguments = parser.parse_args()
    server = subprocess.Popen([sys.executable, str(HERE / "server.py")], stdout=subprocess.PIPE)
    assert server.stdout is not None
    environment = {**os.environ, "BENCH_URL": server.stdout.readline().decode().strip()}
    seen: dict[str, list[tuple[float, float]]] = {}
    try:
        for number in range(arguments.rounds + 1):
            for name, code in CASES.items():
                try:
                    result = run(code, environment)
                except RuntimeError as error:
                    if "No module named 'plain_client'" not in str(error):
                        raise
                    continue
                if number:
                    seen.setdefault(name, []).append(result)
    finally:
        server.kill()
    print(f"| {'':45} | wall, s | resident, MB |")
    print("|" + "-" * 47 + "|---------|--------------|")
    for name, results in seen.items():
        wall = statistics.median(r[0] for r in results)
        memory = statistics.median(r[1] for r in results)
        print(f"| {name:45} | {wall:7.3f} | {memory:12.1f} |")


if __name__ == "__main__":
    main()
