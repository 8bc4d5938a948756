"""The sandbox as a peer on the wire: HTTP, keys, permissions, quota, paging, persistence."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from support import StartSandbox, create

from plain_sdk import (
    AsyncPlainClient,
    PlainAuthenticationError,
    PlainMutationError,
    PlainMutationPermissionError,
    PlainPermissionError,
    PlainRateLimitError,
)
from plain_sdk._api import queries_path, schema_path
from plain_sdk.sandbox import ApiKey, SandboxApp, SandboxServer, parse_key

UPSERT = "mutation u($input: UpsertCustomerInput!) { upsertCustomer(input: $input) { result } }"
LIST = "query { customers { totalCount } }"
COMPANIES = "query { customers { edges { node { email { email } company { id domainName } } } } }"
UPSERT_ID = UPSERT.replace("{ result }", "{ customer { id } }")
ULID = r"[0-9A-HJKMNP-TV-Z]{26}"


def post(server: SandboxServer, query: str, key: str = "full", **more: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {key}"}
    return httpx.post(server.url, json={"query": query, **more}, headers=headers, trust_env=False)


def test_answers_carry_a_request_id_and_the_quota(start_sandbox: StartSandbox) -> None:
    """`apigw-requestid` on every answer; the three rate-limit headers when there is a quota."""
    now = [1_000_000.0]
    server = start_sandbox(rate_limit=2, rate_window=60, clock=lambda: now[0])
    first, second, third = (post(server, LIST) for _ in range(3))
    assert [a.status_code for a in (first, second, third)] == [200, 200, 429]
    assert len({a.headers["apigw-requestid"] for a in (first, second, third)}) == 3
    assert [a.headers["x-ratelimit-remaining"] for a in (first, second, third)] == ["1", "0", "0"]
    assert first.headers["x-ratelimit-limit"] == "2"
    assert first.headers["x-ratelimit-reset"] == "1970-01-12T13:47:40.000Z"
    assert third.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
    now[0] += 60
    assert post(server, LIST).headers["x-ratelimit-remaining"] == "1"


async def test_the_quota_reaches_the_caller_as_its_error(start_sandbox: StartSandbox) -> None:
    """A limited call names limit and reset."""
    server = start_sandbox(rate_limit=1)
    async with AsyncPlainClient("full", url=server.url) as client:
        await client.customer("c_1")
        with pytest.raises(PlainRateLimitError) as caught:
            await client.customer("c_1", options={"timeout": 0.5})
    assert caught.value.limit == 1
    assert caught.value.reset_at is not None


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"query": "query {"}, 400, "GRAPHQL_PARSE_FAILED"),
        ({"query": "query { nope }"}, 400, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query a($x: ID!) { customer(customerId: $x) { id } }"}, 400, "BAD_USER_INPUT"),
        ({"query": "query { customers(first: 101) { totalCount } }"}, 400, "BAD_USER_INPUT"),
        ({"query": 'query { customers(first: 1, last: 1) { totalCount } }'}, 400, "BAD_USER_INPUT"),
        ({"query": "query { customers(after: \"x\") { totalCount } }"}, 400, "BAD_USER_INPUT"),
        ({"variables": {}}, 400, "BAD_USER_INPUT"),
        ({"query": UPSERT, "variables": {"input": {"identifier": {}, "onCreate": {}}}},
         400, "BAD_USER_INPUT"),
        ({"query": UPSERT, "variables": {"input": {
            "identifier": {"customerId": "c"},
            "onCreate": {"fullName": "D", "email": {"email": "d@x", "isVerified": True}},
            "onUpdate": {"fullName": {"value": None}}}}}, 400, "BAD_USER_INPUT"),
    ],
)  # fmt: skip
def test_a_wrong_request_gets_plains_code(
    sandbox: SandboxServer, request_: Any, status: int, code: str
) -> None:
    """Syntax, validation and variables each have their own code, with HTTP 400."""
    headers = {"authorization": "Bearer full"}
    answer = httpx.post(sandbox.url, json=request_, headers=headers, trust_env=False)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"] == code


def test_http_itself(sandbox: SandboxServer) -> None:
    """Only POST, only at the API's path, only JSON, only with a key."""
    headers = {"authorization": "Bearer full"}
    with httpx.Client(headers=headers, trust_env=False) as http:
        assert http.get(sandbox.url).status_code == 405
        assert http.post(sandbox.url + "/x").status_code == 404
        assert http.post(sandbox.url, content=b"{").status_code == 400
        assert http.post(sandbox.url, content=b"[1]").status_code == 400
    assert httpx.post(sandbox.url, json={"query": LIST}, trust_env=False).status_code == 401


