"""Customers, with the documented rules of `upsertCustomer`."""

from collections.abc import Mapping
from typing import Any

from .._context import Context
from .._domain import Domain
from .._ids import date_time
from .._members import Object
from .._paging import Order, connection
from .._refusals import (
    NOT_YET_IMPLEMENTED,
    MutationRefused,
    QueryRefused,
    bad_input,
    not_found,
)
from .._store import Row, Table
from .actors import acting, actor
from .companies import company_of, infer_company
from .customer_changes import customer_created, customer_updated, snapshot
from .customer_filters import conditions, search_conditions
from .customer_input import bad_create, bad_identifier, bad_update
from .groups import group_memberships, groups_named, join_groups
from .tenants import join_tenants, tenant_memberships, tenants_named

DOMAIN = Domain(
    tables=(
        Table(
            "customers",
            {
                "id": "TEXT PRIMARY KEY",
                "external_id": "TEXT UNIQUE",
                "full_name": "TEXT NOT NULL",
                "short_name": "TEXT",
                "email": "TEXT NOT NULL",
                "email_key": "TEXT NOT NULL UNIQUE",
                "is_verified": "INTEGER NOT NULL",
                "verified_at": "TEXT",
                "created_at": "TEXT NOT NULL",
                "created_by": "TEXT NOT NULL",
                "updated_at": "TEXT NOT NULL",
                "updated_by": "TEXT NOT NULL",
                "spam_at": "TEXT",
                "spam_by": "TEXT",
                "delete_at": "TEXT",
                "company_chosen": "INTEGER NOT NULL DEFAULT 0",
                "company_id": "TEXT",
            },
        ),
        "CREATE INDEX IF NOT EXISTS customers_by_name ON customers (full_name, id)",
    )
)

_READ = ("customer:read",)
_EDIT = ("customer:edit",)
_SORTS = {"FULL_NAME": "full_name"}


@DOMAIN.loader("Customer")
def load_customer(context: Context, customer_id: str) -> Object | None:
    """The customer with this id."""
    return _found(_by("id", context, customer_id))


@DOMAIN.query("customer", permissions=_READ)
def customer(context: Context, customerId: str) -> dict[str, Any] | None:
    """The customer with Plain's id."""
    return _found(_by("id", context, customerId))


@DOMAIN.query("customerByEmail", permissions=_READ)
def customer_by_email(context: Context, email: str) -> dict[str, Any] | None:
    """The customer with the email address."""
    return _found(_by("email_key", context, _email_key(email)))


@DOMAIN.query("customerByExternalId", permissions=_READ)
def customer_by_external_id(context: Context, externalId: str) -> dict[str, Any] | None:
    """The customer with the external id."""
    return _found(_by("external_id", context, externalId))


@DOMAIN.query("customers", permissions=_READ)
def customers(
    context: Context,
    filters: dict[str, Any] | None = None,
    sortBy: dict[str, str] | None = None,
    **page: Any,
) -> dict[str, Any]:
    """A page of customers, in the order of their creation unless told otherwise."""
    where, values = conditions(filters or {})
    order = Order("id")
    if sortBy is not None:
        column = _SORTS.get(sortBy["field"])
        if column is None:
            raise QueryRefused(
                NOT_YET_IMPLEMENTED, f"The sandbox does not sort by {sortBy['field']}.", 400
            )
        order = Order(column, descending=sortBy["direction"] == "DESC")
    return connection(
        context.store, "customers", "customers", where, values, order, page, as_customer
    )


@DOMAIN.query("searchCustomers", permissions=_READ)
def search_customers(context: Context, searchQuery: dict[str, Any], **page: Any) -> Object:
    """Customers who meet one of the conditions, whoever was active last first."""
    where, values = search_conditions(searchQuery.get("or") or ())
    latest = (
        "coalesce((SELECT max(t.status_changed_at) FROM threads t "
        "WHERE t.customer_id = customers.id), customers.created_at)"
    )
    table = f"(SELECT customers.*, {latest} AS sort_key FROM customers) AS customers"
    order = Order("sort_key", descending=True)
    name = f"search for {searchQuery!r}"
    return connection(context.store, name, table, [where], values, order, page, as_customer)


