"""Values with a meaning: priorities, times, bounds, one of several; and `UNSET` in mappings."""

import copy
import json
import pickle
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain_graphql.fragments.date_time import DateTime
from plain_graphql.inputs import CreateThreadFieldOnThreadInput
from pydantic import TypeAdapter
from scripted_server import ScriptedServer, answer
from wire_support import each_way, run

from plain_sdk import UNSET, AsyncPlainClient, PlainInputError, ThreadPriority
from plain_sdk.runtime.values import iso8601

NOON = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


async def sent(call: Any) -> dict[str, Any]:
    """The variables that a call of a client sends; it may fail behind that."""
    with ScriptedServer(answer({"errors": [{"message": "seen"}]}, status=400)) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            try:
                await call(client)
            except PlainInputError:
                assert server.requests == []
                raise
            except Exception:
                variables: dict[str, Any] = json.loads(server.requests[0].body)["variables"]
                return variables
    raise AssertionError("nothing was refused")


async def refusal(call: Any) -> str:
    with pytest.raises(PlainInputError) as caught:
        await sent(call)
    return str(caught.value)


# --- priorities --------------------------------------------------------------------------------


def test_a_priority_is_its_number_with_a_name() -> None:
    """Also one that is newer than this version; in JSON and pickled too."""
    assert [p.value for p in ThreadPriority] == [0, 1, 2, 3]
    assert TypeAdapter(ThreadPriority).validate_python(0) == 0
    assert TypeAdapter(ThreadPriority).validate_python(1) is ThreadPriority.HIGH
    newer = TypeAdapter(ThreadPriority).validate_json("7")
    assert (newer, newer.is_known, newer.name) == (7, False, "UNKNOWN")
    assert ThreadPriority.LOW.is_known
    assert TypeAdapter(ThreadPriority).dump_json(newer) == b"7"
    assert pickle.loads(pickle.dumps(newer)) == copy.deepcopy(newer) == 7
    assert len(ThreadPriority) == 4


@pytest.mark.parametrize("given_priority", [0, 3, ThreadPriority.LOW])
async def test_a_priority_may_be_a_number_or_a_name(given_priority: int) -> None:
    """On the wire it is the number."""
    variables = await sent(
        lambda c: c.change_thread_priority(thread_id="th_1", priority=given_priority)
    )
    assert variables["input"]["priority"] == int(given_priority)
    assert type(variables["input"]["priority"]) is int


@pytest.mark.parametrize("wrong", [-1, 4, True, 2**40, ThreadPriority(7)])
async def test_a_priority_out_of_range_is_not_sent(wrong: int) -> None:
    """The message says what the numbers mean, and what was given."""
    told = await refusal(lambda c: c.change_thread_priority(thread_id="th_1", priority=wrong))
    assert "from 0 to 3: 0 urgent, 1 high, 2 normal, 3 low" in told
    assert repr(wrong) in told


@pytest.mark.parametrize(
    ("seconds", "is_sent"), [(14, False), (15, True), (31_536_000, True), (31_536_001, False)]
)
async def test_other_numbers_have_bounds_too(seconds: int, is_sent: bool) -> None:
    """As Plain documents them, on both sides."""

    def call(client: AsyncPlainClient) -> Any:
        return client.create_customer_card_config(
            title="t", key="k", api_url="https://example.com", api_headers=[],
            default_time_to_live_seconds=seconds,
        )  # fmt: skip

    if is_sent:
        assert (await sent(call))["input"]["defaultTimeToLiveSeconds"] == seconds
    else:
        assert "must be from 15 to 31536000" in await refusal(call)


async def test_whole_numbers_have_32_bits() -> None:
    """As GraphQL has it, wherever they stand."""
    identifier: Any = {"company_domain_name": "example.com"}
    for value, is_sent in ((2**31 - 1, True), (2**31, False), (-(2**31) - 1, False)):

        def call(client: AsyncPlainClient, value: int = value) -> Any:
            return client.upsert_company(
                identifier=identifier, name="E", domain_name="example.com", contract_value=value
            )

        if is_sent:
            assert (await sent(call))["input"]["contractValue"] == value
        else:
            assert "contract_value must be from" in await refusal(call)


