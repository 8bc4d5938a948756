"""What people read: names beside ids, whole types, and the same with ids alone."""

import asyncio
import copy
import pickle
import random
import re
from collections.abc import AsyncIterator
from typing import Any, Final, get_args

import plain_graphql
import pytest
from graphql import GraphQLObjectType, parse, validate
from plain_graphql import (
    ChatEntry,
    Label,
    MergedThreadMessageEntry,
    NamedActor,
    NamedCustomerActor,
    NamedMachineUserActor,
    NamedUserActor,
    ThreadLabelsChangedEntry,
    TimelineEntry,
    UserActor,
)
from plain_graphql import lean as lean_texts
from plain_graphql.client import PlainOperations
from random_answers import RandomAnswers
from scripted_server import Request, ScriptedServer, answer
from support import StartSandbox, create, own_schema

from plain_sdk import AsyncPlainClient, PlainConfigurationError
from plain_sdk._api import queries_path
from plain_sdk._call.lean import lean
from plain_sdk._lists.load import Relation
from plain_sdk.cli._catalogue import operations
from plain_sdk.codegen.read.sources import read_documents
from plain_sdk.runtime.models import LOADED
from plain_sdk.types import Thread

LEFT_OUT: Final = {
    "Thread.timelineEntries": "a list without bound: `thread_timeline_entries` walks it",
    "MachineUser.apiKey": "needs an argument",
    "MachineUser.apiKeys": "other keys are nobody's business who reads a name",
}
"""Members of the whole types that no shipped selection reads, and why."""


class Answering(ScriptedServer):
    """Answers each document at random by the schema, with nothing null; counts requests."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self._answers = RandomAnswers(own_schema(), random.Random(2), nulls=0.0)
        self._answers.more_pages = False
        self.count = 0

    async def _answer(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        self.count += 1
        data = self._answers.data(parse(request.json["query"]), refusals=0.0)
        return await answer({"data": data})(request, writer)


@pytest.fixture(scope="module")
def answering() -> Any:
    with Answering() as server:
        yield server


@pytest.fixture
async def reading(answering: Answering) -> AsyncIterator[AsyncPlainClient]:
    async with AsyncPlainClient("full", url=answering.url) as client:
        yield client


def who(actor: NamedActor) -> str | None:
    """The actor's name, as a user's code reads it."""
    match actor:
        case NamedUserActor(user=user):
            return user.full_name
        case NamedCustomerActor(customer=customer):
            return customer.full_name
        case NamedMachineUserActor(machine_user=machine_user):
            return machine_user.full_name
        case _:
            return None


async def test_names_come_with_the_first_request(
    reading: AsyncPlainClient, answering: Answering
) -> None:
    """Each path that rebuilt integrations read, one request each, in types that checkers know."""
    read: list[object] = []
    before = answering.count
    thread = await reading.thread("th_1")
    assert thread is not None
    read += [thread.customer.full_name, thread.customer.email.email, who(thread.created_by)]
    assert thread.last_inbound_message_info is not None
    read.append(thread.last_inbound_message_info.timestamp.iso8601)
    assert thread.tenant is not None
    assert thread.tier is not None
    read += [thread.tenant.name, thread.tier.name, thread.support_email_addresses]
    labels: list[Label] = thread.labels
    read += [label.label_type.name for label in labels]
    assert answering.count - before == 1
    entry: TimelineEntry | None = await reading.timeline_entry(
        customer_id="c_1", timeline_entry_id="t_1"
    )
    assert entry is not None
    read.append(who(entry.actor))
    assert answering.count - before == 2
    tier = await reading.tier("tier_1")
    assert tier is not None
    read += [agreement.typename__ for agreement in tier.service_level_agreements]
    read += [edge.node.typename__ for edge in tier.memberships.edges]
    center = await reading.help_center("hc_1")
    assert center is not None
    read += [edge.node.name for edge in center.article_groups.edges]
    read += [edge.node.title for edge in center.articles.edges]
    user = await reading.user("u_1")
    assert user is not None
    read += [role.name for role in user.roles]
    assert answering.count - before == 5
    assert len(read) > 10


async def test_what_entries_hold_has_names(reading: AsyncPlainClient, answering: Answering) -> None:
    """An attachment's file, a label's type, a linked thread: with the entry's own request."""
    seen: set[str] = set()
    for _ in range(400):
        before = answering.count
        found = await reading.timeline_entry(customer_id="c_1", timeline_entry_id="t_1")
        assert answering.count - before == 1
        assert found is not None
        match found.entry:
            case ChatEntry(attachments=[file, *_]):
                size = file.file_size.kilo_bytes
                seen.add(f"{type(file.file_name).__name__} {type(size).__name__}")
            case ThreadLabelsChangedEntry(next_labels=[label, *_]):
                seen.add(f"label {type(label.label_type.name).__name__}")
            case MergedThreadMessageEntry(child_thread_details=child):
                seen.add(f"thread {type(child.ref).__name__}")
            case _:
                pass
        if len(seen) == 3:
            break
    assert seen == {"str float", "label str", "thread str"}, seen


