"""Which operations are lists that can be walked page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from .selections import TYPENAME, Part, Selections, Taken, parts_of

FORWARD: Final = ("first", "after")
BACKWARD: Final = ("last", "before")

_CURSORS: Final = ("startCursor", "endCursor")
_MORE: Final = ("hasNextPage", "hasPreviousPage")
PAGE_INFO: Final = (*_MORE, *_CURSORS)


@dataclass(frozen=True)
class Listing:
    """A list that can be walked, and where it is."""

    path: tuple[str, ...]
    """The keys from the root field's object to the connection, when it lies deeper."""
    forward: bool
    backward: bool

    @property
    def arguments(self) -> tuple[str, ...]:
        """The variables with which it is walked."""
        return (*(FORWARD if self.forward else ()), *(BACKWARD if self.backward else ()))


def listing_of(selections: Selections, operation: OperationDefinitionNode) -> Listing | None:
    """How an operation is walked; None when it is no list, or not one that can be.

    It is one when the innermost object that is all that it selects is a connection of which it
    selects `edges { node }`, and the connection is passed `first: $first, after: $after`, or
    `last: $last, before: $before`.
    """
    if operation.operation is not OperationType.QUERY:
        return None
    for path, takes, definition in _descent(selections, operation):
        type_ = get_named_type(definition.type)
        if not isinstance(type_, GraphQLObjectType) or not _can_be_walked(type_):
            continue
        if not _selects_nodes(selections, parts_of(takes), type_):
            return None
        node = takes[0].node
        forward = _passes(operation, node, FORWARD) and not _needs(operation, BACKWARD)
        backward = _passes(operation, node, BACKWARD) and not _needs(operation, FORWARD)
        return Listing(path, forward, backward) if forward or backward else None
    return None


def _descent(
    selections: Selections, operation: OperationDefinitionNode
) -> Iterator[tuple[tuple[str, ...], list[Taken], GraphQLField]]:
    """The root field, and what lies deeper as long as an object has one field alone."""
    parent: GraphQLNamedType | None = selections.schema.query_type
    parts: list[Part] = [(operation.selection_set, False)]
    path: tuple[str, ...] = ()
    root = True
    while isinstance(parent, GraphQLObjectType):
        fields = selections.fields(parts, parent)
        told = {key: takes for key, takes in fields.items()
                if takes[0].node.name.value != TYPENAME}  # fmt: skip
        if len(told) != 1:
            return
        ((key, takes),) = told.items()
        definition = parent.fields.get(takes[0].node.name.value)
        if definition is None:
            return
        path, root = (path if root else (*path, key)), False
        yield path, takes, definition
        following = get_nullable_type(definition.type)
        parent = following if isinstance(following, GraphQLObjectType) else None
        parts = parts_of(takes)


def _can_be_walked(type_: GraphQLObjectType) -> bool:
    """Whether a type has all that walking it takes, and never null."""
    edges, info = type_.fields.get("edges"), type_.fields.get("pageInfo")
    if edges is None or info is None or edges.args or not is_non_null_type(edges.type):
        return False
    items = edges.type.of_type
    edge, page = get_named_type(edges.type), get_nullable_type(info.type)
    if not (is_list_type(items) and is_non_null_type(items.of_type)):
        return False
    if not (isinstance(edge, GraphQLObjectType) and isinstance(page, GraphQLObjectType)):
        return False
    told = [edge.fields.get("cursor"), *(page.fields.get(name) for name in _MORE)]
    return (
        "node" in edge.fields
        and is_non_null_type(info.type)
        and all(f is not None and is_non_null_type(f.type) and not f.args for f in told)
        and all(name in page.fields and is_leaf_type(get_named_type(page.fields[name].type))
                for name in _CURSORS)
    )  # fmt: skip


def _selects_nodes(
    selections: Selections, parts: list[Part], connection: GraphQLObjectType
) -> bool:
    edges = selections.fields(parts, connection).get("edges", [])
    if not _always(edges, "edges"):
        return False
    edge = get_named_type(connection.fields["edges"].type)
    return _always(selections.fields(parts_of(edges), edge).get("node", []), "node")


def _always(takes: list[Taken], name: str) -> bool:
    return any(not taken.conditional for taken in takes) and takes[0].node.name.value == name


def _passes(operation: OperationDefinitionNode, node: FieldNode, names: tuple[str, str]) -> bool:
    """Whether two arguments of a connection are the variables of their names, of which the
    second, the cursor, need not be given."""
    passed = {
        argument.name.value
        for argument in node.arguments
        if isinstance(argument.value, VariableNode)
        and argument.value.name.value == argument.name.value
    }
    return set(names) <= passed and not _needs(operation, names[1:])


def _needs(operation: OperationDefinitionNode, names: tuple[str, ...]) -> bool:
    """Whether one of these variables must be given."""
    return any(
        variable.variable.name.value in names
        and variable.type.kind == "non_null_type"
        and variable.default_value is None
        for variable in operation.variable_definitions
    )
