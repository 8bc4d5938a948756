"""The schema of webhooks: objects, unions and enums, checked, in the order of their use."""

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Final

from graphql import (
    BooleanValueNode,
    DefinitionNode,
    DirectiveNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    FloatValueNode,
    GraphQLError,
    IntValueNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    Source,
    StringValueNode,
    TypeNode,
    UnionTypeDefinitionNode,
    parse,
)
from graphql.validation.validate import validate_sdl

from ..._schemas import placed
from ...runtime.models import wire_name
from ..read.names import python_name
from ..read.sources import CodegenError

SCALARS: Final = {
    "ID": "str", "String": "str", "Boolean": "bool", "Int": "int", "Float": "float",
    "Number": "Number", "DateTime": "DateTime",
}  # fmt: skip
"""The annotation of each scalar."""

_ULID: Final = "01HD44FHMCDSSWE38N14FSYV6K"


@dataclass(frozen=True)
class Member:
    """A member of an object."""

    name: str
    """In Python."""
    type: str
    """The name of its type in the schema; of the items', if it is a list."""
    is_list: bool
    is_nullable: bool
    example: str | int | float | bool | None
    doc: str


@dataclass(frozen=True)
class Object:
    """An object; a payload, if it has an event type."""

    name: str
    doc: str
    members: tuple[Member, ...]
    constant: tuple[str, str] | None
    """The member that names its kind, in Python, and the kind."""
    has: str
    """The member that only this kind of a union has, in Python."""
    event_type: str
    since: str


@dataclass(frozen=True)
class Union:
    """A union of objects."""

    name: str
    doc: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Enum:
    """An enum."""

    name: str
    doc: str
    values: tuple[tuple[str, str], ...]
    """The values and their descriptions."""


@dataclass(frozen=True)
class EventSchema:
    """All that a file says. Whatever is used stands before its user."""

    enums: tuple[Enum, ...]
    objects: tuple[Object | Union, ...]
    payloads: tuple[Object, ...]


def read_events(content: str, name: str) -> EventSchema:
    """The schema in a text; `CodegenError` that says what is wrong, and where."""
    try:
        document = parse(Source(content, name))
    except GraphQLError as error:
        raise CodegenError([placed(error, name)]) from None
    if errors := validate_sdl(document):
        raise CodegenError([placed(error, name) for error in errors])
    problems: list[GraphQLError] = []
    enums: list[Enum] = []
    found: dict[str, Object | Union] = {}
    for node in document.definitions:
        match node:
            case EnumTypeDefinitionNode():
                values = tuple((v.name.value, _doc(v)) for v in node.values)
                enums.append(Enum(node.name.value, _doc(node), values))
            case UnionTypeDefinitionNode():
                members = tuple(member.name.value for member in node.types)
                found[node.name.value] = Union(node.name.value, _doc(node), members)
            case ObjectTypeDefinitionNode():
                found[node.name.value] = _object(node, problems)
            case _:
                pass
    if not problems:
        problems = _unfit(document.definitions, found)
    if problems:
        raise CodegenError([placed(problem, name) for problem in problems])
    payloads = tuple(o for o in found.values() if isinstance(o, Object) and o.event_type)
    all_payloads = {payload.name for payload in payloads}
    objects = tuple(
        found[used]
        for used in _in_order(found, name)
        if used not in all_payloads and all_payloads.isdisjoint(_used(found[used]))
    )
    return EventSchema(tuple(enums), objects, payloads)


def _object(node: ObjectTypeDefinitionNode, problems: list[GraphQLError]) -> Object:
    directives = {d.name.value: _arguments(d) for d in node.directives}
    tag, has, event = (directives.get(name, {}) for name in ("tag", "has", "event"))
    constant = (python_name(tag["member"]), tag["value"]) if tag else None
    if event:
        constant = ("event_type", event["type"])
    members: list[Member] = []
    for field in node.fields:
        member = _member(field)
        if wire_name(member.name) != field.name.value:
            told = f"{field.name.value} cannot be spelled as a Python attribute and back"
            problems.append(GraphQLError(told, field))
        if constant and member.name == constant[0]:
            problems.append(GraphQLError(f"{field.name.value} is there already, as the tag", field))
        members.append(member)
    return Object(
        name=node.name.value,
        doc=_doc(node),
        members=tuple(members),
        constant=constant,
        has=python_name(has["member"]) if has else "",
        event_type=event.get("type", ""),
        since=event.get("since", ""),
    )


def _member(field: FieldDefinitionNode) -> Member:
    inner: TypeNode = field.type
    is_nullable = not isinstance(inner, NonNullTypeNode)
    inner = inner.type if isinstance(inner, NonNullTypeNode) else inner
    is_list = isinstance(inner, ListTypeNode)
    while isinstance(inner, ListTypeNode | NonNullTypeNode):
        inner = inner.type
    assert isinstance(inner, NamedTypeNode)
    example: str | int | float | bool | None = None
    for directive in field.directives:
        given = _arguments(directive)
        if "prefix" in given:
            example = f"{given['prefix']}_{_ULID}"
        elif "text" in given:
            example = given["text"]
        elif "number" in given:
            number = float(given["number"])
            example = int(number) if number.is_integer() else number
        elif "flag" in given:
            example = given["flag"] == "True"
    name = python_name(field.name.value)
    return Member(name, inner.name.value, is_list, is_nullable, example, _doc(field))


def _unfit(
    definitions: Iterable[DefinitionNode], found: dict[str, Object | Union]
) -> list[GraphQLError]:
    """Unions whose members cannot be told apart."""
    problems: list[GraphQLError] = []
    for node in definitions:
        if isinstance(node, UnionTypeDefinitionNode):
            members = [found.get(member.name.value) for member in node.types]
            objects = [member for member in members if isinstance(member, Object)]
            tags = {o.constant[0] if o.constant else "" for o in objects}
            kinds = [o.constant or o.has for o in objects]
            if len(objects) < len(members) or len(tags) != 1 or len({*kinds}) < len(kinds):
                told = f"the members of {node.name.value} cannot be told apart"
                problems.append(GraphQLError(f"{told}: each needs @tag, of one member, or @has",
                                             node))  # fmt: skip
            elif not all(kinds):
                problems.append(GraphQLError(f"a member of {node.name.value} lacks @tag or @has",
                                             node))  # fmt: skip
    return problems


def _used(definition: Object | Union) -> tuple[str, ...]:
    if isinstance(definition, Union):
        return definition.members
    return tuple(member.type for member in definition.members)


def _in_order(found: dict[str, Object | Union], name: str) -> list[str]:
    graph = {n: [u for u in _used(d) if u in found] for n, d in found.items()}
    try:
        return [*TopologicalSorter(graph).static_order()]
    except CycleError as error:
        told = " -> ".join(error.args[1])
        raise CodegenError([f"{name}: types that hold each other have no model: {told}"]) from None


def _arguments(directive: DirectiveNode) -> dict[str, str]:
    return {
        argument.name.value: str(argument.value.value)
        for argument in directive.arguments
        if isinstance(
            argument.value, StringValueNode | IntValueNode | FloatValueNode | BooleanValueNode
        )
    }


def _doc(node: object) -> str:
    description = getattr(node, "description", None)
    return " ".join(description.value.split()) if description is not None else ""
