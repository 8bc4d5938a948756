"""GraphQL input types as Python annotations, for models, mappings and arguments."""

from collections.abc import Callable

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
)

from ._names import mapping_stem

SCALARS = {"ID": "str", "String": "str", "Int": "int", "Float": "float", "Boolean": "bool"}


def model_annotation(type_: GraphQLInputType, nullable: bool = True) -> str:
    """The type that a model holds."""
    return _annotation(type_, nullable, lambda name: name, "list", enums_as_text=False)


def loose_annotation(type_: GraphQLInputType, nullable: bool = True) -> str:
    """Everything that a caller may give: the model, a mapping, a bare value."""
    return _annotation(
        type_,
        nullable,
        lambda name: f"{mapping_stem(name)}Like",
        "Sequence",
        enums_as_text=True,
    )


def _annotation(
    type_: GraphQLInputType,
    nullable: bool,
    name_input: Callable[[str], str],
    list_type: str,
    enums_as_text: bool,
) -> str:
    if isinstance(type_, GraphQLNonNull):
        return _annotation(type_.of_type, False, name_input, list_type, enums_as_text)
    suffix = " | None" if nullable else ""
    if isinstance(type_, GraphQLList):
        inner = _annotation(type_.of_type, True, name_input, list_type, enums_as_text)
        return f"{list_type}[{inner}]{suffix}"
    if isinstance(type_, GraphQLScalarType):
        return SCALARS.get(type_.name, "object") + suffix
    if isinstance(type_, GraphQLEnumType):
        if not enums_as_text:
            return type_.name + suffix
        values = ", ".join(repr(value) for value in type_.values)
        return f"{type_.name} | Literal[{values}]{suffix}"
    assert isinstance(type_, GraphQLInputObjectType)
    return name_input(type_.name) + suffix
