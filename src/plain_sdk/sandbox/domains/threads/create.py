"""Opening threads."""

import json
from collections.abc import Mapping
from typing import Any

from ..._context import Context
from ..._domain import Domain
from ..._members import Object
from ..._refusals import BadField
from ..._store import Row
from ..actors import stamped
from ..attachments import check_attachments
from ..companies import company_of
from ..components import components_given, text_of
from ..customer_events import show_newest
from ..customers import customer_named
from ..inputs import blank, invalid, refuse, too_long
from ..tenants import tenant_named
from ..timeline import add_entry
from .assignment import assignee_of
from .changes import change, tell, thread_row
from .field import default_columns, field_columns
from .labelling import label_types_given
from .thread import as_thread

DOMAIN = Domain()

_CHANNELS = ("API", "EMAIL", "SLACK", "MS_TEAMS", "CHAT", "INTERNAL")


@DOMAIN.mutation("createThread", permissions=("thread:create", "thread:read"))
def create_thread(context: Context, input: dict[str, Any]) -> Object:
    """Open a thread. Labels, fields, assignee and tenant are on it from the start."""
    customer = customer_named(context, input["customerIdentifier"], "customerIdentifier")
    external_id = input.get("externalId")
    refuse([*blank("title", input.get("title")), *blank("externalId", external_id),
            *too_long("title", input.get("title"), 500),
            *too_long("externalId", external_id, 500), *_bad_channel(input)])  # fmt: skip
    if external_id is not None and _taken(context, customer["id"], external_id):
        # The code that Plain has for this is not documented.
        raise invalid("externalId", "The customer has another thread with this external id.")
    components = components_given(input.get("components") or ())
    attachments = check_attachments(context, input.get("attachmentIds"), "CUSTOM_TIMELINE_ENTRY")
    types = label_types_given(context, input.get("labelTypeIds") or ())
    fields = _fields(context, input)
    columns = {
        **_about(context, customer, input, text_of(components)),
        **_channel(input),
        "external_id": external_id,
    }
    row = open_thread(context, customer, columns)
    for label_type in types:
        label = {"id": context.ids.new("l"), "thread_id": row["id"], "label_type_id": label_type}
        context.store.insert("labels", {**label, **stamped(context)})
    for field in fields:
        kept = {"id": context.ids.new("tf"), "thread_id": row["id"], **field}
        context.store.insert("thread_fields", {**kept, **stamped(context)})
    tell(context, "thread_created", row)
    if components or attachments:
        title = input.get("title") or columns["title"]
        content = {"title": title, "components": components, "attachmentIds": attachments}
        text = text_of(components)
        add_entry(context, row, "CustomEntry", content, text=text, source=columns["channel"])
        at = context.now()
        sources = {"first_in_source": columns["channel"], "last_in_source": columns["channel"]}
        row = change(context, row, {"first_in_at": at, "last_in_at": at, **sources})
    return {"thread": as_thread(row)}


def open_thread(
    context: Context, customer: Row, columns: Mapping[str, Any], by: str | None = None
) -> Row:
    """A new thread of a customer with these columns, and the customer's newest events on it."""
    stamps, thread_id = stamped(context, by), context.ids.new("th")
    now = stamps["created_at"]
    detail = {
        "__typename": "ThreadStatusDetailCreated",
        "statusChangedAt": now,
        "createdAt": now,
    }
    context.store.insert(
        "threads",
        {
            "id": thread_id,
            "number": context.store.count("SELECT coalesce(max(number), 0) FROM threads") + 1,
            "customer_id": customer["id"],
            "priority": 2,
            "status": "TODO",
            "status_changed_at": now,
            "status_changed_by": stamps["created_by"],
            "status_detail": json.dumps(detail),
            "channel": "API",
            **columns,
            **stamps,
        },
    )
    row = thread_row(context, thread_id)
    show_newest(context, row)
    return row


def _about(context: Context, customer: Row, input: Mapping[str, Any], text: str) -> dict[str, Any]:
    tenant_id = None
    if input.get("tenantIdentifier") is not None:
        tenant_id = tenant_named(context, input["tenantIdentifier"], "tenantIdentifier")["id"]
    tier = _tier(context, customer, tenant_id)
    priority = input.get("priority")
    if priority is None:
        priority = 2 if tier is None else tier["defaultThreadPriority"]
    assigned, preview = input.get("assignedTo"), text or input.get("description")
    kept = None if assigned is None else assignee_of(context, assigned, "assignedTo.")
    return {
        # Plain has one written, where its AI is on.
        "title": input.get("title") or (preview or "New thread")[:60],
        "description": input.get("description"),
        "preview_text": (preview or "")[:200] or None,
        "priority": check_priority(priority),
        "tenant_id": tenant_id,
        "tier_id": None if tier is None else tier["id"],
        "assigned_to": kept,
        "assigned_at": None if kept is None else context.now(),
    }


def check_priority(priority: int) -> int:
    """The priority, refused unless it is one."""
    if priority not in range(4):
        raise invalid("priority", "Must be 0 (urgent), 1 (high), 2 (normal) or 3 (low).")
    return priority


def _tier(context: Context, customer: Row, tenant_id: str | None) -> Object | None:
    """The tier of the thread's tenant, or of the customer's company."""
    tier = context.find("TierOfTenant", tenant_id)
    company = None if tier is not None else company_of(context, customer)
    return tier if company is None else context.find("TierOfCompany", company["id"])


def _fields(context: Context, input: Mapping[str, Any]) -> list[dict[str, Any]]:
    given = {
        field["key"]: field_columns(
            context, field["key"], field["type"], field, f"threadFields.{index}."
        )
        for index, field in enumerate(input.get("threadFields") or ())
    }
    starting = [field for field in default_columns(context) if field["key"] not in given]
    return [*starting, *given.values()]


def _bad_channel(input: Mapping[str, Any]) -> list[BadField]:
    channel = input.get("channel") or "API"
    if channel not in _CHANNELS:
        message = f"Must be one of {', '.join(_CHANNELS)}."
        return [BadField("channel", message, "VALIDATION")]
    member = {"SLACK": "slack", "MS_TEAMS": "msTeams"}.get(channel)
    if member and (input.get("channelDetails") or {}).get(member) is None:
        message = f"A thread in {channel} needs them."
        return [BadField(f"channelDetails.{member}", message, "REQUIRED")]
    return []


def _channel(input: Mapping[str, Any]) -> dict[str, Any]:
    channel, details = input.get("channel") or "API", input.get("channelDetails") or {}
    kept: Object | None = None
    if channel == "SLACK":
        kept = {"__typename": "SlackThreadChannelDetails", **details["slack"]}
    elif channel == "MS_TEAMS":
        kept = {"__typename": "MSTeamsThreadChannelDetails", **details["msTeams"]}
    return {"channel": channel, "channel_details": None if kept is None else json.dumps(kept)}


def _taken(context: Context, customer_id: str, external_id: str) -> bool:
    return bool(
        context.store.count(
            "SELECT count(*) FROM threads WHERE customer_id = ? AND external_id = ?",
            [customer_id, external_id],
        )
    )
