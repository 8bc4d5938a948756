"""`schema.graphql` is the API's surface without subscriptions, described by us."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DefinitionNode,
    DocumentNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    build_client_schema,
    build_schema,
)
from support import own_schema, part_of_the_schema, plain_api

from plain_sdk._api import queries_path, schema_path
from plain_sdk.codegen import read_documents
from plain_sdk.codegen.upkeep.heads import MADE
from plain_sdk.codegen.upkeep.merge import merge, reachable
from plain_sdk.codegen.upkeep.usage import usages

SURFACE = "introspection-2026-05-11.json"


@pytest.fixture(scope="module")
def ours() -> GraphQLSchema:
    return own_schema()


@pytest.fixture(scope="module")
def surface() -> GraphQLSchema:
    return build_client_schema(plain_api(SURFACE)["data"])


def own_types(schema: GraphQLSchema) -> Iterator[Any]:
    builtin = {"ID", "String", "Int", "Float", "Boolean"}
    for name, type_ in schema.type_map.items():
        if not name.startswith("__") and name not in builtin:
            yield type_


def differences(ours: GraphQLSchema, surface: GraphQLSchema) -> list[str]:
    """What of our schema is not the same in the API's."""
    found: list[str] = []

    def same(place: str, mine: Any, theirs: Any) -> None:
        if mine != theirs:
            found.append(f"{place}: {mine!r}, in the API {theirs!r}")

    for type_ in own_types(ours):
        other: Any = surface.type_map.get(type_.name)
        if type(other) is not type(type_):
            found.append(f"{type_.name}: is not such a type in the API")
            continue
        if isinstance(type_, GraphQLEnumType):
            same(type_.name, set(type_.values), set(other.values))
            for name in type_.values.keys() & other.values.keys():
                same(
                    f"{type_.name}.{name} deprecation",
                    type_.values[name].deprecation_reason,
                    other.values[name].deprecation_reason,
                )
        elif isinstance(type_, GraphQLUnionType):
            same(type_.name, {m.name for m in type_.types}, {m.name for m in other.types})
        else:
            if isinstance(type_, GraphQLInputObjectType):
                same(type_.name, set(type_.fields), set(other.fields))
            for name, field in type_.fields.items():
                theirs = other.fields.get(name)
                place = f"{type_.name}.{name}"
                if theirs is None:
                    found.append(f"{place}: is not in the API")
                    continue
                same(place, str(field.type), str(theirs.type))
                same(f"{place} deprecation", field.deprecation_reason, theirs.deprecation_reason)
                if isinstance(type_, GraphQLObjectType):
                    mine = {n: str(a.type) for n, a in field.args.items()}
                    their_args = {n: str(a.type) for n, a in theirs.args.items()}
                    same(f"{place} arguments", mine, their_args)
    return found


def test_every_part_of_our_schema_is_the_same_in_the_api(
    ours: GraphQLSchema, surface: GraphQLSchema
) -> None:
    """Types, fields, arguments, nullability, enum values, members and deprecations agree."""
    assert differences(ours, surface) == []


