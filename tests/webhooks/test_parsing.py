"""Bodies of every version become events; what is no event is told by its place."""

import copy
import json
import pickle
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import PLAIN_API, plain_api
from webhook_bodies import mutated, random_event, unknown_objects

from plain_sdk import PlainWebhookPayloadError
from plain_sdk.webhooks import (
    PAYLOADS,
    EmailReceived,
    ThreadAssignmentTransitioned,
    ThreadCreated,
    ThreadStatus,
    UnknownObject,
    UnknownPayload,
    User,
    UserActor,
    WebhookEvent,
    parse,
    sample,
)

EVENT_TYPES = sorted(PAYLOADS)
SEEDS = st.integers(min_value=0, max_value=2**32)


def body(event_type: str = "thread.thread_created") -> Any:
    return json.loads(sample(event_type, secret=None).body)


def written(content: object) -> bytes:
    return json.dumps(content).encode()


def thread_of(event: WebhookEvent) -> Any:
    assert isinstance(event.payload, ThreadCreated)
    return event.payload.thread


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_each_event_type_has_its_payload(event_type: str) -> None:
    """A sample becomes the class of its type, and no part of it is unknown."""
    event = parse(sample(event_type, secret=None).body)
    assert type(event.payload) is PAYLOADS[event_type]
    assert event.payload.event_type == event_type
    assert [*unknown_objects(event.payload)] == []
    assert "extra={" not in repr(event.payload)


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_random_bodies_parse_and_round_trip(seed: int) -> None:
    """Any selection of members, unknown ones, and every kind of value: the class of the type, and
    the untouched mapping."""
    random = Random(seed)
    content = random_event(random)
    event = parse(written(content))
    assert type(event.payload) is PAYLOADS[content["payload"]["eventType"]]
    assert event.raw == content
    assert written(event.raw) == written(content)
    assert event.payload.model_dump_json(by_alias=True)


@given(SEEDS)
@settings(max_examples=100, deadline=None)
def test_whole_bodies_have_nothing_unknown(seed: int) -> None:
    """What the schema describes is in members, not in `extra`."""
    random = Random(seed)
    content = random_event(random, whole=True)
    event = parse(written(content))
    assert [*unknown_objects(event.payload)] == []
    dumped = event.payload.model_dump(mode="json", by_alias=True)
    assert set(dumped) == set(content["payload"])


@given(SEEDS)
@settings(max_examples=400, deadline=None)
def test_mutated_bodies_are_read_or_refused_with_the_place(seed: int) -> None:
    """Nothing but `PlainWebhookPayloadError` comes of them, and it holds nothing of the body."""
    random = Random(seed)
    content = mutated(random, random_event(random))
    try:
        event = parse(content)
    except PlainWebhookPayloadError as error:
        assert error.__cause__ is None
        assert error.__context__ is None
        found: Any = json.loads(content) if error.pointer else None
        *way, last = error.pointer.split("/")[1:] or [""]
        for step in way:
            found = found[int(step) if isinstance(found, list) else _unescaped(step)]
        if error.pointer and not isinstance(found, list):
            assert isinstance(found, dict)
            assert _unescaped(last) in found or "missing" in error.message
    else:
        assert event.id
        assert isinstance(hash(event), int)


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")


@pytest.mark.parametrize("name", [
    "customer-created", "customer-group-changed", "thread-assignment-transitioned",
    "thread-chat-sent", "thread-email-received", "thread-field-created", "thread-field-updated",
    "thread-note-created", "thread-service-level-agreement-status-transitioned",
    "thread-slack-message-sent",
])  # fmt: skip
def test_the_documented_bodies_are_read_whole(name: str) -> None:
    """Plain's own samples: nothing in them is unknown."""
    plain_api(f"webhooks/samples/{name}.json")
    event = parse((PLAIN_API / f"webhooks/samples/{name}.json").read_bytes())
    assert event.payload.event_type in PAYLOADS
    assert event.metadata.version == "2026-02-11"
    assert [*unknown_objects(event.payload)] == []