@DOMAIN.mutation("upsertCustomer", permissions=("customer:create", "customer:edit"))
def upsert_customer(context: Context, input: dict[str, Any]) -> dict[str, Any]:
    """Create or update. Only the branch that happens is looked at beyond its form."""
    identifier, create, update = input["identifier"], input["onCreate"], input["onUpdate"]
    bad = [*bad_identifier(identifier), *bad_create(create), *bad_update(update)]
    if bad:
        raise bad_input(bad)
    row = _identified(context, identifier)
    if row is not None:
        result, customer_id = _update(context, row, update)
    elif identifier.get("customerId") is not None:
        raise not_found("identifier.customerId", "The customer does not exist.")
    else:
        result, customer_id = "CREATED", _create(context, create)
    return {"result": result, "customer": _found(_by("id", context, customer_id))}


@DOMAIN.mutation("markCustomerAsSpam", permissions=_EDIT)
def mark_customer_as_spam(context: Context, input: dict[str, Any]) -> dict[str, Any]:
    """Mark as spam, once."""
    row = _existing(context, input["customerId"])
    if row["spam_at"] is not None:
        raise MutationRefused(
            "customer_already_marked_as_spam", "The customer is already marked as spam."
        )
    spam = {"spam_at": context.now(), "spam_by": acting(context)}
    return {"customer": _changed(context, row["id"], spam)}


@DOMAIN.mutation("unmarkCustomerAsSpam", permissions=_EDIT)
def unmark_customer_as_spam(context: Context, input: dict[str, Any]) -> dict[str, Any]:
    """Take the mark off, once."""
    row = _existing(context, input["customerId"])
    if row["spam_at"] is None:
        raise MutationRefused(
            "customer_is_not_marked_as_spam", "The customer is not marked as spam."
        )
    return {"customer": _changed(context, row["id"], {"spam_at": None, "spam_by": None})}


def _create(context: Context, create: Mapping[str, Any]) -> str:
    groups = groups_named(
        context, create.get("customerGroupIdentifiers"), "onCreate.customerGroupIdentifiers"
    )
    tenants = tenants_named(context, create.get("tenantIdentifiers"), "onCreate.tenantIdentifiers")
    email, now, by = create["email"], context.now(), acting(context)
    customer_id = context.ids.new("c")
    values = {
        "external_id": create.get("externalId"),
        "full_name": create["fullName"],
        "short_name": create.get("shortName"),
        **_email_columns(email, now),
    }
    _check_unique(context, values, customer_id)
    context.store.insert(
        "customers",
        {
            "id": customer_id,
            **values,
            "created_at": now,
            "created_by": by,
            "updated_at": now,
            "updated_by": by,
        },
    )
    infer_company(context.store, context.ids, _email_key(email["email"]), now)
    join_groups(context, customer_id, groups)
    join_tenants(context, customer_id, tenants)
    if context.events.is_heard:
        customer_created(context, as_customer(_existing(context, customer_id)))
    return customer_id


def _update(context: Context, row: Row, update: Mapping[str, Any]) -> tuple[str, str]:
    wanted: dict[str, Any] = {}
    for member, column in (
        ("fullName", "full_name"),
        ("shortName", "short_name"),
        ("externalId", "external_id"),
    ):
        wrapper = update.get(member)
        # What an empty wrapper means is not documented; here it changes nothing.
        if wrapper is not None and "value" in wrapper:
            wanted[column] = wrapper["value"]
    email = update.get("email")
    if email is not None:
        wanted["email"] = email["email"]
        wanted["is_verified"] = int(email["isVerified"])
    changed = {column: value for column, value in wanted.items() if row[column] != value}
    if not changed:
        return "NOOP", row["id"]
    if email is not None and ("email" in changed or "is_verified" in changed):
        changed.update(_email_columns(email, context.now()))
    _check_unique(context, changed, row["id"])
    _changed(context, row["id"], changed)
    if "email_key" in changed:
        infer_company(context.store, context.ids, changed["email_key"], context.now())
    return "UPDATED", row["id"]


