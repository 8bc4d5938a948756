"""How names of the API become names in Python."""

import re
from keyword import iskeyword

from ariadne_codegen.utils import str_to_pascal_case, str_to_snake_case

__all__ = [
    "constant_name",
    "edge_name",
    "mapping_stem",
    "own_name",
    "pascal",
    "python_name",
    "snake",
    "tidy",
]


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