def test_what_an_event_says() -> None:
    """Ids, aware times, metadata, and members in snake_case."""
    content = body()
    content["timestamp"] = "2023-10-19T14:12:25.733Z"
    content["webhookMetadata"]["webhookDeliveryAttemptNumber"] = "3"
    event = parse(written(content))
    assert (event.id, event.type) == (content["id"], "thread.thread_created")
    assert event.timestamp == datetime(2023, 10, 19, 14, 12, 25, 733000, UTC)
    assert event.workspace_id == content["workspaceId"]
    assert event.metadata.attempt_number == 3
    assert event.metadata.timestamp.tzinfo is not None
    thread = thread_of(event)
    assert thread.customer.full_name == "Donald Duck"
    assert thread.status is ThreadStatus.TODO
    assert isinstance(thread.created_by, UserActor)
    assert isinstance(thread.additional_assignees[0], User)


def test_what_a_version_lacks_is_none_or_empty() -> None:
    """Also what the annotation promises; `model_fields_set` tells it from null."""
    content = body()
    content["payload"]["thread"] = {"id": "th_1", "externalId": None}
    del content["webhookMetadata"]["webhookTargetVersion"]
    event = parse(written(content))
    thread = thread_of(event)
    assert thread.title is None
    assert (thread.labels, thread.additional_assignees) == ([], [])
    assert thread.model_fields_set == {"id", "external_id"}
    assert event.metadata.version is None


def test_what_a_version_has_more_is_kept() -> None:
    """Members in `extra`, enum values as text, members of unions as `UnknownObject`."""
    content = body()
    thread = content["payload"]["thread"]
    thread["sentiment"] = {"score": 1}
    thread["status"] = "ESCALATED"
    thread["createdBy"] = {"actorType": "robot", "robotId": "r_1"}
    thread["assignee"] = {"id": "team_1"}
    content["region"] = "eu"
    event = parse(written(content))
    read = thread_of(event)
    assert read.extra == {"sentiment": {"score": 1}}
    assert read.status == "ESCALATED"
    assert not read.status.is_known
    assert isinstance(read.created_by, UnknownObject)
    assert read.created_by.extra == {"actorType": "robot", "robotId": "r_1"}
    assert read.assignee.extra == {"id": "team_1"}
    assert event.extra == {"region": "eu"}


def test_an_event_type_of_tomorrow_has_an_unknown_payload() -> None:
    """With everything that it holds."""
    content = body()
    content["type"] = content["payload"]["eventType"] = "thread.thread_merged"
    event = parse(written(content))
    assert isinstance(event.payload, UnknownPayload)
    assert event.payload.event_type == "thread.thread_merged"
    assert event.payload.extra == {"thread": content["payload"]["thread"]}


def test_the_payload_says_what_it_is_and_the_event_stands_in() -> None:
    """`payload.eventType` counts; where it is missing, `type` does."""
    content = body()
    content["type"] = "customer.customer_created"
    assert isinstance(parse(written(content)).payload, ThreadCreated)
    content = body()
    del content["payload"]["eventType"]
    assert isinstance(parse(written(content)).payload, ThreadCreated)


def test_half_a_character_is_mended_and_raw_is_untouched() -> None:
    """Texts that JavaScript cut within an emoji."""
    content = body()
    content["payload"]["thread"]["previewText"] = "Hi \ud83d"
    event = parse(written(content))
    assert thread_of(event).preview_text == "Hi \N{REPLACEMENT CHARACTER}"
    assert event.raw["payload"]["thread"]["previewText"] == "Hi \ud83d"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": None}, "/id"),
        ({"id": ""}, "/id"),
        ({"type": 5}, "/type"),
        ({"timestamp": "soon"}, "/timestamp"),
        ({"workspaceId": 7}, "/workspaceId"),
        ({"payload": []}, "/payload"),
        ({"payload": {"eventType": "thread.thread_created", "thread": {"title": 7}}},
         "/payload/thread/title"),
        ({"payload": {"thread": {"createdBy": {"actorType": "user", "userId": 7}}}},
         "/payload/thread/createdBy/userId"),
        ({"payload": {"thread": {"labels": [{}, {"labelType": {"name": []}}]}}},
         "/payload/thread/labels/1/labelType/name"),
        ({"payload": {"thread": {"createdAt": 1700000000}}}, "/payload/thread/createdAt"),
        ({"payload": {"thread": {"priority": "high"}}}, "/payload/thread/priority"),
        ({"webhookMetadata": {}}, "/webhookMetadata/webhookDeliveryAttemptTimestamp"),
    ],
    ids=range(12),
)  # fmt: skip
def test_a_wrong_value_is_told_by_its_place(change: dict[str, Any], pointer: str) -> None:
    """As a JSON pointer, without the value."""
    with pytest.raises(PlainWebhookPayloadError) as caught:
        parse(written({**body(), **change}))
    assert caught.value.pointer == pointer
    assert str(caught.value).startswith(f"{pointer}: ")


