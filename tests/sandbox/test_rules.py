"""The documented rules of threads, messages, attachments and cards, and the codes of refusals."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest
from support import StartSandbox

from plain_sdk import AsyncPlainClient, PlainMutationError, PlainMutationPermissionError
from plain_sdk.sandbox import ApiKey
from plain_sdk.testing import PlainSandbox


async def code_of(call: Any) -> tuple[str, list[str]]:
    """The code of a refusal, and the fields that it names."""
    with pytest.raises(PlainMutationError) as caught:
        await call
    return caught.value.code, [f.field for f in caught.value.fields]


async def test_threads_by_every_identifier_of_the_customer() -> None:
    """By Plain's id, email address and external id; by exactly one of them."""
    with PlainSandbox() as sandbox:
        plain: Any = sandbox.client()
        customer = sandbox.customer("a@b.example", external_id="e1")
        for identifier in (
            {"customer_id": customer.id}, {"email_address": "A@b.example"}, {"external_id": "e1"}
        ):  # fmt: skip
            made = await plain.create_thread(customer_identifier=identifier, title="t")
            assert made.customer.id == customer.id
            assert (made.status, made.priority, made.channel) == ("TODO", 2, "API")
        refs = [thread.ref async for thread in plain.threads()]
        assert refs == ["T-1", "T-2", "T-3"]
        nobody = plain.create_thread(customer_identifier={"external_id": "none"}, title="t")
        assert (await code_of(nobody))[0] == "not_found"


async def test_what_a_new_thread_may_not_be() -> None:
    """A second one with the same external id, of an odd channel or priority, with what is not."""
    with PlainSandbox() as sandbox:
        plain: Any = sandbox.client()
        operations = sandbox.operations
        customer = {"customer_id": sandbox.customer().id}
        bug = sandbox.run(operations.create_label_type(name="Bug"))
        sandbox.run(operations.archive_label_type(bug.id))

        def create(**more: Any) -> Any:
            return plain.create_thread(customer_identifier=customer, title="t", **more)

        await create(external_id="e1")
        assert await code_of(create(external_id="e1")) == ("input_validation", ["externalId"])
        assert await code_of(create(channel="IMPORT")) == ("input_validation", ["channel"])
        assert await code_of(create(channel="SLACK")) == (
            "input_validation", ["channelDetails.slack"]
        )  # fmt: skip
        assert (await code_of(create(label_type_ids=[bug.id])))[0] == (
            "cannot_add_label_using_archived_label_type"
        )
        assert (await code_of(create(label_type_ids=["lt_none"])))[0] == "not_found"
        assert (await code_of(create(assigned_to={"user_id": "u_none"})))[0] == "not_found"
        unknown = [{"key": "none", "type": "STRING", "string_value": "x"}]
        assert (await code_of(create(thread_fields=unknown)))[0] == "not_found"
        assert len(await plain.threads().collect()) == 1


async def test_new_threads_show_the_25_newest_events_of_the_customer() -> None:
    """And those that there are show each event; a second one with the same external id is none."""
    with PlainSandbox() as sandbox:
        plain: Any = sandbox.client()
        first = sandbox.thread("a@b.example").id
        told: Any = [{"component_text": {"text": "x"}}]
        for number in range(27):
            event: Any = {
                "customer_identifier": {"email_address": "a@b.example"}, "title": f"e{number}",
                "components": told, "external_id": f"e{number}",
                "timestamp": f"2026-01-{number + 1:02}T00:00:00Z",
            }  # fmt: skip
            await plain.create_customer_event(**event)
        assert (await code_of(plain.create_customer_event(**event)))[0] == "input_validation"
        second = sandbox.thread("a@b.example").id

        async def titles(thread: str) -> list[str]:
            entries = await plain.thread_timeline_entries(thread, page_size=100).collect()
            return [e.entry.title for e in entries if e.entry.typename__ == "CustomerEventEntry"]

        assert await titles(first) == [f"e{n}" for n in range(27)]
        assert await titles(second) == [f"e{n}" for n in range(2, 27)]


