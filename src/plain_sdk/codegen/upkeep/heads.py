"""The comment above an operation that is made: what it does, and what is known of it.

The permission is not written down: the compiler works it out from the names and the selection.
"""

import re
import textwrap
from functools import cache
from typing import Final

from graphql import GraphQLSchema

from ..read.shipped import shipped
from .words import summary

MADE: Final = "# Made by `plain-sdk operations --all`. A file of yours with the same name wins.\n\n"
"""The first line of a file that is made, by which it is known again."""

UNDOCUMENTED: Final = "Undocumented by Plain: may change without notice."

_SAFE: Final = re.compile(r"^(upsert|set)[A-Z]")
"""Mutations that give the same when they are repeated, by their names. Of no other is it
certain: what was deleted may be refused, what was sent may be sent twice."""


def repeat(name: str) -> str:
    """Whether a mutation may be repeated: `unsafe`, unless its name makes it certain."""
    return "safe" if _SAFE.match(name) else "unsafe"


@cache
def documented() -> frozenset[str]:
    """The root fields whose operations are written by hand, from what is known of them."""
    return frozenset(
        name
        for name, node in shipped().operations.items()
        if node.loc is not None and not node.loc.source.body.startswith(MADE.rstrip())
    )


def head(schema: GraphQLSchema, kind: str, name: str) -> list[str]:
    """The lines of the comment above the operation on a root field."""
    root = schema.query_type if kind == "query" else schema.mutation_type
    assert root is not None
    definition = root.fields[name]
    text = definition.description or summary(schema, kind, name)
    # What a description says must not be taken for a word about the operation.
    text = re.sub(r"(?m)^(Permission|Repeat|Done|Null):", r"`\1`:", text.strip())
    lines = [wrapped for line in text.splitlines() for wrapped in (textwrap.wrap(line, 90) or [""])]
    if name not in documented():
        lines += ["", UNDOCUMENTED]
    if kind == "mutation":
        lines += ["", f"Repeat: {repeat(name)}"]
    return [f"# {line}".rstrip() for line in lines]
