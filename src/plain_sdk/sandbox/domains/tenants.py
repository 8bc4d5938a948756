"""Tenants, and which customers belong to them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._context import Context
from .._domain import Domain
from .._members import Object
from .._paging import Order, connection
from .._store import Row, Store, Table, json_list
from .actors import MADE, actor, made, moment, stamped, touched
from .inputs import between, blank, changes, identified, invalid, named, refuse
from .searching import SearchTerm, searched

DOMAIN = Domain(
    tables=(
        Table(
            "tenants",
            {
                "id": "TEXT PRIMARY KEY",
                "external_id": "TEXT NOT NULL UNIQUE",
                "name": "TEXT NOT NULL",
                "url": "TEXT",
                "deleted_at": "TEXT",
                "deleted_by": "TEXT",
                **MADE,
            },
        ),
        Table(
            "customer_tenants",
            {
                "customer_id": "TEXT NOT NULL REFERENCES customers (id) ON DELETE CASCADE",
                "tenant_id": "TEXT NOT NULL REFERENCES tenants (id) ON DELETE CASCADE",
                "created_at": "TEXT",
                "created_by": "TEXT",
            },
            ("PRIMARY KEY (customer_id, tenant_id)",),
            ("tenant_id",),
        ),
    )
)

COLUMNS = {"tenantId": "id", "externalId": "external_id"}


def seed_tenant(store: Store, new_id: Callable[[str], str], external_id: str) -> None:
    """Make sure that there is a tenant with this external id."""
    if store.by("tenants", "external_id", external_id) is None:
        tenant = {"id": new_id("te"), "external_id": external_id, "name": external_id}
        store.insert("tenants", tenant)


@DOMAIN.loader("Tenant")
def load_tenant(context: Context, tenant_id: str) -> Object | None:
    """The tenant with this id."""
    row = context.store.by("tenants", "id", tenant_id)
    return None if row is None else as_tenant(row)


@DOMAIN.query("tenant", permissions=("tenant:read",))
def tenant(context: Context, tenantId: str) -> Object | None:
    """The tenant with Plain's id."""
    return load_tenant(context, tenantId)


@DOMAIN.query("tenants", permissions=("tenant:read",))
def tenants(context: Context, filters: Any = None, **page: Any) -> Object:
    """A page of tenants: deleted and live ones alike, unless the filter tells."""
    where, values = listed_by(filters or {}, "tenantIds")
    return connection(
        context.store, "tenants", "tenants", where, values, Order("id"), page, as_tenant
    )


@DOMAIN.query("searchTenants", permissions=("tenant:search",))
def search_tenants(context: Context, searchQuery: Any, **page: Any) -> Object:
    """Tenants by a part of the name, or by the whole external id."""
    term = SearchTerm(searchQuery["term"])
    where = [f"deleted_at IS NULL AND ({term.within('name')} OR external_id = ?)"]
    values: list[object] = [term.pattern, term.text]
    return searched(context, "tenants", where, values, page, "tenant", as_tenant)


@DOMAIN.mutation("upsertTenant", permissions=("tenant:read", "tenant:create"))
def upsert_tenant(context: Context, input: dict[str, Any]) -> Object:
    """Create or update; the same again changes nothing."""
    refuse([*blank("name", input["name"]), *blank("externalId", input["externalId"])])
    row = identified(context, "tenants", COLUMNS, input["identifier"], "identifier", "tenant")
    wanted = {"name": input["name"], "external_id": input["externalId"]}
    if input.get("url") is not None:
        wanted["url"] = input["url"].get("value")
    taken = "Another tenant has this external id."
    row_id = None if row is None else row["id"]
    other = context.store.by("tenants", "external_id", input["externalId"])
    if other is not None and other["id"] != row_id:
        raise invalid("externalId", taken)
    if row is None:
        if input["identifier"].get("tenantId") is not None:
            named(context, "tenants", COLUMNS, input["identifier"], "identifier", "tenant")
        row_id = context.ids.new("te")
        context.store.insert("tenants", {"id": row_id, **wanted, **stamped(context)})
        return {"result": "CREATED", "tenant": load_tenant(context, row_id)}
    changed = changes(row, wanted)
    if row["deleted_at"] is not None:
        changed |= {"deleted_at": None, "deleted_by": None}
    if not changed:
        return {"result": "NOOP", "tenant": as_tenant(row)}
    context.store.update("tenants", row["id"], {**changed, **touched(context)})
    return {"result": "UPDATED", "tenant": load_tenant(context, row["id"])}


