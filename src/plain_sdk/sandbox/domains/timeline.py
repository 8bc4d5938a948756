"""Timelines: adding entries, and reading them by thread and by customer."""

import json
from collections.abc import Mapping
from typing import Any

from .._context import Context
from .._domain import Domain
from .._members import Object
from .._paging import Order, connection
from .._payloads import shaped
from .._store import Row, json_list
from .actors import acting
from .entries import TABLE, as_entry, kind_of

DOMAIN = Domain(tables=(TABLE,))

_READ = ("timeline:read",)


def add_entry(
    context: Context,
    thread: Row,
    kind: str,
    content: Mapping[str, Any],
    *,
    text: str = "",
    source: str | None = None,
    by: str | None = None,
    at: str | None = None,
) -> str:
    """Add an entry to a thread's timeline, and return its id.

    Args:
        kind: The type of the entry, like `NoteEntry`.
        text: The words in it, for searching.
        source: The channel, where it is a message.
        by: The actor, as it is kept; by default who asks.
        at: When it happened; by default now.
    """
    entry_id = context.ids.new("t")
    entry = {
        "id": entry_id,
        "customer_id": thread["customer_id"],
        "thread_id": thread["id"],
        "at": at or context.now(),
        "kind": kind,
        "source": source,
        "content": json.dumps(content),
        "text": text,
        "actor": by or acting(context),
    }
    context.store.insert("timeline_entries", entry)
    if context.events.is_heard:
        row = context.store.by("timeline_entries", "id", entry_id)
        assert row is not None
        now = shaped(context, "TimelineEntry", as_entry(row))
        added = {"changeType": "ADDED", "timelineEntry": now, "previousTimelineEntry": None}
        context.events.record("timeline.timeline_entry_changed", context.now(), lambda: added)
    return entry_id


@DOMAIN.query("timelineEntry", permissions=_READ)
def timeline_entry(context: Context, customerId: str, timelineEntryId: str) -> Object | None:
    """The entry with Plain's id, of this customer."""
    row = context.store.by("timeline_entries", "id", timelineEntryId)
    return None if row is None or row["customer_id"] != customerId else as_entry(row)


@DOMAIN.query("timelineEntries", permissions=_READ)
def timeline_entries(context: Context, customerId: str, **page: Any) -> Object:
    """A page of a customer's entries over all threads, the oldest first."""
    return connection(
        context.store, f"timeline of {customerId}", "timeline_entries", ["customer_id = ?"],
        [customerId], Order("at"), page, as_entry,
    )  # fmt: skip


def entries_of(
    context: Context, thread_id: str, filters: Mapping[str, Any] | None = None, **page: Any
) -> Object:
    """A page of a thread's entries, the oldest first."""
    where: list[str] = ["thread_id = ?"]
    values: list[object] = [thread_id]
    wanted = (filters or {}).get("isMessage")
    if wanted is not None:
        where.append(f"source IS {'NOT ' if wanted else ''}NULL")
    kinds = (filters or {}).get("entryTypes")
    if kinds is not None:
        where.append("kind IN (SELECT value FROM json_each(?))")
        values.append(json_list(map(kind_of, kinds)))
    return connection(
        context.store, f"timeline of {thread_id}", "timeline_entries", where, values,
        Order("at"), page, as_entry,
    )  # fmt: skip
