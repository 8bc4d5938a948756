"""The members of `ThreadsFilter` as conditions on rows of threads."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..._store import json_list
from ..companies import company_filter
from ..groups import COLUMNS as GROUPS
from ..groups import group_filter
from ..inputs import asked_moment, between
from ..tenants import tenant_filter
from ..tiers import COLUMNS as TIERS

Condition = tuple[str, list[object]]

_AMONG = "IN (SELECT value FROM json_each(?))"
_DEEPEST = 20
"""How deep filters may lie in each other; each level is a level of the statement."""

_SIMPLE = {
    "threadIds": "threads.id",
    "priorities": "threads.priority",
    "customerIds": "threads.customer_id",
    "statuses": "threads.status",
    "refs": "'T-' || threads.number",
}
_TIMES = {
    "statusChangedAt": "threads.status_changed_at",
    "createdAt": "threads.created_at",
    "updatedAt": "threads.updated_at",
}
_NOTHING = ("serviceLevelAgreements", "threadLinkGroupIds", "threadLinkSources", "tenantFields",
            "agentStatus")  # fmt: skip
"""What no thread of a sandbox has, so that none meets a filter by it."""


def conditions(filters: Mapping[str, Any] | None) -> tuple[list[str], list[object]]:
    """What rows of threads must meet, and the values of the marks in it."""
    condition, values = _all(filters or {}, "filters", 0)
    return ([condition] if condition != "1" else []), values


def _all(filters: Mapping[str, Any], path: str, depth: int) -> Condition:
    if depth > _DEEPEST:
        raise RecursionError
    parts: list[Condition] = []
    for member, wanted in filters.items():
        if wanted is None:
            continue
        if member in ("and", "or"):
            inner = [_all(f, f"{path}.{member}", depth + 1) for f in wanted]
            parts.append(_joined(inner, member.upper()))
        elif member == "not":
            condition, values = _all(wanted, f"{path}.not", depth + 1)
            parts.append((f"NOT {condition}", values))
        else:
            parts.append(_one(member, wanted, f"{path}.{member}"))
    return _joined(parts, "AND")


def _joined(parts: Sequence[Condition], by: str) -> Condition:
    if not parts:
        return "1", []
    return f"({f' {by} '.join(p for p, _ in parts)})", [v for _, values in parts for v in values]


def _one(member: str, wanted: Any, path: str) -> Condition:
    if member in _SIMPLE:
        return f"{_SIMPLE[member]} {_AMONG}", [json_list(wanted)]
    if member in _TIMES:
        return _joined_texts(*between(_TIMES[member], wanted, path))
    if member in _NOTHING:
        return "0", []
    known = _KNOWN.get(member)
    # A filter that came later than the sandbox is met by none, as none has what it asks for.
    return ("0", []) if known is None else known(wanted)


def _joined_texts(where: list[str], values: list[object]) -> Condition:
    return f"({' AND '.join(where) or '1'})", values


def _labels(wanted: Sequence[str]) -> Condition:
    return (
        f"EXISTS (SELECT 1 FROM labels l WHERE l.thread_id = threads.id AND l.label_type_id "
        f"{_AMONG})",
        [json_list(wanted)],
    )


def _is_assigned(wanted: bool) -> Condition:
    return f"threads.assigned_to IS {'NOT ' if wanted else ''}NULL", []


def _assigned_to(wanted: Sequence[str]) -> Condition:
    # Kept as JSON, which is written the same way always.
    return f"json_extract(threads.assigned_to, '$.id') {_AMONG}", [json_list(wanted)]


def _of_customer(condition: str, values: list[object]) -> Condition:
    where = "SELECT customers.id FROM customers WHERE customers.id = threads.customer_id"
    return f"EXISTS ({where} AND {condition})", values


def _spam(wanted: bool) -> Condition:
    return _of_customer(f"spam_at IS {'NOT ' if wanted else ''}NULL", [])


def _identified(
    wanted: Sequence[Mapping[str, Any]],
    columns: Mapping[str, str],
    condition: Callable[[str, list[Any]], Condition],
) -> Condition:
    given = [
        condition(column, values)
        for member, column in columns.items()
        if (values := [i[member] for i in wanted if i.get(member) is not None])
    ]
    return _joined(given, "OR") if given else ("0", [])


def _groups(wanted: Sequence[Mapping[str, Any]]) -> Condition:
    return _identified(wanted, GROUPS, lambda c, values: _of_customer(*group_filter(c, values)))


def _tiers(wanted: Sequence[Mapping[str, Any]]) -> Condition:
    tier = "threads.tier_id IN (SELECT id FROM tiers WHERE"
    return _identified(wanted, TIERS, lambda c, v: (f"{tier} {c} {_AMONG})", [json_list(v)]))


def _tenants(wanted: Sequence[Mapping[str, Any]]) -> Condition:
    condition, values = tenant_filter(wanted)
    return f"threads.tenant_id IN (SELECT t.id FROM tenants t WHERE {condition})", values


def _companies(wanted: Sequence[Mapping[str, Any]]) -> Condition:
    return _of_customer(*company_filter(wanted))


def _fields(wanted: Sequence[Mapping[str, Any]]) -> Condition:
    return _joined([_field(field) for field in wanted], "AND")


def _field(wanted: Mapping[str, Any]) -> Condition:
    where, values = ["f.key = ?"], [wanted["key"]]
    number, date = wanted.get("number") or {}, wanted.get("date") or {}
    for column, compare, value in (
        ("string_value", "=", wanted.get("stringValue")),
        ("boolean_value", "=", wanted.get("booleanValue")),
        ("number_value", "=", number.get("value")),
        ("number_value", ">=", number.get("gte")),
        ("number_value", "<=", number.get("lte")),
        ("date_value", ">=", _moment(date.get("after"))),
        ("date_value", "<", _moment(date.get("before"))),
    ):
        if value is not None:
            where.append(f"f.{column} {compare} ?")
            values.append(value)
    inner = (
        f"SELECT 1 FROM thread_fields f WHERE f.thread_id = threads.id AND {' AND '.join(where)}"
    )
    return f"EXISTS ({inner})", values


def _moment(text: str | None) -> str | None:
    return None if text is None else asked_moment("filters.threadFields.date", text)


def _sources(wanted: Sequence[str]) -> Condition:
    inner = "SELECT 1 FROM timeline_entries e WHERE e.thread_id = threads.id"
    return f"EXISTS ({inner} AND e.source {_AMONG})", [json_list(wanted)]


def _participants(wanted: Sequence[str]) -> Condition:
    ids = [f"json_extract(e.actor, '$.{m}') {_AMONG}"
           for m in ("userId", "machineUserId", "customerId")]  # fmt: skip
    inner = "SELECT 1 FROM timeline_entries e WHERE e.thread_id = threads.id"
    return f"EXISTS ({inner} AND ({' OR '.join(ids)}))", [json_list(wanted)] * 3


def _details(wanted: Sequence[str]) -> Condition:
    types = [
        "ThreadStatusDetail" + re.sub(r"_?([A-Z])([A-Z]*)", lambda m: m[1] + m[2].lower(), value)
        for value in wanted
    ]
    return f"json_extract(threads.status_detail, '$.__typename') {_AMONG}", [json_list(types)]


def _emails(wanted: Sequence[str]) -> Condition:
    from .thread import SUPPORT_EMAIL

    if SUPPORT_EMAIL not in [address.lower() for address in wanted]:
        return "0", []
    return _sources(["EMAIL"])


def _survey(wanted: Mapping[str, Any]) -> Condition:
    # Nobody is surveyed here.
    return ("1" if wanted == {"hasResponse": False} else "0"), []


_KNOWN: Mapping[str, Callable[[Any], Condition]] = {
    "labelTypeIds": _labels,
    "isAssigned": _is_assigned,
    "assignedToUser": _assigned_to,
    "isMarkedAsSpam": _spam,
    "supportEmailAddresses": _emails,
    "customerGroupIdentifiers": _groups,
    "tierIdentifiers": _tiers,
    "threadFields": _fields,
    "tenantIdentifiers": _tenants,
    "companyIdentifiers": _companies,
    "messageSource": _sources,
    "participantIds": _participants,
    "statusDetails": _details,
    "surveyResponse": _survey,
}
