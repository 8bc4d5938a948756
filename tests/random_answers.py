"""Random answers that are valid by a schema, and random arguments that are."""

import random
from copy import copy
from typing import Any

from graphql import (
    REMOVE,
    SKIP,
    DocumentNode,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    Visitor,
    execute_sync,
    get_named_type,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    visit,
)

from plain_sdk.codegen.read.rules import (
    bounds,
    is_moment,
    is_one_of,
    is_priority,
    one_of_group,
)

TEXTS = ("", "Ann", "ä 😀", "2026-05-11T10:00:00.000Z", "null", "x" * 80)
NULLS = 0.2
"""How often a value that may be null is null."""


class RandomAnswers:
    """Answers a document with values drawn at random, as its schema allows them.

    A mutation is refused as a whole, or not at all: then what it made is there.
    """

    def __init__(
        self, schema: GraphQLSchema, randomness: random.Random, *, nulls: float = NULLS
    ) -> None:
        self.schema = _without_required_arguments(schema)
        self._random = randomness
        self._nulls = nulls
        self.more_pages = True
        """Whether a page may say that there are more."""

    def data(self, document: DocumentNode, *, refusals: float = 0.25) -> Any:
        """The `data` of an answer, whatever the variables."""
        self._refusals = refusals
        document = without_arguments(document)
        result = execute_sync(
            self.schema, document, {},
            field_resolver=self._resolve, type_resolver=lambda value, info, type_: value["t"],
        )  # fmt: skip
        assert result.errors is None, result.errors
        return result.data

    def _resolve(self, source: Any, info: GraphQLResolveInfo, **_: Any) -> Any:
        if not self.more_pages and info.field_name in ("hasNextPage", "hasPreviousPage"):
            return False
        refused = source.get("refused") if isinstance(source, dict) else None
        if refused is not None:
            if info.field_name == "error":
                return self._value(info.return_type, nulls=0.0) if refused else None
            return self._value(info.return_type, nulls=1.0 if refused else 0.0)
        return self._value(info.return_type)

    def _value(self, type_: Any, nulls: float | None = None) -> Any:
        nulls = self._nulls if nulls is None else nulls
        if is_non_null_type(type_):
            type_ = type_.of_type
        elif self._random.random() < nulls:
            return None
        if is_list_type(type_):
            count = 0 if nulls == 1.0 else self._random.choice((0, 1, 1, 2, 3))
            return [self._value(type_.of_type) for _ in range(count)]
        if is_leaf_type(type_):
            return self._leaf(type_)
        if isinstance(type_, GraphQLObjectType):
            made: dict[str, Any] = {"t": type_.name}
            if "error" in type_.fields and type_.name.endswith("Output"):
                made["refused"] = self._random.random() < self._refusals
            return made
        possible = self.schema.get_possible_types(type_)
        return {"t": self._random.choice(possible).name}

    def _leaf(self, type_: Any) -> Any:
        if is_enum_type(type_):
            return self._random.choice(list(type_.values))
        number = self._random.randint(-(2**31), 2**31 - 1)
        made = {
            "Int": number,
            "Float": self._random.choice((number, number / 7, 0.5)),
            "Boolean": self._random.random() < 0.5,
            "ID": f"x_{number}",
        }
        return made.get(type_.name, self._random.choice(TEXTS))


def _without_required_arguments(schema: GraphQLSchema) -> GraphQLSchema:
    def without(root: GraphQLObjectType | None) -> GraphQLObjectType | None:
        if root is None:
            return None
        fields = {}
        for name, field in root.fields.items():
            fields[name] = copy(field)
            fields[name].args = {}
        return GraphQLObjectType(root.name, fields)

    return GraphQLSchema(
        query=without(schema.query_type), mutation=without(schema.mutation_type),
        types=[t for t in schema.type_map.values() if t not in
               (schema.query_type, schema.mutation_type, schema.subscription_type)],
    )  # fmt: skip


class _WithoutArguments(Visitor):
    def enter_directive(self, *_: Any) -> Any:
        # What it is told is a part of the document.
        return SKIP

    def enter_variable_definition(self, *_: Any) -> Any:
        return REMOVE

    def enter_argument(self, *_: Any) -> Any:
        return REMOVE


def without_arguments(document: DocumentNode) -> DocumentNode:
    """The document as if no field needed an argument; what is answered is random anyway."""
    made: DocumentNode = visit(document, _WithoutArguments())
    return made


def random_input(
    type_: GraphQLInputType,
    randomness: random.Random,
    *,
    depth: int = 0,
    owner: str = "",
    member: str = "",
) -> Any:
    """A value for an argument, under the API's names; optional members now and then.

    `owner` is the input that has the `member`, whose meaning bounds the value.
    """
    if isinstance(type_, GraphQLNonNull):
        return random_input(type_.of_type, randomness, depth=depth, owner=owner, member=member)
    if isinstance(type_, GraphQLList):
        inner = type_.of_type
        count = 1 if depth < 4 else 0
        return [random_input(inner, randomness, depth=depth + 1, owner=owner, member=member)
                for _ in range(count)]  # fmt: skip
    named: Any = get_named_type(type_)
    if is_enum_type(named):
        return randomness.choice(list(named.values))
    if not isinstance(named, GraphQLInputObjectType):
        if named.name == "Int":
            return 3 if is_priority(member) else max(7, bounds(member)[0])
        if named.name == "String" and is_moment(owner, member):
            return "2026-05-11T10:00:00.000Z"
        return {"Float": 0.5, "Boolean": True}.get(named.name, "text")
    members = named.fields
    if is_one_of(named):
        members = dict([randomness.choice(list(members.items()))])
    group = one_of_group(named)
    if group:
        kept = randomness.choice(group)
        members = {name: field for name, field in members.items() if name not in group}
    chosen = {
        name: field
        for name, field in members.items()
        if is_non_null_type(field.type) or len(members) == 1 or (
            depth < 3 and not field.deprecation_reason and randomness.random() < 0.5
        )
    }  # fmt: skip
    if group:
        chosen[kept] = named.fields[kept]
    return {
        name: random_input(field.type, randomness, depth=depth + 1, owner=named.name, member=name)
        for name, field in chosen.items()
    }
