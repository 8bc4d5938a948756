"""Other names for types and fragments of whose names there can be no class."""

from collections.abc import Container, Iterable, Mapping
from copy import copy
from typing import Final, TypeVar

from graphql import (
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    NamedTypeNode,
    NameNode,
    Node,
    Visitor,
)

from .names import class_name, constant_name, pascal

NodeT = TypeVar("NodeT", NamedTypeNode, FragmentSpreadNode, FragmentDefinitionNode)


def spoken_types(schema: GraphQLSchema) -> dict[str, str]:
    """Give enums and inputs names that classes can have; the new names by the API's own."""
    types: dict[str, str] = {}
    for name, type_ in schema.type_map.items():
        if isinstance(type_, GraphQLEnumType | GraphQLInputObjectType) and name[:2] != "__":
            spoken = class_name(name)
            if spoken != name:
                types[name] = class_name(spoken, {*schema.type_map, *types.values()})
    for name, spoken in types.items():
        schema.type_map[name].name = spoken
    schema.type_map = {type_.name: type_ for type_ in schema.type_map.values()}
    return types


_PARTS: Final = ("Data", "Variables", "Result", "Payload", "Connection")
"""What the classes that every operation may have are called, behind its own name."""


def taken_by(schema: GraphQLSchema, operations: Iterable[str]) -> set[str]:
    """The classes that are there whatever is selected: of enums, inputs and operations."""
    taken = {
        type_.name
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLEnumType | GraphQLInputObjectType)
    }
    for operation in operations:
        stem = pascal(operation)
        taken |= {stem + part for part in _PARTS} | {f"Upserted{stem.removeprefix('Upsert')}"}
    return taken | {"RawOperations", "InputOperations"}


def spoken_fragments(
    fragments: Mapping[str, FragmentDefinitionNode], taken: Container[str]
) -> dict[str, str]:
    """By fragment: the name of its class; no two that are one in capitals or small letters."""
    names: dict[str, str] = {}
    constants: set[str] = set()
    # A fragment whose name is a class's already keeps it.
    for name in sorted(fragments, key=lambda name: (pascal(name) != name, name)):
        spoken = class_name(pascal(name), taken)
        while constant_name(spoken) in constants:
            spoken = class_name(f"{spoken}Type", taken)
        constants.add(constant_name(spoken))
        names[name] = spoken
    return names


class Renamed(Visitor):
    """Gives types other names where a document mentions them, and fragments where it has them."""

    def __init__(self, types: Mapping[str, str], fragments: Mapping[str, str]) -> None:
        super().__init__()
        self._types = types
        self._fragments = fragments

    def leave_named_type(self, node: NamedTypeNode, *_: object) -> NamedTypeNode | None:
        return self._changed(node, self._types)

    def leave_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> Node | None:
        return self._changed(node, self._fragments)

    def leave_fragment_definition(self, node: FragmentDefinitionNode, *_: object) -> Node | None:
        return self._changed(node, self._fragments)

    @staticmethod
    def _changed(node: NodeT, names: Mapping[str, str]) -> NodeT | None:
        name = names.get(node.name.value)
        if name is None:
            return None
        changed = copy(node)
        changed.name = NameNode(value=name, loc=node.name.loc)
        return changed