def test_attachments_of_entries_have_names() -> None:
    """The name, the type and the size of each."""
    made = ChatEntry.model_validate({
        "__typename": "ChatEntry", "chatId": "c", "attachments": [{
            "id": "att_1", "fileName": "a.pdf", "fileMimeType": "application/pdf", "type": "CHAT",
            "fileSize": {"bytes": 1, "kiloBytes": 0.0, "megaBytes": 0.0},
        }],
    })  # fmt: skip
    assert [file.file_name for file in made.attachments] == ["a.pdf"]


def test_whole_types_are_whole() -> None:
    """A member of the surface is selected, or stands in the table with its reason."""
    schema = own_schema()
    selected: dict[str, set[str]] = {}
    for definition in read_documents(queries_path(), with_those_of_the_package=False).definitions:
        condition = getattr(definition, "type_condition", None)
        if condition is not None:
            fields = selected.setdefault(condition.name.value, set())
            for node in definition.selection_set.selections:  # type: ignore[attr-defined]
                fields.add(node.name.value)
    left_out: set[str] = set()
    for name in ("Thread", "User", "MachineUser", "Tier", "HelpCenter", "Workspace"):
        type_ = schema.type_map[name]
        assert isinstance(type_, GraphQLObjectType)
        for member, field in type_.fields.items():
            if not field.deprecation_reason and member not in selected[name]:
                left_out.add(f"{name}.{member}")
    assert left_out == set(LEFT_OUT)


def test_lean_documents_are_valid_and_need_no_more() -> None:
    """Each is a part of the full one, for the same permissions or fewer."""
    schema = own_schema()
    known = {operation.name: operation for operation in operations().values()}
    assert "createThread" in lean_texts.OPERATIONS
    # They have been lean all along.
    for name in ("upsertCustomer", "customer", "customers", "customerByEmail"):
        assert name not in lean_texts.OPERATIONS
    for name in lean_texts.OPERATIONS:
        full = known[name]
        less = lean(full)
        assert less is not full
        assert validate(schema, parse(less.document)) == [], name
        assert len(less.document) < len(full.document)
        assert set(less.permissions) <= set(full.permissions)


async def test_what_was_not_asked_for_is_told_apart_from_null(
    start_sandbox: StartSandbox,
) -> None:
    """Reading it raises with the way out; all else is as ever, also dumped, copied and pickled."""
    server = start_sandbox()
    options: Any = {"detail": "lean"}
    async with AsyncPlainClient("full", url=server.url, options=options) as client:
        upserted = await client.upsert_customer(
            identifier={"email_address": "a@x.org"}, on_create=create("a@x.org")
        )
        made = await client.create_thread(
            customer_identifier={"customer_id": upserted.customer.id}, title="T"
        )
        assert made.customer.id == upserted.customer.id
        with pytest.raises(AttributeError, match=r"CustomerReference.full_name was not asked for"):
            _ = made.customer.full_name
        assert isinstance(made.created_by, UserActor | NamedMachineUserActor)
        with pytest.raises(AttributeError, match="detail': 'full'"):
            _ = made.created_by.machine_user  # type: ignore[union-attr]
        # Null is null.
        assert made.last_inbound_message_info is None
        assert made.tier is None
        assert type(made) is Thread
        assert made.model_dump(by_alias=True)["customer"]["id"] == upserted.customer.id
        assert "fullName" not in made.model_dump(by_alias=True)["customer"]
        assert (
            Thread.model_validate_json(
                (await client.thread(made.id, options={"detail": "full"})).model_dump_json(  # type: ignore[union-attr]
                    by_alias=True
                )
            ).customer.full_name
            == "Donald Duck"
        )
        again = await client.thread(made.id)
        assert again is not None
        assert pickle.loads(pickle.dumps(again)) == again == copy.deepcopy(again)
        assert [t.customer.id async for t in client.threads()] == [upserted.customer.id]
    with pytest.raises(PlainConfigurationError, match="detail must be 'full' or 'lean'"):
        much: Any = {"detail": "much"}
        AsyncPlainClient("full", url=server.url, options=much)


def test_a_reference_tells_how_to_get_the_rest() -> None:
    """The attribute error names the call that loads it."""
    thread = {"id": "c_1", "fullName": "A", "email": {"email": "a@x", "isVerified": True}}
    from plain_graphql import CustomerReference

    reference = CustomerReference.model_validate(thread)
    with pytest.raises(AttributeError, match=r"client\.load\(objects, 'customer'\)"):
        _ = reference.company  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        _ = reference._private  # type: ignore[attr-defined]
    assert not hasattr(PlainOperations, "nonsense")


def test_only_what_can_be_loaded_is_said_to_be_loaded() -> None:
    """Of what `client.load` does not know, a reference only tells what it is."""
    references = {
        name.removesuffix("Reference"): getattr(plain_graphql, name)
        for name in dir(plain_graphql)
        if name.endswith("Reference")
    }
    relations = {r: "".join(map(str.title, r.split("_"))) for r in get_args(Relation)}
    assert relations.keys() == LOADED
    assert len(set(relations.values()) & references.keys()) >= 6
    for kind, model in references.items():
        with pytest.raises(AttributeError, match="it only tells which") as caught:
            model.model_construct().nonsense  # noqa: B018
        loaded = re.search(r"client\.load\(objects, '(\w+)'\)", str(caught.value))
        assert relations.get(loaded[1] if loaded else "") == (
            kind if kind in relations.values() else None
        )
