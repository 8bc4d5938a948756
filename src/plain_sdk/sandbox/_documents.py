"""A query as a document that can be carried out, or its mistakes in the API's form."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
    validate,
)

from ._execution import Prepared

MAX_TOKENS = 50_000
"""The largest document that is looked at: checking one takes longer than its length says."""

MAX_DEPTH = 100
"""How deep selections may lie within each other, fragments included; far below where carrying
them out would break off half-way."""

_REMEMBERED = 64 * 1024
"""The most characters of a query that is remembered: a client's own are far shorter."""


@dataclass
class DocumentRefused(Exception):
    """A query that is no document, or does not fit the schema."""

    code: str
    errors: tuple[GraphQLError, ...]


class Documents:
    """Reads documents, and remembers the ones that it has checked.

    Args:
        schema: What a document must fit.
    """

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._remembered = lru_cache(maxsize=512)(self._read)
        self._roots = lru_cache(maxsize=512)(self._roots_of)

    def read(self, query: str) -> Prepared | tuple[str, tuple[GraphQLError, ...]]:
        """The document of a query, ready to be carried out, or the code and the mistakes."""
        return self._remembered(query) if len(query) <= _REMEMBERED else self._read(query)

    def roots(self, query: str) -> tuple[str | None, tuple[str, ...]]:
        """Whether a query is a `query` or a `mutation`, and the root fields that it asks for.

        None and none where it is no document, or longer than any that a client has.
        """
        return self._roots(query) if len(query) <= _REMEMBERED else (None, ())

    def _roots_of(self, query: str) -> tuple[str | None, tuple[str, ...]]:
        prepared = self.read(query)
        if not isinstance(prepared, Prepared):
            return None, ()
        document = prepared.document
        kinds = [n for n in document.definitions if isinstance(n, OperationDefinitionNode)]
        names = [name for node in kinds for name in _named(document, node.selection_set)]
        return (kinds[0].operation.value if kinds else None), tuple(dict.fromkeys(names))

    def _read(self, query: str) -> Prepared | tuple[str, tuple[GraphQLError, ...]]:
        try:
            document = parse(query, max_tokens=MAX_TOKENS)
        except GraphQLSyntaxError as error:
            return "GRAPHQL_PARSE_FAILED", (error,)
        except RecursionError:
            return "GRAPHQL_PARSE_FAILED", (_too_deep(),)
        try:
            errors = tuple(validate(self._schema, document))
        except RecursionError:
            errors = (_too_deep(),)
        if not errors and is_deeper(document, MAX_DEPTH):
            errors = (_too_deep(),)
        if errors:
            return "GRAPHQL_VALIDATION_FAILED", errors
        return Prepared(document, has_directives="@" in query)


def _named(document: DocumentNode, selections: SelectionSetNode) -> Iterator[str]:
    """The names of the fields, those in fragments included."""
    for node in selections.selections:
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, InlineFragmentNode):
            yield from _named(document, node.selection_set)
        elif isinstance(node, FragmentSpreadNode):
            for part in document.definitions:
                if isinstance(part, FragmentDefinitionNode) and part.name.value == node.name.value:
                    yield from _named(document, part.selection_set)


def is_deeper(document: DocumentNode, limit: int) -> bool:
    """Whether selections of a valid document lie deeper within each other than the limit."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    room_in: dict[str, int] = {}

    def inner(node: SelectionNode, room: int) -> Iterator[SelectionSetNode]:
        if not isinstance(node, FragmentSpreadNode):
            found = getattr(node, "selection_set", None)
            if found is not None:
                yield found
            return
        name = node.name.value
        # Seen with as little room before: it fitted, or the walk had ended.
        if room < room_in.get(name, limit + 1):
            room_in[name] = room
            yield fragments[name].selection_set

    def overflows(selections: SelectionSetNode, room: int) -> bool:
        return room == 0 or any(
            overflows(part, room - 1)
            for node in selections.selections
            for part in inner(node, room)
        )

    return any(
        overflows(node.selection_set, limit)
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    )


def _too_deep() -> GraphQLError:
    return GraphQLError("The query is nested too deeply.")
