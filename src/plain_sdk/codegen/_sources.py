"""Reading the schema and the operations, with every mistake told by its place."""

from dataclasses import dataclass
from pathlib import Path

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    Source,
    build_ast_schema,
    parse,
    validate,
    validate_schema,
)

from ._notes import operation_notes


class CodegenError(Exception):
    """The input cannot be compiled. Each message names its place."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("\n".join(messages))
        self.messages = messages


@dataclass(frozen=True)
class Sources:
    """A schema with the operations and fragments that are valid against it."""

    schema: GraphQLSchema
    operations: list[OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]


def read_sources(schema_path: Path, queries_path: Path) -> Sources:
    """Read and validate everything, or raise `CodegenError` with all mistakes."""
    schema = _read_schema(schema_path)
    files = sorted(queries_path.rglob("*.graphql"))
    if not files:
        raise CodegenError([f"{queries_path}: no .graphql file is in this folder"])
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
    errors = [describe(error) for error in validate(schema, document, max_errors=1000)]
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
    return Sources(schema, operations, fragments)


def describe(error: GraphQLError) -> str:
    """`file:line:column: what is wrong` and the line itself."""
    if error.source is None or not error.locations:
        return error.message
    location = error.locations[0]
    line = error.source.body.splitlines()[location.line - 1].strip()
    return f"{error.source.name}:{location.line}:{location.column}: {error.message}\n    {line}"


def _operation_mistakes(operation: OperationDefinitionNode) -> list[str]:
    if operation.name is None:
        return [describe(GraphQLError("Every operation needs a name.", operation))]
    try:
        operation_notes(operation)
    except GraphQLError as error:
        return [describe(error)]
    return []


def _read_schema(path: Path) -> GraphQLSchema:
    try:
        document = parse(Source(_read(path), str(path)))
        schema = build_ast_schema(document)
    except GraphQLError as error:
        raise CodegenError([describe(error)]) from None
    except TypeError as error:
        raise CodegenError([f"{path}: {error}"]) from None
    if errors := validate_schema(schema):
        raise CodegenError([describe(error) for error in errors])
    return schema


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CodegenError([f"{path}: cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise CodegenError([f"{path}: is not UTF-8 text: {error.reason}"]) from None
