"""The application from end to end, against the sandbox. The set-up is the fixture `app`."""

import json
import threading
from collections.abc import AsyncGenerator

import anyio
import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from support_desk import create_app

from plain_sdk.testing import PlainSandbox
from plain_sdk.webhooks import sign

WRITTEN = {
    "email": "donald@example.com", "name": "Donald Duck", "subject": "It does not fly",
    "message": "The wings are glued on.",
}  # fmt: skip


@pytest.fixture
async def app(plain_sandbox: PlainSandbox) -> AsyncGenerator[FastAPI]:
    app = create_app(plain_sandbox.webhooks.secret, plain_sandbox.client)
    plain_sandbox.webhooks.send_to("https://desk.example/webhooks", app=app)
    async with app.router.lifespan_context(app):
        yield app


async def post(app: FastAPI, path: str, **request: object) -> httpx.Response:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="https://desk.example") as visitor:
        return await visitor.post(path, **request)  # type: ignore[arg-type]


async def test_a_customer_writes_and_the_thread_is_labelled(
    app: FastAPI, plain_sandbox: PlainSandbox
) -> None:
    """A thread opens, the webhook arrives, the label is set, once."""
    answer = await post(app, "/contact", json=WRITTEN)
    assert answer.json()["is_new_customer"]
    attempts = await plain_sandbox.webhooks.deliver()
    assert {a.status for a in attempts} == {200}
    (thread,) = plain_sandbox.threads
    assert thread.id == answer.json()["thread_id"]
    assert (thread.title, thread.customer.id) == ("It does not fly", plain_sandbox.customers[0].id)
    assert [label.label_type.external_id for label in thread.labels] == ["contact-form"]
    again = await post(app, "/contact", json=WRITTEN)
    assert not again.json()["is_new_customer"]


async def test_it_works_while_plain_does_not(app: FastAPI, plain_sandbox: PlainSandbox) -> None:
    """What fails and may be repeated is; what may not is told, and a failed webhook comes again."""
    plain_sandbox.faults.add("503 #1", "cut upsertCustomer #2", "503 addLabels #1-5")
    with plain_sandbox.instant_retries():
        answer = await post(app, "/contact", json=WRITTEN)
        assert answer.status_code == 200
        await plain_sandbox.webhooks.deliver()
        assert plain_sandbox.threads[0].labels == []
        await plain_sandbox.webhooks.advance(60)
        assert len(plain_sandbox.threads[0].labels) == 1
        plain_sandbox.faults.add("reset after createThread")
        assert (await post(app, "/contact", json=WRITTEN)).status_code == 503


async def test_it_shows_a_card(app: FastAPI, plain_sandbox: PlainSandbox) -> None:
    """To Plain alone: the request is signed."""
    customer = plain_sandbox.customer("donald@example.com", external_id="u1")
    asked = {
        "cardKeys": ["plan"],
        "customer": {"id": customer.id, "email": "donald@example.com", "externalId": "u1"},
    }
    body = json.dumps(asked).encode()
    headers = {
        "content-type": "application/json",
        "plain-request-signature": sign(body, plain_sandbox.webhooks.secret or ""),
    }
    answer = await post(app, "/cards", content=body, headers=headers)
    assert answer.json()["cards"][0]["key"] == "plan"
    assert (await post(app, "/cards", content=body)).status_code == 401


async def test_it_stops_under_load(plain_sandbox: PlainSandbox) -> None:
    """Whoever got an answer has a thread, and nothing is left open."""
    plain_sandbox.faults.add("latency=5ms")
    app = create_app("secret", plain_sandbox.client)
    config = uvicorn.Config(app, port=0, log_level="warning")
    server = uvicorn.Server(config)
    running = threading.Thread(target=server.run)
    running.start()
    while not server.started:
        await anyio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    threads: list[str] = []
    refused = 0

    async def visit(number: int) -> None:
        nonlocal refused
        written = {**WRITTEN, "email": f"{number}@example.com"}
        try:
            answer = await visitor.post("/contact", json=written)
        except httpx.TransportError:
            refused += 1
            return
        assert answer.status_code == 200
        threads.append(answer.json()["thread_id"])
        if len(threads) == 5:
            server.should_exit = True

    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60
    ) as visitor:
        async with anyio.create_task_group() as visits:
            for number in range(60):
                visits.start_soon(visit, number)
    await anyio.to_thread.run_sync(running.join)
    assert len(threads) >= 5
    assert len(threads) + refused == 60
    assert {*threads} <= {thread.id for thread in plain_sandbox.threads}