def test_operation_name_has_no_influence(sandbox: SandboxServer) -> None:
    """It is for tracking only."""
    assert post(sandbox, LIST, operationName="whatever").json() == {
        "data": {"customers": {"totalCount": 0}}
    }


async def test_keys_and_permissions(start_sandbox: StartSandbox) -> None:
    """Unknown keys, and what a restricted key lacks, named as Plain names it."""
    reader = ApiKey("reader", frozenset({"customer:read"}))
    creator = ApiKey("creator", frozenset({"customer:create"}))
    server = start_sandbox(keys=(ApiKey("full"), reader, creator))

    async def upsert(client: AsyncPlainClient) -> None:
        await client.upsert_customer(identifier={"email_address": "a@b"}, on_create=create("a@b"))

    async with AsyncPlainClient("nobody", url=server.url) as client:
        with pytest.raises(PlainAuthenticationError):
            await upsert(client)
    async with AsyncPlainClient("reader", url=server.url) as client:
        with pytest.raises(PlainMutationPermissionError) as caught:
            await upsert(client)
        assert caught.value.missing_permissions == ("customer:create", "customer:edit")
        assert isinstance(caught.value, PlainPermissionError)
        assert isinstance(caught.value, PlainMutationError)
        assert await client.customer("c_1") is None
    async with AsyncPlainClient("creator", url=server.url) as client:
        with pytest.raises(PlainPermissionError) as refused:
            await client.customer("c_1")
        assert refused.value.missing_permissions == ("customer:read",)
        with pytest.raises(PlainPermissionError) as refused:
            await upsert(client)
        assert refused.value.missing_permissions == ("customer:edit",)


def test_keys_are_written_with_their_permissions() -> None:
    """`KEY` may do everything, `KEY=a:b,c:d` only that."""
    assert parse_key("k") == ApiKey("k")
    assert parse_key("k=customer:read, thread:read") == ApiKey(
        "k", frozenset({"customer:read", "thread:read"})
    )
    assert parse_key("k=") == ApiKey("k", frozenset())
    for wrong in ("", "=x:y", "k=read"):
        with pytest.raises(ValueError, match=r"empty|permission"):
            parse_key(wrong)


GROUPS = """
mutation u($input: UpsertCustomerInput!) {
  upsertCustomer(input: $input) {
    result
    customer { id customerGroupMemberships { edges { node { customerGroup { key } } } } }
    error { code }
  }
}"""


def upsert_input() -> dict[str, Any]:
    return {
        "identifier": {"emailAddress": "a@b.com"},
        "onCreate": {"fullName": "A", "email": {"email": "a@b.com", "isVerified": True}},
        "onUpdate": {},
    }


