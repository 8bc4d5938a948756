"""Plain's own TypeScript clients, unmodified, cannot tell the sandbox from Plain."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from plain_sdk._api import schema_path
from plain_sdk.sandbox import ApiKey, SandboxApp, SandboxServer
from plain_sdk.testing import PlainSandbox

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
VERSION_OF_ITS_WEBHOOKS = "2026-02-27"
NEEDED = "PLAIN_SDK_TESTS_NEED_NODE"
EVERY = ApiKey("plainApiKey_every")
FEW = ApiKey("plainApiKey_few", frozenset({"workspace:read"}))

ENTITIES: dict[str, dict[str, Any]] = {
    "getCustomerById": {"fullName": "Ada Lovelace", "externalId": "ada"},
    "getCustomerByEmail": {"fullName": "Ada Lovelace"},
    "getCustomerByExternalId": {"fullName": "Ada Lovelace"},
    "getCustomerGroupById": {"__typename": "CustomerGroup", "key": "vip"},
    "upsertTenant": {"externalId": "acme", "name": "Acme"},
    "getTenantById": {"externalId": "acme"},
    "upsertCompany": {"name": "Acme Inc.", "domainName": "acme.test"},
    "updateCustomerCompany": {"__typename": "Customer"},
    "getTierById": {"externalId": "gold"},
    "updateTenantTier": {"__typename": "TenantTierMembership"},
    "updateCompanyTier": {"__typename": "CompanyTierMembership"},
    "getMyWorkspace": {"__typename": "Workspace"},
    "getUserByEmail": {"email": "ann@example.com"},
    "getUserById": {"email": "ann@example.com"},
    "createLabelType": {"name": "Bug", "isArchived": False},
    "getLabelType": {"name": "Bug"},
    "archiveLabelType": {"name": "Bug", "isArchived": True},
    "createThread": {"title": "The engine stops", "status": "TODO", "ref": "T-1"},
    "getThread": {"title": "The engine stops"},
    "getThreadByRef": {"ref": "T-1"},
    "getThreadByExternalId": {"externalId": "t-1"},
    "assignThread": {"__typename": "Thread"},
    "unassignThread": {"assignedTo": None},
    "changeThreadPriority": {"priority": 1},
    "updateThreadTenant": {"__typename": "Thread"},
    "snoozeThread": {"status": "SNOOZED"},
    "markThreadAsTodo": {"status": "TODO"},
    "markThreadAsDone": {"status": "DONE"},
    "upsertThreadField": {"key": "product", "stringValue": "Engine"},
    "createNote": {"text": "Look at the valve."},
    "createCustomerEvent": {"title": "Ordered"},
    "createThreadEvent": {"title": "Shipped"},
    "sendCustomerChat": {"text": "It stopped again."},
    "sendChat": {"text": "We are looking."},
    "sendNewEmail": {"inReplyToEmailId": None},
    "replyToEmail": {"subject": "Re: Valve"},
    "createAttachmentUploadUrl": {"__typename": "AttachmentUploadUrl"},
    "createCustomerCardConfig": {"title": "Orders", "key": "orders"},
    "updateCustomerCardConfig": {"title": "All orders", "key": "orders"},
    "createWebhookTarget": {"description": "hooks", "isEnabled": False},
    "updateWebhookTarget": {"description": "our hooks"},
    "getWebhookTargetById": {"description": "our hooks"},
    "createKnowledgeSource": {"url": "https://example.com/docs", "type": "URL"},
    "indexDocument": {"url": "https://example.com/docs/a"},
}
"""What comes back unwrapped, and some of its members."""

PAGES = {
    "getCustomers": "customers",
    "getCustomerGroups": "customerGroups",
    "getCustomerCustomerGroupMemberships": "customerGroupMemberships",
    "getCustomerTenantMemberships": "tenantMemberships",
    "getTenants": "tenants",
    "searchTenants": "tenants",
    "getCompanies": "companies",
    # So it is named in that package.
    "searchCompanies": "tenants",
    "getTiers": "tiers",
    "getThreads": "threads",
    "getLabelTypes": "labelTypes",
    "getWebhookTargets": "webhookTargets",
}
"""Lists, and what their members are under."""

LISTS = {"addCustomerToCustomerGroups": 1, "addMembersToTier": 2, "addLabels": 1}
"""Lists that are no pages, and how many they hold."""

NOTHING = [
    "removeCustomerFromCustomerGroups", "addCustomerToTenants", "setCustomerTenants",
    "removeCustomerFromTenants", "removeMembersFromTier", "removeLabels", "deleteThreadField",
    "replyToThread", "deleteCustomerCardConfig", "deleteWebhookTarget", "deleteCustomer",
    "userByEmail", "getCustomerById: nobody",
]  # fmt: skip
"""What gives null: it is gone, or there is none."""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scripts and the published packages that they import."""
    folder = tmp_path_factory.mktemp("official_clients")
    for file in (*HERE.glob("*.mjs"), HERE / "package.json"):
        shutil.copy(file, folder)
    if shutil.which("node") is None or shutil.which("npm") is None:
        _without("Node and npm are not installed (Debian: apt-get install nodejs npm)")
    options = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
    installed = subprocess.run(
        ["npm", "install", *options], cwd=folder, capture_output=True, text=True, timeout=120
    )
    if installed.returncode:
        _without(f"npm cannot install the packages: {installed.stderr[-500:]}")
    return folder


