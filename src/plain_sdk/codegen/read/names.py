"""How names of the API become names in Python."""

import re
from collections.abc import Container
from keyword import iskeyword
from typing import Final

from ariadne_codegen.utils import process_name, str_to_pascal_case, str_to_snake_case

__all__ = [
    "IMPORTED",
    "IN_ANNOTATIONS",
    "class_name",
    "constant_name",
    "edge_name",
    "mapping_stem",
    "member_name",
    "method_name",
    "own_name",
    "pascal",
    "python_name",
    "snake",
    "tidy",
]


_RUNTIME: Final = {
    "plain_sdk.runtime.models": (
        "InputModel", "OneOfInput", "OneOfMembersInput", "OpenEnum", "OpenUnion", "ResultModel",
        "Unknown", "UpsertModel", "Wrapped", "WrapperInput", "construct",
    ),
    "plain_sdk.runtime.values": (
        "Between", "LinkAddress", "Moment", "MomentModel", "NotEmpty", "TextLength",
        "ThreadPriority",
    ),
    "plain_sdk.runtime.operations": (
        "NodePages", "NullMemberError", "Operation", "OperationsBase", "Paging", "RequestOptions",
        "given", "require",
    ),
    "plain_sdk.runtime.unset": ("UNSET", "Unset"),
}  # fmt: skip
"""What generated code stands on, by the module that it is imported from."""

IMPORTED: Final = {
    **{name: module for module, names in _RUNTIME.items() for name in names},
    **dict.fromkeys(
        ("Annotated", "Any", "ClassVar", "Final", "Literal", "NotRequired", "Optional",
         "TYPE_CHECKING", "TypeAlias", "TypedDict", "Union"),
        "typing",
    ),
    "Field": "pydantic",
    "Sequence": "collections.abc",
    "attrgetter": "operator",
}  # fmt: skip
"""What generated modules import, and from where; no class of theirs has such a name."""

_NO_CLASSES: Final = {*IMPORTED, "BaseModel", "TYPE_CHECKING", "None", "True", "False"}

IN_ANNOTATIONS: Final = frozenset({"bool", "float", "int", "list", "object", "str"})
"""What annotations are made of; a member or method of such a name would stand in its place."""


def class_name(name: str, taken: Container[str] = ()) -> str:
    """The class for a type's or a selection's name: the name itself, where Python can have it.

    What a generated module imports keeps its name, so a type called `Field` becomes `FieldType`.
    A name in small letters may be a member's too: `order_by` becomes `OrderBy`.
    """
    if name[:1].islower():
        name = pascal(name)
    while name in _NO_CLASSES or name in taken:
        name = f"{name}Type"
    return name


def pascal(name: str) -> str:
    """`upsertCustomer` becomes `UpsertCustomer`."""
    return str_to_pascal_case(name)


def tidy(name: str) -> str:
    """Undo what ariadne-codegen does too eagerly: `iso_8601` and `type_`.

    Digits stay with their word, and `type` is no keyword; a model may have it.
    """
    name = re.sub(r"_(\d)", r"\1", name)
    return "type" if name == "type_" else name


def snake(name: str) -> str:
    """`UpsertCustomerInput` becomes `upsert_customer_input`."""
    return tidy(str_to_snake_case(name))


def python_name(name: str) -> str:
    """The attribute or argument for an API name: `fullName` becomes `full_name`."""
    result = snake(name)
    return f"{result}_" if iskeyword(result) else result


def member_name(name: str) -> str:
    """The attribute of a model for an API name, as ariadne-codegen has it.

    What pydantic's models, Python's words and its types are called gets an underscore: `json_`.
    """
    made = process_name(
        name,
        convert_to_snake_case=True,
        trim_leading_underscore=True,
        handle_pydantic_resrved_field_names=True,
    )
    return tidy(made)


def method_name(operation: str) -> str:
    """The method, and the module, of an operation."""
    result = python_name(operation)
    # Below it in the class, annotations and decorators would mean the method.
    return f"{result}_" if result in {*IN_ANNOTATIONS, "deprecated"} else result


def own_name(alias: str, field_name: str) -> str:
    """The name under which an aliased field is given back.

    An alias of the form `text_ComponentText: text` is there for GraphQL alone, because another
    member of a union has a `text` of another type; callers see `text`. Any other alias is meant.
    """
    return field_name if re.fullmatch(rf"{field_name}_[A-Z]\w*", alias) else alias


def constant_name(operation: str) -> str:
    """`upsertCustomer` becomes `UPSERT_CUSTOMER`."""
    return snake(operation).upper()


def mapping_stem(input_name: str) -> str:
    """What the mapping types of an input are named after: its name without `Input`."""
    return input_name.removesuffix("Input")


def edge_name(path: str) -> str:
    """Relay's `edges` holds one edge each: `CustomersEdges` becomes `CustomersEdge`."""
    return re.sub(r"Edges$", "Edge", path)
