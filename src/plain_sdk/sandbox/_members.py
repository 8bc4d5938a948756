"""How a member of an object is resolved, whatever a query selects.

An object of the sandbox is a mapping. A member that it holds is a value, or a function of the
request and the arguments. One that it does not hold has no data here: it is null, an empty list,
an empty connection, or, where the schema promises a value, the plainest of its type.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationType,
    get_named_type,
)

from .._schemas import reading
from ._context import Context
from ._ids import date_time, stable_id
from ._keys import missing_message
from ._paging import check_page
from ._refusals import QueryRefused

Object = dict[str, Any]
"""An object of the API: its members by their names, and `__typename` where that is needed."""

_ABSENT: Final = object()
_SCALARS: Mapping[str, object] = {"String": "", "Boolean": False, "Int": 0, "Float": 0.0}


@dataclass(frozen=True)
class _Kind:
    """What matters of a member's type."""

    permission: str | None
    is_page: bool
    is_abstract: bool


@lru_cache(maxsize=16_384)
def _kind(wanted: object) -> _Kind:
    named = get_named_type(cast("GraphQLNamedType", wanted))
    # A page shows what is on it, even when nothing is.
    shown = _on_the_page(named)
    return _Kind(
        reading(shown),
        shown is not named,
        isinstance(named, GraphQLInterfaceType | GraphQLUnionType),
    )


def _on_the_page(named: GraphQLNamedType) -> GraphQLNamedType:
    """The type of a connection's nodes, or the type itself."""
    for member in ("edges", "node") if named.name.endswith("Connection") else ():
        assert isinstance(named, GraphQLObjectType)
        named = get_named_type(named.fields[member].type)
    return named


def resolve_member(source: object, info: GraphQLResolveInfo, **arguments: Any) -> Any:
    """The value of the selected member; refused when the key may not see what it is."""
    context: Context = info.context
    kind = _kind(info.return_type)
    _check_allowed(context, info, kind.permission)
    members = cast("Mapping[str, Any]", source) if isinstance(source, Mapping) else {}
    value = members.get(info.field_name, _ABSENT)
    if value is _ABSENT:
        if kind.is_page:
            check_page(arguments)
        return plainest(info.return_type, info.schema, context)
    if callable(value):
        value = cast("Callable[..., Any]", value)(context, **arguments)
    if kind.is_abstract:
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping):
                _check_allowed(context, info, reading(info.schema.type_map[item["__typename"]]))
    return value


def plainest(wanted: object, schema: GraphQLSchema, context: Context) -> Any:
    """What a member is of which the sandbox knows nothing; its own members follow likewise."""
    if not isinstance(wanted, GraphQLNonNull):
        return None
    inner: object = wanted.of_type
    if isinstance(inner, GraphQLList):
        return []
    if isinstance(inner, GraphQLEnumType):
        # By the name's internal value, which is what the type serialises.
        return next(iter(inner.values.values())).value
    if isinstance(inner, GraphQLScalarType):
        if inner.name == "ID":
            return stable_id("none", context.key.machine_user_id)
        return _SCALARS.get(inner.name, "")
    if isinstance(inner, GraphQLInterfaceType | GraphQLUnionType):
        return {"__typename": schema.get_possible_types(inner)[0].name}
    if isinstance(inner, GraphQLObjectType) and inner.name == "DateTime":
        return date_time(context.started)
    return {}


def _check_allowed(context: Context, info: GraphQLResolveInfo, needed: str | None) -> None:
    if needed is None or not (missing := context.key.missing((needed,))) or _is_covered(info):
        return
    raise QueryRefused("FORBIDDEN", missing_message(missing))


def _is_covered(info: GraphQLResolveInfo) -> bool:
    """Whether this is what a mutation hands back: the mutation's own permissions cover that, as
    documented for `upsertCustomer`, which needs no `customer:read`."""
    of_payload = info.path.prev is not None and info.path.prev.prev is None
    return of_payload and info.operation.operation is OperationType.MUTATION