# --- times -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOON, "2026-01-31T12:00:00.000Z"),
        (NOON.astimezone(timezone(timedelta(hours=-5))), "2026-01-31T12:00:00.000Z"),
        (NOON.replace(microsecond=5000), "2026-01-31T12:00:00.005Z"),
        (NOON.replace(microsecond=5), "2026-01-31T12:00:00.000005Z"),
        ("2026-01-31T12:00:00+01:00", "2026-01-31T12:00:00+01:00"),
        ("2026-01-31", "2026-01-31"),
        (DateTime(iso8601="2026-01-31T12:00:00Z", unix_timestamp="1"), "2026-01-31T12:00:00Z"),
    ],
)
async def test_times_are_texts_or_aware_datetimes(moment: Any, text: str) -> None:
    """In filters, in timestamps, in the value of a field; text goes out as it is."""
    variables = await sent(lambda c: c.customers(filters={"updated_at": {"after": moment}}).first())
    assert variables["filters"]["updatedAt"]["after"] == text
    variables = await sent(
        lambda c: c.create_thread_event(
            thread_id="th_1", title="t", components=[], timestamp=moment
        )
    )
    assert variables["input"]["timestamp"] == text


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (datetime(2026, 1, 31, 12, 0), "must say its time zone"),
        ("yesterday", "must be a time in ISO 8601"),
        ("", "must be a time in ISO 8601"),
        (1769860800, "must be text"),
    ],
)
async def test_what_is_no_time_is_not_sent(moment: Any, told: str) -> None:
    """With the way out."""
    message = await refusal(
        lambda c: c.customers(filters={"updated_at": {"before": moment}}).first()
    )
    assert f"filters.updated_at.before {told}" in message


# With fixed offsets: in zones with summer time there are datetimes that never were.
moments = st.datetimes(
    min_value=datetime(1970, 1, 2),
    timezones=st.integers(-840, 840).map(lambda m: timezone(timedelta(minutes=m))),
)


@given(moments, moments)
def test_times_of_results_compare_as_the_times_that_they_are(
    one: datetime, other: datetime
) -> None:
    """With each other and with aware datetimes; equal ones hash alike, whatever their text."""
    a, b = (DateTime(iso8601=iso8601(m), unix_timestamp="0") for m in (one, other))
    assert a.datetime == one
    assert a.datetime.utcoffset() == timedelta(0)
    assert (a < b, a <= b, a > b, a == b) == (one < other, one <= other, one > other, one == other)
    assert (a < other, a == other) == (one < other, one == other)
    assert str(a) == a.iso8601
    same = DateTime(iso8601=one.astimezone(UTC).isoformat(), unix_timestamp="9")
    assert same == a
    assert hash(same) == hash(a) == hash(one)


def test_a_text_that_is_no_time_is_still_a_value() -> None:
    """It has no `datetime`, and equals itself alone."""
    odd, other = (DateTime(iso8601=text, unix_timestamp="0") for text in ("soon", "later"))
    assert odd != other
    assert odd == DateTime(iso8601="soon", unix_timestamp="1")
    assert odd != "soon"
    with pytest.raises(ValueError, match="soon"):
        _ = odd.datetime
    with pytest.raises(TypeError):
        _ = DateTime(iso8601="2026-01-31", unix_timestamp="0") < cast("Any", 3)


# --- one of several ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda c: c.assign_thread(thread_id="th_1"), "user_id, machine_user_id must be set, none"),
        (lambda c: c.assign_thread(thread_id="th_1", user_id="u_1", machine_user_id="mu_1"),
         "user_id and machine_user_id given"),
        (lambda c: c.create_thread(customer_identifier={"customer_id": "c_1"}, assigned_to={}),
         "assigned_to exactly one of user_id, machine_user_id"),
        (lambda c: c.create_thread_event(thread_id="th_1", title="t", components=[{}]),
         "components[0] exactly one of component_text"),
        (lambda c: c.create_thread_event(thread_id="th_1", title="t", components=[
            {"component_text": {"text": "a"}, "component_divider": {}}]),
         "component_divider and component_text given"),
        (lambda c: c.create_thread(customer_identifier={"customer_id": "c_1"},
                                   thread_fields=[{"key": "k", "type": "STRING"}]),
         "thread_fields[0] exactly one of string_value, boolean_value, number_value, date_value"),
        (lambda c: c.upsert_thread_field(identifier={"thread_id": "th_1", "key": "k"}, type="BOOL",
                                         boolean_value=False, string_value="no"),
         "string_value and boolean_value given"),
        (lambda c: c.search_customers(search_query={"or": [{}]}).first(),
         "exactly one of full_name"),
    ],
)  # fmt: skip
async def test_exactly_one_of_several(call: Any, told: str) -> None:
    """Also where they stand beside other members, and are not called identifiers."""
    assert told in await refusal(call)


