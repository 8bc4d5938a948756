"""The receiver: what it answers, that each event is handled once, and what the background keeps."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from plain_sdk import PlainConfigurationError
from plain_sdk._webhooks.background import DELAYS, delay_after
from plain_sdk.webhooks import (
    Claim,
    EmailReceived,
    MemoryStore,
    SQLiteStore,
    ThreadCreated,
    UnknownPayload,
    WebhookEvent,
    WebhookReceiver,
    sample,
    sign,
)

SECRET = "s"
BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])


def delivery(event_type: str = "thread.thread_created", **more: Any) -> tuple[bytes, Any]:
    made = sample(event_type, secret=SECRET, **more)
    return made.body, made.headers


def signed(body: bytes) -> tuple[bytes, Any]:
    return body, {"Plain-Request-Signature": sign(body, SECRET)}


async def call(
    app: Any,
    body: bytes | list[bytes] = b"",
    headers: Any = (),
    method: str = "POST",
) -> tuple[int, dict[str, str]]:
    """One request through ASGI."""
    chunks = [body] if isinstance(body, bytes) else body
    messages: Iterator[Any] = iter(
        {"type": "http.request", "body": chunk, "more_body": number < len(chunks)}
        for number, chunk in enumerate(chunks, 1)
    )
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    pairs = [(n.lower().encode(), v.encode()) for n, v in dict(headers).items()]
    scope = {"type": "http", "method": method, "path": "/x", "headers": pairs}
    await app(scope, receive, send)
    start, content = sent
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    assert int(found["content-length"]) == len(content["body"])
    return start["status"], found


def run(backend: str, test: Callable[[], Any]) -> None:
    async def within() -> None:
        with anyio.fail_after(20):
            await test()

    anyio.run(within, backend=backend)


class Counting:
    """A handler that counts, and waits or fails as it is told."""

    def __init__(self, receiver: WebhookReceiver) -> None:
        self.events: list[str] = []
        self.begun = anyio.Event()
        self.go_on: anyio.Event | None = None
        self.fail = False
        receiver.on(ThreadCreated)(self)

    async def __call__(self, event: WebhookEvent[ThreadCreated]) -> None:
        self.begun.set()
        if self.go_on is not None:
            await self.go_on.wait()
        if self.fail:
            raise RuntimeError("no")
        self.events.append(event.id)


@BACKENDS
def test_what_is_answered(backend: str) -> None:
    """200, 400, 401, 405, 413, 500: through ASGI, in one piece or in many."""

    async def test() -> None:
        receiver = WebhookReceiver(SECRET, max_body=10_000)
        counting = Counting(receiver)
        body, headers = delivery()
        assert (await call(receiver, [body[:7], body[7:], b""], headers))[0] == 200
        assert len(counting.events) == 1
        assert (await call(receiver, *delivery("task.task_created")))[0] == 200
        assert (await call(receiver, body, {}))[0] == 401
        assert (await call(receiver, body + b" ", headers))[0] == 401
        assert (await call(receiver, *signed(b"{}")))[0] == 400
        old = sample("thread.thread_created", secret=SECRET, now=LONG_AGO)
        assert (await call(receiver, old.body, old.headers))[0] == 401
        for method in ("GET", "PUT", "OPTIONS"):
            status, found = await call(receiver, b"", {}, method)
            assert (status, found["allow"]) == (405, "POST")
        assert (await call(receiver, *signed(b"x" * 10_001)))[0] == 413
        assert (await call(receiver, [b"x" * 5000] * 3))[0] == 413
        assert (await call(receiver, b"", {"Content-Length": "10001"}))[0] == 413
        assert await receiver.handle(*signed(b"x" * 10_001)) == 413
        counting.fail = True
        assert (await call(receiver, *delivery()))[0] == 500
        assert len(counting.events) == 1

    run(backend, test)


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@BACKENDS
def test_the_handlers_that_want_an_event_are_called_in_order(backend: str) -> None:
    """By payload class, several, unknown ones, or all."""
    called: list[str] = []

    async def test() -> None:
        receiver = WebhookReceiver(SECRET)

        @receiver.on_any
        async def every(event: WebhookEvent) -> None:
            called.append(f"every {event.type}")

        @receiver.on(ThreadCreated, EmailReceived)
        async def two(event: WebhookEvent[ThreadCreated | EmailReceived]) -> None:
            called.append(f"two {event.payload.thread.id[:3]}")

        @receiver.on(UnknownPayload)
        async def new(event: WebhookEvent[UnknownPayload]) -> None:
            called.append(f"new {event.payload.event_type}")

        await receiver.handle(*delivery())
        await receiver.handle(*delivery("thread.chat_sent"))
        body = delivery()[0].replace(b"thread.thread_created", b"thread.merged")
        await receiver.handle(*signed(body))

    run(backend, test)
    assert called == [
        "every thread.thread_created", "two th_", "every thread.chat_sent",
        "every thread.merged", "new thread.merged",
    ]  # fmt: skip


@BACKENDS
def test_an_event_is_handled_once(backend: str) -> None:
    """A repeated delivery is answered with 200, one that comes meanwhile with 409, and one after
    a failure is handled."""

    async def test() -> None:
        receiver = WebhookReceiver(SECRET)
        counting = Counting(receiver)
        counting.go_on = anyio.Event()
        first = delivery(event_id="pEv_1")
        again = partial(receiver.handle, *delivery(event_id="pEv_1", attempt=2))
        answers: list[int] = []
        async with anyio.create_task_group() as group:

            async def deliver() -> None:
                answers.append(await receiver.handle(*first))

            group.start_soon(deliver)
            await counting.begun.wait()
            assert await again() == 409
            counting.go_on.set()
        assert answers == [200]
        assert await again() == 200
        assert counting.events == ["pEv_1"]
        counting.fail = True
        assert await receiver.handle(*delivery(event_id="pEv_2")) == 500
        counting.fail = False
        assert await receiver.handle(*delivery(event_id="pEv_2")) == 200
        assert counting.events == ["pEv_1", "pEv_2"]

    run(backend, test)


@BACKENDS
def test_a_long_handler_keeps_its_lease(backend: str) -> None:
    """It is renewed while the handler runs, so that nobody else begins."""

    async def test() -> None:
        store = MemoryStore()
        receiver = WebhookReceiver(SECRET, store=store, lease=0.05)

        @receiver.on(ThreadCreated)
        async def long(event: WebhookEvent[ThreadCreated]) -> None:
            await anyio.sleep(0.2)
            assert await store.claim(event.id, "x", 1.0) is Claim.RUNNING

        assert await receiver.handle(*delivery()) == 200

    run(backend, test)


@BACKENDS
def test_a_handler_whose_lease_is_lost_is_cancelled(backend: str) -> None:
    """Somebody else may have begun; the delivery is not marked."""

    class Losing(MemoryStore):
        async def renew(self, event_id: str, token: str, lease: float) -> bool:
            return False

    async def test() -> None:
        store = Losing()
        receiver = WebhookReceiver(SECRET, store=store, lease=0.03)

        @receiver.on(ThreadCreated)
        async def long(event: WebhookEvent[ThreadCreated]) -> None:
            await anyio.sleep_forever()

        assert await receiver.handle(*delivery(event_id="pEv_1")) == 409
        assert await store.claim("pEv_1", "x", 1.0) is Claim.GRANTED

    run(backend, test)


@BACKENDS
def test_a_renewal_that_fails_is_tried_again(backend: str) -> None:
    """The store may be out of reach for a moment."""

    class Shaky(MemoryStore):
        failures = 1

        async def renew(self, event_id: str, token: str, lease: float) -> bool:
            if self.failures:
                self.failures -= 1
                raise OSError("out of reach")
            renewed.set()
            return await super().renew(event_id, token, lease)

    renewed = anyio.Event()

    async def test() -> None:
        receiver = WebhookReceiver(SECRET, store=Shaky(), lease=0.3)

        @receiver.on(ThreadCreated)
        async def long(event: WebhookEvent[ThreadCreated]) -> None:
            await renewed.wait()

        assert await receiver.handle(*delivery()) == 200

    run(backend, test)


@BACKENDS
def test_a_handler_that_is_cancelled_gives_the_event_back(backend: str) -> None:
    """A server that stops cancels it; the next delivery need not wait for the lease."""

    async def test() -> None:
        store = MemoryStore()
        receiver = WebhookReceiver(SECRET, store=store)
        counting = Counting(receiver)
        counting.go_on = anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(partial(receiver.handle, *delivery(event_id="pEv_1")))
            await counting.begun.wait()
            group.cancel_scope.cancel()
        assert await store.claim("pEv_1", "x", 1.0) is Claim.GRANTED

    run(backend, test)


@BACKENDS
def test_a_store_that_fails_is_a_500(backend: str) -> None:
    """Before the handlers, or when marking: Plain delivers again."""

    class Broken(MemoryStore):
        async def done(self, event_id: str) -> None:
            raise OSError("disk full")

    async def test() -> None:
        receiver = WebhookReceiver(SECRET, store=Broken())
        counting = Counting(receiver)
        assert await receiver.handle(*delivery()) == 500
        assert len(counting.events) == 1

    run(backend, test)


@BACKENDS
def test_in_the_background_it_is_answered_before_it_is_handled(backend: str) -> None:
    """202 at once, also for the repeated delivery; leaving waits for what runs."""

    async def test() -> None:
        receiver = WebhookReceiver(SECRET, background=True)
        counting = Counting(receiver)
        counting.go_on = anyio.Event()
        async with receiver:
            assert await receiver.handle(*delivery(event_id="pEv_1")) == 202
            await counting.begun.wait()
            assert await receiver.handle(*delivery(event_id="pEv_1")) == 202
            assert counting.events == []
            counting.go_on.set()
        assert counting.events == ["pEv_1"]

    run(backend, test)


@BACKENDS
def test_what_the_background_did_not_finish_the_next_process_does(
    backend: str, tmp_path: Path
) -> None:
    """With a durable store: cancelled after the grace, taken up when a receiver is entered."""

    async def test() -> None:
        first = WebhookReceiver(
            SECRET, store=SQLiteStore(tmp_path / "w.db"), background=True, grace=0.0
        )
        never = Counting(first)
        never.go_on = anyio.Event()
        async with first:
            assert await first.handle(*delivery(event_id="pEv_1")) == 202
            await never.begun.wait()
        assert never.events == []
        second = WebhookReceiver(SECRET, store=SQLiteStore(tmp_path / "w.db"), background=True)
        counting = Counting(second)
        async with second:
            await counting.begun.wait()
        assert counting.events == ["pEv_1"]

    run(backend, test)


@BACKENDS
def test_what_fails_in_the_background_is_tried_again(
    backend: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """At a pace, and given up in the end; both are logged."""
    monkeypatch.setattr("plain_sdk._webhooks.background.DELAYS", (0.0, 0.0))
    tries: list[str] = []
    given_up = anyio.Event()

    class Watched(MemoryStore):
        async def release(self, event_id: str, token: str, retry_in: float | None = None) -> None:
            await super().release(event_id, token, retry_in)
            if retry_in is None:
                given_up.set()

    async def test() -> None:
        receiver = WebhookReceiver(SECRET, store=Watched(), background=True, lease=0.05)

        @receiver.on(ThreadCreated)
        async def failing(event: WebhookEvent[ThreadCreated]) -> None:
            tries.append(event.id)
            raise RuntimeError("no")

        async with receiver:
            await receiver.handle(*delivery(event_id="pEv_1"))
            await given_up.wait()

    with caplog.at_level(logging.ERROR, "plain_sdk.webhooks"):
        run(backend, test)
    assert tries == ["pEv_1"] * 3
    assert caplog.text.count("a handler of the event pEv_1 failed") == 3
    assert "the event pEv_1 is given up after 3 tries" in caplog.text


@pytest.mark.parametrize(
    ("attempts", "delay"), [(1, 10.0), (2, 30.0), (3, 300.0), (12, 86400.0), (13, None)]
)
def test_the_pace_is_plains(attempts: int, delay: float | None) -> None:
    """Twelve tries after the first, over five days."""
    assert delay_after(attempts) == delay
    assert sum(DELAYS) == pytest.approx(5 * 86400, rel=0.02)


@BACKENDS
def test_no_more_than_so_many_run_at_once(backend: str) -> None:
    """The rest wait their turn, and all are handled."""
    running, most = 0, 0

    async def test() -> None:
        receiver = WebhookReceiver(SECRET, background=True, concurrency=3)

        @receiver.on(ThreadCreated)
        async def counting(event: WebhookEvent[ThreadCreated]) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await anyio.sleep(0.01)
            running -= 1
            handled.append(event.id)

        handled: list[str] = []
        async with receiver:
            for _ in range(10):
                assert await receiver.handle(*delivery()) == 202
        assert len(handled) == 10

    run(backend, test)
    assert most == 3


@BACKENDS
def test_the_background_needs_to_be_entered(backend: str) -> None:
    """Before anything is answered, and once."""

    async def test() -> None:
        receiver = WebhookReceiver(SECRET, background=True)
        Counting(receiver)
        with pytest.raises(PlainConfigurationError, match="enter the receiver first"):
            await receiver.handle(*delivery())
        async with receiver:
            with pytest.raises(PlainConfigurationError, match="entered already"):
                await receiver.__aenter__()
            assert await receiver.handle(*delivery()) == 202

    run(backend, test)


@BACKENDS
def test_the_lifespan_of_a_server_enters_it(backend: str) -> None:
    """Where the receiver is the application, and where it is FastAPI's lifespan."""

    async def test() -> None:
        receiver = WebhookReceiver(SECRET, background=True)
        counting = Counting(receiver)
        to_app, from_server = anyio.create_memory_object_stream[Any](5)
        to_server, from_app = anyio.create_memory_object_stream[Any](5)
        async with to_app, from_server, to_server, from_app, anyio.create_task_group() as group:
            group.start_soon(receiver, {"type": "lifespan"}, from_server.receive, to_server.send)
            await to_app.send({"type": "lifespan.startup"})
            assert (await from_app.receive())["type"] == "lifespan.startup.complete"
            assert (await call(receiver, *delivery()))[0] == 202
            await to_app.send({"type": "lifespan.shutdown"})
            assert (await from_app.receive())["type"] == "lifespan.shutdown.complete"
        assert len(counting.events) == 1
        async with receiver.lifespan(object()):
            assert (await call(receiver, *delivery()))[0] == 202
        assert len(counting.events) == 2

    run(backend, test)


