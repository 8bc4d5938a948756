"""The members of `CustomersFilter` as conditions on rows."""

from collections.abc import Mapping
from typing import Any

from .companies import company_filter
from .groups import group_filter
from .inputs import between
from .tenants import tenant_filter


def conditions(filters: Mapping[str, Any]) -> tuple[list[str], list[object]]:
    """What rows of customers must meet, and the values of the marks in it."""
    where: list[str] = []
    values: list[object] = []
    if filters.get("isMarkedAsSpam") is not None:
        where.append(f"spam_at IS {'NOT ' if filters['isMarkedAsSpam'] else ''}NULL")
    if filters.get("companyIdentifiers") is not None:
        condition, wanted = company_filter(filters["companyIdentifiers"])
        where.append(condition)
        values += wanted
    for member, column in (("customerGroupIds", "id"), ("customerGroupKeys", "key")):
        if filters.get(member) is not None:
            condition, wanted = group_filter(column, filters[member])
            where.append(condition)
            values += wanted
    if filters.get("tenantIdentifiers") is not None:
        condition, wanted = tenant_filter(filters["tenantIdentifiers"])
        where.append(
            "EXISTS (SELECT 1 FROM customer_tenants m JOIN tenants t ON t.id = m.tenant_id "
            f"WHERE m.customer_id = customers.id AND {condition})"
        )
        values += wanted
    more, bounds = between("updated_at", filters.get("updatedAt") or {}, "filters.updatedAt")
    return [*where, *more], [*values, *bounds]
