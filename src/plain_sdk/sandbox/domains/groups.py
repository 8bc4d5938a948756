"""Customer groups, and which customers are in them."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from .._context import Context
from .._domain import Domain
from .._members import Object
from .._paging import Order, connection
from .._payloads import shaped
from .._refusals import MutationRefused
from .._store import Row, Store, Table, json_list
from .actors import MADE, made, stamped, touched
from .inputs import blank, changes, existing, identified, invalid, named, refuse, unwrapped
from .tenants import joined

DOMAIN = Domain(
    tables=(
        Table(
            "customer_groups",
            {
                "id": "TEXT PRIMARY KEY",
                "key": "TEXT NOT NULL UNIQUE",
                "name": "TEXT NOT NULL",
                "external_id": "TEXT UNIQUE",
                "color": "TEXT",
                **MADE,
            },
        ),
        Table(
            "customer_group_memberships",
            {
                "customer_id": "TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE",
                "group_id": "TEXT NOT NULL REFERENCES customer_groups (id) ON DELETE CASCADE",
                "created_at": "TEXT",
                "created_by": "TEXT",
            },
            ("PRIMARY KEY (customer_id, group_id)",),
            ("group_id",),
        ),
    )
)

COLUMNS = {"customerGroupId": "id", "customerGroupKey": "key", "externalId": "external_id"}
_READ = ("customerGroup:read",)
_CREATE, _EDIT = ("customerGroup:create",), ("customerGroup:edit",)


def seed_group(store: Store, new_id: Callable[[str], str], key: str) -> None:
    """Make sure that there is a group with this key."""
    if store.by("customer_groups", "key", key) is None:
        name = key.replace("_", " ").replace("-", " ").title()
        store.insert("customer_groups", {"id": new_id("cg"), "key": key, "name": name})


@DOMAIN.query("customerGroup", permissions=_READ)
def customer_group(context: Context, customerGroupId: str) -> Object | None:
    """The group with Plain's id."""
    row = context.store.by("customer_groups", "id", customerGroupId)
    return None if row is None else _as_group(row)


@DOMAIN.query("customerGroups", permissions=_READ)
def customer_groups(context: Context, filters: Any = None, **page: Any) -> Object:
    """A page of groups."""
    where, values = _by_external_ids((filters or {}).get("externalIds"))
    return connection(
        context.store, "customer groups", "customer_groups", where, values, Order("id"), page,
        _as_group,
    )  # fmt: skip


@DOMAIN.mutation("createCustomerGroup", permissions=_CREATE)
def create_customer_group(context: Context, input: dict[str, Any]) -> Object:
    """A new group."""
    return {"customerGroup": _create(context, _columns(input))}


@DOMAIN.mutation("updateCustomerGroup", permissions=_EDIT)
def update_customer_group(context: Context, input: dict[str, Any]) -> Object:
    """Change what is given."""
    row = existing(
        context, "customer_groups", input["customerGroupId"], "customerGroupId", "customer group"
    )
    columns = {"name": "name", "key": "key", "color": "color", "externalId": "external_id"}
    wanted = unwrapped(input, columns)
    return {"customerGroup": _update(context, row, changes(row, wanted))}


@DOMAIN.mutation("upsertCustomerGroup", permissions=(*_CREATE, *_EDIT))
def upsert_customer_group(context: Context, input: dict[str, Any]) -> Object:
    """Create or update; the same again changes nothing."""
    path, kind = "identifier", "customer group"
    row = identified(context, "customer_groups", COLUMNS, input["identifier"], path, kind)
    wanted = _columns(input)
    if row is None:
        if input["identifier"].get("customerGroupId") is not None:
            named(context, "customer_groups", COLUMNS, input["identifier"], path, kind)
        return {"result": "CREATED", "customerGroup": _create(context, wanted)}
    if "externalId" not in input:
        del wanted["external_id"]
    changed = changes(row, wanted)
    if not changed:
        return {"result": "NOOP", "customerGroup": _as_group(row)}
    return {"result": "UPDATED", "customerGroup": _update(context, row, changed)}


@DOMAIN.mutation("deleteCustomerGroup", permissions=("customerGroup:delete",))
def delete_customer_group(context: Context, input: dict[str, Any]) -> Object:
    """Delete a group that nobody is in."""
    row = existing(
        context, "customer_groups", input["customerGroupId"], "customerGroupId", "customer group"
    )
    in_it = "SELECT count(*) FROM customer_group_memberships WHERE group_id = ?"
    if context.store.count(in_it, [row["id"]]):
        raise MutationRefused("customer_group_has_memberships", "There are customers in the group.")
    previous = _snapshot(context, _as_group(row))
    context.store.write("DELETE FROM customer_groups WHERE id = ?", [row["id"]])
    _told(context, "REMOVED", previous, None)
    return {}


