"""The twelve components: what they are on the wire, their limits, where they may stand, and mixed
with whatever else an input takes."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import pytest
from graphql import GraphQLInputObjectType
from scripted_server import ScriptedServer, answer
from support import own_schema

from plain_sdk import AsyncPlainClient, PlainError, PlainInputError
from plain_sdk import components as c
from plain_sdk.types import (
    ComponentBadgeInput,
    ComponentInput,
    ComponentSpacerSize,
    ComponentTextInput,
    EventComponentInput,
)

MOMENT = datetime(2026, 1, 31, 13, tzinfo=timezone(timedelta(hours=1)))
WIRE: list[tuple[Any, Any]] = [
    (c.text("**Hi**"), {"componentText": {"text": "**Hi**"}}),
    (c.text("Hi", size="L", color="ERROR"),
     {"componentText": {"text": "Hi", "textSize": "L", "textColor": "ERROR"}}),
    (c.plain_text("Hi", size="S", color="MUTED"),
     {"componentPlainText": {
         "plainText": "Hi", "plainTextSize": "S", "plainTextColor": "MUTED"}}),
    (c.badge("Pro"), {"componentBadge": {"badgeLabel": "Pro"}}),
    (c.badge("Pro", color="GREEN"),
     {"componentBadge": {"badgeLabel": "Pro", "badgeColor": "GREEN"}}),
    (c.copy_button("ord_1"), {"componentCopyButton": {"copyButtonValue": "ord_1"}}),
    (c.copy_button("ord_1", tooltip="Copy"),
     {"componentCopyButton": {"copyButtonValue": "ord_1", "copyButtonTooltipLabel": "Copy"}}),
    (c.divider(), {"componentDivider": {}}),
    (c.divider(spacing="XL"), {"componentDivider": {"dividerSpacingSize": "XL"}}),
    (c.spacer(ComponentSpacerSize.XS), {"componentSpacer": {"spacerSize": "XS"}}),
    (c.link_button("Open", "https://x.example/1"),
     {"componentLinkButton": {
         "linkButtonLabel": "Open", "linkButtonUrl": "https://x.example/1"}}),
    (c.workflow_button("Refund", workflow_key="refund"),
     {"componentWorkflowButton": {
         "workflowButtonLabel": "Refund",
         "workflowButtonWorkflowIdentifier": {"workflowKey": "refund"}}}),
    (c.workflow_button("Refund", workflow_id="wf_1"),
     {"componentWorkflowButton": {
         "workflowButtonLabel": "Refund",
         "workflowButtonWorkflowIdentifier": {"workflowId": "wf_1"}}}),
    (c.date_time("2026-01-31T12:00:00Z"),
     {"componentDateTime": {"dateTimeIso8601": "2026-01-31T12:00:00Z"}}),
    (c.date_time(MOMENT), {"componentDateTime": {"dateTimeIso8601": "2026-01-31T12:00:00.000Z"}}),
    (c.user(user_id="u_1"), {"componentUser": {"userIdentifier": {"userId": "u_1"}}}),
    (c.user(email_address="a@b"),
     {"componentUser": {"userIdentifier": {"emailAddress": "a@b"}}}),
    (c.row([c.text("A")], [c.badge("B")]),
     {"componentRow": {
         "rowMainContent": [{"componentText": {"text": "A"}}],
         "rowAsideContent": [{"componentBadge": {"badgeLabel": "B"}}]}}),
    (c.container([c.row([c.text("A")], [c.text("B")])]),
     {"componentContainer": {"containerContent": [{"componentRow": {
         "rowMainContent": [{"componentText": {"text": "A"}}],
         "rowAsideContent": [{"componentText": {"text": "B"}}]}}]}}),
]  # fmt: skip


@pytest.mark.parametrize(("made", "wire"), WIRE, ids=range(len(WIRE)))
def test_a_component_is_its_own_json(made: Any, wire: Any) -> None:
    """Exactly as Plain takes it; what is not given is absent."""
    assert made == wire
    assert json.loads(json.dumps(made)) == wire
    assert ComponentInput.model_validate(made).model_dump(
        mode="json", by_alias=True, exclude_unset=True
    ) == wire  # fmt: skip


def test_there_is_one_for_each_kind() -> None:
    """Whatever the schema's `ComponentInput` has."""
    kinds = {key for made, _ in WIRE for key in made}
    given = own_schema().type_map["ComponentInput"]
    assert isinstance(given, GraphQLInputObjectType)
    assert kinds == set(given.fields)


