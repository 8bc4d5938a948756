"""The sandbox's page, as HTML: what it shows, and whom."""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import httpx
import pytest
from graphql import build_schema, parse, validate
from page_support import HOSTILE, filled

from plain_sdk import AsyncPlainClient, PlainError
from plain_sdk.cli._watching import Seen, watch
from plain_sdk.sandbox.page.fitting import fitted
from plain_sdk.testing import PlainSandbox

PARTS = ("/", "/customers", "/threads", "/requests", "/webhooks", "/faults", "/query")


@pytest.fixture
async def browser(plain_sandbox: PlainSandbox) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(plain_sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8089") as http:
        yield http


async def _shown(browser: httpx.AsyncClient, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


async def test_an_empty_sandbox_has_every_part(browser: httpx.AsyncClient) -> None:
    for path in PARTS:
        text = await _shown(browser, path)
        assert text.count('aria-current="page"') == 1, path


async def test_customers_and_threads_with_all_that_happened(
    browser: httpx.AsyncClient, plain_sandbox: PlainSandbox
) -> None:
    customer_id, thread_id = filled(plain_sandbox)
    assert f"/customers/{customer_id}" in await _shown(browser, "/customers")
    customer = await _shown(browser, f"/customers/{customer_id}")
    for told in ("Vip", "acme", f"/threads/{thread_id}"):
        assert told in customer
    assert f"/threads/{thread_id}" in await _shown(browser, "/threads?status=SNOOZED")
    assert f"/threads/{thread_id}" not in await _shown(browser, "/threads?status=TODO")
    thread = await _shown(browser, f"/threads/{thread_id}")
    for kind in ("chatentry", "emailentry", "noteentry", "customentry", "event"):
        assert f'class="entry {kind}' in thread, kind
    assert "<strong>Hello</strong>" in thread, "components are rendered"
    assert "to <strong>Snoozed</strong>" in thread
    assert "priority from 2 to <strong>0</strong>" in thread


async def test_nothing_that_is_stored_becomes_markup(
    browser: httpx.AsyncClient, plain_sandbox: PlainSandbox, plain: AsyncPlainClient
) -> None:
    customer_id, thread_id = filled(plain_sandbox)
    plain_sandbox.webhooks.send_to("http://127.0.0.1:9/?" + "%3Cscript%3E", "thread.note_created")
    await plain.customer_by_email(email=HOSTILE)
    plain_sandbox.run(
        plain_sandbox.operations.create_note(
            customer_id=customer_id, thread_id=thread_id, text=HOSTILE
        )
    )
    await plain_sandbox.webhooks.deliver()
    attempt = plain_sandbox.webhooks.attempts[0].id
    number = plain_sandbox.requests[-1].number
    whole = [
        f"/customers/{customer_id}", f"/threads/{thread_id}", f"/requests/{number}",
        f"/webhooks/{attempt}", f"/query?from={number}",
    ]  # fmt: skip
    for path in (*PARTS, *whole, f"/customers?q={HOSTILE}", f"/requests?q={HOSTILE}"):
        text = await _shown(browser, path)
        scripts = re.findall(r"<script[^>]*>", text)
        assert all('src="/static/' in script for script in scripts), path
        assert not re.findall(r"<img (?!src=\"/static/)", text), path
    thread = unescape(await _shown(browser, f"/threads/{thread_id}"))
    assert thread.count(HOSTILE) > 12, "it is shown as it is"
    missing = await _shown(browser, "/customers/%3Cscript%3Ealert(1)%3C%2Fscript%3E", 404)
    assert "<script>alert" not in missing


async def test_it_loads_nothing_from_elsewhere(
    browser: httpx.AsyncClient, plain_sandbox: PlainSandbox
) -> None:
    filled(plain_sandbox)
    for path in PARTS:
        answer = await browser.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert not re.search(r"http|\*", policy)
        for address in re.findall(r'(?:src|href|action)="([^"]+)"', answer.text):
            assert address.startswith(("/", "?", "#")), address
    for name in ("page.css", "page.js", "query.js", "editor.js", "icon.svg"):
        answer = await browser.get(f"/static/{name}")
        assert answer.status_code == 200
        assert answer.headers["x-content-type-options"] == "nosniff"
    for name in ("nothing.js", "../routes.py", "%2e%2e/routes.py", ""):
        assert (await browser.get(f"/static/{name}")).status_code == 404


@pytest.mark.parametrize(
    "host", ["attacker.example", "attacker.example:8089", "127.0.0.1.attacker.example", "", "[::"]
)
async def test_a_name_that_points_here_is_refused(browser: httpx.AsyncClient, host: str) -> None:
    for path in (*PARTS, "/version", "/static/page.js"):
        answer = await browser.get(path, headers={"host": host})
        assert answer.status_code == 403, path


@pytest.mark.parametrize("host", ["127.0.0.1:8089", "localhost:8089", "[::1]:8089", "LOCALHOST"])
async def test_this_machines_names_are_welcome(browser: httpx.AsyncClient, host: str) -> None:
    assert (await browser.get("/", headers={"host": host})).status_code == 200


async def test_only_the_page_itself_changes_something(
    browser: httpx.AsyncClient, plain_sandbox: PlainSandbox
) -> None:
    own = {"origin": "http://127.0.0.1:8089"}
    for headers in ({}, {"origin": "http://attacker.example"}, {"origin": "null"}):
        answer = await browser.post("/faults", data={"on": "503"}, headers=headers)
        assert answer.status_code == 403
    assert not len(plain_sandbox.faults)
    answer = await browser.post("/faults", data={"on": "503 customer 10%"}, headers=own)
    assert (answer.status_code, answer.headers["location"]) == (303, "/faults")
    assert [str(fault) for fault in plain_sandbox.faults] == ["503 customer 10%"]
    assert "503 customer 10%" in await _shown(browser, "/faults")
    answer = await browser.post("/faults", data={"on": "<b>nonsense"}, headers=own)
    assert answer.status_code == 422
    assert "is no fault" in answer.text
    assert "<b>nonsense" not in answer.text
    await browser.post("/faults", data={"off": "503 customer 10%"}, headers=own)
    assert not len(plain_sandbox.faults)


async def test_every_fault_that_is_offered_is_one(
    browser: httpx.AsyncClient, plain_sandbox: PlainSandbox
) -> None:
    offered = re.findall(r'<button name="on" value="([^"]+)"', await _shown(browser, "/faults"))
    assert len(offered) > 5
    plain_sandbox.faults.add(*offered)


async def test_requests_with_what_was_asked_and_answered(
    browser: httpx.AsyncClient, plain_sandbox: PlainSandbox, plain: AsyncPlainClient
) -> None:
    await plain.customer_by_email(email="nobody@example.com")
    bad: Any = {"email": "nowhere", "is_verified": True}
    with pytest.raises(PlainError):
        await plain.upsert_customer(
            identifier={"email_address": "nowhere"},
            on_create={"full_name": "N", "email": bad},
            on_update={},
        )
    listed = await _shown(browser, "/requests")
    assert listed.index("upsertCustomer") < listed.index("customerByEmail"), "the newest first"
    assert "input_validation" in listed, "a refusal is told, though its status is 200"
    assert "customerByEmail" not in await _shown(browser, "/requests?failed=1")
    assert "upsertCustomer" not in await _shown(browser, "/requests?q=nobody%40")
    one = await _shown(browser, "/requests/1")
    for told in ("nobody@example.com", "1 request<", ">mu_", "plain-sdk/"):
        assert told in one
    assert "plainApiKey" not in one, "the key is not shown"
    assert "nobody@example.com" in await _shown(browser, "/query?from=1")


async def test_looking_is_no_request_and_costs_nothing(
    browser: httpx.AsyncClient, plain_sandbox: PlainSandbox
) -> None:
    plain_sandbox.app.set_quota(1)
    plain_sandbox.faults.add("503")
    for path in PARTS:
        await _shown(browser, path)
    assert not len(plain_sandbox.requests)
    assert plain_sandbox.app.usage.admitted == 0


async def test_the_command_does_not_tell_of_those_who_look(plain_sandbox: PlainSandbox) -> None:
    told: list[Seen] = []
    watch(plain_sandbox.app, told.append)
    transport = httpx.ASGITransport(plain_sandbox.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
        for path in (*PARTS, "/version", "/static/page.js", "/elsewhere"):
            await http.get(path)
    assert [seen.what for seen in told] == ["GET /elsewhere"]


async def test_its_version_tells_whether_there_is_something_new(
    browser: httpx.AsyncClient, plain: AsyncPlainClient
) -> None:
    before = (await browser.get("/version")).text
    assert (await browser.get("/version")).text == before
    await plain.customers().collect()
    assert (await browser.get("/version")).text != before


async def test_long_lists_have_pages(
    browser: httpx.AsyncClient, plain_sandbox: PlainSandbox
) -> None:
    for number in range(51):
        plain_sandbox.customer(f"c{number}@example.com")
    first = await _shown(browser, "/customers")
    [after] = re.findall(r'href="(\?after=[^"]+)"', first)
    second = await _shown(browser, f"/customers{after}")
    assert (first.count('class="row"'), second.count('class="row"')) == (50, 1)
    assert "before=" in second


@pytest.mark.plain_sandbox(schema="type Query { nothing: Int } type Mutation { nothing: Int }")
async def test_a_schema_without_all_that_is_shown(browser: httpx.AsyncClient) -> None:
    assert "This version of the schema" in await _shown(browser, "/threads")


def test_an_older_schema_is_asked_for_less() -> None:
    schema = build_schema("type Query { one: Part } union Part = Old type Old { a: Int }")
    asked = fitted(schema, "{ one { __typename ... on Old { a } ... on Newer { b } } }")
    assert validate(schema, parse(asked)) == []
    assert "... on Old" in asked
