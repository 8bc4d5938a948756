"""What the sandbox carries out, it carries out for every selection of the surface."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpx
import pytest
from graphql import GraphQLSchema, get_named_type, print_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from selections import CUSTOMER, Selections, everything, values_in
from support import StartSandbox, create
from surface import schema_of

from plain_sdk import AsyncPlainClient
from plain_sdk.sandbox import ApiKey, SandboxApp, SandboxServer

SURFACES = [
    "own",
    pytest.param("2026-03-28", marks=pytest.mark.survey),
    pytest.param("2026-05-11", marks=pytest.mark.survey),
]

UPSERT = """
mutation upsert($input: UpsertCustomerInput!) {
  upsertCustomer(input: $input) {
    result
    customer {
      id externalId shortName fullName email { email isVerified } status
      customerGroupMemberships { edges { node { customerGroup { name key } } } }
    }
    error { message type code fields { field message type } }
  }
}
"""
"""What the documentation of `upsertCustomer` selects."""

DONALD = {
    "identifier": {"emailAddress": "donald@example.com"},
    "onCreate": {
        "fullName": "Donald Duck",
        "shortName": "Donald",
        "email": {"email": "donald@example.com", "isVerified": False},
        "customerGroupIdentifiers": [{"customerGroupKey": "enterprise"}],
        "tenantIdentifiers": [{"externalId": "acme"}],
    },
    "onUpdate": {
        "fullName": {"value": "Donald Duck"},
        "shortName": {"value": "Donald"},
        "email": {"email": "donald@example.com", "isVerified": True},
        "externalId": {"value": "c_123"},
    },
}


@dataclass
class Peer:
    """A sandbox that serves a surface and knows a customer of whom everything is told."""

    schema: GraphQLSchema
    server: SandboxServer
    http: httpx.Client

    def ask(self, query: str, key: str = "full", status: int = 200, **variables: Any) -> Any:
        answer = self.http.post(
            self.server.url,
            json={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {key}"},
        )
        assert answer.status_code == status, answer.text
        return answer.json()

    def data(self, query: str, **variables: Any) -> Any:
        answer = self.ask(query, **variables)
        assert "errors" not in answer, (answer["errors"], query)
        return answer["data"]


@lru_cache
def sdl(surface: str) -> str:
    return print_schema(schema_of(surface))


@pytest.fixture(scope="module")
def peer_of() -> Iterator[Callable[[str], Peer]]:
    """A sandbox for each surface."""
    running: dict[str, Peer] = {}

    def start(surface: str) -> Peer:
        if surface not in running:
            keys = (ApiKey("full"), ApiKey("none", frozenset()))
            app = SandboxApp(
                sdl(surface), rate_limit=0, keys=keys, groups=("enterprise",), tenants=("acme",)
            )
            server = SandboxServer(app).__enter__()
            http = httpx.Client(trust_env=False, timeout=60)
            peer = running[surface] = Peer(schema_of(surface), server, http)
            made = peer.data(UPSERT, input=DONALD)["upsertCustomer"]
            peer.data(
                "mutation s($id: ID!) {"
                " markCustomerAsSpam(input: {customerId: $id}) { customer { id } } }",
                id=made["customer"]["id"],
            )
        return running[surface]

    yield start
    for peer in running.values():
        peer.http.close()
        peer.server.close()


@pytest.mark.parametrize("surface", SURFACES)
def test_the_documented_upsert(surface: str) -> None:
    """The selection of the documentation is answered in full, as it is shown there."""
    app = SandboxApp(sdl(surface), rate_limit=0, groups=("enterprise",), tenants=("acme",))
    with SandboxServer(app) as server, httpx.Client(trust_env=False) as http:
        upserted = Peer(schema_of(surface), server, http).data(UPSERT, input=DONALD)
    customer = upserted["upsertCustomer"].pop("customer")
    assert upserted["upsertCustomer"] == {"result": "CREATED", "error": None}
    assert customer.pop("id").startswith("c_")
    assert customer == {
        "externalId": None,
        "shortName": "Donald",
        "fullName": "Donald Duck",
        "email": {"email": "donald@example.com", "isVerified": False},
        "status": "IDLE",
        "customerGroupMemberships": {
            "edges": [{"node": {"customerGroup": {"name": "Enterprise", "key": "enterprise"}}}]
        },
    }


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_every_field_of_customer(surface: str, depth: int, peer_of: Callable[[str], Peer]) -> None:
    """Every selection to a depth, from each root field that leads to it, and from a mutation."""
    peer = peer_of(surface)
    customer = Selections(peer.schema, everything).of("Customer", depth)
    found = peer.data(f'query {{ customerByEmail(email: "donald@example.com") {customer} }}')
    assert found["customerByEmail"]["__typename"] == "Customer"
    page = peer.data(f"query {{ customers {{ totalCount edges {{ node {customer} }} }} }}")
    assert page["customers"]["totalCount"] == len(page["customers"]["edges"]) == 1
    upsert = UPSERT.replace("customer {", f"customer {customer} old: customer {{")
    upserted = peer.data(upsert, input=DONALD)["upsertCustomer"]
    assert upserted["customer"]["__typename"] == "Customer"


@pytest.mark.parametrize("surface", SURFACES)
def test_what_a_customer_leads_to(surface: str, peer_of: Callable[[str], Peer]) -> None:
    """Stored facts, not plain fillers, in every place that has some."""
    peer = peer_of(surface)
    keys = "" if surface == "own" else "apiKeys { edges { node { id permissions } } }"
    user = f"machineUser {{ id type isDeleted {keys} }}"
    by = f"... on MachineUserActor {{ machineUserId {user} }}"
    made = "createdAt { iso8601 } createdBy { __typename ... on SystemActor { systemId } }"
    customer = peer.data(f"""query {{
      customerByEmail(email: "donald@example.com") {{
        id createdAt {{ iso8601 }} createdBy {{ {by} }} updatedBy {{ {by} }}
        markedAsSpamBy {{ {by} }}
        identities {{ __typename ... on EmailCustomerIdentity {{ email }} }}
        company {{ id name domainName isDeleted logoUrl tier {{ id }} {made} }}
        customerGroupMemberships {{ pageInfo {{ hasNextPage }} edges {{ cursor node {{
          customerId createdBy {{ {by} }} createdAt {{ iso8601 }}
          customerGroup {{ id key color externalId {made} }} }} }} }}
        tenantMemberships {{ edges {{ node {{ createdBy {{ {by} }}
          tenant {{ externalId source url {made} }} }} }} }}
      }} }}""")["customerByEmail"]
    mine = peer.data("query { myMachineUser { id fullName } }")["myMachineUser"]
    for actor in (customer["createdBy"], customer["updatedBy"], customer["markedAsSpamBy"]):
        assert actor["machineUserId"] == actor["machineUser"]["id"] == mine["id"]
        assert actor["machineUser"]["type"] == "API_USER"
        assert actor["machineUser"]["isDeleted"] is False
    assert customer["identities"] == [
        {"__typename": "EmailCustomerIdentity", "email": "donald@example.com"}
    ]
    assert customer["company"]["domainName"] == "example.com"
    assert customer["company"]["createdAt"] == customer["createdAt"]
    assert customer["company"]["createdBy"]["__typename"] == "SystemActor"
    assert customer["company"]["tier"] is None
    (group,) = customer["customerGroupMemberships"]["edges"]
    assert group["node"]["customerId"] == customer["id"]
    assert group["node"]["createdAt"] == customer["createdAt"]
    assert group["node"]["createdBy"]["machineUserId"] == mine["id"]
    assert group["node"]["customerGroup"]["key"] == "enterprise"
    assert (
        group["node"]["customerGroup"]["createdAt"]["iso8601"] <= customer["createdAt"]["iso8601"]
    )
    (tenant,) = customer["tenantMemberships"]["edges"]
    assert tenant["node"]["tenant"]["externalId"] == "acme"
    assert tenant["node"]["tenant"]["source"] == "API"
    if surface != "own":
        (key,) = customer["createdBy"]["machineUser"]["apiKeys"]["edges"]
        assert "customer:read" in key["node"]["permissions"]


@pytest.mark.parametrize("surface", SURFACES)
def test_nothing_that_is_promised_is_filled_in(
    surface: str, peer_of: Callable[[str], Peer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the schema promises a value, the sandbox has one: fillers are for nulls and lists."""
    from plain_sdk.sandbox import _members

    filled: list[str] = []
    plain = _members.plainest

    def told(wanted: Any, *rest: Any) -> Any:
        filler = plain(wanted, *rest)
        if filler is not None and filler != []:
            filled.append(str(wanted))
        return filler

    monkeypatch.setattr(_members, "plainest", told)
    peer = peer_of(surface)

    def stored(names: list[str]) -> list[str]:
        # The others are null here, and what lies below them would fill a book.
        return [n for n in names if n not in ("accountOwner", "assignedToUser", "tier", "user")]

    selection = Selections(peer.schema, stored).of("Customer", 6)
    answer = peer.data(f'query {{ customerByEmail(email: "donald@example.com") {selection} }}')
    assert len(list(values_in(answer))) > 100
    assert filled == []


