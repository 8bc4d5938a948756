"""The executable schema: the API's types, our resolvers, and a polite no for the rest."""

from typing import Any

from graphql import (
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)

from ._domain import Domain
from ._refusals import MutationRefused, QueryRefused, not_yet_implemented


def executable_schema(text: str, domains: tuple[Domain, ...]) -> GraphQLSchema:
    """The schema of the text. Root fields that no domain has refuse with Plain's code."""
    schema = build_schema(text)
    queries = {name: r for domain in domains for name, r in domain.queries.items()}
    mutations = {name: r for domain in domains for name, r in domain.mutations.items()}
    for name, field in _fields(schema.query_type):
        field.resolve = queries.get(name) or _refuse_query(name)
    for name, field in _fields(schema.mutation_type):
        field.resolve = mutations.get(name) or _refuse_mutation(name, field)
    return schema


def _fields(root: GraphQLObjectType | None) -> list[tuple[str, GraphQLField]]:
    return list(root.fields.items()) if root else []


def _refuse_query(name: str) -> Any:
    def refuse(*_: object, **arguments: object) -> None:
        raise QueryRefused("not_yet_implemented", not_yet_implemented(name))

    return refuse


def _refuse_mutation(name: str, field: GraphQLField) -> Any:
    refusal = MutationRefused("not_yet_implemented", not_yet_implemented(name))
    payload = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
    members = payload.fields if isinstance(payload, GraphQLObjectType) else {}
    # A list that may not be null is empty when a mutation is refused.
    empty: dict[str, Any] = {member: [] for member, inner in members.items() if _is_list(inner)}

    def refuse(*_: object, **arguments: object) -> dict[str, Any]:
        return {**empty, "error": refusal.as_error()}

    return refuse


def _is_list(field: GraphQLField) -> bool:
    return isinstance(field.type, GraphQLNonNull) and isinstance(field.type.of_type, GraphQLList)
