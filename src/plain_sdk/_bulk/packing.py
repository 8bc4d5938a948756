"""One operation several times in one document: what a pack of items sends.

GraphQL allows it, and Plain's tolerance of it is not documented; so it is off by default.
"""

import re
from typing import Any, Final

from ..runtime.operations import Operation

_HEAD: Final = re.compile(
    r"(query|mutation) \w+\(\$(\w+):(\w+!)\)\{(\w+)\(\2:\$\2\)(.*?)\}(?=fragment |$)", re.S
)


def packed_document(operation: Operation[Any, Any, Any], size: int) -> str:
    """The operation's root field so many times, as r0, r1, ... with the variables i0, i1, ...

    The operation takes one variable, which its root field is given.
    """
    match = _HEAD.match(operation.document)
    assert match is not None, operation.name
    kind, variable, type_, root, selection = match.groups()
    declared = "".join(f"$i{n}:{type_}" for n in range(size))
    roots = "".join(f"r{n}:{root}({variable}:$i{n}){selection}" for n in range(size))
    fragments = operation.document[match.end() :]
    return f"{kind} {operation.name}s({declared}){{{roots}}}{fragments}"
