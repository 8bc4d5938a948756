"""`upsert_customer` over real HTTP: the documented rules, and every form of input."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from example import EXAMPLE, MADE, OTHERS
from support import StartSandbox, create, plain_api

from plain_sdk import (
    AsyncPlainClient,
    EmailAddressInput,
    PlainInputError,
    PlainMutationError,
    UpsertCustomerIdentifierInput,
    UpsertCustomerOnCreateInput,
    UpsertCustomerOnUpdateInput,
    UpsertResult,
)

EMAIL = "donald@example.com"
BY_EMAIL: Any = {"email_address": EMAIL}


async def test_created_then_unchanged_then_updated(client: AsyncPlainClient) -> None:
    """The three results of an upsert, each with the customer as it is then."""
    first = await client.upsert_customer(
        identifier={"email_address": EMAIL},
        on_create={"full_name": "Donald Duck", "email": {"email": EMAIL, "is_verified": False}},
        on_update={"full_name": "Donald Duck"},
    )
    again = await client.upsert_customer(
        identifier={"email_address": EMAIL},
        on_create={"full_name": "Ignored", "email": {"email": EMAIL, "is_verified": True}},
        on_update={"full_name": "Donald Duck"},
    )
    changed = await client.upsert_customer(
        identifier={"customer_id": first.customer.id},
        on_create={"full_name": "Ignored", "email": {"email": EMAIL, "is_verified": True}},
        on_update={"full_name": "Daisy Duck", "email": {"email": EMAIL, "is_verified": True}},
    )
    assert (first.result, first.created) == (UpsertResult.CREATED, True)
    assert (again.result, again.unchanged) == (UpsertResult.NOOP, True)
    assert (changed.result, changed.updated) == (UpsertResult.UPDATED, True)
    assert again.customer == first.customer
    assert changed.customer.full_name == "Daisy Duck"
    assert changed.customer.email.verified_at is not None
    assert changed.customer.updated_at.iso8601 >= first.customer.updated_at.iso8601


async def test_the_apis_own_json_can_be_pasted(client: AsyncPlainClient) -> None:
    """It is accepted, and the customer has the shape of the schema, by the API's names."""
    upserted = await client.upsert_customer(
        identifier=EXAMPLE["identifier"],
        on_create=EXAMPLE["onCreate"],
        on_update=EXAMPLE["onUpdate"],
    )
    answer = upserted.model_dump(mode="json", by_alias=True)
    assert answer["result"] == "CREATED"
    customer = answer["customer"]
    assert {name: customer[name] for name in MADE} == MADE
    assert set(customer) == {*MADE, *OTHERS}
    assert customer["company"]["id"].startswith("co_")
    assert set(customer["createdAt"]) == {"__typename", "iso8601", "unixTimestamp"}
    assert set(customer["createdBy"]) == {"__typename", "machineUserId"}


async def test_the_documented_example_has_the_documented_shape(client: AsyncPlainClient) -> None:
    """Where Plain's documentation lies beside the repository: its example, field by field."""
    variables = plain_api("examples/upsert_customer.variables.json")["input"]
    documented = plain_api("examples/upsert_customer.answer.json")["customer"]
    upserted = await client.upsert_customer(
        identifier=variables["identifier"],
        on_create=variables["onCreate"],
        on_update=variables["onUpdate"],
    )
    customer = upserted.model_dump(mode="json", by_alias=True)["customer"]
    deprecated = {"status", "statusChangedAt", "lastIdleAt"}
    assert set(documented) - deprecated <= set(customer)
    for name in ("createdAt", "updatedAt", "createdBy"):
        assert set(customer[name]) == set(documented[name])


async def test_models_mappings_and_json_mean_the_same(client: AsyncPlainClient) -> None:
    """Three spellings of one input: the second and the third change nothing."""
    first = await client.upsert_customer(
        identifier=UpsertCustomerIdentifierInput(email_address=EMAIL),
        on_create=UpsertCustomerOnCreateInput(
            full_name="Donald Duck", email=EmailAddressInput(email=EMAIL, is_verified=True)
        ),
        on_update=UpsertCustomerOnUpdateInput(),
    )
    second = await client.upsert_customer(
        identifier={"email_address": EMAIL},
        on_create=create(EMAIL),
        on_update={"full_name": "Donald Duck", "email": {"email": EMAIL, "is_verified": True}},
    )
    third = await client.upsert_customer(
        identifier={"emailAddress": EMAIL},
        on_create={"fullName": "Donald Duck", "email": {"email": EMAIL, "isVerified": True}},
        on_update={"fullName": {"value": "Donald Duck"}},
    )
    assert [first.created, second.unchanged, third.unchanged] == [True, True, True]


