"""`plain-sdk operations` and `plain-sdk reference`: what the client can do, and how."""

import asyncio
import re
import textwrap
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema
from surface import root_fields
from test_operations import ALL, MODULES, SchemaServer

from plain_sdk import AsyncPlainClient
from plain_sdk._api import schema_path
from plain_sdk.cli import main
from plain_sdk.cli._catalogue import operations, reference
from plain_sdk.cli._own_methods import own_methods

DOCUMENTED = set(
    """
    addCustomerToCustomerGroups addCustomerToTenants addLabels addMembersToTier archiveLabelType
    assignThread changeThreadPriority companies createAttachmentDownloadUrl
    createAttachmentUploadUrl createCustomerCardConfig createCustomerEvent createCustomerGroup
    createIndexedDocument createKnowledgeSource createLabelType createNote createThread
    createThreadEvent createWebhookTarget customer customerByEmail customerByExternalId
    customerCardConfig customerCardConfigs customerGroup customerGroups customers deleteCustomer
    deleteCustomerCardConfig deleteCustomerGroup deleteTenant deleteThreadField deleteWebhookTarget
    labelType labelTypeByExternalId labelTypes machineUser markCustomerAsSpam markThreadAsDone
    markThreadAsTodo myMachineUser myPermissions myWorkspace publicEventRequestBody
    removeCustomerFromCustomerGroups removeCustomerFromTenants removeLabels removeMembersFromTier
    replyToEmail replyToThread searchCompanies searchCustomers searchTenants searchThreads sendChat
    sendCustomerChat sendNewEmail setCustomerTenants snoozeThread subscriptionEventTypes tenant
    tenants thread threadByExternalId threadByRef threads tier tiers timelineEntries unassignThread
    unmarkCustomerAsSpam updateCompanyTier updateCustomerCardConfig updateCustomerCompany
    updateCustomerGroup updateTenantTier updateThreadTenant updateWebhookTarget upsertCompany
    upsertCustomer upsertCustomerGroup upsertTenant upsertThreadField user userByEmail users
    webhookDeliveryAttempts webhookTarget webhookTargets webhookVersions
    """.split()  # noqa: SIM905 - to be read
)
"""What Plain's documentation and the methods of its own SDK name."""


@pytest.fixture(scope="module")
def server() -> Iterator[SchemaServer]:
    with SchemaServer() as server:
        yield server