async def test_replies_go_by_the_channel() -> None:
    """Channels that take none; an empty thread gets an email; impersonation needs a permission."""
    everything = ApiKey("all")
    restricted = ApiKey("some", frozenset({"thread:reply"}))
    with PlainSandbox(keys=[everything, restricted]) as sandbox:
        plain: Any = sandbox.client("all")
        limited: Any = sandbox.client("some")
        internal = sandbox.thread("a@b.example", channel="INTERNAL")
        reply = plain.reply_to_thread(thread_id=internal.id, text_content="x")
        assert (await code_of(reply))[0] == "cannot_reply_to_thread"
        thread = sandbox.thread("a@b.example").id
        await plain.reply_to_thread(thread_id=thread, text_content="hello")
        as_customer: Any = {
            "as_customer": {"customer_identifier": {"email_address": "a@b.example"}}
        }
        with pytest.raises(PlainMutationPermissionError) as caught:
            await limited.reply_to_thread(
                thread_id=thread, text_content="x", impersonation=as_customer
            )
        assert caught.value.missing_permissions == ("customer:impersonate",)
        await plain.mark_thread_as_done(thread_id=thread)
        await plain.reply_to_thread(
            thread_id=thread, text_content="thanks", impersonation=as_customer
        )
        entries = [e async for e in plain.thread_timeline_entries(thread)]
        emails = [e for e in entries if e.entry.typename__ == "EmailEntry"]
        assert [e.actor.typename__ for e in emails] == ["MachineUserActor", "CustomerActor"]
        # A reply of the customer opens the thread again, and says why.
        assert (await plain.thread(thread)).status_detail.typename__ == (
            "ThreadStatusDetailNewReply"
        )


async def test_filters_and_sorts_of_threads() -> None:
    """By label, field, status, tenant, tier, assignment and their combinations; by priority."""
    with PlainSandbox(tenants=["acme"]) as sandbox:
        plain: Any = sandbox.client()
        operations = sandbox.operations
        bug = sandbox.run(operations.create_label_type(name="Bug")).id
        sandbox.run(operations.create_thread_field_schema(
            label="N", key="n", description="", order=1, type="NUMBER", enum_values=[],
            is_required=False, is_ai_auto_fill_enabled=False, default_number_value=7,
        ))  # fmt: skip
        user = sandbox.run(operations.users().collect())[0].id
        first = sandbox.thread("a@x.example", title="a", label_type_ids=[bug], priority=3).id
        second = sandbox.thread(
            "b@y.example", title="b", priority=0, assigned_to={"user_id": user},
            tenant_identifier={"external_id": "acme"},
            thread_fields=[{"key": "n", "type": "NUMBER", "number_value": -5}],
        ).id  # fmt: skip
        sandbox.run(operations.mark_thread_as_done(thread_id=second))

        async def found(**filters: Any) -> set[str]:
            return {t.title async for t in plain.threads(filters=filters)}

        for wanted, filters in (
            ("a", {"label_type_ids": [bug]}),
            ("b", {"statuses": ["DONE"]}),
            ("b", {"status_details": ["DONE_MANUALLY_SET"]}),
            ("b", {"is_assigned": True}),
            ("b", {"assigned_to_user": [user]}),
            ("b", {"tenant_identifiers": [{"external_id": "acme"}]}),
            ("a", {"company_identifiers": [{"company_domain_name": "x.example"}]}),
            ("a", {"thread_fields": [{"key": "n", "number": {"gte": 0}}]}),
            ("b", {"thread_fields": [{"key": "n", "number": {"value": -5}}]}),
            ("ab", {"or_": [{"statuses": ["DONE"]}, {"label_type_ids": [bug]}]}),
            ("", {"and_": [{"statuses": ["DONE"]}, {"label_type_ids": [bug]}]}),
            ("a", {"not_": {"statuses": ["DONE"]}}),
            ("a", {"refs": ["T-1"]}),
            ("", {"thread_ids": []}),
            ("ab", {"created_at": {"after": "2020-01-01T00:00:00Z"}}),
            ("", {"updated_at": {"before": "2020-01-01T00:00:00Z"}}),
            ("", {"survey_response": {"has_response": True}}),
        ):
            assert await found(**filters) == {*wanted}, filters

        async def sorted_by(field: str, **more: Any) -> list[str]:
            by: Any = {"field": field, "direction": "ASC", **more}
            return [t.title async for t in plain.threads(sort_by=by, page_size=1)]

        assert await sorted_by("PRIORITY") == ["b", "a"]
        assert await sorted_by("THREAD_FIELD", thread_field_key="n") == ["b", "a"]
        assert await sorted_by("CREATED_AT") == ["a", "b"]
        assert first != second


