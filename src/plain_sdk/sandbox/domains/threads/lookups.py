"""Finding threads: by id, ref and external id, in lists, and by words."""

import re
from collections.abc import Mapping
from typing import Any

from ..._context import Context
from ..._domain import Domain
from ..._members import Object
from ..._paging import Order, connection
from ..._refusals import QueryRefused
from ..searching import SearchTerm, searched
from .filters import conditions
from .thread import TABLE, as_thread

DOMAIN = Domain(tables=(TABLE,))

_READ = ("thread:read",)

_SORTS = {
    "STATUS_CHANGED_AT": "threads.status_changed_at",
    "CREATED_AT": "threads.created_at",
    "LAST_INBOUND_MESSAGE_AT": "coalesce(threads.last_in_at, '')",
    "PRIORITY": "CAST(threads.priority AS TEXT)",
    # No thread of a sandbox has a promised response time.
    "CLOSEST_TO_BREACH_SLA": "''",
}
_FIELD = (
    "coalesce((SELECT coalesce(f.string_value, f.date_value, CAST(f.boolean_value AS TEXT), "
    "printf('%030.9f', f.number_value + 1e15)) FROM thread_fields f "
    "WHERE f.thread_id = threads.id AND f.key = '{key}'), '')"
)


@DOMAIN.loader("Thread")
def load_thread(context: Context, thread_id: str) -> Object | None:
    """The thread with this id."""
    row = context.store.by("threads", "id", thread_id)
    return None if row is None else as_thread(row)


@DOMAIN.query("thread", permissions=_READ)
def thread(context: Context, threadId: str) -> Object | None:
    """The thread with Plain's id."""
    return load_thread(context, threadId)


@DOMAIN.query("threadByRef", permissions=_READ)
def thread_by_ref(context: Context, ref: str) -> Object | None:
    """The thread with the ref, like `T-1`."""
    number = re.fullmatch(r"T-0*(\d{1,18})", ref.strip(), re.ASCII)
    if number is None:
        return None
    row = context.store.by("threads", "number", int(number[1]))
    return None if row is None else as_thread(row)


@DOMAIN.query("threadByExternalId", permissions=_READ)
def thread_by_external_id(context: Context, customerId: str, externalId: str) -> Object | None:
    """The customer's thread with the external id."""
    row = context.store.row(
        "SELECT * FROM threads WHERE customer_id = ? AND external_id = ?", [customerId, externalId]
    )
    return None if row is None else as_thread(row)


@DOMAIN.query("threads", permissions=_READ)
def threads(
    context: Context,
    filters: Mapping[str, Any] | None = None,
    sortBy: Mapping[str, Any] | None = None,
    **page: Any,
) -> Object:
    """A page of threads, in the order of their creation unless told otherwise."""
    where, values = conditions(filters)
    if sortBy is None:
        return connection(
            context.store, "threads", "threads", where, values, Order("id"), page, as_thread
        )
    field, order = sortBy["field"], Order("sort_key", descending=sortBy["direction"] == "DESC")
    key = sortBy.get("threadFieldKey")
    if field == "THREAD_FIELD":
        if not key:
            raise QueryRefused("BAD_USER_INPUT", "sortBy.threadFieldKey is needed.", 400)
        expression = _FIELD.format(key=key.replace("'", "''"))
    elif field in _SORTS:
        expression = _SORTS[field]
    else:
        raise QueryRefused("BAD_USER_INPUT", f"The sandbox does not sort by {field}.", 400)
    table = f"(SELECT threads.*, {expression} AS sort_key FROM threads) AS threads"
    name = f"threads by {field} {key or ''}"
    return connection(context.store, name, table, where, values, order, page, as_thread)


@DOMAIN.query("searchThreads", permissions=_READ)
def search_threads(context: Context, searchQuery: Any, filters: Any = None, **page: Any) -> Object:
    """Threads by words in the title, the messages, and the customer's name and email address."""
    term = SearchTerm(searchQuery["term"])
    where, values = conditions(filters)
    where.append(
        f"({term.within('threads.title')} OR EXISTS (SELECT 1 FROM customers c "
        f"WHERE c.id = threads.customer_id AND ({term.within('c.full_name')} "
        f"OR {term.within('c.email')})) OR EXISTS (SELECT 1 FROM timeline_entries e "
        f"WHERE e.thread_id = threads.id AND e.source IS NOT NULL AND {term.within('e.text')}))"
    )
    values += [term.pattern] * 4
    return searched(context, "threads", where, values, page, "thread", as_thread)