def groups_named(
    context: Context, identifiers: Sequence[Mapping[str, Any]] | None, path: str
) -> list[str]:
    """The ids of the groups that a mutation's input names; refused when one is unknown."""
    rows = [
        named(context, "customer_groups", COLUMNS, i, f"{path}.{n}", "customer group")
        for n, i in enumerate(identifiers or ())
    ]
    return list(dict.fromkeys(row["id"] for row in rows))


def join_groups(context: Context, customer_id: str, group_ids: Sequence[str]) -> None:
    """Put a customer into groups; those that it is in already change nothing."""
    by = stamped(context)
    for group_id in group_ids:
        context.store.write(
            "INSERT OR IGNORE INTO customer_group_memberships "
            "(customer_id, group_id, created_at, created_by) VALUES (?, ?, ?, ?)",
            [customer_id, group_id, by["created_at"], by["created_by"]],
        )


def group_filter(column: str, wanted: Sequence[str]) -> tuple[str, list[object]]:
    """A condition on customers: in at least one of these groups, by a column of groups."""
    condition = (
        "EXISTS (SELECT 1 FROM customer_group_memberships m "
        "JOIN customer_groups g ON g.id = m.group_id WHERE m.customer_id = customers.id "
        f"AND g.{column} IN (SELECT value FROM json_each(?)))"
    )
    return condition, [json_list(wanted)]


def group_memberships(
    context: Context,
    customer_id: str,
    since: Object,
    filters: Mapping[str, Any] | None = None,
    **page: Any,
) -> Object:
    """A customer's memberships in groups. An earlier sandbox kept only that they are: then they
    are given with the customer, who is made `since`."""
    table = (
        "(SELECT g.*, m.created_at AS joined_at, m.created_by AS joined_by FROM customer_groups g "
        "JOIN customer_group_memberships m ON m.group_id = g.id WHERE m.customer_id = ?)"
    )
    where, values = _by_external_ids((filters or {}).get("customerGroupExternalIds"))

    def membership(row: Row) -> Object:
        return {"customerId": customer_id, "customerGroup": _as_group(row), **joined(row, since)}

    name = f"groups of {customer_id}"
    return connection(
        context.store, name, table, where, [customer_id, *values], Order("id"), page, membership
    )


def _by_external_ids(external_ids: Sequence[str] | None) -> tuple[list[str], list[object]]:
    if external_ids is None:
        return [], []
    return ["external_id IN (SELECT value FROM json_each(?))"], [json_list(external_ids)]


def _columns(input: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": input["name"],
        "key": input["key"],
        "color": input["color"],
        "external_id": input.get("externalId"),
    }


def _create(context: Context, columns: Mapping[str, Any]) -> Object:
    _check(context, columns, None)
    group_id = context.ids.new("cg")
    context.store.insert("customer_groups", {"id": group_id, **columns, **stamped(context)})
    group = customer_group(context, group_id)
    assert group is not None
    _told(context, "ADDED", None, group)
    return group


def _update(context: Context, row: Row, changed: Mapping[str, Any]) -> Object:
    _check(context, changed, row["id"])
    previous = _snapshot(context, _as_group(row))
    if changed:
        context.store.update("customer_groups", row["id"], {**changed, **touched(context)})
    group = customer_group(context, row["id"])
    assert group is not None
    _told(context, "UPDATED", previous, group)
    return group


def _check(context: Context, columns: Mapping[str, Any], row_id: str | None) -> None:
    bad = [*blank("name", columns.get("name")), *blank("key", columns.get("key"))]
    refuse([*bad, *blank("color", columns.get("color"))])
    other = context.store.by("customer_groups", "key", columns.get("key"))
    if other is not None and other["id"] != row_id:
        raise MutationRefused("customer_group_key_already_exists", "Another group has this key.")
    other = context.store.by("customer_groups", "external_id", columns.get("external_id"))
    if other is not None and other["id"] != row_id:
        raise invalid("externalId", "Another group has this external id.")


def _snapshot(context: Context, group: Object | None) -> Any:
    return shaped(context, "CustomerGroup", group) if context.events.is_heard else None


def _told(context: Context, change_type: str, previous: Any, group: Object | None) -> None:
    now = _snapshot(context, group)
    context.events.record(
        "customer.customer_group_changed",
        context.now(),
        lambda: {
            "changeType": change_type,
            "customerGroup": now,
            "previousCustomerGroup": previous,
        },
    )


def _as_group(row: Row) -> Object:
    return {
        "id": row["id"],
        "name": row["name"],
        "key": row["key"],
        # Nobody chose one for a group that is seeded; each has its own, and keeps it.
        "color": row["color"] or f"#{sha256(row['key'].encode()).hexdigest()[:6].upper()}",
        "externalId": row["external_id"],
        **made(row),
    }
