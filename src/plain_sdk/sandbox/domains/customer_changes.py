"""What webhooks tell of customers."""

from typing import Any

from .._context import Context
from .._members import Object
from .._payloads import shaped


def snapshot(context: Context, customer: Object) -> Any:
    """The customer as a webhook shows it now; None while nobody listens."""
    return shaped(context, "Customer", customer) if context.events.is_heard else None


def customer_created(context: Context, customer: Object) -> None:
    """Tell of a new customer."""
    at, made = context.now(), snapshot(context, customer)
    context.events.record("customer.customer_created", at, lambda: {"customer": made})
    context.events.record(
        "customer.customer_changed",
        at,
        lambda: {"changeType": "ADDED", "customer": made, "previousCustomer": None},
    )


def customer_updated(context: Context, previous: Any, customer: Object) -> None:
    """Tell of changed details; `previous` is the snapshot from before."""
    at, now = context.now(), snapshot(context, customer)
    both = {"customer": now, "previousCustomer": previous}
    context.events.record("customer.customer_updated", at, lambda: both)
    context.events.record(
        "customer.customer_changed", at, lambda: {"changeType": "UPDATED", **both}
    )


def customer_deleted(context: Context, previous: Any) -> None:
    """Tell of a customer who is gone; `previous` is the snapshot from before."""
    context.events.record(
        "customer.customer_deleted", context.now(), lambda: {"previousCustomer": previous}
    )


def memberships_changed(
    context: Context, change_type: str, previous: Any, customer: Object
) -> None:
    """Tell that groups were joined (`ADDED`) or left (`REMOVED`)."""
    now = snapshot(context, customer)
    context.events.record(
        "customer.customer_group_memberships_changed",
        context.now(),
        lambda: {"changeType": change_type, "customer": now, "previousCustomer": previous},
    )
