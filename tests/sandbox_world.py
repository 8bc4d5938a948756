"""A sandbox with one of everything in it, made through whichever surface it serves."""

import json
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
from graphql import GraphQLInputObjectType

from plain_sdk.sandbox import PATH, SandboxApp


@dataclass
class World:
    """A sandbox in this process, and the ids of what is in it by the names of arguments."""

    app: SandboxApp
    ids: dict[str, str] = field(default_factory=dict)

    async def ask(self, query: str, **variables: Any) -> Any:
        """The whole answer to a document."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as http:
            answer = await http.post(
                PATH,
                json={"query": query, "variables": variables},
                headers={"authorization": "Bearer full"},
            )
        return answer.json()

    async def do(self, mutation: str, selection: str, **input: Any) -> Any:
        """What a mutation hands back; it must not be refused."""
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        query = (
            f"mutation m($input: {kind}!) {{ {mutation}(input: $input) "
            f"{{ {selection} error {{ code message fields {{ field message }} }} }} }}"
        )
        answer = await self.ask(query, input=input)
        assert "errors" not in answer, (mutation, answer)
        done = answer["data"][mutation]
        assert done["error"] is None, (mutation, json.dumps(done["error"]))
        return done

    async def made(self, mutation: str, member: str, argument: str, **input: Any) -> str:
        """The id of what a mutation made, kept under the name of an argument."""
        done = await self.do(mutation, f"{member} {{ id }}", **input)
        self.ids[argument] = done[member]["id"]
        return self.ids[argument]


COMPONENTS: list[dict[str, Any]] = [
    {"componentText": {"text": "**Hi**"}},
    {"componentPlainText": {"plainText": "Hi"}},
    {"componentBadge": {"badgeLabel": "paid"}},
    {"componentCopyButton": {"copyButtonValue": "o_1"}},
    {"componentDivider": {}},
    {"componentSpacer": {"spacerSize": "M"}},
    {"componentLinkButton": {"linkButtonLabel": "Order", "linkButtonUrl": "https://x.example"}},
    {"componentDateTime": {"dateTimeIso8601": "2026-01-01T00:00:00Z"}},
    {"componentUser": {"userIdentifier": {"emailAddress": "ada@sandbox.example"}}},
    {
        "componentWorkflowButton": {
            "workflowButtonLabel": "Refund",
            "workflowButtonWorkflowIdentifier": {"workflowKey": "refund"},
        }
    },
    {
        "componentRow": {
            "rowMainContent": [{"componentText": {"text": "left"}}],
            "rowAsideContent": [{"componentBadge": {"badgeLabel": "right"}}],
        }
    },
]
"""All that an event takes, by the newest surface; threads take a container, too."""


async def filled(app: SandboxApp) -> World:
    """The sandbox, with one of everything. Its settings have the tier `gold` and the group `a`."""
    world = World(app)
    takes = cast("GraphQLInputObjectType", app.schema.type_map["EventComponentInput"]).fields
    components = [c for c in COMPONENTS if takes.keys() >= c.keys()]
    do, made, ids = world.do, world.made, world.ids
    ids["email"], ids["externalId"] = "donald@acme.example", "e1"
    upsert: dict[str, Any] = {
        "identifier": {"emailAddress": ids["email"]},
        "onCreate": {
            "fullName": "Donald Duck",
            "externalId": "e1",
            "email": {"email": ids["email"], "isVerified": True},
            "customerGroupIdentifiers": [{"customerGroupKey": "a"}],
        },
        "onUpdate": {},
    }
    customer = await made("upsertCustomer", "customer", "customerId", **upsert)
    acme = {"externalId": "acme"}
    await made("upsertTenant", "tenant", "tenantId", identifier=acme, name="Acme", **acme)
    who = {"customerIdentifier": {"customerId": customer}, "tenantIdentifiers": [acme]}
    await do("addCustomerToTenants", "customer { id }", **who)
    domain = {"companyDomainName": "acme.example"}
    named = {"name": "Acme", "domainName": "acme.example"}
    await made("upsertCompany", "company", "companyId", identifier=domain, **named)
    tier = {"tierIdentifier": {"externalId": "gold"}}
    await do("updateTenantTier", "tenantTierMembership { id }", tenantIdentifier=acme, **tier)
    await do("updateCompanyTier", "companyTierMembership { id }", companyIdentifier=domain, **tier)
    bug = await made(
        "createLabelType", "labelType", "labelTypeId", name="Bug", externalId="e1", color="#F00000"
    )
    await made(
        "createThreadFieldSchema", "threadFieldSchema", "threadFieldSchemaId",
        label="Model", key="model", description="", order=1, type="STRING", enumValues=[],
        isRequired=False, isAiAutoFillEnabled=False, dependsOnLabelTypeIds=[bug],
    )  # fmt: skip
    thread = await made(
        "createThread", "thread", "threadId", customerIdentifier={"customerId": customer},
        title="It does not fly", externalId="e1", tenantIdentifier=acme, labelTypeIds=[bug],
        threadFields=[{"key": "model", "type": "STRING", "stringValue": "X"}],
        components=[*components, {"componentContainer": {"containerContent": components}}],
    )  # fmt: skip
    ids["ref"] = "T-1"
    on = {"threadId": thread}
    user = (await world.ask("{ users { edges { node { id } } } }"))["data"]["users"]["edges"][0]
    ids["userId"] = user["node"]["id"]
    await do("assignThread", "thread { id }", userId=ids["userId"], **on)
    await do("snoozeThread", "thread { id }", durationSeconds=60, **on)
    await do("markThreadAsDone", "thread { id }", **on)
    await do("changeThreadPriority", "thread { id }", priority=0, **on)
    told = {"title": "Shipped", "components": components}
    who = {"customerIdentifier": {"customerId": customer}}
    await do("createCustomerEvent", "customerEvent { id }", **who, **told)
    await do("createThreadEvent", "threadEvent { id }", **on, **told)
    of = {"customerId": customer, **on}
    await made("createNote", "note", "noteId", text="Hm.", **of)
    await do("sendChat", "chat { id }", text="We look at it.", **of)
    await do("sendCustomerChat", "chat { id }", text="Thanks.", **of)
    await made("sendNewEmail", "email", "emailId", subject="Hi", textContent="Hello", **of)
    other = await made(
        "createThread", "thread", "other", customerIdentifier={"customerId": customer},
        title="In Slack", channel="SLACK",
        channelDetails={"slack": {"slackChannelId": "C1", "slackTeamId": "T1"}},
    )  # fmt: skip
    await do("replyToThread", "__typename", threadId=other, textContent="Hello")
    upload = await do(
        "createAttachmentUploadUrl", "attachmentUploadUrl { attachment { id } }",
        customerId=customer, fileName="a.txt", fileSizeBytes=5, attachmentType="NOTE",
    )  # fmt: skip
    ids["attachmentId"] = upload["attachmentUploadUrl"]["attachment"]["id"]
    await made("createSnippet", "snippet", "snippetId", name="Hi", text="Hello")
    await made(
        "createWebhookTarget", "webhookTarget", "webhookTargetId", url="http://127.0.0.1:9/",
        isEnabled=True, description="", eventSubscriptions=[{"eventType": "thread.note_created"}],
    )  # fmt: skip
    await made(
        "createCustomerCardConfig", "customerCardConfig", "customerCardConfigId", title="Plan",
        key="plan", defaultTimeToLiveSeconds=60, apiUrl="http://127.0.0.1:9/", apiHeaders=[],
    )  # fmt: skip
    # Nobody is there to give the card.
    off = {"isEnabled": {"value": False}}
    config = {"customerCardConfigId": ids["customerCardConfigId"]}
    await do("updateCustomerCardConfig", "customerCardConfig { id }", **config, **off)
    found = await world.ask(
        "{ helpCenters { edges { node { id } } } tiers { edges { node { id } } }"
        " customerGroups { edges { node { id } } } myMachineUser { id } myWorkspace { id } }"
    )
    for argument, root in (
        ("helpCenterId", "helpCenters"), ("tierId", "tiers"), ("customerGroupId", "customerGroups"),
    ):  # fmt: skip
        ids[argument] = found["data"][root]["edges"][0]["node"]["id"]
    ids["machineUserId"] = found["data"]["myMachineUser"]["id"]
    ids["workspaceId"] = found["data"]["myWorkspace"]["id"]
    center = {"helpCenterId": ids["helpCenterId"]}
    group = await made(
        "createHelpCenterArticleGroup", "helpCenterArticleGroup", "groupId", name="Basics", **center
    )
    await made(
        "upsertHelpCenterArticle", "helpCenterArticle", "articleId", title="Basics",
        contentHtml="<p>x</p>", status="PUBLISHED", helpCenterArticleGroupId=group, **center,
    )  # fmt: skip
    ids["slug"] = "basics"
    address = {"url": "https://x.example/a", "type": "URL"}
    await do("createKnowledgeSource", "knowledgeSource { __typename }", **address)
    sources = await world.ask(
        "{ knowledgeSources { edges { node { ... on KnowledgeSourceUrl { id } } } } }"
    )
    ids["knowledgeSourceId"] = sources["data"]["knowledgeSources"]["edges"][0]["node"]["id"]
    entries = await world.ask(
        "query e($id: ID!) { timelineEntries(customerId: $id) { edges { node { id } } } }",
        id=customer,
    )
    ids["timelineEntryId"] = entries["data"]["timelineEntries"]["edges"][0]["node"]["id"]
    return world
