"""Relay connections over SQL: pages by cursor, which stay right while rows are added."""

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


def connection(
    store: Store,
    table: str,
    where: list[str],
    values: list[object],
    order: Order,
    arguments: dict[str, Any],
    node: Callable[[Row], dict[str, Any]],
) -> dict[str, Any]:
    """A page of a table's rows that meet all conditions, with the total count."""
    size, cursor, backward = _checked(arguments)
    total = store.count(f"SELECT count(*) FROM {table}{_where(where)}", values)
    # Walking backward is walking forward in the opposite order.
    descending = order.descending != backward
    conditions, bounds = list(where), list(values)
    if cursor is not None:
        compare = "<" if descending else ">"
        conditions.append(f"({order.column}, id) {compare} (?, ?)")
        bounds += _decoded(cursor)
    direction = "DESC" if descending else "ASC"
    rows = store.rows(
        f"SELECT * FROM {table}{_where(conditions)} "
        f"ORDER BY {order.column} {direction}, id {direction} LIMIT ?",
        [*bounds, size + 1],
    )
    has_more = len(rows) > size
    rows = rows[:size]
    if backward:
        rows.reverse()
    edges = [{"cursor": _encoded(row[order.column], row["id"]), "node": node(row)} for row in rows]
    came_from = cursor is not None
    return {
        "edges": edges,
        "pageInfo": {
            "hasNextPage": came_from if backward else has_more,
            "hasPreviousPage": has_more if backward else came_from,
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
        "totalCount": total,
    }


def _checked(arguments: dict[str, Any]) -> tuple[int, str | None, bool]:
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
    return size, (before if backward else after), backward


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _encoded(value: object, row_id: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([value, row_id]).encode()).decode()


def _decoded(cursor: str) -> list[object]:
    try:
        value, row_id = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, TypeError):
        raise QueryRefused("BAD_USER_INPUT", "The cursor is not valid.", 400) from None
    return [value, row_id]
