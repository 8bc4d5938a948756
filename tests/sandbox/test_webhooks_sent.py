"""Webhooks as the sandbox sends them: to whom, in which shape, and how often."""

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from support import plain_api

from plain_sdk import AsyncPlainClient, PlainMutationError
from plain_sdk.testing import PlainSandbox
from plain_sdk.webhooks import CustomerCreated, ThreadCreated, unwrap

ADDRESS = "https://app.example/plain"
START = datetime(2026, 1, 1, tzinfo=UTC)

App = Callable[[Any, Any, Any], Awaitable[None]]


def answering(*statuses: int, bodies: list[tuple[dict[str, str], bytes]] | None = None) -> App:
    """An ASGI application that answers with these statuses, the last one for ever."""
    left = [*statuses]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        if bodies is not None:
            given = {name.decode(): value.decode() for name, value in scope["headers"]}
            bodies.append((given, message["body"]))
        status = left.pop(0) if len(left) > 1 else left[0]
        if status == 0:
            raise RuntimeError("the application broke")
        headers = [(b"location", b"https://elsewhere.example/")] if status == 302 else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"ignored"})

    return app


async def test_a_delivery_is_what_plain_sends(plain_sandbox: PlainSandbox) -> None:
    """Headers, body and signature; the receiver's own functions read it."""
    got: list[tuple[dict[str, str], bytes]] = []
    target = plain_sandbox.webhooks.send_to(ADDRESS, app=answering(200, bodies=got))
    made = plain_sandbox.customer("donald@example.com", groups=["vip"])
    attempts = await plain_sandbox.webhooks.deliver()
    assert [a.event.type for a in attempts] == [
        "customer.customer_created", "customer.customer_changed",
    ]  # fmt: skip
    headers, body = got[0]
    event = unwrap(body, headers, secret=plain_sandbox.webhooks.secret or "")
    assert isinstance(event.payload, CustomerCreated)
    assert event.payload.customer.id == made.id
    (membership,) = event.payload.customer.customer_group_memberships
    assert membership.customer_group.key == "vip"
    first = attempts[0]
    assert first.succeeded
    assert event.id.startswith("pEv_")
    assert {n: headers[n.lower()] for n in first.headers} == {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": "Plain-Webhooks/1.0 (plain.com; help@plain.com)",
        "Plain-Workspace-Id": event.workspace_id,
        "Plain-Webhook-Target-Id": target,
        "Plain-Webhook-Target-Version": event.metadata.version,
        "Plain-Webhook-Delivery-Attempt-Id": event.metadata.attempt_id,
        "Plain-Webhook-Delivery-Attempt-Number": "1",
        "Plain-Webhook-Delivery-Attempt-Timestamp": first.at,
        "Plain-Event-Type": "customer.customer_created",
        "Plain-Event-Id": event.id,
        "Plain-Request-Signature": headers["plain-request-signature"],
    }


@pytest.mark.plain_sandbox(start=START)
async def test_five_days_of_retries_in_a_moment(
    plain: AsyncPlainClient, plain_sandbox: PlainSandbox
) -> None:
    """Thirteen attempts at Plain's times: the same event, another attempt each time. Redirects
    and broken applications are failures."""
    got: list[tuple[dict[str, str], bytes]] = []
    app = answering(500, 302, 0, 404, 500, bodies=got)
    target = plain_sandbox.webhooks.send_to(ADDRESS, "customer.customer_created", app=app)
    plain_sandbox.customer()
    attempts = await plain_sandbox.webhooks.advance(timedelta(days=10))
    assert [a.number for a in attempts] == [*range(1, 14)]
    assert [a.status for a in attempts[:5]] == [500, 302, None, 404, 500]
    assert attempts[2].error == "RuntimeError: the application broke"
    since = [datetime.fromisoformat(a.at) - START for a in attempts]
    hour = timedelta(hours=1)
    assert since == [
        timedelta(0), timedelta(seconds=10), timedelta(seconds=40), timedelta(seconds=340),
        timedelta(seconds=2140), *(timedelta(seconds=2140) + n * hour for n in
                                   (1, 4, 10, 22, 46, 70, 94, 118)),
    ]  # fmt: skip
    assert len({a.event.id for a in attempts}) == 1
    assert len({a.id for a in attempts}) == 13
    for (headers, body), attempt in zip(got, attempts, strict=True):
        event = unwrap(
            body,
            headers,
            secret=plain_sandbox.webhooks.secret or "",
            now=datetime.fromisoformat(attempt.at),
        )
        assert event.metadata.attempt_number == attempt.number
    assert await plain_sandbox.webhooks.advance(timedelta(days=10)) == []
    told = [a async for a in plain.webhook_delivery_attempts(target)]
    assert [a.id for a in told] == [a.id for a in attempts]
    assert [getattr(a.result, "status", None) for a in told[:4]] == [
        "FAILED_RESPONSE", "FAILED_RESPONSE", "ERROR", "FAILED_RESPONSE",
    ]  # fmt: skip


@pytest.mark.plain_sandbox(start=START)
async def test_what_succeeds_late_is_not_sent_again(plain_sandbox: PlainSandbox) -> None:
    """And what a body was stays to be asked for, for 30 days."""
    app = answering(503, 503, 204)
    plain_sandbox.webhooks.send_to(ADDRESS, "customer.customer_created", app=app)
    plain_sandbox.customer()
    attempts = await plain_sandbox.webhooks.advance(timedelta(days=5))
    assert [a.status for a in attempts] == [503, 503, 204]
    event_id = attempts[0].event.id

    def body() -> Any:
        operations = plain_sandbox.operations
        return plain_sandbox.run(operations.public_event_request_body(event_id))

    assert body() == attempts[-1].body.decode()
    plain_sandbox.clock.advance(timedelta(days=30))
    assert body() is None