LIMITS: list[tuple[Callable[[str], Any], int, int]] = [
    (c.text, 1, 10_000),
    (c.plain_text, 1, 10_000),
    (c.badge, 0, 500),
    (c.copy_button, 0, 1000),
    (lambda text: c.copy_button("v", tooltip=text), 0, 500),
    (lambda text: c.link_button(text, "https://x.example"), 0, 500),
    (lambda text: c.workflow_button(text, workflow_id="wf_1"), 0, 500),
]
LIMIT_IDS = ["text", "plain_text", "badge", "copy", "tooltip", "link", "workflow"]


@pytest.mark.parametrize(("make", "least", "most"), LIMITS, ids=LIMIT_IDS)
def test_a_text_has_its_limits(make: Callable[[str], Any], least: int, most: int) -> None:
    """At and under the most it is taken, over it is refused with both numbers; likewise the
    least. What counts is characters, not bytes."""
    for text in ("x" * most, "x" * (most - 1), "😀" * most, "x" * least):
        assert make(text)
    with pytest.raises(PlainInputError, match=f"{most:,} characters, not {most + 1:,}"):
        make("x" * (most + 1))
    if least:
        with pytest.raises(PlainInputError, match="1 to 10,000 characters, not 0"):
            make("")


@pytest.mark.parametrize(("make", "least", "most"), LIMITS, ids=LIMIT_IDS)
def test_the_limits_hold_however_a_component_is_written(
    make: Callable[[str], Any], least: int, most: int
) -> None:
    """As a mapping in either spelling, or as pasted JSON, and deep within others."""
    marked = json.dumps(make("@@"))
    wide = json.loads(marked.replace("@@", "x" * (most + 1)))
    fits = json.loads(marked.replace("@@", "x" * most))
    assert c.preview([fits]).components == [fits]
    places: list[Any] = [wide, {"component_container": {"container_content": [wide]}}]
    for place in places:
        with pytest.raises(PlainInputError, match=f"characters, not {most + 1:,}"):
            c.preview([place])


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: c.row([], [c.text("x")]), "row_main_content must hold at least one item"),
        (lambda: c.row([c.text("x")], []), "row_aside_content must hold at least one item"),
        (lambda: c.container([]), "container_content must hold at least one item"),
        (
            lambda: c.row(cast("Any", c.text("x")), [c.text("x")]),
            "must be a list of components, not dict",
        ),
        (lambda: c.container(cast("Any", "abc")), "must be a list of components, not str"),
        (lambda: c.user(), "exactly one of user_id, email_address"),
        (lambda: c.user(user_id="u", email_address="a@b"), "exactly one of"),
        (lambda: c.workflow_button("x"), "exactly one of workflow_id, workflow_key"),
        (lambda: c.workflow_button("x", workflow_id="a", workflow_key="b"), "exactly one of"),
        (lambda: c.date_time(datetime(2026, 1, 1)), "must say its time zone"),
        (lambda: c.date_time("yesterday"), "must be a time in ISO 8601"),
        (lambda: c.text(cast("Any", 5)), "text must be text, not 5"),
        (lambda: c.text(cast("Any", None)), "text is required"),
        (lambda: c.link_button("x", "x.example"), "must be a whole address"),
        (lambda: c.link_button("x", "https://"), "must be a whole address"),
        (lambda: c.link_button("x", "https://a b"), "must be a whole address"),
        (lambda: c.link_button("x", ""), "must be a whole address"),
    ],
    ids=range(17),
)
def test_what_plain_would_refuse(make: Callable[[], Any], told: str) -> None:
    """It is told at once, with the place and the way out."""
    with pytest.raises(PlainInputError, match=told):
        make()


@pytest.mark.parametrize(
    "url", ["https://x.example", "http://x:8080/a?b=c#d", "mailto:a@b.example"]
)
def test_addresses_that_are_whole(url: str) -> None:
    """With their scheme."""
    assert "componentLinkButton" in c.link_button("x", url)


