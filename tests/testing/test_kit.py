"""The testing kit, used as its users use it: by its fixtures, and as a context manager."""

import random
import time
from datetime import UTC, datetime, timedelta

import anyio
import pytest

from plain_sdk import (
    AsyncPlainClient,
    PlainMutationError,
    PlainPermissionError,
    PlainServerError,
)
from plain_sdk.sandbox import ApiKey, SandboxServer
from plain_sdk.testing import PlainSandbox, instant_retries


async def test_a_client_and_the_sandbox_see_the_same(
    plain: AsyncPlainClient, plain_sandbox: PlainSandbox
) -> None:
    """What is built is there for the client; what the client does is there to look at."""
    made = plain_sandbox.customer("donald@example.com", external_id="u1", groups=["vip"])
    found = await plain.customer_by_external_id("u1")
    assert found == made
    assert found is not None
    assert found.full_name == "Donald"
    await plain.upsert_customer(
        identifier={"email_address": "daisy@example.com"},
        on_create={
            "full_name": "Daisy", "email": {"email": "daisy@example.com", "is_verified": True},
        },
    )  # fmt: skip
    assert [c.email.email for c in plain_sandbox.customers] == [
        "donald@example.com", "daisy@example.com",
    ]  # fmt: skip
    assert [seen.operations for seen in plain_sandbox.requests] == [
        ("customerByExternalId",), ("upsertCustomer",),
    ]  # fmt: skip
    (upsert,) = plain_sandbox.requests.of("upsertCustomer")
    assert upsert.variables is not None
    assert upsert.variables["input"]["onCreate"]["fullName"] == "Daisy"
    assert upsert.answer["data"]["upsertCustomer"]["result"] == "CREATED"
    assert (upsert.status, upsert.carried_out, upsert.quota_cost) == (200, True, 1)
    assert "authorization" not in upsert.headers


def test_building_a_customer_again_changes_it(plain_sandbox: PlainSandbox) -> None:
    """By the email; and what cannot be raises as the client would."""
    first = plain_sandbox.customer("a@b.example")
    again = plain_sandbox.customer("a@b.example", full_name="Anna", is_verified=False)
    assert (again.id, again.full_name, again.email.is_verified) == (first.id, "Anna", False)
    plain_sandbox.customer(external_id="taken")
    with pytest.raises(PlainMutationError) as caught:
        plain_sandbox.customer("c@d.example", external_id="taken")
    assert caught.value.code == "customer_already_exists_with_external_id"
    assert len(plain_sandbox.requests) == 0


async def test_the_server_is_the_same_sandbox(
    plain_server: SandboxServer, plain_sandbox: PlainSandbox
) -> None:
    """On a port, for what makes its own client."""
    made = plain_sandbox.customer("a@b.example")
    async with AsyncPlainClient("any", url=plain_server.url) as plain:
        assert await plain.customer(made.id) == made


def test_a_client_works_in_any_loop(plain: AsyncPlainClient, plain_sandbox: PlainSandbox) -> None:
    """Under asyncio and trio, one after the other."""
    made = plain_sandbox.customer()

    async def found() -> bool:
        return await plain.customer(made.id) == made

    assert anyio.run(found)
    assert anyio.run(found, backend="trio")


@pytest.mark.plain_sandbox(keys=[ApiKey("reader", frozenset({"customer:read", "company:read"}))])
async def test_the_marker_makes_the_sandbox(plain_sandbox: PlainSandbox) -> None:
    """Its keys, for one."""
    made = plain_sandbox.customer("a@b.example")
    plain = plain_sandbox.client("reader")
    assert await plain.customer(made.id) == made
    with pytest.raises(PlainPermissionError):
        await plain.delete_customer(made.id)


async def test_the_same_seed_and_time_give_the_same_ids() -> None:
    """And another seed others."""

    async def ids(seed: int) -> list[str]:
        with PlainSandbox(seed=seed, start="2026-01-01T00:00:00+00:00") as sandbox:
            made = [sandbox.customer(), sandbox.customer()]
            assert {c.created_at.iso8601 for c in made} == {"2026-01-01T00:00:00.000Z"}
            return [c.id for c in made]

    assert await ids(1) == await ids(1)
    assert await ids(1) != await ids(2)


def test_time_is_moved_on(plain_sandbox: PlainSandbox) -> None:
    """It runs, ahead of the machine's; it stands still with a start; it never goes back."""
    plain_sandbox.clock.advance(timedelta(days=5))
    made = plain_sandbox.customer()
    assert made.created_at.datetime > datetime.now(UTC) + timedelta(days=4)
    with PlainSandbox(start=datetime(2026, 1, 1, tzinfo=UTC)) as sandbox:
        sandbox.clock.advance(90)
        assert sandbox.clock.now == datetime(2026, 1, 1, 0, 1, 30, tzinfo=UTC)
        with pytest.raises(ValueError, match="does not go back"):
            sandbox.clock.advance(-1)


@pytest.mark.plain_sandbox(faults=["503 customer #1-2"])
async def test_retries_take_no_time(plain: AsyncPlainClient, plain_sandbox: PlainSandbox) -> None:
    """What would have been waited is told; a call that would be too late still is."""
    with plain_sandbox.instant_retries() as waits:
        assert await plain.customer("c_1") is None
    assert len(waits.seconds) == 2
    assert len(plain_sandbox.requests) == 3
    plain_sandbox.faults.add("503=20s")
    with instant_retries(plain), pytest.raises(PlainServerError) as caught:
        await plain.customer("c_1")
    assert caught.value.attempts == 2


@pytest.mark.plain_sandbox(quota=2)
async def test_the_quota_comes_back_without_waiting(
    plain: AsyncPlainClient, plain_sandbox: PlainSandbox
) -> None:
    """The sandbox's clock moves along with what is skipped."""
    with plain_sandbox.instant_retries() as waits:
        for _ in range(5):
            await plain.customer("c_1", options={"timeout": 300.0})
    assert waits.total > 100
    assert [seen.status for seen in plain_sandbox.requests] == [200] * 5


def test_another_starts_in_a_fraction_of_the_first_ones_time() -> None:
    """A sandbox with its client costs less than 50 ms; a tenth of building the schema proves it
    on any machine."""
    from graphql import build_schema

    from plain_sdk._api import schema_path

    started = time.perf_counter()
    build_schema(schema_path().read_text(encoding="utf-8"))
    building = time.perf_counter() - started
    took: list[float] = []
    for _ in range(5):
        started = time.perf_counter()
        with PlainSandbox() as sandbox:
            sandbox.client()
        took.append(time.perf_counter() - started)
    assert min(took) < building / 10


def test_sandboxes_share_nothing() -> None:
    """Neither data nor quota nor time nor randomness."""
    state = random.getstate()
    with PlainSandbox() as one, PlainSandbox() as other:
        one.customer()
        one.clock.advance(3600)
        assert other.customers == []
        assert one.url != other.url
        assert other.clock() < one.clock()
    assert random.getstate() == state
