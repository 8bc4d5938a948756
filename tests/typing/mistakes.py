"""Mistakes that a type checker must find: an error on each marked line, and on no other."""

from plain_sdk import (
    AsyncPlainClient,
    EmailAddressInput,
    Err,
    Ok,
    UpsertCustomerIdentifierInput,
    capture,
)
from plain_sdk.components import container, row, text

client = AsyncPlainClient("key")


async def mistakes() -> None:
    identifier = UpsertCustomerIdentifierInput(email_adress="a@b")  # E: misspelt member
    email = EmailAddressInput(email="a@b")  # E: a member is missing
    EmailAddressInput(email="a@b", isVerified=True)  # E: the wire's name in a constructor
    await client.upsert_customer(
        identifier={"email_adress": "a@b"},  # E: misspelt key
        on_create={"full_name": "A", "email": {"email": "a@b", "is_verified": True}},
    )
    await client.upsert_customer(
        identifier={"email_address": "a@b", "external_id": "x"},  # E: two identifiers
        on_create={"full_name": "A", "email": {"email": "a@b", "is_verified": True}},
    )
    await client.upsert_customer(
        identifier={"email_address": "a@b", "customerId": "x"},  # E: two forms mixed up
        on_create={"full_name": "A", "email": {"email": "a@b", "is_verified": True}},
    )
    await client.upsert_customer(
        identifier={"email_address": "a@b"},
        on_create={"full_name": "A"},  # E: the email is missing
    )
    await client.upsert_customer(
        identifier={"email_address": "a@b"},
        on_create={"full_name": "A", "email": "a@b"},  # E: a bare email
    )
    await client.upsert_customer(
        identifier={"email_address": "a@b"},
        on_create={"full_name": "A", "email": {"email": "a@b", "is_verified": True}},
        on_update={"full_name": None},  # E: a name cannot be cleared
    )
    await client.upsert_customer(
        identifier={"email_address": "a@b"},
        on_create={"full_name": "A", "email": {"email": "a@b", "is_verified": True}},
        on_update={"shortname": "A"},  # E: misspelt key
    )
    await client.customer(7)  # E: not text
    await client.customer("c_1", options={"time_out": 5.0})  # E: misspelt option
    client.customers(sort_by={"field": "AGE", "direction": "ASC"})  # E: unknown field
    customer = await client.customer("c_1")
    print(customer.id)  # E: may be None
    outcome = await capture(client.customer("c_1"))
    print(outcome.value)  # E: may be an Err
    match outcome:
        case Ok(value):
            print(value.id)  # E: may be None
        case Err(error):
            print(error.fields)  # E: not every error has fields
    print(identifier, email)
    row([row([text("x")], [text("x")])], [text("x")])  # E: a row in a row
    row([text("x")], [container([text("x")])])  # E: a container in a row
    container([container([text("x")])])  # E: a container in a container
    text("x", size="XL")  # E: a size that texts do not have
    await client.create_thread_event(
        thread_id="th_1",
        title="x",
        components=[container([text("x")])],  # E: a container in an event
    )