SIMPLE = [made for made, wire in WIRE if not {"componentRow", "componentContainer"} & wire.keys()]
ROW, CONTAINER = c.row([c.text("A")], [c.text("B")]), c.container([c.text("A")])
PLACES: dict[str, tuple[Callable[[Any], Any], bool, bool]] = {
    "top": (lambda one: c.preview([one]), True, True),
    "event": (lambda one: EventComponentInput.model_validate(one), True, False),
    "container": (lambda one: c.container([one]), True, False),
    "main": (lambda one: c.row([one], [c.text("x")]), False, False),
    "aside": (lambda one: c.row([c.text("x")], [one]), False, False),
    "pasted row": (
        lambda one: c.preview(
            [{"componentRow": {"rowMainContent": [one], "rowAsideContent": [SIMPLE[0]]}}]
        ),
        False,
        False,
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_what_may_stand_where(place: str) -> None:
    """At the top everything, in events and containers no container, in rows no row either."""
    put, row, container = PLACES[place]
    for one in SIMPLE:
        assert put(one)
    for one, allowed in ((ROW, row), (CONTAINER, container)):
        if allowed:
            assert put(one)
        elif place == "event":
            with pytest.raises(ValueError, match="component"):
                put(one)
        else:
            with pytest.raises(PlainInputError, match="cannot stand in this place; what can: text"):
                put(one)


async def test_an_event_with_a_container_is_refused_before_it_is_sent() -> None:
    """With what can stand there."""
    with ScriptedServer(answer({})) as server:
        async with AsyncPlainClient("k", url=server.url) as client:
            with pytest.raises(PlainInputError, match=r"components\[1\].componentContainer cannot"):
                await client.create_thread_event(
                    thread_id="th_1", title="x", components=[ROW, CONTAINER]  # type: ignore[list-item]
                )  # fmt: skip
        assert server.requests == []


async def test_components_go_wherever_an_input_takes_them() -> None:
    """Beside mappings in both spellings, input models and pasted JSON; in threads and events."""
    mixed: list[Any] = [
        *(made for made, _ in WIRE[:-1]),
        {"component_text": {"text": "snake"}},
        json.loads('{"componentText": {"text": "pasted", "textSize": null}}'),
        {"component_row": {
            "row_main_content": [c.text("x"), {"component_badge": ComponentBadgeInput(
                badge_label="model")}],
            "row_aside_content": [c.badge("y")]}},
    ]  # fmt: skip
    model = ComponentTextInput(text="model")
    with ScriptedServer(answer({})) as server:
        async with AsyncPlainClient("k", url=server.url, options={"max_attempts": 1}) as client:
            with pytest.raises(PlainError):
                await client.create_thread(
                    customer_identifier={"customer_id": "c_1"},
                    components=[*mixed, ComponentInput(component_text=model), WIRE[-1][0]],
                )
            with pytest.raises(PlainError):
                await client.create_customer_event(
                    customer_identifier={"customer_id": "c_1"},
                    title="x",
                    components=[*mixed, EventComponentInput(component_text=model)],
                )
            with pytest.raises(PlainError):
                await client.create_thread_event(thread_id="th_1", title="x", components=mixed)
    sent = [request.json["variables"]["input"]["components"] for request in server.requests]
    own = [wire for _, wire in WIRE[:-1]]
    rest = [
        {"componentText": {"text": "snake"}},
        {"componentText": {"text": "pasted", "textSize": None}},
        {"componentRow": {
            "rowMainContent": [{"componentText": {"text": "x"}},
                               {"componentBadge": {"badgeLabel": "model"}}],
            "rowAsideContent": [{"componentBadge": {"badgeLabel": "y"}}]}},
    ]  # fmt: skip
    as_model = {"componentText": {"text": "model"}}
    assert sent == [
        [*own, *rest, as_model, WIRE[-1][1]], [*own, *rest, as_model], [*own, *rest],
    ]  # fmt: skip


def test_they_load_no_http_client_and_no_model_before_they_are_used() -> None:
    """Nor does the package's root load them."""
    code = (
        "import sys; import plain_sdk; from plain_sdk import AsyncPlainClient;"
        "assert 'plain_sdk._components.wire' not in sys.modules;"
        "import plain_sdk.components, plain_sdk.cards;"
        "assert not {'httpx', 'aiohttp'} & sys.modules.keys();"
        "assert 'plain_graphql.inputs._component_input' not in sys.modules;"
        "plain_sdk.components.text('x');"
        "assert not {'httpx', 'aiohttp'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_utc_is_told_in_a_moment() -> None:
    """An aware time is written in UTC."""
    made = c.date_time(datetime(2026, 1, 1, tzinfo=UTC))
    assert made == {"componentDateTime": {"dateTimeIso8601": "2026-01-01T00:00:00.000Z"}}