def test_permissions_apply_to_selected_fields(start_sandbox: StartSandbox) -> None:
    """Told with the path, null up to the first place that may be; a mutation is carried out."""
    server = start_sandbox(
        keys=(
            ApiKey("full"),
            ApiKey("editor", frozenset({"customer:create", "customer:edit"})),
            ApiKey("member", frozenset({"customer:read", "customerGroupMembership:read"})),
        ),
        groups=("enterprise",),
    )
    variables = {"input": upsert_input()}
    # What a mutation hands back needs no permission but the mutation's.
    answer = post(server, UPSERT_ID, "editor", variables=variables)
    assert answer.json()["data"]["upsertCustomer"]["customer"]["id"].startswith("c_")
    answer = post(server, GROUPS, "editor", variables=variables)
    assert answer.status_code == 200
    assert answer.json()["data"] == {
        "upsertCustomer": {"result": "NOOP", "customer": None, "error": None}
    }
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["path"] == ["upsertCustomer", "customer", "customerGroupMemberships"]
    assert 'missing "customerGroupMembership:read"' in error["message"]

    variables["input"]["onCreate"]["customerGroupIdentifiers"] = [
        {"customerGroupKey": "enterprise"}
    ]
    variables["input"]["identifier"] = {"emailAddress": "c@d.com"}
    variables["input"]["onCreate"]["email"]["email"] = "c@d.com"
    made = post(server, GROUPS, variables=variables).json()["data"]["upsertCustomer"]
    assert made["result"] == "CREATED"
    find = f'query {{ customer(customerId: "{made["customer"]["id"]}") {{ %s }} }}'
    below = "id customerGroupMemberships { edges { node { customerId customerGroup { key } } } }"
    answer = post(server, find % below, "member").json()
    (error,) = answer["errors"]
    assert 'missing "customerGroup:read"' in error["message"]
    assert error["path"] == [
        "customer", "customerGroupMemberships", "edges", 0, "node", "customerGroup"
    ]  # fmt: skip
    # What may be null is, and the rest is told.
    for field, permission in (
        ("company { id }", "company:read"),
        ("company { __typename }", "company:read"),
        ("assignedToUser { user { id } }", None),
    ):
        answer = post(server, find % f"id {field}", "member").json()
        assert answer["data"]["customer"]["id"] == made["customer"]["id"]
        told = [error["message"] for error in answer.get("errors", ())]
        assert told == ([f'Insufficient permissions, missing "{permission}"'] if permission else [])
    user = "id createdBy { ... on MachineUserActor { machineUserId machineUser { id } } }"
    answer = post(server, find % user, "member").json()
    assert answer["data"] == {"customer": None}
    assert answer["errors"][0]["path"] == ["customer", "createdBy", "machineUser"]
    assert 'missing "machineUser:read"' in answer["errors"][0]["message"]


async def test_a_key_tells_what_it_may_do(start_sandbox: StartSandbox) -> None:
    """A restricted key what it was given; another everything that an operation says it needs."""
    server = start_sandbox(
        keys=(ApiKey("full"), ApiKey("two", frozenset({"thread:read", "customer:read"})))
    )
    async with AsyncPlainClient("two", url=server.url) as client:
        assert (await client.my_permissions()).permissions == ["customer:read", "thread:read"]
    async with AsyncPlainClient("full", url=server.url) as client:
        everything = set((await client.my_permissions()).permissions)
    comments = "".join(
        line
        for file in sorted(queries_path().rglob("*.graphql"))
        for line in file.read_text(encoding="utf-8").splitlines(keepends=True)
        if line.startswith("#")
    )
    named = set(re.findall(r"\b[a-z][A-Za-z]+:[a-z]+\b", comments))
    assert len(named) > 50
    assert named <= everything


def companies(server: SandboxServer) -> dict[str, tuple[str, str] | None]:
    """By the first letter of each customer's address."""
    found = post(server, COMPANIES).json()["data"]["customers"]["edges"]
    return {
        edge["node"]["email"]["email"][0]: edge["node"]["company"]
        and (edge["node"]["company"]["id"], edge["node"]["company"]["domainName"])
        for edge in found
    }


