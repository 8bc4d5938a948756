"""Clients for tests of the wire: over each transport, on each backend, without waiting."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import anyio
import pytest
from plain_graphql.operations.upsert_customer import UPSERT_CUSTOMER, UpsertedCustomer
from scripted_server import Request, answer

from plain_sdk import AsyncPlainClient

UNSAFE = replace(UPSERT_CUSTOMER, repeatable=False)
"""An operation that must not be done twice, like creating a thread."""

INPUT: Any = {
    "identifier": {"email_address": "d@x"},
    "on_create": {"full_name": "D", "email": {"email": "d@x", "is_verified": True}},
    "on_update": {},
}
MOMENT = {"__typename": "DateTime", "iso8601": "2026-01-01T00:00:00.000Z", "unixTimestamp": "1"}
ACTOR = {"__typename": "MachineUserActor", "machineUserId": "mu_1"}


def customer(**more: Any) -> dict[str, Any]:
    return {
        "__typename": "Customer", "id": "c_1", "fullName": "D", "isAnonymous": False,
        "email": {"email": "d@x", "isVerified": True, "verifiedAt": None},
        "createdAt": MOMENT, "createdBy": ACTOR, "updatedAt": MOMENT, "updatedBy": ACTOR, **more,
    }  # fmt: skip


def upserted(result: str = "NOOP", **more: Any) -> dict[str, Any]:
    payload = {"result": result, "customer": customer(**more), "error": None}
    return {"data": {"upsertCustomer": payload}}


async def created_as_sent(request: Request, writer: asyncio.StreamWriter) -> bool:
    """Answers an upsert with a new customer that is as the request says."""
    made = json.loads(request.body)["variables"]["input"]["onCreate"]
    email = {"email": made["email"]["email"], "isVerified": made["email"]["isVerified"]}
    given = {
        "id": f"c_{made['email']['email']}",
        "fullName": made["fullName"],
        "externalId": made.get("externalId"),
        "email": email,
    }
    return await answer(upserted("CREATED", **given))(request, writer)


WAYS = [("asyncio", "aiohttp"), ("asyncio", "httpx"), ("trio", "httpx")]
each_way = pytest.mark.parametrize("way", WAYS, ids=["aiohttp", "httpx", "trio"])


def run(
    way: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
    scenario: Callable[..., Awaitable[Any]],
    url: str,
    *,
    key: str = "k",
    **settings: Any,
) -> Any:
    """Run a scenario with a client whose backoff takes no time."""
    backend, transport = way
    if "http_client" not in settings:
        monkeypatch.setenv("PLAIN_TRANSPORT", transport)

    async def with_client() -> Any:
        async with AsyncPlainClient(key, url=url, **settings) as client:
            client._pipeline._randomness = lambda: 0.0
            return await scenario(client)

    return anyio.run(with_client, backend=backend)


async def safe(client: AsyncPlainClient) -> UpsertedCustomer:
    return await client.upsert_customer(**INPUT)


async def unsafe(client: AsyncPlainClient) -> UpsertedCustomer:
    return await client.execute(UNSAFE, {"input": INPUT})
