"""GraphQL input types as Python annotations, for models, mappings and arguments."""

import re
from collections.abc import Callable

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    get_named_type,
)

from ..read.names import mapping_stem
from ..read.rules import is_moment, is_priority
from ..read.spec import wrapper_is_clearable

SCALARS = {"ID": "str", "String": "str", "Int": "int", "Float": "float", "Boolean": "bool"}


def model_annotation(type_: GraphQLInputType, nullable: bool = True) -> str:
    """The type that a model holds."""
    return _annotation(type_, nullable, lambda name: name, "list", loose=False)


def loose_annotation(
    type_: GraphQLInputType, nullable: bool = True, *, owner: str = "", wire: str = ""
) -> str:
    """Everything that a caller may give: the model, a mapping, a bare value.

    `owner` is the input with the member `wire` of this type, which may give it a meaning.
    """
    text = _annotation(
        type_,
        nullable,
        lambda name: f"{mapping_stem(name)}Like",
        "Sequence",
        loose=True,
    )
    scalar = get_named_type(type_).name
    if scalar == "Int" and is_priority(wire):
        return re.sub(r"\bint\b", "ThreadPriority | int", text)
    if scalar == "String" and is_moment(owner, wire):
        return re.sub(r"\bstr\b", "Moment", text)
    return text


def _annotation(
    type_: GraphQLInputType,
    nullable: bool,
    name_input: Callable[[str], str],
    list_type: str,
    loose: bool,
) -> str:
    if isinstance(type_, GraphQLNonNull):
        return _annotation(type_.of_type, False, name_input, list_type, loose)
    suffix = " | None" if nullable else ""
    if isinstance(type_, GraphQLList):
        inner = _annotation(type_.of_type, True, name_input, list_type, loose)
        return f"{list_type}[{inner}]{suffix}"
    if isinstance(type_, GraphQLScalarType):
        return SCALARS.get(type_.name, "object") + suffix
    if isinstance(type_, GraphQLEnumType):
        if not loose:
            return type_.name + suffix
        values = ", ".join(repr(value) for value in type_.values)
        return f"{type_.name} | Literal[{values}]{suffix}"
    assert isinstance(type_, GraphQLInputObjectType)
    if loose and wrapper_is_clearable(type_) is False:
        suffix = ""  # None would mean to clear a value that cannot be cleared.
    return name_input(type_.name) + suffix
