"""Schemas in every form that they come in: SDL, or introspection JSON."""

import json
import re
from typing import Any, cast

from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    Source,
    build_ast_schema,
    build_client_schema,
    parse,
    validate_schema,
)
from graphql.validation.validate import validate_sdl

from ._permissions import read_permission

_PAYLOADS = ("Output", "Payload")


class SchemaError(Exception):
    """What should be a schema is not. Each message names its place."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("\n".join(messages))
        self.messages = messages


def read_any_schema(content: bytes, name: str) -> GraphQLSchema:
    """The schema that a file or a response holds; `SchemaError` that says what is wrong."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SchemaError([f"{name}: is not UTF-8 text"]) from None
    start = text.lstrip()[:200].lower()
    if not start:
        raise SchemaError([f"{name}: is empty"])
    if start.startswith(("<!doctype", "<html", "<?xml")):
        raise SchemaError([f"{name}: is a web page, not a schema; is it the right address?"])
    schema = _introspected(text, name) if start.startswith("{") else _parsed(text, name)
    if errors := validate_schema(schema):
        raise SchemaError([placed(error, name) for error in errors])
    return schema


def _parsed(text: str, name: str) -> GraphQLSchema:
    try:
        document = parse(Source(text, name))
        if errors := validate_sdl(document):
            raise SchemaError([placed(error, name) for error in errors])
        return build_ast_schema(document, assume_valid_sdl=True)
    except GraphQLError as error:
        raise SchemaError([placed(error, name)]) from None
    except TypeError as error:
        raise SchemaError([f"{name}: {error}"]) from None


def _introspected(text: str, name: str) -> GraphQLSchema:
    try:
        content: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise SchemaError(
            [f"{name}:{error.lineno}:{error.colno}: is not JSON: {error.msg}"]
        ) from None
    except RecursionError:
        raise SchemaError([f"{name}: is nested too deeply"]) from None
    members = cast("dict[str, Any]", content)
    inner = members.get("data", members)
    if not isinstance(inner, dict) or "__schema" not in inner:
        raise SchemaError([f"{name}: is JSON, but not an introspection result (no __schema)"])
    try:
        return build_client_schema(cast("Any", inner))
    except (TypeError, KeyError, AttributeError, ValueError, GraphQLError) as error:
        raise SchemaError([f"{name}: is not a complete introspection result: {error}"]) from None


def describe(error: GraphQLError) -> str:
    """`file:line:column: what is wrong` and the line itself, if there is something on it."""
    if error.source is None or not error.locations:
        return error.message
    location = error.locations[0]
    told = f"{error.source.name}:{location.line}:{location.column}: {error.message}"
    # Lines as GraphQL counts them: the last one is empty where the file ends with a line's end.
    line = re.split(r"\r\n|[\r\n]", error.source.body)[location.line - 1].strip()
    return f"{told}\n    {line}" if line else told


def placed(error: GraphQLError, name: str) -> str:
    """The same, with the file's name where the error has no place."""
    told = describe(error)
    return told if told.startswith(name) else f"{name}: {told}"


def reading(type_: GraphQLNamedType) -> str | None:
    """The permission to read objects of a type, or None."""
    return read_permission(type_.name, has_id=has_id(type_))


def has_id(type_: GraphQLNamedType) -> bool:
    """Whether the type is of objects with an id, and not a payload that holds one."""
    return (
        isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        and "id" in type_.fields
        and not type_.name.endswith(_PAYLOADS)
    )