@pytest.mark.parametrize("member", ["short_name", "external_id"])
@pytest.mark.parametrize("nothing", [None, {"value": None}], ids=["bare", "wrapped"])
async def test_none_clears_what_can_be_cleared(
    client: AsyncPlainClient, member: str, nothing: Any
) -> None:
    """None in `on_update` clears a short name or an external id, bare or wrapped."""
    made: Any = create(EMAIL, short_name="Donald", external_id="e1")
    await client.upsert_customer(identifier=BY_EMAIL, on_create=made)
    update: Any = {member: nothing}
    cleared = await client.upsert_customer(identifier=BY_EMAIL, on_create=made, on_update=update)
    assert cleared.updated
    assert getattr(cleared.customer, member) is None
    untouched = {"short_name", "external_id"} - {member}
    assert getattr(cleared.customer, untouched.pop()) is not None


async def test_what_is_left_out_stays(client: AsyncPlainClient) -> None:
    """An empty `on_update`, or none, changes nothing."""
    made: Any = create(EMAIL, short_name="Donald")
    await client.upsert_customer(identifier=BY_EMAIL, on_create=made)
    empty = await client.upsert_customer(identifier=BY_EMAIL, on_create=made, on_update={})
    absent = await client.upsert_customer(identifier=BY_EMAIL, on_create=made)
    assert empty.unchanged
    assert absent.unchanged
    assert absent.customer.short_name == "Donald"


async def test_none_in_on_create_is_left_out_of_the_request() -> None:
    """What null means on creation is not documented, so it is never sent."""
    from plain_sdk._customers.checks import upsert_variables

    made: Any = create(EMAIL, short_name=None, external_id=None)
    variables = upsert_variables({"email_address": EMAIL}, made, {"short_name": None})
    sent = json.loads(variables.model_dump_json(by_alias=True, exclude_unset=True))["input"]
    assert "shortName" not in sent["onCreate"]
    assert sent["onUpdate"] == {"shortName": {"value": None}}


async def test_the_callers_own_models_are_not_changed(client: AsyncPlainClient) -> None:
    """Leaving nulls out happens on a copy."""
    made = UpsertCustomerOnCreateInput(
        full_name="D", short_name=None, email=EmailAddressInput(email=EMAIL, is_verified=True)
    )
    await client.upsert_customer(identifier=BY_EMAIL, on_create=made)
    assert made.model_fields_set == {"full_name", "short_name", "email"}


async def test_fifty_upserts_of_one_new_email_make_one_customer(client: AsyncPlainClient) -> None:
    """Concurrent upserts do not double a customer: one CREATED, the others NOOP."""
    made: Any = create(EMAIL)
    upserted = await asyncio.gather(
        *(
            client.upsert_customer(
                identifier=BY_EMAIL, on_create=made, on_update={"full_name": "Donald Duck"}
            )
            for _ in range(50)
        )
    )
    assert [u.result for u in upserted].count(UpsertResult.CREATED) == 1
    assert [u.result for u in upserted].count(UpsertResult.NOOP) == 49
    assert await client.customers().total_count() == 1


async def test_two_sandboxes_on_one_file_make_one_customer(
    start_sandbox: StartSandbox, tmp_path: Path
) -> None:
    """The database itself keeps emails unique, whoever writes to it."""
    database = str(tmp_path / "plain.db")
    servers = [start_sandbox(database=database) for _ in range(2)]
    clients = [AsyncPlainClient("full", url=server.url) for server in servers]
    made: Any = create(EMAIL)
    upserted = await asyncio.gather(
        *(clients[n % 2].upsert_customer(identifier=BY_EMAIL, on_create=made) for n in range(20))
    )
    assert [u.result for u in upserted].count(UpsertResult.CREATED) == 1
    for client in clients:
        assert await client.customers().total_count() == 1
        await client.aclose()