def test_the_table_has_every_documented_operation(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its method, whether it may be repeated, and its permission."""
    assert main(["operations"]) == 0
    out = capsys.readouterr().out
    rows = [re.split(r" {2,}", line) for line in out.splitlines() if "  " in line]
    fields = {row[1] for row in rows[1:]}
    assert DOCUMENTED - fields == set()
    (done,) = (row for row in rows if row[1] == "markThreadAsDone")
    assert done[:4] == ["mutation", "markThreadAsDone", "mark_thread_as_done", "safe"]
    assert done[4].split(", ") == [
        "thread:edit", "thread:read", "customer:read", "escalationPath:read (derived)",
        "label:read", "labelType:read", "machineUser:read (derived)",
        "surveyResponse:read (derived)", "tenant:read", "threadDiscussion:read (derived)",
        "threadField:read", "threadLink:read (derived)", "tier:read", "user:read",
    ]  # fmt: skip
    needs = "labelType:read, machineUser:read (derived), user:read"
    assert ["query", "labelTypes", "label_types", "safe", needs] in rows
    assert re.search(rf"^{len(ALL)} operations: \d+ queries, \d+ mutations$", out, re.M)


def test_coverage_of_a_schema(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Every root field is there, with a dash where the client has nothing for it."""
    later = "\nextend type Mutation { createNothing(title: String!): Tenant }\n"
    file = tmp_path / "later.graphql"
    file.write_text(schema_path().read_text(encoding="utf-8") + later)
    roots = len(root_fields(build_schema(file.read_text())))
    assert main(["operations", "--schema", str(file)]) == 0
    out = capsys.readouterr().out
    assert len(re.findall(r"(?m)^(?:query|mutation) ", out)) >= roots
    assert re.search(r"(?m)^mutation  createNothing +-$", out)
    assert re.search(rf"{roots} root fields, {roots - 1} of them covered \(100%\)$", out.strip())
    assert "not in that schema" not in out


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read"),
        (b"", "is empty"),
        (b"<!DOCTYPE html><html>", "is a web page, not a schema"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"type Query {", "schema:1:13: Syntax Error"),
        (b"type Query { a: B }", "Unknown type 'B'"),
        (b"type A { a: Int }", "Query root type must be provided"),
        (b'{"data": {"x": 1}}', "is JSON, but not an introspection result"),
        (b'{"data": {"__schema": {"types": [', "is not JSON"),
        (b'{"__schema": {"types": 1}}', "is not a complete introspection result"),
    ],
)
def test_a_bad_schema_is_told(
    content: bytes | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With exit code 2 and no traceback."""
    file = tmp_path / "schema"
    if content is not None:
        file.write_bytes(content)
    assert main(["operations", "--schema", str(file)]) == 2
    assert says in capsys.readouterr().err


def test_the_reference_tells_everything_of_each_method(capsys: pytest.CaptureFixture[str]) -> None:
    """What it is for, the permission, the errors, an example; for one method or for all."""
    assert main(["reference"]) == 0
    whole = capsys.readouterr().out
    sections = re.split(r"(?m)^## ", whole)[1:]
    names = [section.split("\n")[0] for section in sections]
    own = [name for name in own_methods() if name not in ALL]
    assert names == [*own, *ALL]
    assert {"upsert_customers", "sync_customers", "map", "upload_attachment", "quota"} <= {*own}
    for section in sections[len(own) :]:
        for part in ("- Permission: ", "- Errors: `PlainInputError`", "- Returns: ", "```python"):
            assert part in section
    assert main(["reference", "create_thread"]) == 0
    assert capsys.readouterr().out.strip() == next(
        f"## {s}".strip() for s in sections if s.startswith("create_thread\n")
    )
    assert main(["reference", "sync_customers", "upsert_customer"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("## sync_customers\n")
    for part in (
        "checkpoint: str | PathLike[str],",
        "`give_up_after`: ",
        "PlainCheckpointError",
        "on_conflict: OnConflict = 'raise'",
        "PlainCustomerConflictError",
    ):
        assert part in told
    assert main(["reference", "create_thred"]) == 2
    assert "did you mean create_thread?" in capsys.readouterr().err


def test_each_example_of_the_reference_runs(server: SchemaServer) -> None:
    """As it stands there, against a server that checks it against the schema."""
    server.answers.more_pages = False
    codes = re.findall(r"```python\n(.*?)```", reference(MODULES), re.S)
    assert len(codes) == len(MODULES)
    scope: dict[str, Any] = {"print": lambda *_: None}
    body = "".join(codes)
    exec("async def run(client):\n" + textwrap.indent(body, "    "), scope)

    async def run() -> None:
        async with AsyncPlainClient("k", url=server.url) as client:
            await scope["run"](client)

    with warnings.catch_warnings():
        # Some of Plain's root fields are deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        asyncio.run(run())
    assert len(server.requests) == len(MODULES)


def test_operations_are_found_by_the_names_of_their_methods() -> None:
    """Each is a method of the client."""
    assert list(operations()) == ALL
    assert all(hasattr(AsyncPlainClient, name) for name in ALL)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Thread", ["- `customer`: `CustomerReference`. The customer", "Returned by:", "`thread`"]),
        ("Entry", ["One of:", "- `ChatEntry`", "- `Unknown`"]),
        ("ThreadStatus", ["- `SNOOZED`"]),
        ("CreateThreadInput", ["- `customer_identifier`: `CustomerIdentifierInput` (required)"]),
    ],
)
def test_a_type_says_what_it_holds(
    capsys: pytest.CaptureFixture[str], name: str, told: list[str]
) -> None:
    """Its members with their types, what is said of them, and the methods that give it."""
    assert main(["reference", name]) == 0
    text = capsys.readouterr().out
    for part in told:
        assert part in text
    assert "Any" not in text


def test_a_method_leads_to_its_types(capsys: pytest.CaptureFixture[str]) -> None:
    """And who mistypes a type is told the nearest."""
    assert main(["reference", "create_thread"]) == 0
    assert "`plain-sdk reference Thread` prints what it holds" in capsys.readouterr().out
    assert main(["reference", "Threat"]) == 2
    assert "did you mean Thread?" in capsys.readouterr().err