def test_nothing_of_the_surface_is_missing(ours: GraphQLSchema, surface: GraphQLSchema) -> None:
    """All that queries and mutations can meet, to the last member."""
    assert {type_.name for type_ in own_types(ours)} == reachable(surface)
    for type_ in own_types(ours):
        other: Any = surface.type_map[type_.name]
        assert set(getattr(type_, "fields", ())) == set(getattr(other, "fields", ())), type_.name
        assert set(map(str, getattr(type_, "interfaces", ()))) == set(
            map(str, getattr(other, "interfaces", ()))
        ), type_.name


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        pytest.param(r"fullName: String!", "fullName: String", id="nullability"),
        pytest.param(r"fullName: String!", "fullName: ID!", id="type"),
        pytest.param(r"shortName: String\n", "nickName: String\n", id="field name"),
        pytest.param(r"(?s)  \"{3}[^\"]*\"{3}\n  NOOP\n", "", id="enum value"),
        pytest.param(r"SystemActor \| MachineUserActor\n", "SystemActor\n", id="union member"),
        pytest.param(r'(?s)  "{3}[^"]*"{3}\n  customerId: ID\n', "", id="input member"),
        pytest.param(r"email: String!\n  \)", "email: ID!\n  )", id="argument"),
        pytest.param(r"avatarUrl: String", "avatarUrl: String @deprecated", id="deprecation"),
    ],
)  # fmt: skip
def test_the_comparison_finds_each_kind_of_difference(
    ours: GraphQLSchema, pattern: str, replacement: str
) -> None:
    """A comparison that could not fail would prove nothing."""
    text = schema_path().read_text(encoding="utf-8")
    changed, count = re.subn(pattern, replacement, text, count=1)
    assert count == 1
    assert differences(ours, ours) == []
    assert differences(build_schema(changed), ours)


def _is_made(node: DefinitionNode) -> bool:
    assert node.loc is not None
    return Path(node.loc.source.name).read_text(encoding="utf-8").startswith(MADE)


def test_what_the_written_operations_use_is_described(ours: GraphQLSchema) -> None:
    """Descriptions become docstrings, so whatever operations and fragments that are written by
    hand take or select has one; so has every root field."""
    part = build_schema(part_of_the_schema())
    by_hand = {
        name
        for root in (part.query_type, part.mutation_type)
        for name in (root.fields if root else ())
    }
    document = DocumentNode(
        definitions=tuple(
            d
            for d in read_documents(queries_path()).definitions
            if not _is_made(d)
            and (not isinstance(d, OperationDefinitionNode) or (d.name and d.name.value in by_hand))
        )
    )
    bare: set[str] = set()
    for usage in usages(ours, document):
        for place in usage.places:
            type_: Any = ours.type_map[place.type]
            member = type_ if place.member is None else type_.fields[place.member]
            told = member if place.argument is None else member.args[place.argument]
            if not told.description and type_ not in (ours.query_type, ours.mutation_type):
                bare.add(str(place))
        for name, kind in usage.kinds.items():
            if kind in ("enum", "input"):
                given: Any = ours.type_map[name]
                members = given.values if kind == "enum" else given.fields
                bare.update(f"{name}.{key}" for key, m in members.items() if not m.description)
    for root in (ours.query_type, ours.mutation_type):
        bare.update(name for name, field in root.fields.items() if not field.description)  # type: ignore[union-attr]
    assert bare == set()
    assert len(by_hand) == 131


def test_a_surface_that_is_merged_again_changes_nothing(surface: GraphQLSchema) -> None:
    """Order, sections, comments and descriptions stay; so the file is what merging makes."""
    text = schema_path().read_text(encoding="utf-8")
    merged = merge(text, surface)
    assert merged.text == text
    assert (merged.added, merged.removed) == ((), ())


def test_every_type_is_used(ours: GraphQLSchema) -> None:
    """Nothing lies in the schema that no operation can reach."""
    reached = {"Query", "Mutation"}
    pending: list[Any] = [ours.query_type, ours.mutation_type]
    while pending:
        type_ = pending.pop()
        names: set[str] = set()
        if isinstance(type_, GraphQLUnionType):
            names = {member.name for member in type_.types}
        if isinstance(type_, GraphQLInterfaceType):
            names = {member.name for member in ours.get_possible_types(type_)}
        names |= {interface.name for interface in getattr(type_, "interfaces", ())}
        for field in getattr(type_, "fields", {}).values():
            names.add(str(field.type).strip("[]!"))
            names |= {str(a.type).strip("[]!") for a in getattr(field, "args", {}).values()}
        pending += [ours.type_map[name] for name in names - reached]
        reached |= names
    assert {type_.name for type_ in own_types(ours)} <= reached
