"""Webhook targets, the attempts to deliver to them, and the bodies of events that were told."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .._context import Context
from .._domain import Domain
from .._ids import iso
from .._members import Object
from .._paging import Order, connection, listed
from .._refusals import MutationRefused
from .._store import Row, Table, json_list
from .actors import MADE, made, moment, stamped, touched
from .inputs import existing, invalid, unwrapped

DOMAIN = Domain(
    tables=(
        Table(
            "webhook_targets",
            {
                "id": "TEXT PRIMARY KEY",
                "url": "TEXT NOT NULL",
                "description": "TEXT NOT NULL",
                "event_types": "TEXT NOT NULL",
                "version": "TEXT NOT NULL",
                "enabled": "INTEGER NOT NULL",
                **MADE,
            },
        ),
        Table(
            "public_events",
            {
                "id": "TEXT PRIMARY KEY",
                "type": "TEXT NOT NULL",
                "at": "TEXT NOT NULL",
                "body": "TEXT NOT NULL",
            },
        ),
        Table(
            "webhook_attempts",
            {
                "id": "TEXT PRIMARY KEY",
                "target_id": "TEXT NOT NULL REFERENCES webhook_targets (id) ON DELETE CASCADE",
                "event_id": "TEXT NOT NULL",
                "event_type": "TEXT NOT NULL",
                "at": "TEXT NOT NULL",
                "milliseconds": "INTEGER NOT NULL",
                "result_status": "TEXT NOT NULL",
                "http_status": "INTEGER",
                "error_code": "TEXT",
                "message": "TEXT",
            },
            indexes=("target_id, id",),
        ),
    )
)
"""An attempt's `result_status` is a value of `WebhookDeliveryAttemptResultStatus`."""

VERSIONS = (
    "unversioned", "2024-09-18", "2025-07-30", "2025-08-06", "2026-02-11", "2026-02-27",
    "2026-04-21", "2026-05-06", "2026-07-07", "2026-07-14", "2026-08-19", "2026-08-31",
    "2026-09-02", "2026-09-06", "2026-09-11",
)  # fmt: skip
"""All versions of webhooks that are known, the latest last."""

KEPT_DAYS = 30
"""How long the body of an event is kept, as documented."""

_MOST = 25
_READ = ("webhookTarget:read",)
_RESULTS = {
    "SUCCESSFUL_RESPONSE": "Successful",
    "FAILED_RESPONSE": "Failed",
    "ERROR": "Error",
    "REJECTED": "Rejected",
    "SCHEMA_VALIDATION_FAILED": "SchemaValidationFailed",
}


@DOMAIN.query("webhookTarget", permissions=_READ)
def webhook_target(context: Context, webhookTargetId: str) -> Object | None:
    """The target with Plain's id."""
    row = context.store.by("webhook_targets", "id", webhookTargetId)
    return None if row is None else _as_target(row)


@DOMAIN.query("webhookTargets", permissions=_READ)
def webhook_targets(context: Context, **page: Any) -> Object:
    """A page of targets."""
    return connection(
        context.store, "webhook targets", "webhook_targets", [], [], Order("id"), page, _as_target
    )


@DOMAIN.query("webhookVersions", permissions=_READ)
def webhook_versions(_: Context, **page: Any) -> Object:
    """A page of the versions that a target may have."""
    versions = [
        # The place in the list is what pages are cut by.
        {"id": f"{n:03}", "version": v, "isDeprecated": False, "isLatest": v == VERSIONS[-1]}
        for n, v in enumerate(VERSIONS)
    ]
    return listed("webhook versions", versions, page)


@DOMAIN.query("webhookDeliveryAttempts", permissions=_READ)
def webhook_delivery_attempts(
    context: Context, webhookTargetId: str, filters: Any = None, **page: Any
) -> Object:
    """A page of the attempts to deliver to a target, the oldest first."""
    where: list[str] = ["target_id = ?"]
    values: list[object] = [webhookTargetId]
    filters = filters or {}
    if filters.get("eventTypes") is not None:
        where.append("event_type IN (SELECT value FROM json_each(?))")
        values.append(json_list(filters["eventTypes"]))
    if filters.get("resultStatus") is not None:
        where.append("result_status = ?")
        values.append(filters["resultStatus"])
    return connection(
        context.store, f"attempts for {webhookTargetId}", "webhook_attempts", where, values,
        Order("id"), page, _as_attempt,
    )  # fmt: skip


@DOMAIN.query("publicEventRequestBody", permissions=_READ)
def public_event_request_body(context: Context, publicEventId: str) -> str | None:
    """The body of an event's webhook; null once it is older than 30 days."""
    row = context.store.by("public_events", "id", publicEventId)
    oldest = iso(context.clock() - KEPT_DAYS * 24 * 60 * 60)
    return None if row is None or row["at"] < oldest else str(row["body"])