async def test_companies_follow_the_domain(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    """One company for a domain; none for public mail; filters by id, by domain, by an address."""
    now = [1_700_000_000.0]
    database = str(tmp_path / "plain.db")
    server = start_sandbox(database=database, clock=lambda: now[0])
    async with AsyncPlainClient("full", url=server.url) as client:
        for email in ("a@Acme.com", "b@acme.com", "c@gmail.com", "d@other.co", "e@localhost"):
            now[0] += 60
            await client.upsert_customer(
                identifier={"email_address": email}, on_create=create(email)
            )

        async def found(*identifiers: Any) -> str:
            customers: Any = client.customers(filters={"company_identifiers": [*identifiers]})
            return "".join(sorted([c.email.email[0] async for c in customers]))

        first = companies(server)
        assert first["a"] == first["b"]
        assert first["a"] is not None
        assert first["a"][1] == "acme.com"
        assert first["d"] is not None
        assert first["d"][0] != first["a"][0]
        assert first["c"] is first["e"] is None
        assert await found({"company_id": first["a"][0]}) == "ab"
        assert await found({"company_domain_name": "https://acme.com/about"}) == "ab"
        assert await found({"company_domain_name": "ACME.com"}, {"company_id": "co_no"}) == "ab"
        assert await found(
            {"company_domain_name": "acme.com"}, {"company_id": first["d"][0]}
        ) == "abd"  # fmt: skip
        assert await found({"company_domain_name": "gmail.com"}) == ""
        # A new address is of another company.
        await client.upsert_customer(
            identifier={"email_address": "b@acme.com"},
            on_create=create("b@acme.com"),
            on_update={"email": {"email": "b@other.co", "is_verified": True}},
        )
        assert companies(server)["b"] == first["d"]
    # A file of a sandbox that kept no companies.
    server._app._store.write("DELETE FROM companies")
    server.close()
    again = companies(start_sandbox(database=database))
    assert again["a"] is not None
    assert again["a"][1] == "acme.com"


def test_the_schema_is_served_without_a_key(start_sandbox: StartSandbox) -> None:
    """As it was given, comments and all; and only to be read."""
    text = "# Mine.\ntype Query { a: Int }\n"
    server = start_sandbox(schema=text)
    with httpx.Client(trust_env=False) as http:
        answer = http.get(server.url + "/schema.graphql")
        assert (answer.status_code, answer.text) == (200, text)
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.headers["apigw-requestid"]
        head = http.head(server.url + "/schema.graphql")
        assert (head.status_code, head.content) == (200, b"")
        answer = http.post(server.url + "/schema.graphql")
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_ids_and_times_are_in_plains_notation(client: AsyncPlainClient) -> None:
    """ULIDs with their prefixes; both forms of a time tell the same moment."""
    upserted = await client.upsert_customer(
        identifier={"email_address": "a@b"}, on_create=create("a@b")
    )
    customer = upserted.customer
    assert re.fullmatch(f"c_{ULID}", customer.id)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", customer.created_at.iso8601)
    assert re.fullmatch(r"\d{13}", customer.created_at.unix_timestamp)
    dumped = customer.created_by.model_dump(by_alias=True)
    assert dumped["__typename"] == "MachineUserActor"
    assert re.fullmatch(f"mu_{ULID}", dumped["machineUserId"])


async def test_updated_at_moves_only_with_a_change(start_sandbox: StartSandbox) -> None:
    """NOOP leaves the time of the last change alone."""
    now = [1_000_000.0]
    server = start_sandbox(clock=lambda: now[0])
    async with AsyncPlainClient("full", url=server.url) as client:

        async def upsert(name: str) -> Any:
            now[0] += 10
            return (
                await client.upsert_customer(
                    identifier={"email_address": "a@b"},
                    on_create=create("a@b"),
                    on_update={"full_name": name},
                )
            ).customer

        made, same, changed = [await upsert(name) for name in ("x", "Donald Duck", "Daisy")]
    assert made.created_at == made.updated_at == same.updated_at
    assert changed.created_at == made.created_at
    assert int(changed.updated_at.unix_timestamp) - int(made.updated_at.unix_timestamp) == 20_000


async def test_groups_tenants_spam_and_times_filter(client: AsyncPlainClient) -> None:
    """Each member of `CustomersFilter`, and membership given on creation."""
    grouped = await client.upsert_customer(
        identifier={"email_address": "a@b"},
        on_create=create(
            "a@b",
            customer_group_identifiers=[{"customer_group_key": "enterprise"}],
            tenant_identifiers=[{"external_id": "acme"}],
        ),
    )
    await client.upsert_customer(identifier={"email_address": "c@d"}, on_create=create("c@d"))

    async def found(**filters: Any) -> list[str]:
        customers: Any = client.customers(filters=filters)  # type: ignore[arg-type]
        return [customer.email.email async for customer in customers]

    assert await found(customer_group_keys=["enterprise", "other"]) == ["a@b"]
    assert await found(customer_group_ids=["cg_none"]) == []
    assert await found(tenant_identifiers=[{"external_id": "acme"}]) == ["a@b"]
    assert await found(company_identifiers=[{"company_id": "co_1"}]) == []
    assert await found(updated_at={"before": "2000-01-01T00:00:00.000Z"}) == []
    assert await found(updated_at={"after": "2000-01-01T00:00:00.000Z"}) == ["a@b", "c@d"]
    spam = await client.mark_customer_as_spam(grouped.customer.id)
    assert spam.marked_as_spam_at is not None
    assert await found(is_marked_as_spam=True) == ["a@b"]
    assert await found(is_marked_as_spam=False) == ["c@d"]
    with pytest.raises(PlainMutationError) as caught:
        await client.mark_customer_as_spam(grouped.customer.id)
    assert caught.value.code == "customer_already_marked_as_spam"
    assert (await client.unmark_customer_as_spam(grouped.customer.id)).marked_as_spam_at is None
    with pytest.raises(PlainMutationError) as caught:
        await client.unmark_customer_as_spam(grouped.customer.id)
    assert caught.value.code == "customer_is_not_marked_as_spam"


async def test_a_deleted_customer_is_gone_and_frees_email_and_id(client: AsyncPlainClient) -> None:
    """Deleting twice is `not_found`; the email makes a new customer."""
    made = create("a@b", external_id="e1")
    first = await client.upsert_customer(identifier={"external_id": "e1"}, on_create=made)
    await client.delete_customer(first.customer.id)
    with pytest.raises(PlainMutationError) as caught:
        await client.delete_customer(first.customer.id)
    assert caught.value.code == "not_found"
    second = await client.upsert_customer(identifier={"external_id": "e1"}, on_create=made)
    assert second.created
    assert second.customer.id != first.customer.id


async def test_a_file_outlives_the_sandbox(start_sandbox: StartSandbox, tmp_path: Path) -> None:
    """Data in a file is there for the next sandbox."""
    database = str(tmp_path / "plain.db")
    for expected in ("CREATED", "NOOP"):
        server = start_sandbox(database=database, groups=("enterprise",))
        async with AsyncPlainClient("full", url=server.url) as client:
            upserted = await client.upsert_customer(
                identifier={"email_address": "a@b"}, on_create=create("a@b")
            )
            assert str(upserted.result) == expected
        server.close()


LATER = """
extend type Query { laterThing: Label laterThings: LabelConnectionOfLater! }
extend type Mutation { laterDo: LaterDoOutput! }
type LaterDoOutput { labels: [Label!]! error: MutationError }
type LabelConnectionOfLater { edges: [String!]! }
"""


def test_what_is_not_implemented_says_so(start_sandbox: StartSandbox) -> None:
    """Root fields without rules refuse with Plain's own code."""
    server = start_sandbox(schema=schema_path().read_text(encoding="utf-8") + LATER)
    done = post(server, "mutation { laterDo { labels { id } error { code } } }")
    assert done.json()["data"]["laterDo"] == {
        "labels": [],
        "error": {"code": "not_yet_implemented"},
    }
    # With a status that no client reads as "there is none".
    answer = post(server, "query { laterThing { id } myPermissions { permissions } }")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "not_yet_implemented"
    assert error["path"] == ["laterThing"]
    assert answer.json()["data"]["laterThing"] is None
    assert answer.json()["data"]["myPermissions"] is not None
    answer = post(server, "query { laterThings { edges } }")
    assert (answer.status_code, answer.json()["data"]) == (400, None)
    assert post(server, LIST).json()["data"] == {"customers": {"totalCount": 0}}


def test_a_fault_of_the_sandbox_is_an_internal_error(tmp_path: Path) -> None:
    """A broken database is told as Plain tells its own faults."""
    app = SandboxApp(schema_path().read_text(encoding="utf-8"))
    with SandboxServer(app) as server:
        app._store.write("DROP TABLE customers")
        answer = post(server, 'query { customer(customerId: "c") { id } }')
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "customers" not in error["message"]
    assert json.loads(answer.text)["data"] == {"customer": None}