@pytest.mark.parametrize("content", [
    b"", b"{", b"[]", b"null", b"\xff", b'{"a": NaN}', b"[" * 100_000, b"9" * 5000,
])  # fmt: skip
def test_what_is_no_object_is_told(content: bytes) -> None:
    """Not JSON, not UTF-8, too deep, or something else than an object."""
    with pytest.raises(PlainWebhookPayloadError, match="the body is") as caught:
        parse(content)
    assert caught.value.pointer == ""


def test_text_and_a_byte_order_mark_are_read() -> None:
    """A body may be text already."""
    text = json.dumps(body())
    assert parse(text).payload == parse(b"\xef\xbb\xbf" + text.encode()).payload


def test_events_pickle_compare_and_hash() -> None:
    """They go through task queues."""
    event = parse(written(random_event(Random(1), "thread.email_received")))
    again = pickle.loads(pickle.dumps(event))
    assert again == event
    assert hash(again) == hash(event)
    assert again.raw == event.raw
    assert copy.deepcopy(event) == event
    assert isinstance(again.payload, EmailReceived)


def test_a_payload_can_be_made_by_hand() -> None:
    """For tests of handlers: by the attributes' names, frozen."""
    event = parse(sample("thread.thread_created", secret=None).body)
    made = ThreadCreated(thread=thread_of(event))
    assert made == event.payload
    with pytest.raises(ValueError, match="frozen"):
        made.thread = thread_of(event)


def test_older_than_compares_what_the_event_tells_of_the_same_object() -> None:
    """By `updated_at` of the object with the id; else by the event's own timestamp."""
    content = body("thread.thread_assignment_transitioned")
    for member, at in (("previousThread", "10:00"), ("thread", "11:00")):
        content["payload"][member]["updatedAt"] = f"2026-01-01T{at}:00Z"
    content["timestamp"] = "2026-01-01T12:00:00Z"
    event = parse(written(content))
    assert isinstance(event.payload, ThreadAssignmentTransitioned)
    thread = event.payload.thread
    minute = timedelta(minutes=1)
    for known, older in ((thread.updated_at, False), (thread.updated_at - minute, False),
                         (thread.updated_at + minute, True)):  # fmt: skip
        assert event.is_older_than(thread.model_copy(update={"updated_at": known})) is older
    other = thread.model_copy(update={"id": "th_2"})
    assert not event.is_older_than(other)
    assert not event.is_older_than(event.timestamp)
    assert event.is_older_than(event.timestamp + minute)


def test_older_than_takes_what_operations_return() -> None:
    """Their times are objects with `iso8601`."""
    from types import SimpleNamespace

    event = parse(written(body()))
    thread = thread_of(event)
    later = (thread.updated_at + timedelta(seconds=1)).isoformat()
    known = SimpleNamespace(id=thread.id, updated_at=SimpleNamespace(iso8601=later))
    assert event.is_older_than(known)


def test_the_door_is_light() -> None:
    """Neither the door nor unwrapping loads an HTTP client; the door alone loads no pydantic."""
    code = (
        "import sys, plain_sdk.webhooks as w\n"
        "assert 'pydantic' not in sys.modules\n"
        "made = w.sample('thread.thread_created', secret='s')\n"
        "w.unwrap(made.body, made.headers, secret='s')\n"
        "found = {'httpx', 'httpcore', 'aiohttp', 'redis', 'plain_sdk._client'} & {*sys.modules}\n"
        "assert not found, found\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
