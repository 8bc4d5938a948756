"""Selections of an API's surface: whole ones to a depth, and random ones."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

Choose = Callable[[list[str]], list[str]]
"""Which of some fields to select; none of them may be chosen only when a leaf is there instead."""

CUSTOMER = (
    "customer",
    "customerByEmail",
    "customerByExternalId",
    "customers",
    "myMachineUser",
)
"""Root fields whose selections are drawn."""


@dataclass
class Selections:
    """Writes selections; aliases keep what members of a union have in common apart."""

    schema: GraphQLSchema
    choose: Choose
    numbers: Iterator[int] = field(default_factory=count)

    def of(self, type_name: str, depth: int) -> str:
        """A selection of the type, `depth` levels deep."""
        named = self.schema.type_map[type_name]
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            members = [t.name for t in self.schema.get_possible_types(named)]
            parts = [f"... on {name} {self.of(name, depth)}" for name in self.choose(members)]
            return f"{{ __typename {' '.join(parts)} }}"
        assert isinstance(named, GraphQLObjectType)
        names = [
            name
            for name, inner in named.fields.items()
            if depth > 1 or is_leaf_type(get_named_type(inner.type))
        ]
        parts = [self._field(name, named.fields[name], depth) for name in self.choose(names)]
        return f"{{ __typename {' '.join(parts)} }}"

    def _field(self, name: str, inner: GraphQLField, depth: int) -> str:
        given = [f'{a}: "none"' for a, it in inner.args.items() if is_required_argument(it)]
        arguments = f"({', '.join(given)})" if given else ""
        named = get_named_type(inner.type)
        below = "" if is_leaf_type(named) else self.of(named.name, depth - 1)
        return f"f{next(self.numbers)}: {name}{arguments} {below}"


def everything(names: list[str]) -> list[str]:
    """Choose all."""
    return names


def values_in(content: Any) -> Iterator[Any]:
    """All leaves of a response."""
    if isinstance(content, dict):
        for value in content.values():
            yield from values_in(value)
    elif isinstance(content, list):
        for value in content:
            yield from values_in(value)
    else:
        yield content
