"""A response as a newer Plain would give it: enum values and union members unheard of."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)

VALUE = "NEWER_THAN_THIS_CLIENT"
MEMBER = "NewerThanThisClient"


class Newer:
    """Rewrites the data of one document's response.

    Args:
        value: What enum values become; None leaves them.
        member: What members of unions and interfaces become; None leaves them.
    """

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, value: str | None, member: str | None
    ) -> None:
        self._schema = schema
        self._document = document
        self._value = value
        self._member = member
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }

    def data(self, data: Any) -> Any:
        """The data, rewritten."""
        for node in self._document.definitions:
            if isinstance(node, OperationDefinitionNode):
                root = self._schema.get_root_type(node.operation)
                if root is not None:
                    return self._object(data, [(root, node.selection_set)])
        return data

    def _object(self, value: Any, selected: list[tuple[GraphQLNamedType, SelectionSetNode]]) -> Any:
        if not isinstance(value, dict):
            return value
        changed = dict(value)
        below: dict[str, list[tuple[GraphQLNamedType, SelectionSetNode]]] = {}
        for parent, node in self._fields(selected):
            name, key = node.name.value, (node.alias or node.name).value
            if key not in value or not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
                continue
            if name.startswith("__"):
                continue
            named = get_named_type(parent.fields[name].type)
            if isinstance(named, GraphQLEnumType):
                if self._value is not None:
                    changed[key] = _each(value[key], self._new_value)
            elif node.selection_set is not None:
                below.setdefault(key, []).append((named, node.selection_set))
        for key, inner in below.items():
            changed[key] = _each(value[key], partial(self._member_of, selected=inner))
        return changed

    def _new_value(self, item: Any) -> Any:
        return None if item is None else self._value

    def _member_of(
        self, item: Any, selected: list[tuple[GraphQLNamedType, SelectionSetNode]]
    ) -> Any:
        item = self._object(item, selected)
        abstract = isinstance(selected[0][0], GraphQLUnionType | GraphQLInterfaceType)
        if self._member is None or not abstract or not isinstance(item, dict):
            return item
        # What is selected of the known members is not there on one that is new.
        kept: dict[str, Any] = {}
        for parent, node in self._fields(selected):
            key = (node.alias or node.name).value
            if node.name.value == "__typename":
                kept[key] = self._member
            elif isinstance(parent, GraphQLInterfaceType) and key in item:
                kept[key] = item[key]
        return kept

    def _fields(
        self, selected: list[tuple[GraphQLNamedType, SelectionSetNode]]
    ) -> Iterator[tuple[GraphQLNamedType, FieldNode]]:
        for parent, selections in selected:
            for node in selections.selections:
                if isinstance(node, FieldNode):
                    yield parent, node
                    continue
                part: object = node
                if isinstance(node, FragmentSpreadNode):
                    part = self._fragments[node.name.value]
                assert isinstance(part, InlineFragmentNode | FragmentDefinitionNode)
                condition: NamedTypeNode | None = getattr(part, "type_condition", None)
                inner = parent if condition is None else self._schema.type_map[condition.name.value]
                yield from self._fields([(inner, part.selection_set)])


def _each(value: Any, change: Any) -> Any:
    """Change a value, or each of a list."""
    return [_each(item, change) for item in value] if isinstance(value, list) else change(value)
