"""Reading the schema and the operations, with every mistake told by its place."""

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    Source,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    is_abstract_type,
    parse,
    validate,
    visit,
)

from ..._schemas import SchemaError, describe, read_any_schema
from .names import class_name, pascal
from .notes import operation_notes

NodeT = TypeVar("NodeT", NamedTypeNode, FragmentSpreadNode, FragmentDefinitionNode)


class CodegenError(SchemaError):
    """The input cannot be compiled. Each message names its place."""


@dataclass(frozen=True)
class Sources:
    """A schema with the operations and fragments that are valid against it.

    Enums, inputs and fragments have names here that classes can have.
    """

    schema: GraphQLSchema
    operations: list[OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]
    own_names: dict[str, str] = field(default_factory=dict[str, str])
    """What the API calls the types that have another name here."""


def read_sources(schema_path: Path, queries_path: Path) -> Sources:
    """Read and validate everything, or raise `CodegenError` with all mistakes."""
    schema = _read_schema(schema_path)
    document = read_documents(queries_path)
    errors = [_with_way_out(error) for error in validate(schema, document, max_errors=1000)]
    if not errors:
        errors = _unreadable(schema, document)
    operations: list[OperationDefinitionNode] = []
    fragments: dict[str, FragmentDefinitionNode] = {}
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            operations.append(definition)
            errors.extend(_operation_mistakes(definition))
        elif isinstance(definition, FragmentDefinitionNode):
            fragments[definition.name.value] = definition
    if errors:
        raise CodegenError(errors)
    operations.sort(key=lambda operation: operation.name.value if operation.name else "")
    return _speakable(schema, operations, fragments)


def _speakable(
    schema: GraphQLSchema,
    operations: list[OperationDefinitionNode],
    fragments: dict[str, FragmentDefinitionNode],
) -> Sources:
    """The same, with names for which there can be classes."""
    types: dict[str, str] = {}
    for name, type_ in schema.type_map.items():
        if isinstance(type_, GraphQLEnumType | GraphQLInputObjectType) and name[:2] != "__":
            spoken = class_name(name)
            if spoken != name:
                types[name] = class_name(spoken, {*schema.type_map, *types.values()})
    for name, spoken in types.items():
        schema.type_map[name].name = spoken
    schema.type_map = {type_.name: type_ for type_ in schema.type_map.values()}
    spreads: dict[str, str] = {}
    for name in fragments:
        if class_name(pascal(name)) != pascal(name):
            spreads[name] = class_name(pascal(name), {*map(pascal, fragments), *spreads.values()})
    renamed = TypesRenamed(types, spreads)
    made: list[FragmentDefinitionNode] = [visit(node, renamed) for node in fragments.values()]
    return Sources(
        schema,
        [visit(operation, renamed) for operation in operations],
        {node.name.value: node for node in made},
        {spoken: name for name, spoken in types.items()},
    )


class TypesRenamed(Visitor):
    """Gives types other names where a document mentions them, and fragments where it has them."""

    def __init__(
        self, types: Mapping[str, str], fragments: Mapping[str, str] | None = None
    ) -> None:
        super().__init__()
        self._types = types
        self._fragments = fragments or {}

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


_WAYS_OUT = (
    (r"^Fragment '\w+' is never used", "spread it, or delete it"),
    (r"^There can be only one (?:operation|fragment) named", "rename one of them"),
    (r"^Variable '\$\w+' is never used", "pass it to a field, or delete it"),
    (r"^Variable '\$\w+' is not defined", "declare it after the operation's name"),
    (r"^Variable '\$(\w+)' of type '.*' used in position expecting type '(.*)'",
     r"declare it as ${1}: {2}"),
    (r"^This anonymous operation must be the only", "give it a name"),
    (r"^Field '(\w+)' of type .* must have a selection", "select some fields: {1} {{ ... }}"),
    (r"^Fields '(\w+)' conflict because", "give one of them an alias, like {1}_TypeName: {1}"),
    (r"^Unknown fragment", "write it, or spread another"),
    (r"argument '(\w+)' of type '(.*)' is required", "pass it, as in {1}: ${1}"),
)  # fmt: skip


def _with_way_out(error: GraphQLError) -> str:
    """The mistake with its place, and what to do about it."""
    told = describe(error)
    for pattern, way_out in _WAYS_OUT:
        if match := re.search(pattern, error.message):
            return f"{told}\n    -> {way_out.format(match[0], *match.groups())}"
    return told


def _unreadable(schema: GraphQLSchema, document: DocumentNode) -> list[str]:
    """What is valid GraphQL, and gives responses that no class can stand for."""
    info = TypeInfo(schema)
    found: list[str] = []
    conditions = {
        definition.name.value: definition.type_condition.name.value
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }

    def check(node: InlineFragmentNode | FragmentSpreadNode, name: str | None) -> None:
        if node.directives:
            message = "A directive on a spread may remove all of its fields; put it on the fields."
            found.append(describe(GraphQLError(message, node)))
        parent, type_ = info.get_parent_type(), schema.type_map.get(name or "")
        if is_abstract_type(parent) and is_abstract_type(type_) and parent is not type_:
            members = schema.get_possible_types(cast("GraphQLAbstractType", type_))
            names = ", ".join(sorted(member.name for member in members))
            message = f"Select by the members of {name}, not by {name} itself: {names}."
            found.append(describe(GraphQLError(message, node)))

    class Spreads(Visitor):
        def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
            check(node, conditions.get(node.name.value))

    def check_inline(node: InlineFragmentNode) -> None:
        condition = cast("NamedTypeNode | None", node.type_condition)
        check(node, condition.name.value if condition else None)

    class Ordered(TypeInfoVisitor):
        def enter(self, node: Node, *args: object) -> object:
            if isinstance(node, InlineFragmentNode):
                # Before its own type becomes the parent.
                check_inline(node)
                self.type_info.enter(node)
                return None
            return super().enter(node, *args)

    visit(document, Ordered(info, Spreads()))
    return found


def read_documents(queries_path: Path) -> DocumentNode:
    """All operations and fragments of a folder; `CodegenError` where one cannot be parsed."""
    files = sorted(queries_path.rglob("*.graphql"))
    if not files:
        raise CodegenError([f"{queries_path}: there is no .graphql file in this folder"])
    errors: list[str] = []
    documents: list[DocumentNode] = []
    for file in files:
        try:
            documents.append(parse(Source(_read(file), str(file))))
        except GraphQLSyntaxError as error:
            errors.append(describe(error))
    if errors:
        raise CodegenError(errors)
    return DocumentNode(definitions=tuple(d for part in documents for d in part.definitions))


def _operation_mistakes(operation: OperationDefinitionNode) -> list[str]:
    if operation.name is None:
        return [describe(GraphQLError("Every operation needs a name.", operation))]
    if operation.operation is OperationType.SUBSCRIPTION:
        no_way = "Subscriptions have no documented transport; use a query or a webhook."
        return [describe(GraphQLError(no_way, operation))]
    try:
        operation_notes(operation)
    except GraphQLError as error:
        return [describe(error)]
    return []


def _read_schema(path: Path) -> GraphQLSchema:
    try:
        return read_any_schema(path.read_bytes(), str(path))
    except OSError as error:
        raise CodegenError([f"{path}: cannot be read: {error.strerror}"]) from None
    except SchemaError as error:
        raise CodegenError(error.messages) from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CodegenError([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise CodegenError([f"{path}: is not UTF-8 text: {error.reason}"]) from None
