"""What became of a request, in a word."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, parse, print_ast

if TYPE_CHECKING:
    from .._seen import SeenRequest

_GLANCE = 160


def trouble(seen: "SeenRequest") -> str | None:
    """The code of what went wrong, which an HTTP status of 200 does not tell; None: nothing."""
    answer = seen.answer
    if not isinstance(answer, Mapping):
        return None if seen.status is None or seen.status < 400 else "no JSON"
    for error in answer.get("errors") or ():
        return str(_member(_member(error, "extensions"), "code") or "error")
    for value in (answer.get("data") or {}).values():
        refused = _member(value, "error")
        if refused is not None:
            return str(_member(refused, "code") or "refused")
    return None if seen.status is None or seen.status < 400 else "error"


def failed(seen: "SeenRequest") -> bool:
    """Whether something went wrong, or nothing was answered yet."""
    return seen.status is None or trouble(seen) is not None


def glance(seen: "SeenRequest") -> str:
    """The beginning of the variables, on one line, without what all inputs begin with."""
    given: Any = seen.variables or {}
    if isinstance(given, Mapping) and [*given] == ["input"]:
        given = given["input"]
    text = json.dumps(given, ensure_ascii=False, default=str)[: _GLANCE + 1]
    return "" if text == "{}" else text[:_GLANCE]


def printed(query: str) -> str:
    """A query as people write it, where a client sent it without spaces."""
    if "\n" in query.strip():
        return query
    try:
        return print_ast(parse(query, no_location=True))
    except (GraphQLError, RecursionError):
        return query


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None
