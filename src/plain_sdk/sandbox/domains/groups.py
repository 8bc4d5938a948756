"""Customer groups and tenants, as far as customers refer to them."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from .._context import Context
from .._domain import Domain
from .._ids import made_at
from .._members import Object
from .._paging import Order, connection
from .._refusals import BadField, bad_input, not_found
from .._store import Row, Store, json_list
from .workspace import made_by, system_actor

DOMAIN = Domain(
    tables=(
        """CREATE TABLE IF NOT EXISTS customer_groups (
            id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
            external_id TEXT UNIQUE)""",
        """CREATE TABLE IF NOT EXISTS customer_group_memberships (
            customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
            group_id TEXT NOT NULL REFERENCES customer_groups (id) ON DELETE CASCADE,
            PRIMARY KEY (customer_id, group_id))""",
        """CREATE TABLE IF NOT EXISTS tenants (
            id TEXT PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL)""",
        """CREATE TABLE IF NOT EXISTS customer_tenants (
            customer_id TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
            tenant_id TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            PRIMARY KEY (customer_id, tenant_id))""",
    )
)

_GROUP_COLUMNS = {"customerGroupId": "id", "customerGroupKey": "key", "externalId": "external_id"}
_TENANT_COLUMNS = {"tenantId": "id", "externalId": "external_id"}


def seed_group(store: Store, new_id: Callable[[str], str], key: str) -> None:
    """Make sure that there is a group with this key."""
    if store.row("SELECT 1 FROM customer_groups WHERE key = ?", [key]) is None:
        name = key.replace("_", " ").replace("-", " ").title()
        store.insert("customer_groups", {"id": new_id("cg"), "key": key, "name": name})


def seed_tenant(store: Store, new_id: Callable[[str], str], external_id: str) -> None:
    """Make sure that there is a tenant with this external id."""
    if store.row("SELECT 1 FROM tenants WHERE external_id = ?", [external_id]) is None:
        tenant = {"id": new_id("te"), "external_id": external_id, "name": external_id}
        store.insert("tenants", tenant)


def groups_named(
    context: Context, identifiers: Sequence[Mapping[str, Any]] | None, path: str
) -> list[str]:
    """The ids of the groups that a mutation's input names; refused when one is unknown."""
    return _named(context, identifiers, path, "customer_groups", _GROUP_COLUMNS, "customer group")


def tenants_named(
    context: Context, identifiers: Sequence[Mapping[str, Any]] | None, path: str
) -> list[str]:
    """The ids of the tenants that a mutation's input names; refused when one is unknown."""
    return _named(context, identifiers, path, "tenants", _TENANT_COLUMNS, "tenant")


def tenant_filter(identifiers: Sequence[Mapping[str, Any]]) -> tuple[str, list[object]]:
    """A condition on customers: in at least one of these tenants."""
    parts: list[str] = []
    values: list[object] = []
    for member, column in _TENANT_COLUMNS.items():
        if wanted := [i[member] for i in identifiers if i.get(member) is not None]:
            parts.append(f"t.{column} IN (SELECT value FROM json_each(?))")
            values.append(json_list(wanted))
    condition = (
        "EXISTS (SELECT 1 FROM customer_tenants m JOIN tenants t ON t.id = m.tenant_id "
        f"WHERE m.customer_id = customers.id AND ({' OR '.join(parts) or '0'}))"
    )
    return condition, values


def group_filter(column: str, wanted: Sequence[str]) -> tuple[str, list[object]]:
    """A condition on customers: in at least one of these groups, by `id` or `key`."""
    condition = (
        "EXISTS (SELECT 1 FROM customer_group_memberships m "
        "JOIN customer_groups g ON g.id = m.group_id WHERE m.customer_id = customers.id "
        f"AND g.{column} IN (SELECT value FROM json_each(?)))"
    )
    return condition, [json_list(wanted)]


def group_memberships(
    context: Context,
    customer_id: str,
    made: Object,
    filters: Mapping[str, Any] | None = None,
    **page: Any,
) -> Object:
    """A customer's memberships in groups. They are given with the customer, who is `made`."""
    table = (
        "(SELECT g.* FROM customer_groups g JOIN customer_group_memberships m "
        "ON m.group_id = g.id WHERE m.customer_id = ?)"
    )
    where: list[str] = []
    values: list[object] = [customer_id]
    external_ids = (filters or {}).get("customerGroupExternalIds")
    if external_ids is not None:
        where.append("external_id IN (SELECT value FROM json_each(?))")
        values.append(json_list(external_ids))

    def membership(row: Row) -> Object:
        return {"customerId": customer_id, "customerGroup": _as_group(row), **made}

    name = f"groups of {customer_id}"
    return connection(context.store, name, table, where, values, Order("id"), page, membership)


def tenant_memberships(context: Context, customer_id: str, made: Object, **page: Any) -> Object:
    """A customer's memberships in tenants. They are given with the customer, who is `made`."""
    table = (
        "(SELECT t.* FROM tenants t JOIN customer_tenants m "
        "ON m.tenant_id = t.id WHERE m.customer_id = ?)"
    )

    def membership(row: Row) -> Object:
        return {"tenant": _as_tenant(row), **made}

    name = f"tenants of {customer_id}"
    return connection(context.store, name, table, [], [customer_id], Order("id"), page, membership)


def _as_group(row: Row) -> Object:
    return {
        "id": row["id"],
        "name": row["name"],
        "key": row["key"],
        # Nobody chose one; each group has its own, and keeps it.
        "color": f"#{sha256(row['key'].encode()).hexdigest()[:6].upper()}",
        "externalId": row["external_id"],
        **made_by(system_actor, made_at(row["id"])),
    }


def _as_tenant(row: Row) -> Object:
    return {
        "id": row["id"],
        "name": row["name"],
        "externalId": row["external_id"],
        "source": "API",
        **made_by(system_actor, made_at(row["id"])),
    }


def _named(
    context: Context,
    identifiers: Sequence[Mapping[str, Any]] | None,
    path: str,
    table: str,
    columns: Mapping[str, str],
    kind: str,
) -> list[str]:
    found: list[str] = []
    for index, identifier in enumerate(identifiers or ()):
        given = {member: value for member, value in identifier.items() if value is not None}
        if len(given) != 1:
            message = f"Exactly one of {', '.join(columns)} is needed."
            raise bad_input([BadField(f"{path}.{index}", message, "VALIDATION")])
        member, value = next(iter(given.items()))
        row = context.store.row(f"SELECT id FROM {table} WHERE {columns[member]} = ?", [value])
        if row is None:
            raise not_found(f"{path}.{index}.{member}", f"The {kind} {value} does not exist.")
        found.append(row["id"])
    return list(dict.fromkeys(found))