async def test_attachments_in_two_steps(start_sandbox: StartSandbox) -> None:
    """Banned types and sizes; not before it is uploaded; what S3 refuses; gone after a day."""
    now = [1_800_000_000.0]
    server = start_sandbox(clock=lambda: now[0])
    async with AsyncPlainClient("full", url=server.url) as client:
        plain: Any = client
        email = {"email": "a@b.example", "is_verified": True}
        made = await plain.upsert_customer(
            identifier={"email_address": "a@b.example"},
            on_create={"full_name": "A", "email": email},
        )
        customer = made.customer.id

        def ticket(name: str = "a.txt", size: int = 5, kind: str = "NOTE") -> Any:
            return plain.create_attachment_upload_url(
                customer_id=customer, file_name=name, file_size_bytes=size,
                attachment_type=kind,
            )  # fmt: skip

        assert (await code_of(ticket("A.EXE")))[0] == "attachment_file_type_not_allowed"
        too_large = ticket(size=6_000_001, kind="EMAIL")
        assert (await code_of(too_large))[0] == "attachment_file_size_too_large"
        given = await ticket()

        def note(attachment: str) -> Any:
            return plain.create_note(customer_id=customer, text="n", attachment_ids=[attachment])

        assert (await code_of(note(given.attachment.id)))[0] == "attachment_not_uploaded"
        form = {pair.key: pair.value for pair in given.upload_form_data}
        async with httpx.AsyncClient(trust_env=False) as http:

            async def upload(content: bytes, fields: dict[str, str]) -> tuple[int, str]:
                answer = await http.post(
                    given.upload_form_url, data=fields, files={"file": content}
                )
                return answer.status_code, answer.text.partition("<Code>")[2].partition("<")[0]

            assert await upload(b"123456", form) == (400, "EntityTooLarge")
            assert await upload(b"1", form) == (400, "EntityTooSmall")
            forged = {**form, "Policy": form["Policy"][:-4]}
            assert await upload(b"12345", forged) == (403, "SignatureDoesNotMatch")
            now[0] += 3 * 60 * 60
            assert await upload(b"12345", form) == (403, "AccessDenied")
            now[0] -= 3 * 60 * 60
            assert await upload(b"12345", form) == (204, "")
        await note(given.attachment.id)
        unused = await ticket()
        now[0] += 25 * 60 * 60
        assert (await code_of(note(unused.attachment.id)))[0] == "not_found"
        await note(given.attachment.id)


@contextmanager
def endpoint(answers: list[tuple[int, Any]]) -> Iterator[tuple[str, list[Any]]]:
    """An endpoint of cards that gives these answers, the last one again and again."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            asked.append((json.loads(body), dict(self.headers)))
            status, content = answers.pop(0) if len(answers) > 1 else answers[0]
            sent = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_cards_are_loaded_as_plain_loads_them(
    start_sandbox: StartSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one request for equal addresses, signed, kept as long as they live, once more on 5xx."""
    from plain_sdk.sandbox.domains.cards import calling

    monkeypatch.setattr(calling, "RETRY_AFTER", 0.0)
    now = [1_800_000_000.0]
    server = start_sandbox(clock=lambda: now[0], secret="s")
    text = [{"componentText": {"text": "x"}}]
    good = {"cards": [{"key": "a", "components": text, "timeToLiveSeconds": 60},
                      {"key": "b", "components": []}]}  # fmt: skip
    with endpoint([(503, {}), (200, good)]) as (url, asked):
        async with AsyncPlainClient("full", url=server.url) as client:
            plain: Any = client
            email: Any = {"email": "a@b.example", "is_verified": True}
            made = await plain.upsert_customer(
                identifier={"email_address": "a@b.example"},
                on_create={"full_name": "A", "email": email},
            )
            customer = made.customer.id

            async def configure(key: str) -> None:
                await plain.create_customer_card_config(
                    title=key, key=key, default_time_to_live_seconds=600, api_url=url,
                    api_headers=[{"name": "X-Key", "value": "1"}],
                )  # fmt: skip

            for key in "abc":
                await configure(key)
            again = configure("a")
            assert (await code_of(again))[0] == "customer_card_config_key_already_exists"

            async def look() -> list[str]:
                return [c.typename__ for c in await plain.customer_card_instances(customer)]

            a, b, c = await plain.customer_card_instances(customer)
            assert a.components[0].text == "x"
            assert b.components is None
            assert c.error_detail.typename__ == ("CustomerCardInstanceMissingCardErrorDetail")
            assert len(asked) == 2
            body, headers = asked[0]
            assert body["cardKeys"] == ["a", "b", "c"]
            assert body["customer"] == {
                "id": customer, "email": "a@b.example", "externalId": None
            }  # fmt: skip
            assert headers["X-Key"] == "1"
            assert headers["User-Agent"] == "Plain/1.0 (plain.com; help@plain.com)"
            assert len(headers["Plain-Request-Signature"]) == 64
            await look()
            assert len(asked) == 2
            now[0] += 61
            await look()
            assert [body["cardKeys"] for body, _ in asked[2:]] == [["a"]]
