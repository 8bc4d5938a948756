"""The members of `CustomersFilter`, and of searches, as conditions on rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from .._refusals import QueryRefused
from .companies import company_filter
from .groups import group_filter
from .inputs import between
from .searching import SearchTerm
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


_SEARCHED = {
    "fullName": "customers.full_name",
    "shortName": "customers.short_name",
    "email": "customers.email",
    "externalId": "customers.external_id",
}
_SAID = "EXISTS (SELECT 1 FROM timeline_entries e WHERE e.customer_id = customers.id AND {})"


def search_conditions(alternatives: Sequence[Mapping[str, Any]]) -> tuple[str, list[object]]:
    """One of these, each of which is on exactly one member."""
    if not alternatives:
        raise QueryRefused("BAD_USER_INPUT", "searchQuery.or needs a condition.", 400)
    parts: list[str] = []
    values: list[object] = []
    for alternative in alternatives:
        given = {m: v for m, v in alternative.items() if v is not None}
        if len(given) != 1:
            raise QueryRefused("BAD_USER_INPUT", "A condition is on exactly one member.", 400)
        member, expression = next(iter(given.items()))
        term = SearchTerm(expression.get("caseInsensitiveContains") or "", least=1)
        within = term.within(_SEARCHED.get(member, "e.text"))
        parts.append(within if member in _SEARCHED else _SAID.format(within))
        values.append(term.pattern)
    return f"({' OR '.join(parts)})", values
