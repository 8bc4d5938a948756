"""Events of customers: they show on every thread of the customer, and the newest on new ones."""

import json
from typing import Any

from .._context import Context
from .._domain import Domain
from .._members import Object
from .._store import Row, Table
from .actors import MADE, made, stamped
from .components import components_given, components_shown, text_of
from .customers import customer_named
from .inputs import blank, invalid, moment_of, refuse
from .timeline import add_entry

DOMAIN = Domain(
    tables=(
        Table(
            "customer_events",
            {
                "id": "TEXT PRIMARY KEY",
                "customer_id": "TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE",
                "external_id": "TEXT UNIQUE",
                "title": "TEXT NOT NULL",
                "components": "TEXT NOT NULL",
                "at": "TEXT NOT NULL",
                **MADE,
            },
            indexes=("customer_id, at",),
        ),
    )
)

_NEWEST = 25
"""How many events of the customer a new thread shows, as documented."""


@DOMAIN.mutation("createCustomerEvent", permissions=("customerEvent:create",))
def create_customer_event(context: Context, input: dict[str, Any]) -> Object:
    """An event on every thread that the customer has. The external id is unique."""
    customer = customer_named(context, input["customerIdentifier"], "customerIdentifier")
    columns = event_columns(context, input, "customer_events")
    event_id, stamps = context.ids.new("tev"), stamped(context)
    own = {"id": event_id, "customer_id": customer["id"]}
    context.store.insert("customer_events", {**own, **columns, **stamps})
    row = context.store.by("customer_events", "id", event_id)
    assert row is not None
    threads = "SELECT * FROM threads WHERE customer_id = ? ORDER BY id"
    for thread in context.store.rows(threads, [customer["id"]]):
        _show(context, thread, row)
    shown = components_shown(context, json.loads(row["components"]))
    event = {"id": event_id, "customerId": customer["id"], "title": row["title"]}
    return {"customerEvent": {**event, "components": shown, **made(row)}}


def event_columns(context: Context, input: dict[str, Any], table: str) -> dict[str, Any]:
    """What customers' and threads' events have in common, as it is kept; refused when the
    external id was there before. Plain does not document the code for that."""
    refuse([*blank("title", input["title"]), *blank("externalId", input.get("externalId"))])
    external_id, timestamp = input.get("externalId"), input.get("timestamp")
    if context.store.by(table, "external_id", external_id) is not None:
        raise invalid("externalId", "There is an event with this external id.")
    components = components_given(input["components"])
    return {
        "external_id": external_id,
        "title": input["title"],
        "components": json.dumps(components),
        "at": context.now() if timestamp is None else moment_of("timestamp", timestamp),
    }


def show_newest(context: Context, thread: Row) -> None:
    """Put the customer's newest events on a new thread."""
    rows = context.store.rows(
        "SELECT * FROM customer_events WHERE customer_id = ? ORDER BY at DESC, id DESC LIMIT ?",
        [thread["customer_id"], _NEWEST],
    )
    for row in reversed(rows):
        _show(context, thread, row)


def _show(context: Context, thread: Row, event: Row) -> None:
    components = json.loads(event["components"])
    content = {
        "timelineEventId": event["id"],
        "title": event["title"],
        "components": components,
        "customerId": event["customer_id"],
        "externalId": event["external_id"],
    }
    text = f"{event['title']} {text_of(components)}"
    by, at = event["created_by"], event["at"]
    add_entry(context, thread, "CustomerEventEntry", content, text=text, by=by, at=at)
