"""What a thread is: its row, and how the API shows it."""

import json
from typing import Any

from ..._context import Context
from ..._members import Object
from ..._store import Row, Table
from ..actors import MADE, actor, made, moment
from ..entries import assignee, timed
from ..labels import labels_of
from ..timeline import entries_of
from .field import fields_of

_MESSAGES = ("first_in", "first_out", "last_in", "last_out")

TABLE = Table(
    "threads",
    {
        "id": "TEXT PRIMARY KEY",
        "number": "INTEGER NOT NULL UNIQUE",
        "customer_id": "TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE",
        "title": "TEXT NOT NULL",
        "description": "TEXT",
        "preview_text": "TEXT",
        "priority": "INTEGER NOT NULL",
        "external_id": "TEXT",
        "status": "TEXT NOT NULL",
        "status_changed_at": "TEXT NOT NULL",
        "status_changed_by": "TEXT NOT NULL",
        "status_detail": "TEXT",
        "snoozed_until": "TEXT",
        "assigned_to": "TEXT",
        "assigned_at": "TEXT",
        "tenant_id": "TEXT REFERENCES tenants (id)",
        "tier_id": "TEXT REFERENCES tiers (id)",
        "channel": "TEXT NOT NULL",
        "channel_details": "TEXT",
        "locked_at": "TEXT",
        "locked_by": "TEXT",
        **{f"{name}_{what}": "TEXT" for name in _MESSAGES for what in ("at", "source")},
        **MADE,
    },
    ("UNIQUE (customer_id, external_id)",),
    ("status, id", "tenant_id", "snoozed_until"),
)

SUPPORT_EMAIL = "support@sandbox.example"
"""The workspace's own address."""


def ref_of(row: Row) -> str:
    """What people call a thread, like `T-1`."""
    return f"T-{row['number']}"


def as_thread(row: Row) -> Object:
    """A thread as the API shows it."""
    thread_id, customer_id, tenant_id, tier_id = (
        row[column] for column in ("id", "customer_id", "tenant_id", "tier_id")
    )
    assigned, detail = row["assigned_to"], row["status_detail"]

    def customer(context: Context) -> Object | None:
        return context.find("Customer", customer_id)

    def tenant(context: Context) -> Object | None:
        return context.find("Tenant", tenant_id)

    def tier(context: Context) -> Object | None:
        return context.find("Tier", tier_id)

    def assigned_to(context: Context) -> Object | None:
        return assignee(context, None if assigned is None else json.loads(assigned))

    def labels(context: Context) -> list[Object]:
        return labels_of(context, thread_id)

    def thread_fields(context: Context) -> list[Object]:
        return fields_of(context, thread_id)

    def timeline_entries(context: Context, **arguments: Any) -> Object:
        return entries_of(context, thread_id, **arguments)

    by_email = any(row[f"{name}_source"] == "EMAIL" for name in _MESSAGES)
    return {
        "__typename": "Thread",
        "id": thread_id,
        "ref": ref_of(row),
        "customer": customer,
        "title": row["title"],
        "description": row["description"],
        "previewText": row["preview_text"],
        "priority": row["priority"],
        "externalId": row["external_id"],
        "status": row["status"],
        "statusChangedAt": moment(row, "status_changed_at"),
        "statusChangedBy": actor(row["status_changed_by"]),
        "statusDetail": timed(None if detail is None else json.loads(detail)),
        "assignedTo": assigned_to,
        "assignedAt": moment(row, "assigned_at"),
        "additionalAssignees": [],
        "labels": labels,
        "threadFields": thread_fields,
        "timelineEntries": timeline_entries,
        "tenant": tenant,
        "tier": tier,
        "channel": row["channel"],
        "channelDetails": _channel_details(row),
        "lockedAt": moment(row, "locked_at"),
        "lockedBy": actor(row["locked_by"]),
        "firstInboundMessageInfo": _message(row, "first_in"),
        "firstOutboundMessageInfo": _message(row, "first_out"),
        "lastInboundMessageInfo": _message(row, "last_in"),
        "lastOutboundMessageInfo": _message(row, "last_out"),
        "supportEmailAddresses": [SUPPORT_EMAIL] if by_email else [],
        "serviceLevelAgreementStatusSummary": {},
        **made(row),
    }


def _message(row: Row, name: str) -> Object | None:
    if row[f"{name}_at"] is None:
        return None
    return {"timestamp": moment(row, f"{name}_at"), "messageSource": row[f"{name}_source"]}


def _channel_details(row: Row) -> Object | None:
    kept = row["channel_details"]
    found: Object | None = None if kept is None else json.loads(kept)
    return found
