"""What else is changed of a thread: priority, title, customer, tenant, tier, lock; and deletion."""

from typing import Any

from ..._context import Context
from ..._domain import Domain
from ..._members import Object
from ..._payloads import shaped
from ..actors import touched
from ..customers import customer_named
from ..inputs import blank, invalid, refuse, too_long
from ..tenants import tenant_named
from ..tiers import tier_named
from ..timeline import add_entry
from .changes import change, snapshot, tell, thread_row
from .create import check_priority
from .thread import as_thread

DOMAIN = Domain()

_EDIT = ("thread:edit", "thread:read")


@DOMAIN.mutation("changeThreadPriority", permissions=_EDIT)
def change_thread_priority(context: Context, input: dict[str, Any]) -> Object:
    """Another priority: 0 urgent, 1 high, 2 normal, 3 low."""
    row, priority = thread_row(context, input["threadId"]), check_priority(input["priority"])
    if row["priority"] == priority:
        return {"thread": as_thread(row)}
    previous = snapshot(context, row)
    changed = change(context, row, {"priority": priority})
    content = {"previousPriority": row["priority"], "nextPriority": priority}
    add_entry(context, changed, "ThreadPriorityChangedEntry", content)
    tell(context, "thread_priority_changed", changed, previousThread=previous)
    return {"thread": as_thread(changed)}


@DOMAIN.mutation("updateThreadTitle", permissions=_EDIT)
def update_thread_title(context: Context, input: dict[str, Any]) -> Object:
    """Another title."""
    row = thread_row(context, input["threadId"])
    refuse([*blank("title", input["title"]), *too_long("title", input["title"], 500)])
    return {"thread": as_thread(change(context, row, {"title": input["title"]}))}


@DOMAIN.mutation("changeThreadCustomer", permissions=_EDIT)
def change_thread_customer(context: Context, input: dict[str, Any]) -> Object:
    """Move a thread to another customer, with all that is on it."""
    row = thread_row(context, input["threadId"])
    customer = customer_named(context, {"customerId": input["customerId"]}, "customerId")
    taken = context.store.row(
        "SELECT 1 FROM threads WHERE customer_id = ? AND external_id = ? AND id <> ?",
        [customer["id"], row["external_id"], row["id"]],
    )
    if taken is not None:
        raise invalid("customerId", "The customer has a thread with the same external id.")
    context.store.write(
        "UPDATE timeline_entries SET customer_id = ? WHERE thread_id = ?",
        [customer["id"], row["id"]],
    )
    return {"thread": as_thread(change(context, row, {"customer_id": customer["id"]}))}


@DOMAIN.mutation("updateThreadTenant", permissions=_EDIT)
def update_thread_tenant(context: Context, input: dict[str, Any]) -> Object:
    """Move a thread to a tenant, or out of its tenant when none is given."""
    row, identifier = thread_row(context, input["threadId"]), input.get("tenantIdentifier")
    tenant_id = None
    if identifier is not None:
        tenant_id = tenant_named(context, identifier, "tenantIdentifier")["id"]
    if row["tenant_id"] == tenant_id:
        return {"thread": as_thread(row)}
    tier = context.find("TierOfTenant", tenant_id)
    previous = snapshot(context, row)
    columns = {"tenant_id": tenant_id}
    if tier is not None:
        columns["tier_id"] = tier["id"]
    changed = change(context, row, columns)
    if context.events.is_heard:
        before, after = (
            shaped(context, "Tenant", context.find("Tenant", which))
            for which in (row["tenant_id"], tenant_id)
        )
        tell(
            context, "thread_tenant_updated", changed,
            previousThread=previous, previousTenant=before, tenant=after,
        )  # fmt: skip
    return {"thread": as_thread(changed)}


@DOMAIN.mutation("updateThreadTier", permissions=_EDIT)
def update_thread_tier(context: Context, input: dict[str, Any]) -> Object:
    """Give a thread a tier of its own, or take it away when none is given."""
    row, identifier = thread_row(context, input["threadId"]), input.get("tierIdentifier")
    tier_id = (
        None if identifier is None else tier_named(context, identifier, "tierIdentifier")["id"]
    )
    return {"thread": as_thread(change(context, row, {"tier_id": tier_id}))}


@DOMAIN.mutation("lockThread", permissions=_EDIT)
def lock_thread(context: Context, input: dict[str, Any]) -> Object:
    """Lock a thread; a second time changes nothing."""
    row = thread_row(context, input["threadId"])
    if row["locked_at"] is not None:
        return {"thread": as_thread(row)}
    by = touched(context)
    locked = {"locked_at": by["updated_at"], "locked_by": by["updated_by"]}
    return {"thread": as_thread(change(context, row, locked))}


@DOMAIN.mutation("deleteThread", permissions=("thread:delete",))
def delete_thread(context: Context, input: dict[str, Any]) -> Object:
    """Delete a thread, with its timeline."""
    row = thread_row(context, input["threadId"])
    context.store.write("DELETE FROM threads WHERE id = ?", [row["id"]])
    return {}
