"""Writes documents as Python text, a field to a line, each fragment once in its own module.

Joined, the pieces are the document without needless white space, as it is sent; apart, a
field that changes is a line that changes, in one file.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from graphql import Node, print_ast, strip_ignored_characters

from ..read.names import constant_name
from ..read.sources import Document


def fragment_constant(class_name: str) -> str:
    """The name of a fragment's text in Python."""
    return f"{constant_name(class_name)}_FRAGMENT"


@dataclass(frozen=True)
class SplitDocument:
    """An operation's text, and the texts of the fragments that it needs, by their classes."""

    operation: str
    fragments: dict[str, str]

    @classmethod
    def of_all(
        cls, documents: Mapping[str, Document], class_names: Mapping[str, str]
    ) -> "dict[str, SplitDocument]":
        """The texts of documents, by the same names; each fragment is written once."""
        nodes = {name: node for d in documents.values() for name, node in d.fragments.items()}
        texts = {class_names[name]: _text(node) for name, node in nodes.items()}
        # A longer name comes first, in an order that has been the same from the start.
        return {
            name: cls(
                _text(document.operation),
                {
                    part: texts[part]
                    for part in sorted(
                        (class_names[n] for n in document.fragments), key=lambda n: f"{n}Zq"
                    )
                },
            )
            for name, document in documents.items()
        }

    def expression(self) -> str:
        """The whole document as a Python expression."""
        constants = "".join(f" + {fragment_constant(name)}" for name in self.fragments)
        return f"({python_text(self.operation)}{constants})"


def _text(node: Node) -> str:
    return strip_ignored_characters(print_ast(node))


def python_text(compact: str) -> str:
    """A compact text as adjacent Python strings, one for each line of the pretty form."""
    return "\n".join(repr(line) for line in _lines(compact))


_TOKEN: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\]|\\.)*"|[^"(){} ]+|[ ]|[(){}]', re.DOTALL
)
_SHORT: Final = re.compile(r'\{[^{}()"]{1,60}\}')


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
