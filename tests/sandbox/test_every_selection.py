"""What the sandbox carries out, it carries out for every selection: all fields to depth three."""

from typing import Any

import pytest
from graphql import print_schema
from sandbox_documents import documents
from sandbox_world import filled
from surface import schema_of

from plain_sdk.sandbox import SandboxApp, carried_out

EMPTY = {"publicEventRequestBody"}
"""What there is none of: nobody delivers webhooks in these tests."""


async def survey(surface: str, depth: int) -> tuple[int, int]:
    """Asks everything of a surface; how many root fields and how many documents that were."""
    schema = schema_of(surface)
    app = SandboxApp(print_schema(schema), rate_limit=0, groups=("a",), tiers=("gold",))
    world = await filled(app)
    roots = documented = 0
    assert schema.query_type is not None
    for root in sorted(carried_out() & set(schema.query_type.fields)):
        roots += 1
        for document in documents(world, schema, root, depth):
            documented += 1
            answer: Any = await world.ask(document)
            assert "errors" not in answer, (answer["errors"][:3], document[:500])
            value = answer["data"][root]
            assert (value is None) == (root in EMPTY), (root, document[:300])
            if isinstance(value, dict) and "edges" in value:
                assert value["edges"] or root == "webhookDeliveryAttempts", root
    app.close()
    return roots, documented


async def test_to_depth_three_of_the_own_schema() -> None:
    """Every field of everything that is carried out, and what those fields lead to."""
    roots, _ = await survey("own", 3)
    assert roots >= 58


@pytest.mark.survey
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("surface", ["2026-03-28", "2026-05-11"])
async def test_to_depth_three_of_plains_surfaces(surface: str) -> None:
    """The same of the whole API."""
    await survey(surface, 3)


@pytest.mark.survey
async def test_what_only_the_whole_api_has() -> None:
    """Mutations that are carried out beyond the client's own: tiers, locks and deletions."""
    schema = schema_of("2026-05-11")
    app = SandboxApp(print_schema(schema), rate_limit=0, groups=("a",), tiers=("gold",))
    world = await filled(app)
    do, ids = world.do, world.ids
    on = {"threadId": ids["threadId"]}
    locked = await do("lockThread", "thread { lockedAt { iso8601 } lockedBy { __typename } }", **on)
    assert locked["thread"]["lockedBy"]["__typename"] == "MachineUserActor"
    tier = await world.made(
        "createTier", "tier", "newTier", name="S", externalId="s", color="#111111",
        defaultThreadPriority=1, memberIdentifiers=[{"tenantId": ids["tenantId"]}],
    )  # fmt: skip
    joined = "tier { name memberships { totalCount } }"
    updated = await do("updateTier", joined, tierId=tier, name={"value": "T"})
    assert updated["tier"] == {"name": "T", "memberships": {"totalCount": 1}}
    by = {"tierIdentifier": {"tierId": tier}}
    moved = await do("updateThreadTier", "thread { tier { name } }", **on, **by)
    assert moved["thread"]["tier"]["name"] == "T"
    await do("deleteTier", "__typename", tierId=tier)
    noted = "note { text isEdited isDeleted }"
    edited = await do("updateNote", noted, noteId=ids["noteId"], text="Hm!")
    assert edited["note"] == {"text": "Hm!", "isEdited": True, "isDeleted": False}
    assert (await do("deleteNote", noted, noteId=ids["noteId"]))["note"]["isDeleted"]
    domain = {"companyIdentifier": {"companyDomainName": "acme.example"}}
    assert (await do("deleteCompany", "company { isDeleted }", **domain))["company"]["isDeleted"]
    center = {"publicName": "X", "internalName": "X", "type": "PUBLIC", "description": ""}
    await do("createHelpCenter", "helpCenter { id }", subdomain="x", **center)
    await do("deleteThread", "__typename", **on)
    gone = await world.ask("query t($id: ID!) { thread(threadId: $id) { id } }", id=ids["threadId"])
    assert gone["data"] == {"thread": None}
    app.close()
