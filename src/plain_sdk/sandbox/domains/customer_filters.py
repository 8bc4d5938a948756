"""The members of `CustomersFilter` as conditions on rows."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .._ids import iso
from .._refusals import QueryRefused
from .companies import company_filter
from .groups import group_filter, tenant_filter


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
        where.append(condition)
        values += wanted
    bounds = filters.get("updatedAt") or {}
    for member, compare in (("after", ">="), ("before", "<")):
        if bounds.get(member) is not None:
            where.append(f"updated_at {compare} ?")
            values.append(_moment(f"filters.updatedAt.{member}", bounds[member]))
    return where, values


def _moment(path: str, text: str) -> str:
    """A time in the notation in which times are kept, so that texts compare like times."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return iso(moment.timestamp())
    except (ValueError, OverflowError):
        raise QueryRefused("BAD_USER_INPUT", f"{path} is not an ISO 8601 time.", 400) from None
