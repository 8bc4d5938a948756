"""Every operation of the client that the sandbox carries out, called once, in one story."""

import asyncio
import inspect
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
from support import StartSandbox, create

from plain_sdk import AsyncPlainClient
from plain_sdk.cli._coverage import coverage


class Tour:
    """Calls methods of a client by name, and remembers which."""

    def __init__(self, client: AsyncPlainClient) -> None:
        self._client = client
        self.called: set[str] = set()

    async def __call__(self, name: str, /, *arguments: Any, **named: Any) -> Any:
        self.called.add(name)
        method = getattr(self._client, name)
        # In the order of the signature, which asks for some by their names.
        given = zip(inspect.signature(method).parameters, arguments, strict=False)
        done = method(**dict(given), **named)
        return await done if asyncio.iscoroutine(done) else await done.collect()

    async def later(self, name: str, /, *arguments: Any, **named: Any) -> Any:
        """The same, of a method that the client may not have yet."""
        return await self(name, *arguments, **named) if hasattr(self._client, name) else None


@contextmanager
def card_endpoint() -> Iterator[str]:
    """An endpoint that gives a card with the customer's address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            content = (
                b'{"cards": [{"key": "plan", "components": [{"componentText": {"text": "x"}}]}]}'
            )
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/cards"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_the_tour(start_sandbox: StartSandbox) -> None:
    """What the coverage lists as carried out is carried out through the client, and no more."""
    server = start_sandbox(tiers=("gold",), users=("ada@example.com",))
    async with AsyncPlainClient("full", url=server.url) as client:
        tour = Tour(client)
        customer = await customers(tour)
        await organisations(tour, customer)
        thread = await threads(tour, customer)
        await messages(tour, customer, thread)
        await workspace(tour)
        with card_endpoint() as url:
            await cards(tour, customer, thread, url)
        await knowledge(tour)
        await tour("delete_customer", customer)
        assert await tour("thread", thread) is None
    assert tour.called == {name for name, _, done in coverage() if done}


async def customers(tour: Tour) -> str:
    made = await tour(
        "upsert_customer", identifier={"external_id": "e1"},
        on_create=create("donald@acme.example", external_id="e1"),
    )  # fmt: skip
    customer = made.customer.id
    await tour("upsert_customer", identifier={"external_id": "e2"}, on_create=create("d@x.example"))
    for found in (
        await tour("customer", customer),
        await tour("customer_by_email", "DONALD@acme.example"),
        await tour("customer_by_external_id", "e1"),
    ):
        assert found.id == customer
    query = {"or": [{"full_name": {"case_insensitive_contains": "duck"}}]}
    assert len(await tour("search_customers", query)) == 2
    assert len(await tour("customers")) == 2
    assert (await tour("mark_customer_as_spam", customer)).marked_as_spam_at is not None
    assert (await tour("unmark_customer_as_spam", customer)).marked_as_spam_at is None
    group = await tour("create_customer_group", name="A", key="a", color="#000000")
    assert (await tour("update_customer_group", group.id, name="B")).name == "B"
    identifier = {"customer_group_key": "b"}
    upserted = await tour(
        "upsert_customer_group", identifier=identifier, name="B", key="b", color="#111111"
    )
    assert upserted.result == "CREATED"
    assert (await tour("customer_group", group.id)).key == "a"
    assert len(await tour("customer_groups")) == 2
    await tour("add_customer_to_customer_groups", customer, [{"customer_group_key": "a"}])
    (membership,) = await tour("customer_group_memberships", customer)
    assert membership.customer_group.id == group.id
    await tour("remove_customer_from_customer_groups", customer, [{"customer_group_id": group.id}])
    await tour("delete_customer_group", group.id)
    assert await tour("customer_group", group.id) is None
    return str(customer)


async def organisations(tour: Tour, customer: str) -> None:
    acme = {"external_id": "acme"}
    tenant = (await tour("upsert_tenant", identifier=acme, name="Acme", **acme)).tenant
    assert (await tour("tenant", tenant.id)).external_id == "acme"
    assert len(await tour("tenants")) == 1
    assert len(await tour("search_tenants", {"term": "acm"})) == 1
    who = {"customer_identifier": {"customer_id": customer}, "tenant_identifiers": [acme]}
    await tour("add_customer_to_tenants", **who)
    assert [m.tenant.id for m in await tour("tenant_memberships", customer)] == [tenant.id]
    await tour("remove_customer_from_tenants", **who)
    await tour("set_customer_tenants", **who)
    identifier = {"company_domain_name": "acme.example"}
    upserted = await tour(
        "upsert_company", identifier=identifier, name="Acme", domain_name="https://acme.example/x"
    )
    assert upserted.result == "UPDATED"
    company = upserted.company
    assert (await tour("company", company.id)).domain_name == "acme.example"
    assert [c.id for c in await tour("companies", filters={"company_ids": [company.id]})] == [
        company.id
    ]
    assert len(await tour("search_companies", {"term": "acme"})) == 1
    changed = await tour("update_customer_company", customer, company_identifier=identifier)
    assert changed.company.id == company.id
    (gold,) = await tour("tiers")
    assert (await tour("tier", gold.id)).external_id == "gold"
    tier = {"external_id": "gold"}
    joined = await tour("add_members_to_tier", tier, [{"tenant_id": tenant.id}])
    assert [m.tenant_id for m in joined] == [tenant.id]
    assert len(await tour("remove_members_from_tier", [{"tenant_id": tenant.id}])) == 1
    assert await tour("update_tenant_tier", acme, tier_identifier=tier) is not None
    assert await tour("update_company_tier", identifier, tier_identifier=tier) is not None
    assert (await tour("tenant", tenant.id)).tier.id == gold.id
    other = (await tour("upsert_tenant", identifier={"external_id": "x"}, name="X",
                        external_id="x")).tenant  # fmt: skip
    await tour("delete_tenant", {"tenant_id": other.id})
    made = await tour.later(
        "create_tier", name="S", external_id="s", color="#111111", member_identifiers=[]
    )
    if made is not None:
        await tour.later("update_tier", made.id, name="T")
        await tour.later("delete_tier", made.id)
    await tour.later("delete_company", {"company_domain_name": "x.example"})


async def threads(tour: Tour, customer: str) -> str:
    bug = await tour("create_label_type", name="Bug", external_id="bug")
    assert (await tour("update_label_type", bug.id, color="#FF0000")).color == "#FF0000"
    assert (await tour("label_type", bug.id)).name == "Bug"
    assert (await tour("label_type_by_external_id", "bug")).id == bug.id
    assert (await tour("archive_label_type", bug.id)).is_archived
    assert len(await tour("label_types", filters={"is_archived": True})) == 1
    assert not (await tour("unarchive_label_type", bug.id)).is_archived
    model = await tour(
        "create_thread_field_schema", label="Model", key="model", description="", order=1,
        type="STRING", enum_values=[], is_required=True, is_ai_auto_fill_enabled=False,
    )  # fmt: skip
    assert (await tour("update_thread_field_schema", model.id, label="Modell")).label == "Modell"
    assert (await tour("thread_field_schema", model.id)).key == "model"
    assert len(await tour("thread_field_schemas")) == 1
    order = [{"thread_field_schema_id": model.id, "order": 3}]
    assert [s.order for s in await tour("reorder_thread_field_schemas", order)] == [3]
    thread = await tour(
        "create_thread", customer_identifier={"customer_id": customer}, title="It does not fly",
        external_id="t1", components=[{"component_text": {"text": "At all."}}],
        tenant_identifier={"external_id": "acme"},
    )  # fmt: skip
    for found in (
        await tour("thread", thread.id),
        await tour("thread_by_ref", thread.ref),
        await tour("thread_by_external_id", customer, "t1"),
        *await tour("threads", filters={"statuses": ["TODO"]}),
        *[result.thread for result in await tour("search_threads", {"term": "fly"})],
    ):
        assert found.id == thread.id
    (label,) = await tour("add_labels", [bug.id], thread.id)
    await tour("remove_labels", [label.id])
    (user,) = await tour("users")
    assert (await tour("assign_thread", thread.id, user_id=user.id)).assigned_to.id == user.id
    assert (await tour("unassign_thread", thread.id)).assigned_to is None
    assert (await tour("change_thread_priority", thread.id, 0)).priority == 0
    assert (await tour("update_thread_title", thread.id, "It flies")).title == "It flies"
    assert (await tour("update_thread_tenant", thread.id)).tenant is None
    field = {"thread_id": thread.id, "key": "model"}
    upserted = await tour("upsert_thread_field", field, "STRING", string_value="X")
    assert upserted.result == "CREATED"
    assert (await tour("mark_thread_as_done", thread.id)).status == "DONE"
    assert (await tour("mark_thread_as_todo", thread.id)).status == "TODO"
    assert (await tour("snooze_thread", thread.id, duration_seconds=60)).status == "SNOOZED"
    await tour("delete_thread_field", field)
    await tour("delete_thread_field_schema", model.id)
    other = await tour("customer_by_email", "d@x.example")
    moved = await tour("change_thread_customer", thread.id, other.id)
    assert moved.customer.id == other.id
    await tour("change_thread_customer", thread.id, customer)
    await tour.later("update_thread_tier", thread.id, tier_identifier={"external_id": "gold"})
    await tour.later("lock_thread", thread.id)
    second = await tour("create_thread", customer_identifier={"customer_id": other.id}, title="T")
    await tour.later("delete_thread", second.id)
    return str(thread.id)


async def messages(tour: Tour, customer: str, thread: str) -> None:
    told = [{"component_plain_text": {"plain_text": "Shipped"}}]
    await tour("create_customer_event", {"customer_id": customer}, "Ordered", told)
    await tour("create_thread_event", thread, "Shipped", told)
    ticket = await tour(
        "create_attachment_upload_url", customer, "note.txt", 5, attachment_type="NOTE"
    )
    form = {pair.key: pair.value for pair in ticket.upload_form_data}
    async with httpx.AsyncClient(trust_env=False) as http:
        sent = await http.post(ticket.upload_form_url, data=form, files={"file": b"12345"})
        assert sent.status_code == 204, sent.text
        got = await tour("create_attachment_download_url", ticket.attachment.id)
        assert (await http.get(got.download_url)).content == b"12345"
    note = await tour(
        "create_note", customer, "Hm.", thread_id=thread, attachment_ids=[ticket.attachment.id]
    )
    assert [a.id for a in note.attachments] == [ticket.attachment.id]
    await tour.later("update_note", note.id, text="Hm!")
    await tour("send_chat", customer, text="We look at it.", thread_id=thread)
    await tour("send_customer_chat", customer, thread, text="Thanks")
    await tour("reply_to_thread", thread, "Done.")
    email = await tour("send_new_email", customer, "About it", "Hello", thread_id=thread)
    answered = await tour("reply_to_email", email.id, "And then")
    assert answered.subject == "Re: About it"
    entries = await tour("thread_timeline_entries", thread, filters={"is_message": True})
    assert [e.entry.typename__ for e in entries] == [
        "CustomEntry", "ChatEntry", "ChatEntry", "ChatEntry", "EmailEntry", "EmailEntry"
    ]  # fmt: skip
    every = await tour("timeline_entries", customer)
    assert {"CustomerEventEntry", "ThreadEventEntry", "NoteEntry"} <= {
        e.entry.typename__ for e in every
    }
    assert (await tour("timeline_entry", customer, every[0].id)).id == every[0].id
    await tour.later("delete_note", note.id)


async def workspace(tour: Tour) -> None:
    mine = await tour("my_workspace")
    assert (await tour("workspace", mine.id)).id == mine.id
    (user,) = await tour("users")
    assert (await tour("user", user.id)).email == "ada@example.com"
    assert (await tour("user_by_email", "ada@example.com")).id == user.id
    me = await tour("my_machine_user")
    assert (await tour("machine_user", me.id)).id == me.id
    assert [u.id for u in await tour("machine_users")] == [me.id]
    everything = await tour("permissions")
    assert everything.permissions == (await tour("my_permissions")).permissions
    snippet = await tour("create_snippet", name="Hi", text="Hello")
    assert (await tour("update_snippet", snippet.id, text="Hello!")).text == "Hello!"
    assert (await tour("snippet", snippet.id)).name == "Hi"
    assert len(await tour("snippets")) == 1
    assert (await tour("delete_snippet", snippet.id)).is_deleted
    types = await tour("subscription_event_types")
    wanted = [{"event_type": types[0].event_type}]
    target = await tour(
        "create_webhook_target", "http://127.0.0.1:9/", wanted, is_enabled=False, description="d"
    )
    assert (await tour("update_webhook_target", target.id, description="e")).description == "e"
    assert (await tour("webhook_target", target.id)).url == "http://127.0.0.1:9/"
    assert len(await tour("webhook_targets")) == 1
    assert [v.is_latest for v in await tour("webhook_versions")][-1]
    assert await tour("webhook_delivery_attempts", target.id) == []
    assert await tour("public_event_request_body", "pEv_none") is None
    await tour("delete_webhook_target", target.id)


async def cards(tour: Tour, customer: str, thread: str, url: str) -> None:
    config = await tour("create_customer_card_config", "Plan", "plan", 60, url, api_headers=[])
    await tour("update_customer_card_config", config.id, title="The plan")
    order = [{"customer_card_config_id": config.id, "order": 2}]
    assert [c.order for c in await tour("reorder_customer_card_configs", order)] == [2]
    assert (await tour("customer_card_config", config.id)).title == "The plan"
    assert len(await tour("customer_card_configs")) == 1
    (card,) = await tour("customer_card_instances", customer, thread_id=thread)
    assert card.components[0].text == "x"
    again = await tour("reload_customer_card_instance", customer, config.id)
    assert again.typename__ == "CustomerCardInstanceLoaded"
    await tour("delete_customer_card_config", config.id)


async def knowledge(tour: Tour) -> None:
    (center,) = await tour("help_centers")
    assert (await tour("help_center", center.id)).id == center.id
    await tour.later("create_help_center", public_name="X", internal_name="X", type="PUBLIC",
                     description="", subdomain="x")  # fmt: skip
    group = await tour("create_help_center_article_group", center.id, "Basics")
    await tour("update_help_center_article_group", group.id, name="Basis")
    assert (await tour("help_center_article_group", group.id)).name == "Basis"
    found = await tour("help_center_article_group_by_slug", center.id, "basics")
    assert found.id == group.id
    article = await tour(
        "upsert_help_center_article", center.id, "How to fly", "<p>Jump.</p>",
        help_center_article_group_id=group.id, status="PUBLISHED",
    )  # fmt: skip
    assert (await tour("help_center_article", article.id)).article_group.id == group.id
    assert (await tour("help_center_article_by_slug", center.id, "how-to-fly")).id == article.id
    assert len(await tour("help_center_articles", center.id)) == 1
    source = await tour("create_knowledge_source", "https://docs.example/a", "URL")
    await tour("create_indexed_document", "https://docs.example/b", source.id)
    assert len(await tour("indexed_documents", filters={"knowledge_source_id": source.id})) == 2
    assert len(await tour("search_knowledge_sources", "jump")) == 1
    assert (await tour("knowledge_source", source.id)).url == "https://docs.example/a"
    assert len(await tour("knowledge_sources")) == 1
    await tour("reindex_knowledge_source", source.id)
    await tour("delete_knowledge_source", source.id)
    await tour("delete_help_center_article", article.id)
    await tour("delete_help_center_article_group", group.id)