@DOMAIN.mutation("deleteTenant", permissions=("tenant:delete",))
def delete_tenant(context: Context, input: dict[str, Any]) -> Object:
    """Mark as deleted: lists still have it. Its customers leave it."""
    row = tenant_named(context, input["tenantIdentifier"], "tenantIdentifier")
    gone = touched(context)
    gone |= {"deleted_at": gone["updated_at"], "deleted_by": gone["updated_by"]}
    context.store.update("tenants", row["id"], gone)
    context.store.write("DELETE FROM customer_tenants WHERE tenant_id = ?", [row["id"]])
    return {"tenant": load_tenant(context, row["id"])}


def tenant_named(context: Context, identifier: Mapping[str, Any], path: str) -> Row:
    """The tenant that an input names; refused when there is none."""
    return named(context, "tenants", COLUMNS, identifier, path, "tenant")


def tenants_named(
    context: Context, identifiers: Sequence[Mapping[str, Any]] | None, path: str
) -> list[str]:
    """The ids of the tenants that an input names; refused when one is unknown."""
    rows = [tenant_named(context, i, f"{path}.{n}") for n, i in enumerate(identifiers or ())]
    return list(dict.fromkeys(row["id"] for row in rows))


def join_tenants(context: Context, customer_id: str, tenant_ids: Sequence[str]) -> None:
    """Put a customer into tenants; those that it is in already change nothing."""
    by = stamped(context)
    for tenant_id in tenant_ids:
        context.store.write(
            "INSERT OR IGNORE INTO customer_tenants "
            "(customer_id, tenant_id, created_at, created_by) VALUES (?, ?, ?, ?)",
            [customer_id, tenant_id, by["created_at"], by["created_by"]],
        )


def tenant_filter(identifiers: Sequence[Mapping[str, Any]]) -> tuple[str, list[object]]:
    """A condition on tenants `t`: one of these."""
    parts: list[str] = []
    values: list[object] = []
    for member, column in COLUMNS.items():
        if wanted := [i[member] for i in identifiers if i.get(member) is not None]:
            parts.append(f"t.{column} IN (SELECT value FROM json_each(?))")
            values.append(json_list(wanted))
    return f"({' OR '.join(parts) or '0'})", values


def tenant_memberships(context: Context, customer_id: str, since: Object, **page: Any) -> Object:
    """A customer's memberships in tenants. An earlier sandbox kept only that they are: then they
    are given with the customer, who is made `since`."""
    table = (
        "(SELECT t.*, m.created_at AS joined_at, m.created_by AS joined_by FROM tenants t "
        "JOIN customer_tenants m ON m.tenant_id = t.id WHERE m.customer_id = ?)"
    )

    def membership(row: Row) -> Object:
        return {"tenant": as_tenant(row), **joined(row, since)}

    name = f"tenants of {customer_id}"
    return connection(context.store, name, table, [], [customer_id], Order("id"), page, membership)


def joined(row: Row, since: Object) -> Object:
    """When and by whom a membership was made."""
    if row["joined_at"] is None:
        return since
    at, by = moment(row, "joined_at"), actor(row["joined_by"])
    return {"createdAt": at, "createdBy": by, "updatedAt": at, "updatedBy": by}


def listed_by(filters: Mapping[str, Any], ids: str) -> tuple[list[str], list[object]]:
    """The filters that lists of tenants and of companies share."""
    where: list[str] = []
    values: list[object] = []
    if filters.get(ids) is not None:
        where.append("id IN (SELECT value FROM json_each(?))")
        values.append(json_list(filters[ids]))
    if filters.get("isDeleted") is not None:
        where.append(f"deleted_at IS {'NOT ' if filters['isDeleted'] else ''}NULL")
    more, bounds = between("updated_at", filters.get("updatedAt") or {}, "filters.updatedAt")
    return [*where, *more], [*values, *bounds]


def as_tenant(row: Row) -> Object:
    """A tenant as the API shows it."""
    tenant_id = row["id"]

    def tier(context: Context) -> Object | None:
        return context.find("TierOfTenant", tenant_id)

    return {
        "id": tenant_id,
        "name": row["name"],
        "externalId": row["external_id"],
        "url": row["url"],
        "source": "API",
        "tier": tier,
        **made(row),
    }
