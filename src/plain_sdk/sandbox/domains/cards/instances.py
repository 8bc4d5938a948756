"""Cards of a customer, loaded when somebody looks, and kept for as long as they live."""

import json
from typing import Any

from ..._context import Context
from ..._domain import Domain
from ..._ids import date_time, iso, stable_id
from ..._members import Object
from ..._refusals import QueryRefused
from ..._store import Row, Table
from ..actors import as_system, shown_actor
from ..components import components_shown
from ..inputs import existing
from .calling import Failed, Outcome, batches, call
from .configs import as_config, config_rows

DOMAIN = Domain(
    tables=(
        Table(
            "card_instances",
            {
                "id": "TEXT PRIMARY KEY",
                "customer_id": "TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE",
                "thread_id": "TEXT",
                "config_id": "TEXT NOT NULL REFERENCES card_configs (id) ON DELETE CASCADE",
                "components": "TEXT",
                "error": "TEXT",
                "loaded_at": "TEXT NOT NULL",
                "expires_at": "TEXT NOT NULL",
            },
        ),
    )
)

_ERRORS_KEPT = 5 * 60
"""Seconds that an endpoint's mistake is remembered, as documented."""


@DOMAIN.query("customerCardInstances", permissions=("customerCardInstance:read",))
async def customer_card_instances(
    context: Context, customerId: str, threadId: str | None = None
) -> list[Object]:
    """All cards of a customer: those that live from before, the others from their endpoints."""
    if context.store.by("customers", "id", customerId) is None:
        raise QueryRefused("BAD_USER_INPUT", "The customer does not exist.", 400)
    configs = config_rows(context, enabled=True)
    found = {config["id"]: _alive(context, customerId, threadId, config) for config in configs}
    missing = [config for config in configs if found[config["id"]] is None]
    found.update(await _load(context, customerId, threadId, missing))
    return [instance for config in configs if (instance := found[config["id"]]) is not None]


@DOMAIN.mutation("reloadCustomerCardInstance", permissions=("customerCardInstance:edit",))
async def reload_customer_card_instance(context: Context, input: dict[str, Any]) -> Object:
    """Ask the endpoint again, whatever is remembered."""
    existing(context, "customers", input["customerId"], "customerId", "customer")
    config = existing(
        context, "card_configs", input["customerCardConfigId"], "customerCardConfigId",
        "customer card",
    )  # fmt: skip
    if input.get("threadId") is not None:
        existing(context, "threads", input["threadId"], "threadId", "thread")
    loaded = await _load(context, input["customerId"], input.get("threadId"), [config])
    return {"customerCardInstance": loaded[config["id"]]}


def _alive(context: Context, customer_id: str, thread_id: str | None, config: Row) -> Object | None:
    row = context.store.row(
        "SELECT * FROM card_instances WHERE id = ? AND expires_at > ?",
        [_id(customer_id, thread_id, config), context.now()],
    )
    return None if row is None else _as_instance(context, row, config)


async def _load(
    context: Context, customer_id: str, thread_id: str | None, configs: list[Row]
) -> dict[str, Object | None]:
    body = _body(context, customer_id, thread_id)
    found: dict[str, Object | None] = {}
    for batch in batches(configs):
        outcomes = await call(context, batch, body)
        for config in batch:
            outcome = outcomes[config["key"]]
            row = _row(context, customer_id, thread_id, config, outcome)
            with context.store.transaction():
                context.store.write("DELETE FROM card_instances WHERE id = ?", [row["id"]])
                if not isinstance(outcome, Failed) or outcome.is_kept:
                    context.store.insert("card_instances", row)
            found[config["id"]] = _as_instance(context, row, config)
    return found


def _row(
    context: Context, customer_id: str, thread_id: str | None, config: Row, outcome: Outcome
) -> dict[str, Any]:
    components = error = None
    if isinstance(outcome, Failed):
        error, ttl = json.dumps(outcome.detail), _ERRORS_KEPT
    else:
        ttl = config["ttl"] if outcome.ttl is None else outcome.ttl
        components = None if outcome.components is None else json.dumps(outcome.components)
    return {
        "id": _id(customer_id, thread_id, config),
        "customer_id": customer_id,
        "thread_id": thread_id,
        "config_id": config["id"],
        "components": components,
        "error": error,
        "loaded_at": context.now(),
        "expires_at": iso(context.clock() + ttl),
    }


def _id(customer_id: str, thread_id: str | None, config: Row) -> str:
    return stable_id("cci", f"{customer_id} {thread_id} {config['id']}")


def _body(context: Context, customer_id: str, thread_id: str | None) -> Object:
    customer = context.store.by("customers", "id", customer_id)
    assert customer is not None
    external = customer["external_id"]
    body: Object = {
        "customer": {"id": customer_id, "email": customer["email"], "externalId": external}
    }
    thread = None if thread_id is None else context.store.by("threads", "id", thread_id)
    if thread is not None:
        body["thread"] = {"id": thread["id"], "externalId": thread["external_id"]}
        tenant = context.store.by("tenants", "id", thread["tenant_id"])
        if tenant is not None:
            body["tenant"] = {"id": tenant["id"], "externalId": tenant["external_id"]}
    return body


def _as_instance(context: Context, row: Any, config: Row) -> Object:
    at, by = date_time(row["loaded_at"]), shown_actor(context, as_system())
    common = {
        "id": row["id"],
        "customerId": row["customer_id"],
        "threadId": row["thread_id"],
        "customerCardConfig": as_config(config),
        "createdAt": at,
        "createdBy": by,
        "updatedAt": at,
        "updatedBy": by,
    }
    if row["error"] is not None:
        detail = json.loads(row["error"])
        return {"__typename": "CustomerCardInstanceError", "errorDetail": detail, **common}
    kept = row["components"]
    return {
        "__typename": "CustomerCardInstanceLoaded",
        "components": None if kept is None else components_shown(context, json.loads(kept)),
        "loadedAt": at,
        "expiresAt": date_time(row["expires_at"]),
        **common,
    }
