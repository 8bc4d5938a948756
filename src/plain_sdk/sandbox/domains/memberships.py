"""Customers who are put into groups, tenants and companies after they were created."""

from typing import Any

from .._context import Context
from .._domain import Domain
from .._members import Object
from .._store import json_list
from .actors import touched
from .companies import company_named
from .customer_changes import customer_updated, memberships_changed, snapshot
from .customers import as_customer, customer_named
from .groups import group_memberships, groups_named, join_groups
from .tenants import join_tenants, tenants_named

DOMAIN = Domain()

_GROUPS = ("customer:create", "customer:edit")
_JOIN = ("customer:edit", "customerTenantMembership:create")
_LEAVE = ("customer:edit", "customerTenantMembership:delete")


@DOMAIN.mutation("addCustomerToCustomerGroups", permissions=_GROUPS)
def add_customer_to_customer_groups(context: Context, input: dict[str, Any]) -> Object:
    """Add the customer to groups. Those that it is in already change nothing."""
    row = customer_named(context, {"customerId": input["customerId"]}, "customerId")
    groups = groups_named(context, input["customerGroupIdentifiers"], "customerGroupIdentifiers")
    customer = as_customer(row)
    previous, before = snapshot(context, customer), _groups_of(context, row["id"])
    join_groups(context, row["id"], groups)
    if set(groups) - before:
        memberships_changed(context, "ADDED", previous, customer)
    every = group_memberships(context, row["id"], customer, first=100)
    named = [e["node"] for e in every["edges"] if e["node"]["customerGroup"]["id"] in groups]
    return {"customerGroupMemberships": named}


@DOMAIN.mutation("removeCustomerFromCustomerGroups", permissions=_GROUPS)
def remove_customer_from_customer_groups(context: Context, input: dict[str, Any]) -> Object:
    """Take the customer out of groups. Those that it is not in change nothing."""
    row = customer_named(context, {"customerId": input["customerId"]}, "customerId")
    groups = groups_named(context, input["customerGroupIdentifiers"], "customerGroupIdentifiers")
    customer = as_customer(row)
    previous, before = snapshot(context, customer), _groups_of(context, row["id"])
    context.store.write(
        "DELETE FROM customer_group_memberships WHERE customer_id = ? "
        "AND group_id IN (SELECT value FROM json_each(?))",
        [row["id"], json_list(groups)],
    )
    if set(groups) & before:
        memberships_changed(context, "REMOVED", previous, customer)
    return {}


@DOMAIN.mutation("addCustomerToTenants", permissions=_JOIN)
def add_customer_to_tenants(context: Context, input: dict[str, Any]) -> Object:
    """Add the customer to tenants, besides those that it belongs to already."""
    row = customer_named(context, input["customerIdentifier"], "customerIdentifier")
    tenants = tenants_named(context, input["tenantIdentifiers"], "tenantIdentifiers")
    join_tenants(context, row["id"], tenants)
    return {"customer": as_customer(row)}


@DOMAIN.mutation("removeCustomerFromTenants", permissions=_LEAVE)
def remove_customer_from_tenants(context: Context, input: dict[str, Any]) -> Object:
    """Take the customer out of tenants. Those that it is not in change nothing."""
    row = customer_named(context, input["customerIdentifier"], "customerIdentifier")
    tenants = tenants_named(context, input["tenantIdentifiers"], "tenantIdentifiers")
    context.store.write(
        "DELETE FROM customer_tenants WHERE customer_id = ? "
        "AND tenant_id IN (SELECT value FROM json_each(?))",
        [row["id"], json_list(tenants)],
    )
    return {"customer": as_customer(row)}


@DOMAIN.mutation("setCustomerTenants", permissions=(*_JOIN, "customerTenantMembership:delete"))
def set_customer_tenants(context: Context, input: dict[str, Any]) -> Object:
    """Replace the customer's tenants by these."""
    row = customer_named(context, input["customerIdentifier"], "customerIdentifier")
    tenants = tenants_named(context, input["tenantIdentifiers"], "tenantIdentifiers")
    context.store.write(
        "DELETE FROM customer_tenants WHERE customer_id = ? "
        "AND tenant_id NOT IN (SELECT value FROM json_each(?))",
        [row["id"], json_list(tenants)],
    )
    join_tenants(context, row["id"], tenants)
    return {"customer": as_customer(row)}


@DOMAIN.mutation("updateCustomerCompany", permissions=("customer:edit",))
def update_customer_company(context: Context, input: dict[str, Any]) -> Object:
    """Choose the customer's company, in place of the one of the email address; null: none."""
    row = customer_named(context, {"customerId": input["customerId"]}, "customerId")
    identifier, company_id = input.get("companyIdentifier"), None
    if identifier is not None:
        company_id = company_named(context, identifier, "companyIdentifier")
    previous = snapshot(context, as_customer(row))
    chosen = {"company_chosen": 1, "company_id": company_id}
    context.store.update("customers", row["id"], {**chosen, **touched(context)})
    row = customer_named(context, {"customerId": row["id"]}, "customerId")
    customer_updated(context, previous, as_customer(row))
    return {"customer": as_customer(row)}


def _groups_of(context: Context, customer_id: str) -> set[str]:
    rows = context.store.rows(
        "SELECT group_id FROM customer_group_memberships WHERE customer_id = ?", [customer_id]
    )
    return {row["group_id"] for row in rows}