CONFLICTS = [
    pytest.param(
        {"external_id": "new"}, create(EMAIL), None, "customer_already_exists_with_email", (),
        id="create: the email is another's",
    ),
    pytest.param(
        {"email_address": "new@example.com"}, create("new@example.com", external_id="e1"), None,
        "customer_already_exists_with_external_id", (), id="create: the external id is another's",
    ),
    pytest.param(
        {"email_address": "daisy@example.com"}, create("daisy@example.com"),
        {"email": {"email": EMAIL, "is_verified": True}},
        "customer_already_exists_with_email", (), id="update: the email is another's",
    ),
    pytest.param(
        {"email_address": "daisy@example.com"}, create("daisy@example.com"), {"external_id": "e1"},
        "customer_already_exists_with_external_id", (), id="update: the external id is another's",
    ),
    pytest.param(
        {"customer_id": "c_nobody"}, create("x@example.com"), None, "not_found",
        ("identifier.customerId",), id="Plain's id can never create",
    ),
    pytest.param(
        {"email_address": "x@example.com"},
        create("x@example.com", customer_group_identifiers=[{"customer_group_key": "nope"}]), None,
        "not_found", ("onCreate.customerGroupIdentifiers.0.customerGroupKey",),
        id="unknown group",
    ),
    pytest.param(
        {"email_address": "x@example.com"},
        create("x@example.com", tenant_identifiers=[{"external_id": "nope"}]), None,
        "not_found", ("onCreate.tenantIdentifiers.0.externalId",), id="unknown tenant",
    ),
    pytest.param(
        {"email_address": "no at sign"}, create("x@example.com"), None, "input_validation",
        ("identifier.emailAddress",), id="not an email address",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("identifier", "on_create", "on_update", "code", "fields"), CONFLICTS)
async def test_refusals_have_plains_codes_and_change_nothing(
    client: AsyncPlainClient,
    identifier: Any,
    on_create: Any,
    on_update: Any,
    code: str,
    fields: tuple[str, ...],
) -> None:
    """Each documented refusal arrives as an error with its code and its bad fields."""
    for email, external_id in ((EMAIL, "e1"), ("daisy@example.com", "e2")):
        made: Any = create(email, external_id=external_id)
        by: Any = {"email_address": email}
        await client.upsert_customer(identifier=by, on_create=made)
    before = await client.customers().collect()
    with pytest.raises(PlainMutationError) as caught:
        await client.upsert_customer(
            identifier=identifier, on_create=on_create, on_update=on_update
        )
    assert caught.value.code == code
    assert caught.value.type == "VALIDATION"
    assert tuple(field.field for field in caught.value.fields) == fields
    assert caught.value.operation == "upsertCustomer"
    assert caught.value.request_id
    assert await client.customers().collect() == before


GOOD: Any = create(EMAIL)
BAD_INPUT = [
    ({"email_address": "a@b", "external_id": "x"}, GOOD, {}, ["identifier"], "exactly one of"),
    ({}, GOOD, {}, ["identifier"], "none given"),
    ({"email_address": None}, GOOD, {}, ["identifier"], "exactly one of"),
    ({"email": "a@b"}, GOOD, {}, ["identifier.email"], "the fields are external_id"),
    ("a@b", GOOD, {}, ["identifier"], "must be a mapping"),
    ({"email_address": " "}, GOOD, {}, ["identifier.email_address"], "is blank"),
    ({"email_address": 7}, GOOD, {}, ["identifier.email_address"], "must be text, not 7 (int)"),
    (BY_EMAIL, {**GOOD, "full_name": ""}, {}, ["on_create.full_name"], "is blank"),
    (BY_EMAIL, {**GOOD, "ful_name": "D"}, {}, ["on_create.ful_name"], "did you mean 'full_name'"),
    (BY_EMAIL, {"email": GOOD["email"]}, {}, ["on_create.full_name"], "is required"),
    (BY_EMAIL, {"full_name": "D"}, {}, ["on_create.email"], "is required"),
    (BY_EMAIL, create("  "), {}, ["on_create.email.email"], "is blank"),
    (BY_EMAIL, {**GOOD, "email": EMAIL}, {}, ["on_create.email"], "must be a mapping"),
    (BY_EMAIL, {**GOOD, "external_id": ""}, {}, ["on_create.external_id"], "leave the field out"),
    (
        BY_EMAIL,
        {**GOOD, "customer_group_identifiers": [{"customer_group_key": "a", "external_id": "b"}]},
        {},
        ["on_create.customer_group_identifiers[0]"],
        "exactly one of",
    ),
    (BY_EMAIL, GOOD, {"full_name": None}, ["on_update.full_name"], "cannot be cleared"),
    (BY_EMAIL, GOOD, {"full_name": {"value": None}}, ["on_update.full_name.value"], "must be text"),
    (BY_EMAIL, GOOD, {"full_name": " "}, ["on_update.full_name"], "is blank"),
    (BY_EMAIL, GOOD, {"email": None}, ["on_update.email"], "cannot be cleared"),
    (BY_EMAIL, GOOD, {"external_id": ""}, ["on_update.external_id"], "None to clear it"),
    (BY_EMAIL, GOOD, {"shortname": "D"}, ["on_update.shortname"], "did you mean 'short_name'"),
    (
        {"email_address": ""},
        {**GOOD, "full_name": " "},
        {"full_name": ""},
        ["identifier.email_address", "on_create.full_name", "on_update.full_name"],
        "is blank",
    ),
]


@pytest.mark.parametrize(("identifier", "on_create", "on_update", "paths", "says"), BAD_INPUT)
async def test_bad_input_is_refused_before_anything_is_sent(
    identifier: Any, on_create: Any, on_update: Any, paths: list[str], says: str
) -> None:
    """Every problem is named with its place and the way out; no connection is even tried."""
    async with AsyncPlainClient("key", url="http://127.0.0.1:9/nobody-listens") as client:
        with pytest.raises(PlainInputError) as caught:
            await client.upsert_customer(
                identifier=identifier, on_create=on_create, on_update=on_update
            )
    assert isinstance(caught.value, ValueError)
    assert [problem.path for problem in caught.value.problems] == paths
    assert says in str(caught.value)
    assert caught.value.attempts == 0
