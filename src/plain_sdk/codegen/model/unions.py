"""Unions in results: what their members stand for, and the open types that they become."""

import ast
from dataclasses import dataclass

from graphql import (
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
)


def abstract_types(schema: GraphQLSchema) -> set[str]:
    """The names of unions and interfaces."""
    return {
        type_.name
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType)
    }


def union_members(schema: GraphQLSchema) -> set[str]:
    """The types that are members of a union, or have an interface."""
    return {
        member.name
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType)
        for member in schema.get_possible_types(type_)
    }


def union_fragments(
    schema: GraphQLSchema, fragments: dict[str, FragmentDefinitionNode]
) -> dict[str, tuple[str, ...]]:
    """Fragments on a union or interface that only spread one fragment for each of its members."""
    found: dict[str, tuple[str, ...]] = {}
    for name, definition in sorted(fragments.items()):
        type_ = schema.get_type(definition.type_condition.name.value)
        if not isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
            continue
        members = [
            selection.name.value
            for node in definition.selection_set.selections
            if isinstance(node, InlineFragmentNode)
            for selection in node.selection_set.selections
            if isinstance(selection, FragmentSpreadNode)
        ]
        if members:
            found[name] = tuple(members)
    return found


def literal_names(annotation: ast.expr) -> list[str]:
    """The texts of a `Literal`, which ariadne-codegen writes as names in quotes."""
    found = [node.id.strip('"') for node in ast.walk(annotation)
             if isinstance(node, ast.Name) and node.id not in ("Literal", "Optional")]  # fmt: skip
    found += [node.value for node in ast.walk(annotation) if isinstance(node, ast.Constant)
              and isinstance(node.value, str)]  # fmt: skip
    return found


def typenames(class_def: ast.ClassDef) -> list[str]:
    """What the `typename__` of a class may be."""
    for statement in class_def.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id="typename__"), annotation=annotation):
                return literal_names(annotation)
            case _:
                continue
    return []


@dataclass(frozen=True)
class UnionKinds:
    """What classes stand for when they are members of unions."""

    fallbacks: frozenset[str]
    """Classes for every member without one of its own: the fields of an interface."""
    empty: frozenset[str]
    """Classes of members of which nothing is selected."""


def union_kinds(body: list[ast.stmt], abstract: set[str]) -> UnionKinds:
    """What the classes of a module stand for; `abstract` names unions and interfaces."""
    classes = [statement for statement in body if isinstance(statement, ast.ClassDef)]
    fallbacks = frozenset(
        c.name for c in classes if len(typenames(c)) > 1 or not abstract.isdisjoint(typenames(c))
    )
    choices = _choices(body)
    empty = frozenset(
        c.name
        for c in classes
        if c.name in choices
        and len(typenames(c)) == 1
        and c.name not in fallbacks
        and len(c.body) == 1
        and [base.id for base in c.bases if isinstance(base, ast.Name)] == ["BaseModel"]
    )
    return UnionKinds(fallbacks, empty)


def _choices(body: list[ast.stmt]) -> set[str]:
    """The classes among which a union chooses."""
    return {
        name.id.strip('"')
        for statement in body
        for node in ast.walk(statement)
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Union"
        for name in ast.walk(node.slice)
        if isinstance(name, ast.Name)
    }


def open_union(members: tuple[str, ...], *, closed: bool = False) -> ast.expr:
    """The type of a union that may get more members; closed when one stands for all others."""
    told = members if closed else (*members, "Unknown")
    if told == ("Unknown",):
        return ast.Name("Unknown")
    return ast.parse(f"Annotated[Union[{', '.join(told)}], OpenUnion()]", mode="eval").body
