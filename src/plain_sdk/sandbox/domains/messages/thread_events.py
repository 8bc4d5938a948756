"""Events of threads."""

import json
from typing import Any

from ..._context import Context
from ..._domain import Domain
from ..._members import Object
from ..._store import Table
from ..actors import MADE, made, stamped
from ..components import components_shown, text_of
from ..customer_events import event_columns
from ..threads.changes import active, thread_row
from ..timeline import add_entry

DOMAIN = Domain(
    tables=(
        Table(
            "thread_events",
            {
                "id": "TEXT PRIMARY KEY",
                "thread_id": "TEXT NOT NULL REFERENCES threads (id) ON DELETE CASCADE",
                "external_id": "TEXT UNIQUE",
                "title": "TEXT NOT NULL",
                "components": "TEXT NOT NULL",
                "at": "TEXT NOT NULL",
                **MADE,
            },
            indexes=("thread_id",),
        ),
    )
)


@DOMAIN.mutation("createThreadEvent", permissions=("threadEvent:create", "threadEvent:read"))
def create_thread_event(context: Context, input: dict[str, Any]) -> Object:
    """An event on one thread. The external id is unique."""
    thread = thread_row(context, input["threadId"])
    columns = event_columns(context, input, "thread_events")
    event_id = context.ids.new("tev")
    own = {"id": event_id, "thread_id": thread["id"]}
    context.store.insert("thread_events", {**own, **columns, **stamped(context)})
    row = context.store.by("thread_events", "id", event_id)
    assert row is not None
    components = json.loads(row["components"])
    content = {
        "timelineEventId": event_id,
        "title": row["title"],
        "components": components,
        "customerId": thread["customer_id"],
        "externalId": row["external_id"],
    }
    text = f"{row['title']} {text_of(components)}"
    add_entry(context, thread, "ThreadEventEntry", content, text=text, at=row["at"])
    active(context, thread, inbound=False)
    event = {"id": event_id, "customerId": thread["customer_id"], "threadId": thread["id"]}
    shown = components_shown(context, components)
    return {"threadEvent": {**event, "title": row["title"], "components": shown, **made(row)}}
