"""Schemas in every form that they come in: SDL, or introspection JSON."""

import json
from typing import Any, cast

from graphql import (
    GraphQLError,
    GraphQLSchema,
    Source,
    build_ast_schema,
    build_client_schema,
    parse,
    validate_schema,
)

from ._sources import CodegenError, describe


def read_any_schema(content: bytes, name: str) -> GraphQLSchema:
    """The schema that a file or an answer holds; `CodegenError` that says what is wrong."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CodegenError([f"{name}: is not UTF-8 text"]) from None
    start = text.lstrip()[:200].lower()
    if not start:
        raise CodegenError([f"{name}: is empty"])
    if start.startswith(("<!doctype", "<html", "<?xml")):
        raise CodegenError([f"{name}: is a web page, not a schema; is it the right address?"])
    schema = _introspected(text, name) if start.startswith("{") else _parsed(text, name)
    if errors := validate_schema(schema):
        raise CodegenError([f"{name}: {describe(error)}" for error in errors])
    return schema


def _parsed(text: str, name: str) -> GraphQLSchema:
    try:
        document = parse(Source(text, name))
        return build_ast_schema(document)
    except GraphQLError as error:
        raise CodegenError([describe(error)]) from None
    except TypeError as error:
        raise CodegenError([f"{name}: {error}"]) from None


def _introspected(text: str, name: str) -> GraphQLSchema:
    try:
        content: Any = json.loads(text)
    except json.JSONDecodeError as error:
        raise CodegenError(
            [f"{name}:{error.lineno}:{error.colno}: is not JSON: {error.msg}"]
        ) from None
    except RecursionError:
        raise CodegenError([f"{name}: is nested too deeply"]) from None
    members = cast("dict[str, Any]", content)
    inner = members.get("data", members)
    if not isinstance(inner, dict) or "__schema" not in inner:
        raise CodegenError([f"{name}: is JSON, but no introspection result (there is no __schema)"])
    try:
        return build_client_schema(cast("Any", inner))
    except (TypeError, KeyError, AttributeError, ValueError, GraphQLError) as error:
        raise CodegenError([f"{name}: is no complete introspection result: {error}"]) from None
