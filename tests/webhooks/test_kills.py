"""FastAPI on uvicorn, two processes on one store, killed midway: nothing is lost, and nothing that
was answered happens again."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import anyio
import httpx
import pytest
from servers import redis_server

from plain_sdk.webhooks import Sample, sample, sign

pytestmark = pytest.mark.slow

SECRET = "whsec_Duckburg"
HERE = Path(__file__).parent
DELIVERIES, REPEATED, KILLS = 1000, 0.3, 6


class Server:
    """The application in a process of its own, which can be killed and started again."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}/plain"
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "uvicorn", "receiving_app:app", "--port", str(self._port),
             "--log-level", "error"],
            cwd=HERE, env={**os.environ, **self._environment},
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port)):
                return
            assert self._process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


@pytest.fixture(params=["sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """What the application calls its store."""
    if request.param == "sqlite":
        yield str(tmp_path / "webhooks.db")
    else:
        with redis_server() as server:
            yield server.url


@pytest.fixture
def start(store: str, tmp_path: Path) -> Iterator[Callable[..., list[Server]]]:
    """Starts two servers on the store."""
    running: list[Server] = []

    def start(**more: str) -> list[Server]:
        environment = {"STORE": store, "EFFECTS": str(tmp_path / "effects"), "SECRET": SECRET}
        running.extend(Server({**environment, **more}) for _ in range(2))
        return running

    yield start
    for server in running:
        server.stop()


def deliveries(random: Random) -> list[Sample]:
    """Some of them are of events that were delivered before."""
    fresh = [
        sample("thread.thread_created", secret=SECRET)
        for _ in range(round(DELIVERIES * (1 - REPEATED)))
    ]
    made = [*fresh, *(random.choice(fresh) for _ in range(DELIVERIES - len(fresh)))]
    random.shuffle(made)
    return made


class Plain:
    """Delivers as Plain does: again, later, until the answer is 2xx."""

    def __init__(self, servers: list[Server], random: Random) -> None:
        self._servers = servers
        self._random = random
        self.answered: Counter[int] = Counter()
        self.in_doubt: set[str] = set()
        """Events of which a delivery broke off."""

    async def deliver(self, http: httpx.AsyncClient, made: Sample) -> None:
        while True:
            server = self._random.choice(self._servers)
            try:
                response = await http.post(
                    server.url, content=made.body, headers=dict(made.headers)
                )
            except httpx.TransportError:
                self.in_doubt.add(made.event_id)
            else:
                self.answered[response.status_code] += 1
                if response.is_success:
                    return
            await anyio.sleep(0.05)


async def deliver_all(servers: list[Server], made: list[Sample], random: Random) -> Plain:
    """Deliver everything, and kill a server now and then."""
    plain = Plain(servers, random)
    kill_at = {round(len(made) * (n + 1) / (KILLS + 1)) for n in range(KILLS)}
    remaining = iter(enumerate(made))
    one_at_a_time = anyio.Lock()

    async def worker(http: httpx.AsyncClient) -> None:
        for number, one in remaining:
            if number in kill_at:
                async with one_at_a_time:
                    server = random.choice(servers)
                    server.kill()
                    await anyio.to_thread.run_sync(server.start)
            await plain.deliver(http, one)

    async with httpx.AsyncClient(timeout=30) as http, anyio.create_task_group() as group:
        for _ in range(16):
            group.start_soon(worker, http)
    return plain


def effects(tmp_path: Path) -> tuple[Counter[str], Counter[str]]:
    """How often the handling of each event was begun, and done."""
    lines = [line.split() for line in (tmp_path / "effects").read_text().splitlines()]
    return tuple(
        Counter(event_id for word, event_id in lines if word == wanted)
        for wanted in ("began", "did")
    )  # type: ignore[return-value]


async def test_every_event_is_handled_and_none_twice_that_was_answered(
    start: Callable[..., list[Server]], tmp_path: Path
) -> None:
    """1,000 deliveries, 30 % repeated, six kills: each effect happens; twice only where a kill
    broke the delivery off."""
    random = Random(7)
    servers, made = start(), deliveries(random)
    plain = await deliver_all(servers, made, random)
    began, did = effects(tmp_path)
    assert did.keys() == {one.event_id for one in made}
    twice = {event_id for event_id, count in did.items() if count > 1}
    assert twice <= plain.in_doubt
    assert len(twice) < 0.05 * len(did)
    assert plain.answered[200] == DELIVERIES
    assert plain.in_doubt
    assert plain.answered.keys() <= {200, 409}
    # What was begun and broke off was begun again.
    assert all(began[event_id] >= count for event_id, count in did.items())


async def test_cards_are_answered_beside_it(start: Callable[..., list[Server]]) -> None:
    """In the same application, while it receives; and before a thread that blocks has stopped."""
    server, _ = start()
    url = server.url.replace("/plain", "/cards/")
    customer = {"id": "c_1", "email": "donald@example.com", "externalId": None}
    shown = [
        {"componentText": {"text": "donald@example.com"}},
        {"componentRow": {
            "rowMainContent": [{"componentText": {"text": "Plan"}}],
            "rowAsideContent": [{"componentBadge": {"badgeLabel": "Pro"}}]}},
    ]  # fmt: skip

    async with httpx.AsyncClient(timeout=30) as http:

        async def asked(*keys: str, secret: str = SECRET) -> httpx.Response:
            body = json.dumps({"cardKeys": keys, "customer": customer}).encode()
            headers = {"Plain-Request-Signature": sign(body, secret)}
            return await http.post(url, content=body, headers=headers)

        async def receive() -> None:
            for made in deliveries(Random(9))[:50]:
                answer = await http.post(server.url, content=made.body, headers=dict(made.headers))
                assert answer.status_code in (200, 409)

        async def show() -> None:
            for _ in range(50):
                answer = await asked("email", "unknown")
                assert answer.status_code == 200
                email, unknown = answer.json()["cards"]
                assert email == {"key": "email", "timeToLiveSeconds": 60, "components": shown}
                assert unknown["components"] is None

        async with anyio.create_task_group() as group:
            group.start_soon(receive)
            group.start_soon(show)
        begun = time.monotonic()
        answer = await asked("never", "email")
        assert 1.0 <= time.monotonic() - begun < 2.5
        assert [card["components"] for card in answer.json()["cards"]] == [None, shown]
        assert (await asked("email", secret="wrong")).status_code == 401


@pytest.mark.survey
async def test_in_the_background_what_was_answered_survives_the_kills(
    start: Callable[..., list[Server]], tmp_path: Path
) -> None:
    """The store keeps what was answered at once, and another process finishes it."""
    random = Random(8)
    servers, made = start(BACKGROUND="1"), deliveries(random)[:400]
    plain = await deliver_all(servers, made, random)
    assert plain.answered.keys() == {202}
    wanted = {one.event_id for one in made}
    with anyio.fail_after(60):
        while effects(tmp_path)[1].keys() != wanted:
            await anyio.sleep(0.05)
    did = effects(tmp_path)[1]
    # A process was at no more than so many when it was killed.
    assert sum(count > 1 for count in did.values()) <= KILLS * 32
