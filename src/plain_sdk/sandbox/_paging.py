"""Relay connections: pages by cursor, which stay right while rows are added.

A cursor tells where it points and of which list in which order, so that one of another list or
order is refused, and not read as a place that it does not mean.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ._refusals import QueryRefused
from ._store import Row, Store

DEFAULT_SIZE = 25
MAX_SIZE = 100


@dataclass(frozen=True)
class Order:
    """The column that rows are ordered by, made unique by the id."""

    column: str
    descending: bool = False


@dataclass(frozen=True)
class _Page:
    size: int
    cursor: str | None
    backward: bool


def connection(
    store: Store,
    name: str,
    table: str,
    where: list[str],
    values: list[object],
    order: Order,
    arguments: dict[str, Any],
    node: Callable[[Row], dict[str, Any]],
) -> dict[str, Any]:
    """A page of a table's rows that meet all conditions, with the total count.

    `name` is the list's; its cursors are good for no other. `table` may be a subquery.
    """
    page = check_page(arguments)
    kind = f"{name} by {order.column}{' descending' if order.descending else ''}"
    # Walking backward is walking forward in the opposite order.
    descending = order.descending != page.backward
    conditions, bounds = list(where), list(values)
    if page.cursor is not None:
        compare = "<" if descending else ">"
        conditions.append(f"({order.column}, id) {compare} (?, ?)")
        bounds += _decoded(kind, page.cursor)
    direction = "DESC" if descending else "ASC"
    rows = store.rows(
        f"SELECT * FROM {table}{_where(conditions)} "
        f"ORDER BY {order.column} {direction}, id {direction} LIMIT ?",
        [*bounds, page.size + 1],
    )
    has_more = len(rows) > page.size
    rows = rows[: page.size]
    if page.backward:
        rows.reverse()
    edges = [
        {"cursor": _encoded(kind, row[order.column], row["id"]), "node": node(row)} for row in rows
    ]

    def total(_: object) -> int:
        return store.count(f"SELECT count(*) FROM {table}{_where(where)}", values)

    return {"edges": edges, "pageInfo": _page_info(page, edges, has_more), "totalCount": total}


def listed(name: str, nodes: list[dict[str, Any]], arguments: dict[str, Any]) -> dict[str, Any]:
    """A page of objects that are at hand, in the order of their ids."""
    page = check_page(arguments)
    kind = f"{name} by id"
    nodes = sorted(nodes, key=lambda node: node["id"], reverse=page.backward)
    if page.cursor is not None:
        place = _decoded(kind, page.cursor)[1]
        nodes = [n for n in nodes if (n["id"] < place if page.backward else n["id"] > place)]
    has_more = len(nodes) > page.size
    nodes = nodes[: page.size]
    if page.backward:
        nodes.reverse()
    edges = [{"cursor": _encoded(kind, node["id"], node["id"]), "node": node} for node in nodes]
    return {"edges": edges, "pageInfo": _page_info(page, edges, has_more)}


def check_page(arguments: dict[str, Any]) -> _Page:
    """The page that a field's arguments ask for; refused when they do not fit together."""
    first, after = arguments.get("first"), arguments.get("after")
    last, before = arguments.get("last"), arguments.get("before")
    backward = last is not None or before is not None
    if backward and (first is not None or after is not None):
        raise QueryRefused(
            "BAD_USER_INPUT", "first and after cannot be mixed with last and before.", 400
        )
    size = last if backward else first
    size = DEFAULT_SIZE if size is None else size
    if not 1 <= size <= MAX_SIZE:
        raise QueryRefused("BAD_USER_INPUT", f"A page holds 1 to {MAX_SIZE} items.", 400)
    return _Page(size, before if backward else after, backward)


def _page_info(page: _Page, edges: list[dict[str, Any]], has_more: bool) -> dict[str, Any]:
    came_from = page.cursor is not None
    return {
        "hasNextPage": came_from if page.backward else has_more,
        "hasPreviousPage": has_more if page.backward else came_from,
        "startCursor": edges[0]["cursor"] if edges else None,
        "endCursor": edges[-1]["cursor"] if edges else None,
    }


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _encoded(kind: str, value: str, row_id: str) -> str:
    content = json.dumps([kind, value, row_id])
    return base64.urlsafe_b64encode(content.encode()).decode()


def _decoded(kind: str, cursor: str) -> list[str]:
    """Where a cursor points; refused unless the sandbox could have given it for this list."""
    try:
        content: object = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, RecursionError):
        content = None
    match content:
        case [str(of), str(value), str(row_id)] if _encoded(of, value, row_id) == cursor:
            # Half a character cannot be looked for, and comes from no row.
            if not (value + row_id).isascii() and _has_half(value + row_id):
                raise _bad_cursor("The cursor is not valid.")
            if of != kind:
                raise _bad_cursor("The cursor is of another list, or of another order.")
            return [value, row_id]
        case _:
            raise _bad_cursor("The cursor is not valid.")


def _bad_cursor(message: str) -> QueryRefused:
    return QueryRefused("BAD_USER_INPUT", message, 400)


def _has_half(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
