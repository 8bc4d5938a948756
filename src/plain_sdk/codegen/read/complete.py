"""Adds to documents what reading the responses takes, and a person need not write.

The type of what a union or an interface stands for, what a refusal is made of, and where a page is
within its list. All else stays as it is written.
"""

from collections.abc import Mapping
from copy import copy
from typing import Final, TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    print_ast,
)

from .lists import PAGE_INFO, Listing, listing_of
from .selections import TYPENAME, Part, Selections, key_of, leaf, parts_of

Needed: TypeAlias = Mapping[str, "Needed | None"]
"""Fields by their names, with the fields that are needed of them."""

_REFUSAL: Final[Needed] = {
    "message": None,
    "type": None,
    "code": None,
    "fields": {"field": None, "message": None, "type": None},
}
"""What an error is made of (`_call.responses.refusal_of`)."""


def complete(
    schema: GraphQLSchema,
    operations: list[OperationDefinitionNode],
    fragments: Mapping[str, FragmentDefinitionNode],
) -> dict[int, Listing]:
    """Add what is needed to valid documents, in place; which operations are lists, by their ids."""
    selections = Selections(schema, fragments)
    adding = _Adding(selections)
    lists: dict[int, Listing] = {}
    for operation in operations:
        root = schema.get_root_type(operation.operation)
        if root is None:
            continue
        if operation.operation is OperationType.MUTATION:
            adding.refusals(operation, root)
        listing = listing_of(selections, operation)
        if listing is not None:
            lists[id(operation)] = listing
            adding.pages(operation, root, listing)
    for operation in operations:
        if root := schema.get_root_type(operation.operation):
            adding.typenames(operation.selection_set, root)
    for fragment in fragments.values():
        on = schema.type_map[fragment.type_condition.name.value]
        adding.typenames(fragment.selection_set, on)
    return lists


class _Adding:
    def __init__(self, selections: Selections) -> None:
        self._selections = selections

    def typenames(self, selection_set: SelectionSetNode, type_: GraphQLNamedType) -> None:
        """By what a value of a union or interface is told apart."""
        for node in selection_set.selections:
            if not isinstance(node, FieldNode):
                inline = getattr(node, "selection_set", None)
                if inline is not None:
                    condition, inner = self._selections.inner(node)  # type: ignore[arg-type]
                    on = self._selections.schema.type_map[condition] if condition else type_
                    self.typenames(inner, on)
                continue
            fields = getattr(type_, "fields", {})
            if node.selection_set is None or node.name.value not in fields:
                continue
            named = get_named_type(fields[node.name.value].type)
            self.typenames(node.selection_set, named)
            if is_abstract_type(named) and not self._tells([(node.selection_set, False)], named):
                node.selection_set.selections = (leaf(TYPENAME), *node.selection_set.selections)

    def _tells(self, parts: list[Part], type_: GraphQLNamedType) -> bool:
        found = self._selections.fields(parts, type_).get(TYPENAME, [])
        return any(not taken.conditional for taken in found)

    def refusals(self, operation: OperationDefinitionNode, root: GraphQLObjectType) -> None:
        """What a refusal in a payload is told from."""
        selected = self._selections.fields([(operation.selection_set, False)], root)
        for key, takes in selected.items():
            field = root.fields.get(takes[0].node.name.value)
            payload = get_named_type(field.type) if field else None
            if isinstance(payload, GraphQLObjectType) and "error" in payload.fields:
                error = get_named_type(payload.fields["error"].type)
                needed: Needed = {"error": _of(_REFUSAL, error)}
                self._need(operation.selection_set, root, (key,), needed)

    def pages(
        self, operation: OperationDefinitionNode, root: GraphQLObjectType, listing: Listing
    ) -> None:
        """Where a page is within its list, and each node."""
        selected = self._selections.fields([(operation.selection_set, False)], root)
        (key,) = (k for k, takes in selected.items() if takes[0].node.name.value != TYPENAME)
        needed: Needed = {"edges": {"cursor": None}, "pageInfo": dict.fromkeys(PAGE_INFO)}
        self._need(operation.selection_set, root, (key, *listing.path), needed)

    def _need(
        self,
        into: SelectionSetNode,
        type_: GraphQLNamedType,
        path: tuple[str, ...],
        needed: Needed,
    ) -> None:
        """See to it that a selection has some fields at the end of a path."""
        parts: list[Part] = [(into, False)]
        way: list[FieldNode] = []
        for key in path:
            takes = self._selections.fields(parts, type_)[key]
            # With its alias, arguments and directives: the same field once more.
            way.append(copy(min(takes, key=lambda taken: taken.conditional).node))
            type_ = get_named_type(_field(type_, way[-1].name.value).type)
            parts = parts_of(takes)
        missing = self._missing(parts, type_, needed)
        if missing is None:
            return
        for node in reversed(way):
            node.selection_set = missing
            missing = SelectionSetNode(selections=(node,))
        _append(into, missing)

    def _missing(
        self, parts: list[Part], type_: GraphQLNamedType, needed: Needed
    ) -> SelectionSetNode | None:
        """What a selection lacks of what is needed, as a selection of its own."""
        fields = self._selections.fields(parts, type_)
        lacking: list[FieldNode] = []
        for name, inner in needed.items():
            # Another field under that name is in the way; validation will say where.
            takes = [t for t in fields.get(name, []) if t.node.name.value == name]
            there = any(not taken.conditional for taken in takes)
            node = leaf(name)
            if inner:
                named = get_named_type(_field(type_, name).type)
                # One that may be left out brings nothing for sure.
                rest = self._missing(parts_of(takes) if there else [], named, inner)
                there = there and rest is None
                node.selection_set = rest
            lacking += [] if there else [node]
        return SelectionSetNode(selections=tuple(lacking)) if lacking else None


def _field(type_: GraphQLNamedType, name: str) -> GraphQLField:
    assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
    field: GraphQLField = type_.fields[name]
    return field


def _of(needed: Needed, type_: GraphQLNamedType) -> Needed:
    """Only what the type has, and in the form that it has it."""
    found: dict[str, Needed | None] = {}
    for name, inner in needed.items():
        field = getattr(type_, "fields", {}).get(name)
        if field is None or field.args:
            continue
        named = get_named_type(field.type)
        if is_leaf_type(named):
            found[name] = None
        elif inner is not None and (some := _of(inner, named)):
            found[name] = some
    if not found and not is_leaf_type(type_):
        found[TYPENAME] = None
    return found


def _append(into: SelectionSetNode, missing: SelectionSetNode) -> None:
    """Add fields to a selection: within the field that it has already, where it has it."""
    for node in missing.selections:
        assert isinstance(node, FieldNode)
        there = next(
            (
                other
                for other in into.selections
                if isinstance(other, FieldNode)
                and key_of(other) == key_of(node)
                and other.name.value == node.name.value
                and _directives(other) == _directives(node)
            ),
            None,
        )
        if there is None:
            into.selections = (*into.selections, node)
        elif there.selection_set is not None and node.selection_set is not None:
            _append(there.selection_set, node.selection_set)


def _directives(node: FieldNode) -> list[str]:
    return [print_ast(directive) for directive in node.directives]
