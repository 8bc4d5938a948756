"""Customers who are put into groups and tenants after they were created."""

from typing import Any

from .._context import Context
from .._domain import Domain
from .customers import customer_found, customer_named
from .groups import group_memberships, groups_named, tenants_named

DOMAIN = Domain()


@DOMAIN.mutation("addCustomerToCustomerGroups", permissions=("customer:create", "customer:edit"))
def add_customer_to_customer_groups(context: Context, input: dict[str, Any]) -> dict[str, Any]:
    """Add the customer to groups. Those that it is in already change nothing."""
    row = customer_named(context, {"customerId": input["customerId"]}, "customerId")
    groups = groups_named(context, input["customerGroupIdentifiers"], "customerGroupIdentifiers")
    for group_id in groups:
        context.store.write(
            "INSERT OR IGNORE INTO customer_group_memberships VALUES (?, ?)", [row["id"], group_id]
        )
    made = customer_found(row)
    by = {"createdAt": made["createdAt"], "createdBy": made["createdBy"]}
    membership = {**by, "updatedAt": by["createdAt"], "updatedBy": by["createdBy"]}
    every = group_memberships(context, row["id"], membership, first=100)
    named = [e["node"] for e in every["edges"] if e["node"]["customerGroup"]["id"] in groups]
    return {"customerGroupMemberships": named}


@DOMAIN.mutation(
    "addCustomerToTenants", permissions=("customer:edit", "customerTenantMembership:create")
)
def add_customer_to_tenants(context: Context, input: dict[str, Any]) -> dict[str, Any]:
    """Add the customer to tenants, besides those that it belongs to already."""
    row = customer_named(context, input["customerIdentifier"], "customerIdentifier")
    for tenant_id in tenants_named(context, input["tenantIdentifiers"], "tenantIdentifiers"):
        context.store.write(
            "INSERT OR IGNORE INTO customer_tenants VALUES (?, ?)", [row["id"], tenant_id]
        )
    return {"customer": customer_found(row)}