async def test_targets_of_the_api(plain: AsyncPlainClient, plain_sandbox: PlainSandbox) -> None:
    """Made, changed and deleted by a client; what a target did not ask for it is not told."""
    made = await plain.create_webhook_target(
        url="http://127.0.0.1:9/x", is_enabled=True, description="d", version="2026-02-27",
        event_subscriptions=[{"event_type": "customer.customer_deleted"},
                             {"event_type": "thread.thread_tenant_updated"}],
    )  # fmt: skip
    customer = plain_sandbox.customer()
    assert not plain_sandbox.webhooks.events
    await plain.delete_customer(customer.id)
    assert [e.type for e in plain_sandbox.webhooks.events] == ["customer.customer_deleted"]
    # Nobody is there: an error, told as one.
    (attempt,) = await plain_sandbox.webhooks.deliver()
    assert attempt.status is None
    assert "ConnectError" in (attempt.error or "")
    # Its version does not know of tenants.
    thread = plain_sandbox.thread()
    plain_sandbox.app.add(tenants=["acme"])
    plain_sandbox.run(plain_sandbox.operations.update_thread_tenant(
        thread_id=thread.id, tenant_identifier={"external_id": "acme"}))  # fmt: skip
    assert len(plain_sandbox.webhooks.events) == 1
    await plain.update_webhook_target(made.id, is_enabled=False)
    other = plain_sandbox.customer()
    await plain.delete_customer(other.id)
    assert len(plain_sandbox.webhooks.events) == 1
    await plain.delete_webhook_target(made.id)
    assert await plain_sandbox.webhooks.advance(timedelta(days=5)) == []
    with pytest.raises(PlainMutationError):
        await plain.create_webhook_target(
            url="http://elsewhere.example/", is_enabled=True, description="", event_subscriptions=[]
        )
    with pytest.raises(ValueError, match="https"):
        plain_sandbox.webhooks.send_to("ftp://x/")


@pytest.mark.parametrize("version", ["unversioned", "2026-02-27", "2026-04-21"])
async def test_bodies_fit_plains_own_schemas(version: str, plain_sandbox: PlainSandbox) -> None:
    """Whatever customers and threads go through; what came later is left out of older ones."""
    jsonschema = pytest.importorskip("jsonschema")
    schema = plain_api(f"webhooks/schema-{version}.json")
    plain_sandbox.webhooks.send_to(ADDRESS, app=answering(200), version=version)
    donald = plain_sandbox.customer("donald@example.com", groups=["vip"])
    run, operations = plain_sandbox.run, plain_sandbox.operations
    plain_sandbox.customer("donald@example.com", full_name="Donald D.")
    run(operations.mark_customer_as_spam(donald.id))
    thread = plain_sandbox.thread(donald)
    label = run(operations.create_label_type(name="Bug"))
    run(operations.add_labels(thread_id=thread.id, label_type_ids=[label.id]))
    run(operations.change_thread_priority(thread_id=thread.id, priority=1))
    run(operations.mark_thread_as_done(thread_id=thread.id))
    run(operations.create_note(customer_id=donald.id, thread_id=thread.id, text="Angry."))
    run(operations.delete_customer(donald.id))
    attempts = await plain_sandbox.webhooks.deliver()
    assert len({a.event.type for a in attempts}) >= 8
    validator = jsonschema.Draft7Validator(schema)
    for attempt in attempts:
        for error in validator.iter_errors(json.loads(attempt.body)):
            raise AssertionError(f"{attempt.event.type}: {error.json_path} {error.message[:300]}")


@contextmanager
def listening(status: int = 200) -> Iterator[tuple[str, list[bytes], Event]]:
    """A receiver on a port: its address, the bodies that it got, and that one came."""
    bodies: list[bytes] = []
    came = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()
            came.set()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", bodies, came
        finally:
            server.shutdown()
            thread.join()


def test_a_server_delivers_by_itself(plain_sandbox: PlainSandbox) -> None:
    """At once; and again when its clock says so."""
    plain_sandbox.serve()
    with listening(500) as (url, bodies, came):
        plain_sandbox.webhooks.send_to(url, "thread.thread_created")
        thread = plain_sandbox.thread(title="Broken")
        assert came.wait(30)
        came.clear()
        plain_sandbox.clock.advance(10)
        assert came.wait(30)
    first, second = (json.loads(body) for body in bodies[:2])
    assert first["payload"]["thread"]["id"] == thread.id
    assert first["id"] == second["id"]
    assert second["webhookMetadata"]["webhookDeliveryAttemptNumber"] == 2
    assert isinstance(unwrap_unsigned(bodies[0]), ThreadCreated)


def unwrap_unsigned(body: bytes) -> Any:
    from plain_sdk.webhooks import parse

    return parse(body).payload


async def test_what_waits_survives_in_the_file(tmp_path: Any) -> None:
    """A sandbox that is started again on the same file goes on."""
    file = str(tmp_path / "plain.db")
    with PlainSandbox(database=file, start=START) as sandbox:
        sandbox.webhooks.send_to(ADDRESS, "customer.customer_created", app=answering(500))
        sandbox.customer()
        await sandbox.webhooks.deliver()
    with PlainSandbox(database=file, start=START + timedelta(seconds=10)) as sandbox:
        sandbox.webhooks.send_to(ADDRESS, app=answering(200))
        (attempt,) = await sandbox.webhooks.deliver()
        assert (attempt.number, attempt.status) == (2, 200)
