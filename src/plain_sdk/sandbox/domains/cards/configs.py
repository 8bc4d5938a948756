"""Configs of customer cards."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ..._context import Context
from ..._domain import Domain
from ..._members import Object
from ..._refusals import BadField, MutationRefused
from ..._store import Row, Table
from ..actors import MADE, made, stamped, touched
from ..inputs import blank, existing, refuse, too_long, unwrapped

DOMAIN = Domain(
    tables=(
        Table(
            "card_configs",
            {
                "id": "TEXT PRIMARY KEY",
                "place": "INTEGER NOT NULL",
                "title": "TEXT NOT NULL",
                "key": "TEXT NOT NULL UNIQUE",
                "ttl": "INTEGER NOT NULL",
                "url": "TEXT NOT NULL",
                "headers": "TEXT NOT NULL",
                "enabled": "INTEGER NOT NULL DEFAULT 1",
                **MADE,
            },
        ),
    )
)

TTL = (15, 31_536_000)
"""Seconds that a card may live, as documented."""

_READ = ("customerCardConfig:read", "customerCardConfigApiDetails:read")
_EDIT = ("customerCardConfigApiDetails:edit",)
_MOST = 25


@DOMAIN.query("customerCardConfig", permissions=_READ)
def customer_card_config(context: Context, customerCardConfigId: str) -> Object | None:
    """The config with Plain's id."""
    row = context.store.by("card_configs", "id", customerCardConfigId)
    return None if row is None else as_config(row)


@DOMAIN.query("customerCardConfigs", permissions=_READ)
def customer_card_configs(context: Context) -> list[Object]:
    """All configs, in their own order."""
    return [as_config(row) for row in config_rows(context)]


@DOMAIN.mutation("createCustomerCardConfig", permissions=_EDIT)
def create_customer_card_config(context: Context, input: dict[str, Any]) -> Object:
    """A new card, after the others."""
    rows = config_rows(context)
    if len(rows) >= _MOST:
        raise MutationRefused(
            "too_many_customer_card_configs", f"A workspace has at most {_MOST} cards."
        )
    columns = {
        "title": input["title"],
        "key": input["key"],
        "ttl": input["defaultTimeToLiveSeconds"],
        "url": input["apiUrl"],
        "headers": json.dumps(input["apiHeaders"]),
    }
    _check(context, columns, input["apiHeaders"], None)
    config_id = context.ids.new("ccc")
    place = 1 + max((row["place"] for row in rows), default=0)
    context.store.insert(
        "card_configs", {"id": config_id, "place": place, **columns, **stamped(context)}
    )
    return {"customerCardConfig": customer_card_config(context, config_id)}


@DOMAIN.mutation("updateCustomerCardConfig", permissions=_EDIT)
def update_customer_card_config(context: Context, input: dict[str, Any]) -> Object:
    """Change what is given. Cards that are loaded stay until they expire."""
    row = _existing(context, input["customerCardConfigId"], "customerCardConfigId")
    columns = {
        "order": "place",
        "title": "title",
        "key": "key",
        "defaultTimeToLiveSeconds": "ttl",
        "apiUrl": "url",
        "isEnabled": "enabled",
    }
    wanted = unwrapped(input, columns)
    headers = input.get("apiHeaders")
    if headers is not None:
        wanted["headers"] = json.dumps(headers)
    _check(context, wanted, headers or [], row["id"])
    context.store.update("card_configs", row["id"], {**wanted, **touched(context)})
    return {"customerCardConfig": customer_card_config(context, row["id"])}


@DOMAIN.mutation("deleteCustomerCardConfig", permissions=("customerCardConfig:delete",))
def delete_customer_card_config(context: Context, input: dict[str, Any]) -> Object:
    """Delete a card, and what is loaded of it."""
    row = _existing(context, input["customerCardConfigId"], "customerCardConfigId")
    context.store.write("DELETE FROM card_configs WHERE id = ?", [row["id"]])
    return {}


@DOMAIN.mutation("reorderCustomerCardConfigs", permissions=("customerCardConfig:edit",))
def reorder_customer_card_configs(context: Context, input: dict[str, Any]) -> Object:
    """Give cards other places."""
    for index, place in enumerate(input["customerCardConfigOrders"]):
        path = f"customerCardConfigOrders.{index}.customerCardConfigId"
        row = _existing(context, place["customerCardConfigId"], path)
        context.store.update(
            "card_configs", row["id"], {"place": place["order"], **touched(context)}
        )
    return {"customerCardConfigs": customer_card_configs(context)}


def config_rows(context: Context, *, enabled: bool = False) -> list[Row]:
    """The configs as they are kept, in their own order."""
    where = "WHERE enabled" if enabled else ""
    return context.store.rows(f"SELECT * FROM card_configs {where} ORDER BY place, id")


def _existing(context: Context, config_id: str, path: str) -> Row:
    return existing(context, "card_configs", config_id, path, "customer card")


def _check(
    context: Context,
    columns: Mapping[str, Any],
    headers: list[Mapping[str, Any]],
    row_id: str | None,
) -> None:
    title, key, ttl, url = (columns.get(name) for name in ("title", "key", "ttl", "url"))
    bad = [*blank("title", title), *too_long("title", title, 500), *too_long("key", key, 500)]
    if key is not None and not re.fullmatch(r"[a-zA-Z0-9_-]+", key):
        bad.append(BadField("key", "Must be letters, digits, _ and - only.", "VALIDATION"))
    if ttl is not None and not TTL[0] <= ttl <= TTL[1]:
        message = f"Must be from {TTL[0]} to {TTL[1]}."
        bad.append(BadField("defaultTimeToLiveSeconds", message, "VALIDATION"))
    bad += too_long("apiUrl", url, 600)
    if url is not None and not _is_reachable(url):
        bad.append(BadField("apiUrl", "Must be a valid https URL.", "VALIDATION"))
    if len(headers) > 20:
        bad.append(BadField("apiHeaders", "Must be at most 20.", "VALIDATION"))
    refuse(bad)
    other = context.store.by("card_configs", "key", key)
    if other is not None and other["id"] != row_id:
        raise MutationRefused(
            "customer_card_config_key_already_exists", "Another card has this key."
        )


def _is_reachable(url: str) -> bool:
    """https, or http on the loopback address, which Plain itself cannot reach."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        return False
    local = host in ("localhost", "127.0.0.1", "::1")
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and local))


def as_config(row: Row) -> Object:
    """A config as the API shows it."""
    return {
        "id": row["id"],
        "order": row["place"],
        "title": row["title"],
        "key": row["key"],
        "defaultTimeToLiveSeconds": row["ttl"],
        "apiUrl": row["url"],
        "apiHeaders": json.loads(row["headers"]),
        "isEnabled": bool(row["enabled"]),
        **made(row),
    }
