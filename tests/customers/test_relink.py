"""Customers who exist under another identity: found where that harms nobody."""

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import create

from plain_sdk import (
    AsyncPlainClient,
    CustomerRow,
    PlainCustomerConflictError,
    PlainMutationError,
    RelinkedCustomer,
)
from plain_sdk.sandbox import sandbox as local_plain


async def known(client: AsyncPlainClient, email: str, external_id: str | None = None) -> str:
    made = create(email, external_id=external_id)
    by: Any = {"email_address": email}
    return (await client.upsert_customer(identifier=by, on_create=made)).customer.id


async def test_the_email_is_known_and_the_external_id_is_new(client: AsyncPlainClient) -> None:
    """Plain made the customer from a mail: it is updated, and gets the external id."""
    customer_id = await known(client, "d@x.io")
    row: Any = {
        "identifier": {"external_id": "e1"},
        "on_create": create("d@x.io", external_id="e1"),
        "on_update": {"full_name": "New Name"},
    }
    with pytest.raises(PlainCustomerConflictError) as caught:
        await client.upsert_customer(**row)
    assert caught.value.member == "email"
    assert isinstance(caught.value, PlainMutationError)
    upserted = await client.upsert_customer(**row, on_conflict="relink")
    assert isinstance(upserted, RelinkedCustomer)
    assert upserted.matched_by == "email"
    assert upserted.updated
    assert upserted.customer.id == customer_id
    assert upserted.customer.external_id == "e1"
    assert upserted.customer.full_name == "New Name"
    again = await client.upsert_customer(**row, on_conflict="relink")
    assert again.unchanged
    assert not isinstance(again, RelinkedCustomer)


async def test_the_external_id_is_known_and_the_email_is_new(client: AsyncPlainClient) -> None:
    """The customer who has the external id is updated, and keeps its email."""
    customer_id = await known(client, "old@x.io", "e1")
    row: Any = {
        "identifier": {"email_address": "new@x.io"},
        "on_create": create("new@x.io", external_id="e1"),
        "on_update": {"full_name": "New Name", "external_id": "e1"},
    }
    with pytest.raises(PlainCustomerConflictError) as caught:
        await client.upsert_customer(**row)
    assert caught.value.member == "external_id"
    upserted = await client.upsert_customer(**row, on_conflict="relink")
    assert isinstance(upserted, RelinkedCustomer)
    assert upserted.matched_by == "external_id"
    assert upserted.customer.id == customer_id
    assert upserted.customer.email.email == "old@x.io"
    assert upserted.customer.full_name == "New Name"


HARMFUL: list[Any] = [
    pytest.param(
        {"identifier": {"external_id": "e9"}, "on_create": create("a@x.io", external_id="e9")},
        id="whoever has the email has another external id",
    ),
    pytest.param(
        {"identifier": {"external_id": "e2"}, "on_create": create("b@x.io", external_id="e2"),
         "on_update": {"email": {"email": "a@x.io", "is_verified": True}}},
        id="the new email is a third customer's",
    ),
    pytest.param(
        {"identifier": {"email_address": "b@x.io"}, "on_create": create("b@x.io"),
         "on_update": {"external_id": "e1"}},
        id="the new external id is a third customer's",
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", HARMFUL)
async def test_no_identity_is_taken_from_a_third_customer(
    client: AsyncPlainClient, row: Any
) -> None:
    """Then the conflict is raised, and nothing was changed."""
    await known(client, "a@x.io", "e1")
    await known(client, "b@x.io", "e2")
    before = await client.customers().collect()
    with pytest.raises(PlainCustomerConflictError):
        await client.upsert_customer(**row, on_conflict="relink")
    assert await client.customers().collect() == before


EMAILS = st.sampled_from(["a@x.io", "b@x.io", "c@x.io"])
IDS = st.sampled_from(["e1", "e2", "e3", None])
ROWS = st.builds(CustomerRow, st.sampled_from(["Ann", "Bob"]), EMAILS, IDS)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(EMAILS, IDS), max_size=3), st.lists(ROWS, max_size=6), st.integers(1, 3))
def test_no_sequence_of_syncs_merges_customers_or_loses_an_email(
    existing: list[tuple[str, str | None]], table: list[CustomerRow], repeat: int
) -> None:
    """Every customer keeps its email and its external id; nobody disappears."""

    async def identities(client: AsyncPlainClient) -> dict[str, tuple[str, str | None]]:
        return {c.id: (c.email.email, c.external_id) async for c in client.customers()}

    async def scenario(url: str) -> None:
        async with AsyncPlainClient("k", url=url) as client:
            for email, external_id in existing:
                try:
                    await known(client, email, external_id)
                except PlainCustomerConflictError:
                    continue
            for _ in range(repeat):
                for row in table:
                    before = await identities(client)
                    async with client.upsert_customers([row], on_conflict="relink") as outcomes:
                        async for _ in outcomes:
                            pass
                    after = await identities(client)
                    for customer_id, (email, external_id) in before.items():
                        assert after[customer_id][0] == email
                        assert external_id is None or after[customer_id][1] == external_id

    with local_plain() as server:
        asyncio.run(scenario(server.url))