def _without(reason: str) -> NoReturn:
    if os.environ.get(NEEDED):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    schema = schema_path().read_text(encoding="utf-8")
    newer = (HERE / "newer.graphql").read_text(encoding="utf-8")
    app = SandboxApp(
        schema + newer,
        keys=(EVERY, FEW),
        groups=("vip",),
        tiers=("gold",),
        users=("ann@example.com",),
    )
    with SandboxServer(app) as running:
        yield running


def _run(packages: Path, script: str, *arguments: str, given: Any = None) -> Any:
    done = subprocess.run(
        ["node", script, *arguments],
        cwd=packages, input=json.dumps(given), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def old(packages: Path, server: SandboxServer) -> dict[str, Any]:
    told: dict[str, Any] = _run(packages, "old_client.mjs", server.url, FEW.key)
    return told


@pytest.fixture(scope="module")
def results(old: dict[str, Any]) -> dict[str, Any]:
    """What each method of the old client gave."""
    return dict(old["told"])


@pytest.fixture(scope="module")
def new(packages: Path, server: SandboxServer) -> dict[str, Any]:
    told: dict[str, Any] = _run(packages, "new_client.mjs", server.url, FEW.key)
    return told


def test_the_old_client_is_called_in_full(old: dict[str, Any], results: dict[str, Any]) -> None:
    called = {name.partition(":")[0] for name in results}
    assert {*old["methods"]} == {"constructor", *called}
    with_data = {*ENTITIES, *PAGES, *LISTS, *NOTHING, "upsertCustomer", "rawRequest"}
    failed = {name for name in results if ":" in name and name not in NOTHING}
    assert {*results} == with_data | failed


def test_it_gets_either_data_or_an_error(results: dict[str, Any]) -> None:
    wrong = {name for name, result in results.items() if len(result) != 1}
    assert not wrong
    unexpected = {name: r for name, r in results.items() if ":" not in name and "error" in r}
    assert not unexpected


def test_upserting_gives_the_result_and_the_customer(results: dict[str, Any]) -> None:
    data = results["upsertCustomer"]["data"]
    assert data.keys() == {"result", "customer"}
    assert data["result"] == "CREATED"
    assert data["customer"]["email"]["email"] == "ada@example.com"


def test_entities_come_unwrapped(results: dict[str, Any]) -> None:
    for method, members in ENTITIES.items():
        data = results[method]["data"]
        assert {name: data[name] for name in members} == members, method


def test_lists_come_with_their_page(results: dict[str, Any]) -> None:
    for method, plural in PAGES.items():
        data = results[method]["data"]
        assert data[plural], method
        assert data["pageInfo"]["hasNextPage"] is False, method
    assert results["getCustomers"]["data"]["totalCount"] == 1
    for method, count in LISTS.items():
        assert len(results[method]["data"]) == count, method


def test_what_is_gone_or_is_none_is_null(results: dict[str, Any]) -> None:
    assert {name: results[name] for name in NOTHING} == {name: {"data": None} for name in NOTHING}


def test_its_errors_are_of_the_kinds_that_it_knows(results: dict[str, Any]) -> None:
    errors = {name: result["error"] for name, result in results.items() if "error" in result}
    assert {name: error["type"] for name, error in errors.items()} == {
        "upsertCustomer: no address": "mutation_error",
        "upsertCustomer: not of the schema": "bad_request",
        "rawRequest: no GraphQL": "bad_request",
        "getCustomers: no right": "forbidden",
        "deleteCustomer: no right": "forbidden",
        "getMyWorkspace: no key": "forbidden",
    }
    assert all(error["requestId"] for error in errors.values())
    details = errors["upsertCustomer: no address"]["errorDetails"]
    assert (details["type"], details["code"]) == ("VALIDATION", "input_validation")
    assert details["fields"][0]["field"] == "identifier.emailAddress"
    assert 'missing "customer:read"' in errors["getCustomers: no right"]["message"]
    assert 'missing "customer:delete"' in errors["deleteCustomer: no right"]["message"]
    # It keeps only errors of a shape that it knows: message, locations, extensions.code.
    assert errors["upsertCustomer: not of the schema"]["graphqlErrors"]
    assert errors["rawRequest: no GraphQL"]["graphqlErrors"]


def test_it_says_who_it_is_as_it_says_to_plain(old: dict[str, Any], server: SandboxServer) -> None:
    request = server.app.requests.of("myWorkspace")[0]
    assert request.headers["plain-sdk"] == "typescript"
    assert request.headers["plain-sdk-version"] == "5.12.1"


async def test_it_verifies_and_reads_the_webhooks_of_its_version(
    packages: Path, plain_sandbox: PlainSandbox
) -> None:
    plain_sandbox.webhooks.send_to(
        "https://app.example/", app=_nowhere, version=VERSION_OF_ITS_WEBHOOKS
    )
    plain_sandbox.customer("ada@example.com", tenants=["acme"], groups=["vip"])
    thread = plain_sandbox.thread("ada@example.com")
    operations = plain_sandbox.operations
    bug = plain_sandbox.run(operations.create_label_type(name="Bug"))
    plain_sandbox.run(operations.add_labels(thread_id=thread.id, label_type_ids=[bug.id]))
    attempts = await plain_sandbox.webhooks.deliver()

    signatures = [attempt.headers["Plain-Request-Signature"] for attempt in attempts]
    secret = plain_sandbox.webhooks.secret
    sent = [[a.body.decode(), s, secret] for a, s in zip(attempts, signatures)]
    forged = [[attempts[0].body.decode(), signatures[0], "another secret"]]
    *read, refused = _run(packages, "webhooks.mjs", given=sent + forged)
    assert read == [[attempt.event.type, attempt.event.id] for attempt in attempts]
    assert {"customer.customer_created", "thread.thread_created"} <= {name for name, _ in read}
    assert refused[0] == "PlainWebhookSignatureVerificationError"


async def _nowhere(scope: object, receive: object, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_the_readme_of_the_new_client(new: dict[str, Any]) -> None:
    assert new["upserted"] == {"result": "CREATED", "error": None, "name": "Alice"}
    assert (new["customer"], new["company"]) == ("Alice", "example.com")
    assert new["identities"] == [["EmailCustomerIdentity", "alice@example.com"]]
    assert new["refused"] == {
        "type": "VALIDATION",
        "code": "input_validation",
        "fields": [
            ["identifier.emailAddress", "VALIDATION"],
            ["onCreate.email.email", "VALIDATION"],
        ],
    }
    assert new["begun"] == "Help"
    assert new["thread"] == {
        "createdBy": "MachineUserActor",
        "isUser": False,
        "statusDetail": "ThreadStatusDetailWaitingForDuration",
        "until": "string",
        "customer": "Alice",
    }


def test_the_new_client_turns_pages(new: dict[str, Any]) -> None:
    assert [len(names) for names in new["pages"]] == [2, 1]
    assert sorted(name for names in new["pages"] for name in names) == ["Alice", "Bob", "Carol"]


def test_what_the_new_client_raises(new: dict[str, Any]) -> None:
    raised = {name: new[name]["thrown"] for name in ("nobody", "badInput", "noRight", "noKey")}
    assert raised == {
        "nobody": "Error",
        "badInput": "NetworkError",
        "noRight": "AuthenticationError",
        "noKey": "AuthenticationError",
    }
    assert new["nobody"]["message"] == "customer not found"
    assert new["badInput"]["message"].startswith("HTTP 400: Bad Request: ")
    assert 'missing "customer:read"' in new["noRight"]["message"]