def _email_columns(email: Mapping[str, Any], now: str) -> dict[str, Any]:
    verified = bool(email["isVerified"])
    return {
        "email": email["email"],
        "email_key": _email_key(email["email"]),
        "is_verified": int(verified),
        "verified_at": now if verified else None,
    }


def _check_unique(context: Context, values: Mapping[str, Any], customer_id: str) -> None:
    for column, code, what in (
        ("email_key", "customer_already_exists_with_email", "email address"),
        ("external_id", "customer_already_exists_with_external_id", "external id"),
    ):
        value = values.get(column)
        if value is None:
            continue
        other = _by(column, context, value)
        if other is not None and other["id"] != customer_id:
            raise MutationRefused(code, f"Another customer has this {what}.")


def _changed(context: Context, customer_id: str, columns: Mapping[str, Any]) -> Object:
    previous = snapshot(context, as_customer(_existing(context, customer_id)))
    columns = {**columns, "updated_at": context.now(), "updated_by": acting(context)}
    assignments = ", ".join(f"{column} = ?" for column in columns)
    context.store.write(
        f"UPDATE customers SET {assignments} WHERE id = ?", [*columns.values(), customer_id]
    )
    changed = as_customer(_existing(context, customer_id))
    customer_updated(context, previous, changed)
    return changed


def _identified(context: Context, identifier: Mapping[str, Any]) -> Row | None:
    if identifier.get("emailAddress") is not None:
        return _by("email_key", context, _email_key(identifier["emailAddress"]))
    if identifier.get("externalId") is not None:
        return _by("external_id", context, identifier["externalId"])
    return _by("id", context, identifier["customerId"])


def customer_named(context: Context, identifier: Mapping[str, Any], path: str) -> Row:
    """The customer that a mutation's input names; refused when there is none."""
    if bad := bad_identifier(identifier):
        raise bad_input(bad)
    row = _identified(context, identifier)
    if row is None:
        raise not_found(path, "The customer does not exist.")
    return row


def _existing(context: Context, customer_id: str) -> Row:
    row = _by("id", context, customer_id)
    if row is None:
        raise not_found("customerId", "The customer does not exist.")
    return row


def _by(column: str, context: Context, value: str) -> Row | None:
    return context.store.row(f"SELECT * FROM customers WHERE {column} = ?", [value])


def _email_key(email: str) -> str:
    """How addresses are compared. Plain does not document it; here case does not count.

    Folding would count more: `strasse@` and `straße@` are two mailboxes.
    """
    return email.strip().lower()


def _found(row: Row | None) -> dict[str, Any] | None:
    return None if row is None else as_customer(row)


def as_customer(row: Row) -> Object:
    """A customer as the API shows it."""
    customer_id = row["id"]
    made = {"createdAt": date_time(row["created_at"]), "createdBy": actor(row["created_by"])}
    membership = {**made, "updatedAt": made["createdAt"], "updatedBy": made["createdBy"]}

    def company(context: Context) -> Object | None:
        return company_of(context, row)

    def groups(context: Context, **arguments: Any) -> Object:
        return group_memberships(context, customer_id, membership, **arguments)

    def tenants(context: Context, **arguments: Any) -> Object:
        return tenant_memberships(context, customer_id, membership, **arguments)

    return {
        "__typename": "Customer",
        "id": customer_id,
        "externalId": row["external_id"],
        "fullName": row["full_name"],
        "shortName": row["short_name"],
        "email": {
            "email": row["email"],
            "isVerified": bool(row["is_verified"]),
            "verifiedAt": date_time(row["verified_at"]),
        },
        "company": company,
        "customerGroupMemberships": groups,
        "tenantMemberships": tenants,
        "identities": [{"__typename": "EmailCustomerIdentity", "email": row["email"]}],
        "isAnonymous": False,
        **made,
        "updatedAt": date_time(row["updated_at"]),
        "updatedBy": actor(row["updated_by"]),
        "markedAsSpamAt": date_time(row["spam_at"]),
        "markedAsSpamBy": actor(row["spam_by"]) if row["spam_by"] else None,
        # As documented for a customer without threads.
        "status": "IDLE",
        "statusChangedAt": made["createdAt"],
    }
