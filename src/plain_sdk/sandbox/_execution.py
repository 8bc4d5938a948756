"""How a document is carried out: graphql-core's way, short of what need not be done again.

Most members of an object are plain values of scalar types, for which asking a resolver, with all
that it is told, takes ten times what writing them down does. And which fields a selection comes
to hangs on nothing but the document, unless a directive looks at a variable.
"""

from collections.abc import Awaitable
from contextlib import suppress
from functools import lru_cache
from types import CoroutineType
from typing import Any, ClassVar

from graphql import (
    DocumentNode,
    ExecutionContext,
    ExecutionResult,
    FieldNode,
    GraphQLEnumType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    execute,
)
from graphql.pyutils import Path, Undefined

from ._context import Context
from ._members import resolve_member

Selected = dict[tuple[object, ...], dict[str, list[FieldNode]]]
"""The fields that selections come to, by the type and the places where they stand."""


class Execution(ExecutionContext):
    """One execution of a document."""

    selected: ClassVar[Selected | None] = None
    """What earlier executions of the document found; None where each may find something else."""

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_nodes: list[FieldNode], path: Path
    ) -> Any:
        """The value of one field."""
        name = field_nodes[0].name.value
        if name == "__typename":
            return parent_type.name
        field = parent_type.fields.get(name)
        if field is not None and field.resolve is None and source.__class__ is dict:
            value = source.get(name, Undefined)
            leaf = None if value is Undefined or callable(value) else _leaf(field.type)
            if leaf is not None:
                if value is None:
                    if field.type is leaf:
                        return None
                else:
                    # A value that does not fit is told of in the usual way.
                    with suppress(Exception):
                        if (written := leaf.serialize(value)) is not None:
                            return written
        return super().execute_field(parent_type, source, field_nodes, path)

    def collect_subfields(
        self, return_type: GraphQLObjectType, field_nodes: list[FieldNode]
    ) -> dict[str, list[FieldNode]]:
        """The fields that are asked for of an object."""
        if self.selected is None:
            return super().collect_subfields(return_type, field_nodes)
        place = (return_type, *map(id, field_nodes))
        found = self.selected.get(place)
        if found is None:
            found = self.selected[place] = super().collect_subfields(return_type, field_nodes)
        return found


class Prepared:
    """A document that was checked, to be carried out any number of times."""

    def __init__(self, document: DocumentNode, *, has_directives: bool) -> None:
        self.document = document
        # The places are the nodes' own ids, so what is remembered lives as long as they do.
        selected = None if has_directives else Selected()
        self._execution = type("Execution", (Execution,), {"selected": selected})

    def carried_out(
        self, schema: GraphQLSchema, context: Context, variables: dict[str, Any] | None
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        """What comes of it."""
        return execute(
            schema,
            self.document,
            context_value=context,
            variable_values=variables,
            field_resolver=resolve_member,
            execution_context_class=self._execution,
            is_awaitable=_is_awaitable,
        )


@lru_cache(maxsize=16_384)
def _leaf(wanted: object) -> GraphQLScalarType | GraphQLEnumType | None:
    inner = wanted.of_type if isinstance(wanted, GraphQLNonNull) else wanted
    return inner if isinstance(inner, GraphQLScalarType | GraphQLEnumType) else None


def _is_awaitable(value: object) -> bool:
    """Resolvers here are functions, some of them `async`."""
    return value.__class__ is CoroutineType
