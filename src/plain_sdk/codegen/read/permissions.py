"""The permissions that an operation needs: what its comment states, and what it selects."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_composite_type,
)

from ..._permissions import done_permissions, is_documented
from ..._schemas import has_id, reading
from .notes import OperationNotes


@dataclass(frozen=True)
class Permissions:
    """What the API key needs to carry an operation out with all that it selects."""

    stated: tuple[str, ...]
    """By the operation's comment, or by the name of its root field where that says nothing."""
    selected: tuple[str, ...]
    """By the types of what is selected, without the stated ones."""
    derived: frozenset[str]
    """Those that follow from names alone: Plain does not document them."""

    @property
    def every(self) -> tuple[str, ...]:
        """All of them, the stated ones first."""
        return (*self.stated, *self.selected)


def permissions(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    operation: OperationDefinitionNode,
    notes: OperationNotes,
) -> Permissions:
    """The permissions of a valid operation.

    What Plain documents for a mutation covers the object that it gives back, so of that object
    only what lies within counts.
    """
    root = schema.get_root_type(operation.operation)
    assert root is not None
    is_mutation = operation.operation is OperationType.MUTATION
    stated = notes.permissions
    derived = set[str]()
    if is_mutation and not stated:
        resources = frozenset(n for n, t in schema.type_map.items() if has_id(t))
        fields = [s.name.value for s in operation.selection_set.selections
                  if isinstance(s, FieldNode)]  # fmt: skip
        stated = tuple(dict.fromkeys(p for f in fields for p in done_permissions(f, resources)))
        derived.update(stated)
    elif not notes.is_documented:
        derived.update(stated)
    reached = {
        name
        for is_within, name in _reached(schema, fragments, operation.selection_set, root, False)
        if is_within or not (is_mutation and notes.permissions)
    }
    selected = tuple(sorted(reached - set(stated)))
    derived.update(name for name in selected if not is_documented(name))
    return Permissions(stated, selected, frozenset(derived))


def _reached(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    selections: SelectionSetNode,
    parent: GraphQLCompositeType,
    is_within: bool,
) -> Iterator[tuple[bool, str]]:
    """The permissions to read what is selected; whether each is within another resource."""
    for selection in selections.selections:
        match selection:
            case FieldNode(selection_set=SelectionSetNode() as inner):
                assert isinstance(parent, GraphQLObjectType | GraphQLInterfaceType)
                type_ = get_named_type(parent.fields[selection.name.value].type)
                assert is_composite_type(type_)
                lies_within = is_within or reading(parent) is not None
                if permission := reading(type_):
                    yield lies_within, permission
                yield from _reached(schema, fragments, inner, type_, lies_within)
            case InlineFragmentNode():
                yield from _narrowed(
                    schema, fragments, selection, selection.type_condition, parent, is_within
                )
            case FragmentSpreadNode():
                fragment = fragments[selection.name.value]
                yield from _narrowed(
                    schema, fragments, fragment, fragment.type_condition, parent, is_within
                )
            case _:
                pass


def _narrowed(
    schema: GraphQLSchema,
    fragments: Mapping[str, FragmentDefinitionNode],
    narrowed: InlineFragmentNode | FragmentDefinitionNode,
    condition: NamedTypeNode | None,
    parent: GraphQLCompositeType,
    is_within: bool,
) -> Iterator[tuple[bool, str]]:
    type_ = parent if condition is None else schema.type_map[condition.name.value]
    assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType)
    # An interface as a condition says nothing new of the object.
    if condition and isinstance(type_, GraphQLObjectType) and (permission := reading(type_)):
        yield is_within, permission
    yield from _reached(schema, fragments, narrowed.selection_set, type_, is_within)
