"""Reading the schema and the operations, with every mistake told by its place."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    Source,
    parse,
    validate,
    visit,
)

from ..._schemas import SchemaError, describe, read_any_schema
from .complete import complete
from .lists import Listing
from .notes import operation_notes
from .shape import Shaper
from .shipped import placed_where_spread, spreads_in, with_shipped
from .spoken import Renamed, spoken_fragments, spoken_types, taken_by


class CodegenError(SchemaError):
    """The input cannot be compiled. Each message names its place."""


@dataclass(frozen=True)
class Document:
    """An operation as it is sent, with all the fragments that it needs."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]


@dataclass(frozen=True)
class Sources:
    """A schema with the operations and fragments that are valid against it.

    Enums, inputs and fragments have names here that classes can have, and selections one form
    (`shape`).
    """

    schema: GraphQLSchema
    operations: list[OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]
    """Those of which there are classes, by the names of these."""
    documents: dict[str, Document]
    """What is sent, by the operations' names."""
    lists: dict[str, Listing]
    """The operations that are lists, by their names."""
    class_names: dict[str, str]
    """By fragment: what its class is called, or would be."""


def read_sources(schema_path: Path, queries_path: Path, reserved: Iterable[str] = ()) -> Sources:
    """Read and validate everything, or raise `CodegenError` with all mistakes.

    `reserved` names classes that the package has besides.
    """
    schema = _read_schema(schema_path)
    document = read_documents(queries_path)
    errors = [
        placed_where_spread(error, document) or _with_way_out(error)
        for error in validate(schema, document, max_errors=1000)
    ]
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
    lists = complete(schema, operations, fragments)
    if errors := [_in_the_way(error) for error in validate(schema, document, max_errors=1000)]:
        raise CodegenError(errors)
    shaper = Shaper(schema, fragments)
    shaped: list[OperationDefinitionNode] = []
    for operation in operations:
        try:
            shaped.append(shaper.operation(operation))
        except GraphQLError as error:
            errors.append(describe(error))
    if errors:
        raise CodegenError(errors)
    types = spoken_types(schema)
    names = spoken_fragments(fragments, {*taken_by(schema, map(_name, operations)), *reserved})
    renamed = Renamed(types, names)
    made: list[FragmentDefinitionNode] = [
        visit(node, renamed) for node in shaper.fragments.values()
    ]
    spreads = {name: _spreads(node) for name, node in fragments.items()}
    return Sources(
        schema,
        [visit(operation, renamed) for operation in shaped],
        {node.name.value: node for node in made},
        {_name(o): Document(o, _spread_by(o, fragments, spreads)) for o in operations},
        {_name(o): lists[id(o)] for o in operations if id(o) in lists},
        names,
    )


def _name(operation: OperationDefinitionNode) -> str:
    assert operation.name is not None
    return operation.name.value


def _spread_by(
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    spreads: Mapping[str, list[str]],
) -> dict[str, FragmentDefinitionNode]:
    """The fragments that an operation spreads, and those that these spread."""
    found: dict[str, FragmentDefinitionNode] = {}
    pending = [_spreads(operation)]
    while pending:
        for name in pending.pop():
            if name not in found:
                found[name] = fragments[name]
                pending.append(spreads[name])
    return found


def _spreads(node: ExecutableDefinitionNode) -> list[str]:
    return [spread.name.value for spread in spreads_in(node)]


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


def _in_the_way(error: GraphQLError) -> str:
    """A mistake of a document that is valid until what is needed is added to it."""
    return (
        f"{describe(error)}\n    -> reading the response takes the field itself under that name; "
        "choose another alias"
    )


def read_documents(queries_path: Path, *, with_those_of_the_package: bool = True) -> DocumentNode:
    """All operations and fragments of a folder, and the fragments of the package that these
    spread; `CodegenError` where one cannot be parsed."""
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
    document = DocumentNode(definitions=tuple(d for part in documents for d in part.definitions))
    return with_shipped(document) if with_those_of_the_package else document


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