def random_choice(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Callable[[Any], Any]:
    def choose(names: list[str]) -> list[str]:
        if not names:
            return []
        chosen: list[str] = draw(st.lists(st.sampled_from(names), max_size=6))
        return chosen

    return choose


@pytest.mark.parametrize("surface", SURFACES)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_selection(surface: str, peer_of: Callable[[str], Peer], data: st.DataObject) -> None:
    """Random selections to depth four give no error, so no null where a value is promised."""
    peer = peer_of(surface)
    root = data.draw(st.sampled_from(CUSTOMER))
    assert peer.schema.query_type is not None
    named = get_named_type(peer.schema.query_type.fields[root].type)
    selection = Selections(peer.schema, random_choice(data.draw)).of(named.name, 4)
    arguments = {
        "customer": '(customerId: "c_1")',
        "customerByEmail": '(email: "donald@example.com")',
        "customerByExternalId": '(externalId: "e1")',
    }.get(root, "")
    assert root in peer.data(f"query {{ {root}{arguments} {selection} }}")


async def test_memberships_page_through_the_client(client: AsyncPlainClient) -> None:
    """The shipped `customer_group_memberships` and `customer_tenant_memberships`."""
    made = create(
        "a@b.com",
        customer_group_identifiers=[{"customer_group_key": "enterprise"}],
        tenant_identifiers=[{"external_id": "acme"}],
    )
    customer = (
        await client.upsert_customer(identifier={"email_address": "a@b.com"}, on_create=made)
    ).customer
    groups = [m async for m in client.customer_group_memberships(customer.id)]
    assert [m.customer_group.key for m in groups] == ["enterprise"]


LATER = """
enum Mood { GLAD SAD }
type Thing { name: String! inner: Thing! moods: [Mood!]! page(first: Int): ThingConnection! }
type ThingConnection { edges: [ThingEdge!]! pageInfo: PageInfo! totalCount: Int! }
type ThingEdge { cursor: String! node: Thing! }
extend type Customer {
  laterText: String!
  laterId: ID!
  laterFlag: Boolean!
  laterNumber: Float!
  laterMood: Mood!
  laterTime: DateTime!
  laterThing: Thing!
  laterActor: Actor!
  laterThings: [Thing!]!
  laterPage(first: Int): ThingConnection!
  laterMaybe: Thing
}
"""


def test_what_came_later_than_the_sandbox(start_sandbox: StartSandbox) -> None:
    """Null, empty, or the plainest value of its type, all the way down; pages keep their rules."""
    server = start_sandbox(schema=sdl("own") + LATER, groups=("enterprise",), tenants=("acme",))
    with httpx.Client(trust_env=False) as http:
        peer = Peer(schema_of("own"), server, http)
        thing = (
            "{ name inner { name } moods page { edges { cursor } pageInfo { endCursor hasNextPage }"
            " totalCount } }"
        )
        selection = (
            "laterText laterId laterFlag laterNumber laterMood laterTime { iso8601 }"
            f" laterThing {thing} laterThings {thing} laterMaybe {thing}"
            " laterActor { __typename } laterPage { totalCount edges { cursor } }"
        )
        upsert = UPSERT.replace("customer {", f"customer {{ {selection} ")
        customer = peer.data(upsert, input=DONALD)["upsertCustomer"]["customer"]
        assert customer.pop("laterId")
        assert customer.pop("laterTime")["iso8601"].endswith("Z")
        later = {name: value for name, value in customer.items() if name.startswith("later")}
        assert later == {
            "laterText": "",
            "laterFlag": False,
            "laterNumber": 0,
            "laterMood": "GLAD",
            "laterThing": {
                "name": "",
                "inner": {"name": ""},
                "moods": [],
                "page": {
                    "edges": [],
                    "pageInfo": {"endCursor": None, "hasNextPage": False},
                    "totalCount": 0,
                },
            },
            "laterThings": [],
            "laterMaybe": None,
            "laterActor": {"__typename": "UserActor"},
            "laterPage": {"totalCount": 0, "edges": []},
        }
        wrong = "{ customers { edges { node { laterPage(first: 101) { totalCount } } } } }"
        assert peer.ask(wrong, status=400)["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
