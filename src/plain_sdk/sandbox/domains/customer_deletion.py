"""Customers who are deleted: accepted at once, and carried out when it is time."""

from typing import Any

from .._context import Context
from .._domain import Domain
from .._ids import iso
from .._store import Row
from .customer_changes import customer_deleted, snapshot
from .customers import as_customer
from .inputs import existing

DOMAIN = Domain()


@DOMAIN.mutation("deleteCustomer", permissions=("customer:delete",))
def delete_customer(context: Context, input: dict[str, Any]) -> dict[str, Any]:
    """Accept the deletion, which Plain carries out later: here at once, unless told otherwise."""
    row = existing(context, "customers", input["customerId"], "customerId", "customer")
    if context.deletion_delay:
        at = row["delete_at"] or iso(context.clock() + context.deletion_delay)
        context.store.update("customers", row["id"], {"delete_at": at})
    else:
        _delete(context, row)
    return {}


def delete_customers(context: Context) -> None:
    """Carry out the deletions whose time has come."""
    due = "SELECT * FROM customers WHERE delete_at <= ?"
    if context.deletion_delay and context.store.row(due, [context.now()]):
        with context.store.transaction():
            for row in context.store.rows(due, [context.now()]):
                _delete(context, row)
        context.events.publish()


def _delete(context: Context, row: Row) -> None:
    customer_deleted(context, snapshot(context, as_customer(row)))
    context.store.write("DELETE FROM customers WHERE id = ?", [row["id"]])
