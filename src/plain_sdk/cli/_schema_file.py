"""A schema that is given as a file, for every command that takes one."""

from pathlib import Path
from typing import TYPE_CHECKING

from ._exit import CommandError, missing_extra

if TYPE_CHECKING:
    from graphql import GraphQLSchema


def read_schema(path: Path, command: str) -> "GraphQLSchema":
    """The schema of a file, SDL or introspection JSON; `CommandError` says what is wrong."""
    try:
        from .._schemas import SchemaError, read_any_schema
    except ImportError as error:
        raise missing_extra(command, "codegen", error) from None
    try:
        return read_any_schema(path.read_bytes(), str(path))
    except OSError as error:
        raise CommandError(f"{path}: cannot be read: {error.strerror}") from None
    except SchemaError as error:
        raise CommandError(str(error)) from None