async def test_one_of_several_and_nulls_beside_it() -> None:
    """A null or `UNSET` is not a value; False and 0 are."""
    variables = await sent(
        lambda c: c.assign_thread(thread_id="th_1", user_id="u_1", machine_user_id=None)
    )
    assert variables["input"]["userId"] == "u_1"
    field: Any = {"key": "k", "type": "BOOL", "boolean_value": False, "string_value": UNSET}
    variables = await sent(
        lambda c: c.create_thread(customer_identifier={"customer_id": "c_1"}, thread_fields=[field])
    )
    assert variables["input"]["threadFields"] == [
        {"key": "k", "type": "BOOL", "booleanValue": False}
    ]


# --- what is not given ---------------------------------------------------------------------------


async def test_unset_in_mappings_is_left_out() -> None:
    """At any depth, under either spelling, in lists and wrappers, as in keyword arguments."""
    variables = await sent(
        lambda c: c.upsert_customer(
            identifier={"email_address": "d@x.io", "customer_id": UNSET},
            on_create={"full_name": "D", "shortName": UNSET,
                       "email": {"email": "d@x.io", "is_verified": True},
                       "customer_group_identifiers": [
                           {"customer_group_key": "k", "external_id": UNSET}]},
            on_update={"full_name": UNSET, "external_id": None},
        )
    )  # fmt: skip
    assert variables["input"] == {
        "identifier": {"emailAddress": "d@x.io"},
        "onCreate": {
            "fullName": "D",
            "email": {"email": "d@x.io", "isVerified": True},
            "customerGroupIdentifiers": [{"customerGroupKey": "k"}],
        },
        "onUpdate": {"externalId": {"value": None}},
    }


async def test_what_is_required_is_missed_when_it_is_unset() -> None:
    """And is told as missing, not as a wrong kind of value."""
    told = await refusal(
        lambda c: c.upsert_customer(
            identifier={"email_address": "d@x.io"}, on_create={"full_name": UNSET}, on_update={}
        )
    )
    assert "on_create.full_name is required" in told


def test_models_take_the_texts_of_enums() -> None:
    """As mappings do; a text that this version does not know is kept."""
    made = CreateThreadFieldOnThreadInput(key="k", type="ENUM", string_value="a")
    assert made.model_dump(mode="json", by_alias=True, exclude_unset=True)["type"] == "ENUM"
    newer = CreateThreadFieldOnThreadInput(key="k", type=cast("Any", "NEWER"), string_value="a")
    assert newer.type == "NEWER"


@each_way
def test_a_threads_priority_is_readable(way: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In results, where a number of tomorrow breaks nothing."""
    import random

    from graphql import parse
    from plain_graphql.operations.thread import THREAD
    from random_answers import RandomAnswers
    from support import own_schema

    answers = RandomAnswers(own_schema(), random.Random(3))
    data = answers.data(parse(THREAD.document))
    while data["thread"] is None:
        data = answers.data(parse(THREAD.document))

    async def scenario(client: AsyncPlainClient) -> list[ThreadPriority]:
        found = []
        for _ in range(2):
            thread = await client.thread("th_1")
            assert thread is not None
            found.append(thread.priority)
        return found

    low, newer = ({**data, "thread": {**data["thread"], "priority": n}} for n in (3, 9))
    with ScriptedServer(answer({"data": low}), answer({"data": newer})) as server:
        found = run(way, monkeypatch, scenario, server.url)
    assert found[0] is ThreadPriority.LOW
    assert found[1] == 9
    assert not found[1].is_known
