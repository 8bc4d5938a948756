"""The executable schema: the API's types, our resolvers, and a polite no for the rest."""

from typing import Any

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, build_schema

from ._domain import Domain
from ._refusals import NOT_YET_IMPLEMENTED, MutationRefused, QueryRefused, not_yet_implemented


def executable_schema(text: str, domains: tuple[Domain, ...]) -> GraphQLSchema:
    """The schema of the text. Root fields that no domain has refuse with Plain's code."""
    schema = build_schema(text)
    queries = {name: r for domain in domains for name, r in domain.queries.items()}
    mutations = {name: r for domain in domains for name, r in domain.mutations.items()}
    for name, field in _fields(schema.query_type):
        field.resolve = queries.get(name) or _refuse_query(name)
    for name, field in _fields(schema.mutation_type):
        field.resolve = mutations.get(name) or _refuse_mutation(name)
    for name, field in _fields(schema.subscription_type):
        # Where Plain serves these is not documented.
        field.resolve = _refuse_query(name)
    return schema


def _fields(root: GraphQLObjectType | None) -> list[tuple[str, GraphQLField]]:
    return list(root.fields.items()) if root else []


def _refuse_query(name: str) -> Any:
    def refuse(*_: object, **arguments: object) -> None:
        # With a status of its own: a client may read 200 and errors as "there is none", and a
        # test then passes for the wrong reason.
        raise QueryRefused(NOT_YET_IMPLEMENTED, not_yet_implemented(name), 400)

    return refuse


def _refuse_mutation(name: str) -> Any:
    refusal = MutationRefused(NOT_YET_IMPLEMENTED, not_yet_implemented(name))

    def refuse(*_: object, **arguments: object) -> dict[str, Any]:
        return {"error": refusal.as_error()}

    return refuse
