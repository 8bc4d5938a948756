"""What the page asks for, without the types that an older version of the API has not."""

from functools import lru_cache
from typing import Any

from graphql import REMOVE, GraphQLSchema, InlineFragmentNode, Visitor, parse, print_ast, visit


@lru_cache(maxsize=64)
def fitted(schema: GraphQLSchema, query: str) -> str:
    """The query; of an object of a type that the schema has not, nothing is asked."""

    class Known(Visitor):
        def enter_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> Any:
            known = node.type_condition.name.value in schema.type_map
            return None if known else REMOVE

    return print_ast(visit(parse(query, no_location=True), Known()))
