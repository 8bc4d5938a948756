"""Writes documents as Python text, a field to a line, each fragment once in its own module.

Joined, the pieces are the document without needless white space, as it is sent; apart, a
field that changes is a line that changes, in one file.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from graphql import (
    FragmentDefinitionNode,
    OperationDefinitionNode,
    parse,
    print_ast,
    strip_ignored_characters,
    visit,
)

from ..read.names import constant_name
from ..read.sources import TypesRenamed


def fragment_constant(name: str) -> str:
    """The name of a fragment's text in Python."""
    return f"{constant_name(name)}_FRAGMENT"


@dataclass(frozen=True)
class SplitDocument:
    """An operation's text, and the texts of the fragments that it needs, by their names."""

    operation: str
    fragments: dict[str, str]

    @classmethod
    def of(cls, document: str, types: Mapping[str, str]) -> "SplitDocument":
        """The parts of a document of one operation; `types` gives the API's own names."""
        operation = ""
        fragments: dict[str, str] = {}
        for definition in visit(parse(document), TypesRenamed(types)).definitions:
            text = strip_ignored_characters(print_ast(definition))
            if isinstance(definition, FragmentDefinitionNode):
                fragments[definition.name.value] = text
            elif isinstance(definition, OperationDefinitionNode):
                operation = text
        return cls(operation, fragments)

    def expression(self) -> str:
        """The whole document as a Python expression."""
        constants = "".join(f" + {fragment_constant(name)}" for name in self.fragments)
        return f"({python_text(self.operation)}{constants})"


def python_text(compact: str) -> str:
    """A compact text as adjacent Python strings, one for each line of the pretty form."""
    return "\n".join(repr(line) for line in _lines(compact))


_TOKEN: Final = re.compile(r'"(?:[^"\\\\]|\\\\.)*"|[^"(){} ]+|[ ]|[(){}]')
_SHORT: Final = re.compile(r"\{[^{}()]{1,60}\}")


def _lines(compact: str) -> Iterator[str]:
    """Cuts between the fields of a selection, never within arguments or short selections."""
    line, braces, parentheses, position = "", 0, 0, 0
    while position < len(compact):
        whole = None if parentheses or not braces else _SHORT.match(compact, position)
        match = whole or _TOKEN.match(compact, position)
        assert match is not None
        token, position = match[0], match.end()
        line += token
        parentheses += (token == "(") - (token == ")")
        braces += (token == "{") - (token == "}")
        ends = token in ("{", " ") or (token.endswith("}") and compact[position:][:1] != "}")
        if ends and braces and not parentheses:
            yield line
            line = ""
    if line:
        yield line
