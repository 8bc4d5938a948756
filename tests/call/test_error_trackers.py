"""What an error tracker gets to see: a real Sentry SDK, with its own settings."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from scripted_server import Behaviour, ScriptedServer, answer, end_of_stream, hang, reset, truncated
from wire_support import MOMENT, each_way, run, upserted

from plain_sdk import AsyncPlainClient, CustomerRow, Err, PlainError

KEY = "plainApiKey_very-secret-indeed"
EMAIL = "someone.private@example.org"


@pytest.fixture
def events() -> Iterator[list[Any]]:
    """The events that would be sent."""
    kept: list[Any] = []

    class Keeping(sentry_sdk.transport.Transport):
        def capture_envelope(self, envelope: Any) -> None:
            kept.append(envelope.get_event())

    client = sentry_sdk.Client("http://public@127.0.0.1/1", transport=Keeping)
    with sentry_sdk.new_scope() as scope:
        scope.set_client(client)
        yield kept
    client.close()


REFUSED = answer(
    {"data": {"upsertCustomer": {"result": None, "customer": None, "error": {
        "__typename": "MutationError", "message": "no", "type": "VALIDATION",
        "code": "input_validation", "fields": []}}}}
)  # fmt: skip
FAULTS: list[Any] = [
    pytest.param(answer({"errors": [{"message": "no"}]}, status=401), id="401"),
    pytest.param(answer({"message": "Forbidden"}, status=403), id="403"),
    pytest.param(answer({}, status=429), id="429"),
    pytest.param(answer(body=b"<html>", status=502), id="502"),
    pytest.param(REFUSED, id="refused"),
    pytest.param(answer({"data": {"upsertCustomer": MOMENT}}), id="odd"),
    pytest.param(reset, id="reset"),
    pytest.param(end_of_stream, id="end"),
    pytest.param(truncated(upserted()), id="cut"),
    pytest.param(hang, id="time-out"),
]


@each_way
@pytest.mark.parametrize("behaviour", FAULTS)
def test_neither_the_key_nor_the_customer_is_in_an_event(
    way: tuple[str, str],
    behaviour: Behaviour,
    events: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever goes wrong. Only the frame of the method that was called holds its arguments."""

    async def scenario(client: AsyncPlainClient) -> None:
        try:
            await client.upsert_customer(
                identifier={"email_address": EMAIL},
                on_create={"full_name": "P", "email": {"email": EMAIL, "is_verified": True}},
                options={"timeout": 0.5, "max_attempts": 1},
            )
        except PlainError as error:
            sentry_sdk.capture_exception(error)

    with ScriptedServer(behaviour) as server:
        run(way, monkeypatch, scenario, server.url, key=KEY)
    (event,) = events
    check(event)
    # The tracker did see values: those of the method that was called.
    assert EMAIL in json.dumps(event)


@pytest.mark.parametrize("transport", ["aiohttp", "httpx"])
def test_a_cancelled_call_has_no_key_in_its_frames(transport: Any, events: list[Any]) -> None:
    """A time-out of the user's own, which goes through every frame of the call."""

    async def scenario(url: str) -> None:
        async with AsyncPlainClient(KEY, url=url, transport=transport) as client:
            try:
                async with asyncio.timeout(0.3):
                    await client.customer("c_1")
            except TimeoutError as error:
                sentry_sdk.capture_exception(error)
                sentry_sdk.capture_exception(error.__cause__ or error.__context__)

    with ScriptedServer(hang) as server:
        asyncio.run(scenario(server.url))
    assert len(events) == 2
    for event in events:
        check(event)


async def test_bulk_work_shows_no_customer(events: list[Any]) -> None:
    """The error of a row, as a user would report it."""
    rows = [CustomerRow("P", EMAIL, external_id="e1")]
    with ScriptedServer(answer({"message": "Forbidden"}, status=403)) as server:
        async with AsyncPlainClient(KEY, url=server.url) as client:
            async with client.upsert_customers(rows) as outcomes:
                async for outcome in outcomes:
                    if isinstance(outcome.outcome, Err):
                        sentry_sdk.capture_exception(outcome.outcome.error)
    (event,) = events
    check(event)


def check(event: Any) -> None:
    assert KEY not in json.dumps(event)
    for exception in event["exception"]["values"]:
        for frame in exception.get("stacktrace", {}).get("frames", []):
            if frame["module"].startswith("plain_sdk") and frame["function"] != "upsert_customer":
                assert EMAIL not in json.dumps(frame.get("vars")), frame["function"]