@DOMAIN.query("subscriptionEventTypes", permissions=_READ)
def subscription_event_types(_: Context) -> list[Object]:
    """Every type of event that a target may subscribe to."""
    from plain_webhooks import PAYLOADS

    return [
        {"eventType": name, "description": (model.__doc__ or "").strip()}
        for name, model in PAYLOADS.items()
    ]


@DOMAIN.mutation("createWebhookTarget", permissions=("webhookTarget:create",))
def create_webhook_target(context: Context, input: dict[str, Any]) -> Object:
    """A new target: https, or http on the loopback address, which Plain itself cannot reach."""
    if context.store.count("SELECT count(*) FROM webhook_targets") >= _MOST:
        raise MutationRefused(
            "too_many_webhook_targets", f"A workspace has at most {_MOST} webhook targets."
        )
    version = input.get("version") or VERSIONS[-1]
    _check(input["url"], version)
    target_id = context.ids.new("whTarget")
    context.store.insert(
        "webhook_targets",
        {
            "id": target_id,
            "url": input["url"].strip(),
            "description": input["description"],
            "event_types": _event_types(input["eventSubscriptions"]),
            "version": version,
            "enabled": int(input["isEnabled"]),
            **stamped(context),
        },
    )
    context.targets_changed()
    return {"webhookTarget": webhook_target(context, target_id)}


@DOMAIN.mutation("updateWebhookTarget", permissions=("webhookTarget:edit",))
def update_webhook_target(context: Context, input: dict[str, Any]) -> Object:
    """Change what is given."""
    row = _existing(context, input)
    columns = {
        "url": "url",
        "isEnabled": "enabled",
        "description": "description",
        "version": "version",
    }
    wanted = unwrapped(input, columns)
    _check(wanted.get("url"), wanted.get("version"))
    if input.get("eventSubscriptions") is not None:
        wanted["event_types"] = _event_types(input["eventSubscriptions"])
    context.store.update("webhook_targets", row["id"], {**wanted, **touched(context)})
    context.targets_changed()
    return {"webhookTarget": webhook_target(context, row["id"])}


@DOMAIN.mutation("deleteWebhookTarget", permissions=("webhookTarget:delete",))
def delete_webhook_target(context: Context, input: dict[str, Any]) -> Object:
    """Delete a target, with its attempts."""
    row = _existing(context, input)
    context.store.write("DELETE FROM webhook_targets WHERE id = ?", [row["id"]])
    context.targets_changed()
    return {}


def _existing(context: Context, input: Mapping[str, Any]) -> Row:
    target_id = input["webhookTargetId"]
    return existing(context, "webhook_targets", target_id, "webhookTargetId", "webhook target")


def _check(url: str | None, version: str | None) -> None:
    if url is not None and not is_reachable(url):
        raise invalid("url", "Must be a valid https URL.")
    if version is not None and version not in VERSIONS:
        raise invalid("version", "Is not a version of webhooks.")


def is_reachable(url: str) -> bool:
    """Whether Plain would call an address, or it is one of this machine."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        return False
    local = host in ("localhost", "127.0.0.1", "::1")
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and local))


def _event_types(subscriptions: list[Mapping[str, Any]]) -> str:
    from plain_webhooks import PAYLOADS

    names = list(dict.fromkeys(subscription["eventType"] for subscription in subscriptions))
    for index, name in enumerate(names):
        if name not in PAYLOADS:
            raise invalid(f"eventSubscriptions.{index}.eventType", f"{name} is not known.")
    return json.dumps(names)


def _as_target(row: Row) -> Object:
    return {
        "id": row["id"],
        "url": row["url"],
        "description": row["description"],
        "eventSubscriptions": [{"eventType": name} for name in json.loads(row["event_types"])],
        "version": row["version"],
        "isEnabled": bool(row["enabled"]),
        **made(row),
    }


def _as_attempt(row: Row) -> Object:
    status = row["result_status"]
    return {
        "id": row["id"],
        "webhookTargetId": row["target_id"],
        "publicEventId": row["event_id"],
        "publicEventEventType": row["event_type"],
        "attemptedAt": moment(row, "at"),
        "durationInMilliseconds": row["milliseconds"],
        "result": {
            "__typename": f"WebhookDeliveryAttempt{_RESULTS[status]}Result",
            "status": status,
            "httpStatusCode": row["http_status"],
            "errorCode": row["error_code"] or "",
            "errorMessage": row["message"] or "",
            "rejectedMessage": row["message"] or "",
        },
    }