async def test_a_body_without_an_end_is_not_read_to_it() -> None:
    """It is answered with 413 as soon as it is too large, whatever it said of its length."""
    sent: list[Any] = []
    read = 0

    async def receive() -> Any:
        nonlocal read
        read += 1
        assert read < 10
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "headers": [(b"content-length", b"5")]}
    await WebhookReceiver(SECRET, max_body=3000)(scope, receive, send)
    assert (sent[0]["status"], read) == (413, 4)


async def test_other_scopes_are_closed() -> None:
    """A websocket is refused."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any: ...

    await WebhookReceiver(SECRET)({"type": "websocket"}, receive, send)
    assert sent == [{"type": "websocket.close"}]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"secret": ""}, "secret is empty"),
        ({"secret": []}, "secret is empty"),
        ({"secret": ["a", ""]}, "secret is empty"),
        ({"tolerance": -1.0}, "tolerance is -1.0"),
        ({"tolerance": float("nan")}, "tolerance is nan"),
        ({"lease": 0.0}, "lease is 0.0"),
        ({"lease": float("inf")}, "lease must be finite"),
        ({"max_body": 0}, "max_body is 0"),
        ({"grace": -1.0}, "grace is -1.0"),
        ({"concurrency": 0}, "concurrency is 0"),
    ],
    ids=range(10),
)
def test_settings_that_cannot_be(settings: dict[str, Any], told: str) -> None:
    """They are told when the receiver is made."""
    with pytest.raises(PlainConfigurationError, match=told):
        WebhookReceiver(**{"secret": SECRET, **settings})


def test_handlers_that_cannot_be() -> None:
    """What is no payload, or no async function, is told when it is registered."""
    receiver = WebhookReceiver(SECRET)
    with pytest.raises(PlainConfigurationError, match="is no payload"):
        receiver.on(str)
    with pytest.raises(PlainConfigurationError, match="takes payload classes"):
        receiver.on()

    def blocking(event: WebhookEvent) -> None: ...

    with pytest.raises(PlainConfigurationError, match="no async function"):
        receiver.on(ThreadCreated)(blocking)  # type: ignore[arg-type]


def test_what_is_refused_is_logged_without_what_it_holds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither the secret nor the body."""
    body = json.dumps({"id": "Scrooge"}).encode()

    async def test() -> None:
        receiver = WebhookReceiver("very secret")
        await receiver.handle(body, {"Plain-Request-Signature": sign(body, "very secret")})
        await receiver.handle(body, {"Plain-Request-Signature": "x"})

    with caplog.at_level(logging.DEBUG):
        run("asyncio", test)
    assert "/payload: is missing" in caplog.text
    assert "the signature is wrong" in caplog.text
    assert not [held for held in ("Scrooge", "very secret") if held in caplog.text]
