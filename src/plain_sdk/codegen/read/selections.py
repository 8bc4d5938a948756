"""What a selection selects, whichever way it is written: merged as GraphQL merges it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    SelectionSetNode,
)

TYPENAME = "__typename"


@dataclass(frozen=True)
class Taken:
    """A field, where it is selected."""

    node: FieldNode
    conditional: bool
    """Whether a directive on it, or on a spread around it, may leave it out."""


Part: TypeAlias = tuple[SelectionSetNode, bool]
"""A selection, and whether a directive may leave all of it out."""


def key_of(node: FieldNode) -> str:
    """The field's name in the response."""
    return node.alias.value if node.alias else node.name.value


def leaf(name: str) -> FieldNode:
    """A field without a selection of its own."""
    return FieldNode(name=NameNode(value=name), alias=None, arguments=(), directives=(),
                     selection_set=None)  # fmt: skip


def condition_of(node: InlineFragmentNode) -> str | None:
    """The type that an inline fragment is on, if it names one."""
    # Not always there, whatever its type says.
    condition: NamedTypeNode | None = node.type_condition
    return condition.name.value if condition else None


class Selections:
    """Looks through spreads and inline fragments."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        self.schema = schema
        self.fragments = fragments

    def possible(self, type_: GraphQLNamedType) -> list[str]:
        """The objects that a value of the type may be."""
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return [member.name for member in self.schema.get_possible_types(type_)]
        return [type_.name]

    def covers(self, condition: str | None, type_: GraphQLNamedType) -> bool:
        """Whether what is on one type applies to every value of another, those of objects that
        are yet to come included."""
        if condition is None or condition == type_.name:
            return True
        on = self.schema.type_map[condition]
        if not isinstance(on, GraphQLInterfaceType | GraphQLUnionType):
            return False
        return self.schema.is_sub_type(on, type_)

    def inner(
        self, node: FragmentSpreadNode | InlineFragmentNode
    ) -> tuple[str | None, SelectionSetNode]:
        """What type a spread or an inline fragment is on, and what it selects."""
        if isinstance(node, InlineFragmentNode):
            return condition_of(node), node.selection_set
        fragment = self.fragments[node.name.value]
        return fragment.type_condition.name.value, fragment.selection_set

    def takes(self, parts: Iterable[Part], type_: GraphQLNamedType) -> Iterator[Taken]:
        """The fields that are selected of every value of a type, in order."""
        for selection_set, conditional in parts:
            for node in selection_set.selections:
                may_go = conditional or bool(node.directives)
                if isinstance(node, FieldNode):
                    yield Taken(node, may_go)
                elif isinstance(node, FragmentSpreadNode | InlineFragmentNode):
                    condition, inner = self.inner(node)
                    if self.covers(condition, type_):
                        yield from self.takes([(inner, may_go)], type_)

    def fields(self, parts: Iterable[Part], type_: GraphQLNamedType) -> dict[str, list[Taken]]:
        """The same by their names in the response."""
        return by_key(self.takes(parts, type_))

    def mentioned(self, parts: Iterable[Part], type_: GraphQLNamedType) -> list[str]:
        """The objects of which a selection on a union or interface selects something apart."""
        found: dict[str, None] = {}
        possible = self.possible(type_)
        for selection_set, _ in parts:
            for node in selection_set.selections:
                if isinstance(node, FragmentSpreadNode | InlineFragmentNode):
                    condition, inner = self.inner(node)
                    if self.covers(condition, type_):
                        found |= dict.fromkeys(self.mentioned([(inner, False)], type_))
                    elif condition is not None:
                        on = self.possible(self.schema.type_map[condition])
                        found |= dict.fromkeys(name for name in possible if name in on)
        return sorted(found)


def by_key(takes: Iterable[Taken]) -> dict[str, list[Taken]]:
    """Fields by their names in the response, in the order of their first places."""
    found: dict[str, list[Taken]] = {}
    for taken in takes:
        found.setdefault(key_of(taken.node), []).append(taken)
    return found


def parts_of(takes: Iterable[Taken]) -> list[Part]:
    """What is selected of one field at all of its places, if that field is there."""
    places = list(takes)
    some = all(taken.conditional for taken in places)
    return [
        # Where a condition alone put the field there, it is not the other places' condition.
        (taken.node.selection_set, (taken.conditional and not some) or (some and len(places) > 1))
        for taken in places
        if taken.node.selection_set
    ]
